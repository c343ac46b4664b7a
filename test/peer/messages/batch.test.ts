/** Batches, the history for a peer that was away, and requests that a peer refuses, over the wire. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { ChatError } from '../../../src/chat/errors.ts'
import { ask, post, type Json } from '../../support/ask.ts'
import { fate, knows, memoryStore, names, newSelf, startPeer, type Watched } from '../../support/peers.ts'
import { until, PATIENCE } from '../../support/wait.ts'
import { ManualClock } from '../../support/clock.ts'
import { liveTracker } from '../../support/trackers.ts'
import type { Store } from '../../../src/store/store.ts'

const BOB = { ip: '127.0.0.1', port: 7002, name: 'bob' }

function said(id: string, more: Json = {}): Json {
  return { from: BOB, channel: 'general', message: `text ${id}`, id, ...more }
}

function portOf({ peer }: Watched): number {
  return peer.address.port
}

async function batch(watched: Watched, messages: unknown) {
  return post(portOf(watched), '/p2p/batch', { messages })
}

describe('POST /p2p/batch', () => {
  test('each message has its own result, in order', async () => {
    const alice = await startPeer({ name: 'alice' })
    await batch(alice, [said('1')])
    const { status, json } = await batch(alice, [
      said('1'),
      said('2'),
      said('3', { channel: 'lab' }),
      said('2', { message: 'something else' }),
      { id: '4' },
      said('5'),
    ])
    expect(status).toBe(200)
    expect(json['results']).toMatchObject([
      { code: 200, status: 'duplicate_ignored', id: '1' },
      { code: 200, status: 'ok', id: '2' },
      { code: 404, error: 'not_joined', field: 'channel' },
      { code: 409, error: 'id_conflict' },
      { code: 400, error: 'missing_field', field: 'from' },
      { code: 200, status: 'ok', id: '5' },
    ])
    expect(alice.heard()).toEqual(['bob: text 1', 'bob: text 2', 'bob: text 5'])
  })

  test.each<[name: string, messages: unknown, status: number]>([
    [`${LIMITS.batch} messages`, Array.from({ length: LIMITS.batch }, (_, index) => said(`${index}`)), 200],
    ['one more', Array.from({ length: LIMITS.batch + 1 }, (_, index) => said(`${index}`)), 413],
    ['none', [], 200],
    ['no list', 'hello', 400],
  ])('%s', async (_name, messages, status) => {
    const alice = await startPeer({ name: 'alice' })
    expect((await batch(alice, messages)).status).toBe(status)
  })

  test('without a message costs as much as one', async () => {
    const alice = await startPeer({ name: 'alice', clock: new ManualClock() })
    const full = Array.from({ length: LIMITS.batch }, () => ({}))
    for (let left = LIMITS.ownMessages.burst; left > full.length; left -= full.length)
      await batch(alice, full)
    const left = LIMITS.ownMessages.burst % full.length || full.length
    for (let count = 0; count < left; count++) expect((await batch(alice, [])).status).toBe(200)
    expect((await batch(alice, [])).status).toBe(429)
  })

  test('no web pages', async () => {
    const alice = await startPeer({ name: 'alice' })
    const answer = await ask(portOf(alice), {
      method: 'POST',
      target: '/p2p/batch',
      headers: { Origin: 'http://evil.example' },
      body: '{"messages":[]}',
    })
    expect(answer.status).toBe(403)
  })

  test('between two peers: what gathers goes together, and all of it arrives in order', async () => {
    const bob = await startPeer({ name: 'bob' })
    const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    const texts = Array.from({ length: 500 }, (_text, index) => `m${index}`)
    for (const text of texts) alice.peer.say('general', text)
    expect(await alice.peer.settled(PATIENCE)).toBe(true)
    expect(bob.heard()).toEqual(texts.map((text) => `alice: ${text}`))
  })
})

describe('GET /p2p/history', () => {
  const history = (watched: Watched, query = '') => ask(portOf(watched), { target: `/p2p/history${query}` })

  test('returns the messages of others and own ones, each with its age', async () => {
    const alice = await startPeer({ name: 'alice' })
    await batch(alice, [said('1', { age: 100 }), said('2', { seq: 7 })])
    alice.peer.say('general', 'mine')
    await batch(alice, [said('secret', { channel: 'private' })])
    const { status, json } = await history(alice)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      channel: 'general',
      messages: [
        { id: '1', from: BOB, message: 'text 1' },
        { id: '2', seq: 7 },
        { from: { name: 'alice' }, message: 'mine' },
      ],
    })
    const [first] = json['messages'] as Json[]
    expect(first?.['age']).toBeGreaterThanOrEqual(100)
    expect(first?.['age']).toBeLessThan(160)
  })

  test('only so far back, and so many', async () => {
    const alice = await startPeer({ name: 'alice' })
    await batch(alice, [said('1', { age: 1_000 }), said('2', { age: 500 }), said('3')])
    const ids = async (query: string): Promise<unknown[]> =>
      ((await history(alice, query)).json['messages'] as Json[]).map(({ id }) => id)
    expect(await ids('?within=900')).toEqual(['2', '3'])
    expect(await ids('?limit=1')).toEqual(['3'])
  })

  test.each<[name: string, query: string, status: number]>([
    ['a channel that the peer is not in', '?channel=lab', 404],
    ['messages to one peer', '?channel=private', 404],
    ['no channel at all', '?channel=a%20b', 422],
    ['a time in words', '?within=yesterday', 400],
  ])('refuses %s', async (_name, query, status) => {
    const alice = await startPeer({ name: 'alice' })
    expect((await history(alice, query)).status).toBe(status)
  })

  test(`${10 * LIMITS.historyRequests.burst} questions of this machine at a time, and not one more`, async () => {
    // Its time stands still: on a slow machine there would be new tokens meanwhile.
    const alice = await startPeer({ name: 'alice', clock: new ManualClock() })
    const statuses: number[] = []
    for (let count = 0; count <= 10 * LIMITS.historyRequests.burst; count++)
      statuses.push((await history(alice)).status)
    expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true)
    expect(statuses.at(-1)).toBe(429)
  })

  test('a peer that comes later gets what was said before, once, in order', async () => {
    const bob = await startPeer({ name: 'bob' })
    const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    for (const text of ['one', 'two']) alice.peer.say('general', text)
    await alice.peer.settled(PATIENCE)
    const carol = await startPeer({ name: 'carol', peers: [bob.peer.address, alice.peer.address] })
    await until(() => carol.heard().length > 1, 'carol hears of it')
    alice.peer.say('general', 'three')
    await until(() => carol.heard().length > 2, 'carol hears the next')
    expect(carol.heard()).toEqual(['alice: one', 'alice: two', 'alice: three'])
  })
})

describe('what cannot be kept', () => {
  test('is not answered with 200, and is shown once all the same', async () => {
    const store = await memoryStore()
    let isFull = true
    const full = () => Promise.reject(new ChatError(507, 'disk_full', 'no space left'))
    const saved = store.saved.bind(store)
    store.saved = () => (isFull ? full() : saved())
    const alice = await startPeer({ name: 'alice', store })
    expect((await post(portOf(alice), '/p2p/receive', said('1'))).status).toBe(507)
    expect((await batch(alice, [said('2')])).status).toBe(507)
    isFull = false
    expect((await post(portOf(alice), '/p2p/receive', said('1'))).json['status']).toBe('duplicate_ignored')
    expect(alice.heard()).toEqual(['bob: text 1', 'bob: text 2'])
  })

  test('a sender waits, and sends again', async () => {
    const store = await memoryStore()
    let refusals = 3
    const saved = store.saved.bind(store)
    store.saved = () =>
      refusals-- > 0 ? Promise.reject(new ChatError(507, 'disk_full', 'no space left')) : saved()
    const bob = await startPeer({ name: 'bob', store })
    const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    alice.peer.say('general', 'hello')
    expect(await alice.peer.settled(15_000)).toBe(true)
    expect(bob.heard()).toEqual(['alice: hello'])
  })
})

describe('after a restart', () => {
  /** A store that outlives the peers that use it. */
  async function lastingStore(): Promise<Store> {
    const store = await memoryStore()
    const close = store.close.bind(store)
    onTestFinished(close)
    store.close = () => undefined
    return store
  }

  test('messages that waited for a peer are delivered in order, before newer ones', async () => {
    const [ofAlice, ofBob] = [await lastingStore(), await lastingStore()]
    const [selfOfAlice, selfOfBob] = [newSelf(), newSelf()]
    const bob = await startPeer({ name: 'bob', store: ofBob, secure: selfOfBob })
    const alice = await startPeer({
      ...{ name: 'alice', peers: [bob.peer.address] },
      ...{ store: ofAlice, secure: selfOfAlice },
    })
    await knows(alice, 'general', ['bob'])
    const { port } = bob.peer.address
    await bob.peer.close()
    for (const text of ['one', 'two', 'three']) alice.peer.direct('bob', text)
    await alice.peer.close()

    const again = await startPeer({ name: 'alice', store: ofAlice, secure: selfOfAlice })
    const resumed = again.events.flatMap((event) => (event.kind === 'resumed' ? event.messages : []))
    expect(resumed.map(({ waiting }) => waiting.map(({ name }) => name))).toEqual([['bob'], ['bob'], ['bob']])
    const back = await startPeer({
      ...{ name: 'bob', port, peers: [again.peer.address] },
      ...{ store: ofBob, secure: selfOfBob },
    })
    again.peer.direct('bob', 'four')
    await until(() => back.heard().length === 4, 'bob hears all')
    expect(back.heard()).toEqual(['one', 'two', 'three', 'four'].map((each) => `alice: ${each}`))
    await until(() => ofAlice.unsettled().length === 0, 'nothing waits')
  })

  test('a peer that was met can be written to by name and by address, wherever it was last', async () => {
    const [ofAlice, ofBob] = [await lastingStore(), await lastingStore()]
    const tracker = await liveTracker()
    const secure = newSelf()
    const alice = await startPeer({ name: 'alice', store: ofAlice, tracker: tracker.address })
    for (let life = 0; life < 2; life++) {
      const bob = await startPeer({ name: 'bob', store: ofBob, tracker: tracker.address, secure })
      await knows(bob, 'general', ['alice'])
      bob.peer.say('general', `life ${life}`)
      expect(await bob.peer.settled(PATIENCE)).toBe(true)
      await bob.peer.close()
      await until(() => alice.peer.members('general').length === 0, 'bob is gone')
      const { port } = bob.peer.address
      expect(alice.peer.find('bob').port).toBe(port)
      expect(alice.peer.find(`127.0.0.1:${port}`).name).toBe('bob')
    }
    expect(alice.peer.direct('bob', 'see you').queued.map(({ name }) => name)).toEqual(['bob'])
  })

  test('a message for a peer that has left its address is not read by the peer that is there now, and waits', async () => {
    const ofBob = newSelf()
    const bob = await startPeer({ name: 'bob', secure: ofBob })
    const alice = await startPeer({ name: 'alice', peers: [bob.peer.address] })
    await knows(alice, 'general', ['bob'])
    const { port } = bob.peer.address
    await bob.peer.close()
    const forBob = alice.peer.direct('bob', 'for bob alone')
    const mallory = await startPeer({ name: 'mallory', port, peers: [alice.peer.address] })
    await until(() => names(alice).includes('mallory'), 'alice sees mallory')
    const toAll = alice.peer.say('general', 'for all')
    await until(() => mallory.heard().length > 0, 'mallory hears')
    expect(mallory.heard()).toEqual(['alice: for all'])
    const back = await startPeer({ name: 'bob', secure: ofBob, peers: [alice.peer.address] })
    expect([await fate(alice, forBob), await fate(alice, toAll)]).toEqual([
      '1/1',
      expect.stringContaining('/'),
    ])
    expect(back.heard()).toContain('alice: for bob alone')
    expect(mallory.heard()).toEqual(['alice: for all'])
  })
})
