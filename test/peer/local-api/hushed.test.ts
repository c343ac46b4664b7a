/** Muting, ignoring and blocking by the local API, between two real peers. */
import { describe, expect, test } from 'vitest'
import { peerId } from '../../../src/chat/model.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { startTwo, type RunningWeb } from './support.ts'
import { until } from '../../support/wait.ts'

async function hushedAt({ ask }: RunningWeb): Promise<Record<string, unknown>[]> {
  return (await ask('GET', '/api/state')).json['hushed'] as Record<string, unknown>[]
}

async function textsAt({ ask }: RunningWeb, conversation: string): Promise<unknown[]> {
  const { json } = await ask('GET', `/api/messages?conversation=${encodeURIComponent(conversation)}`)
  return (json['messages'] as Record<string, unknown>[]).map(({ text }) => text)
}

async function say({ ask, peer }: RunningWeb, conversation: string, text: string): Promise<unknown> {
  const { json } = await ask('POST', '/api/messages', { conversation, text })
  await until(() => peer.receipt(String(json['id'])) === undefined, `${text} is settled`)
  const page = await ask('GET', `/api/messages?conversation=${encodeURIComponent(conversation)}`)
  return (page.json['messages'] as Record<string, unknown>[]).find((each) => each['text'] === text)
}

describe('an ignored person', () => {
  test('sees its messages delivered, and none is kept; after the undo they are', async () => {
    const { alice, bob } = await startTwo()
    const [alices, bobs] = [peerId(alice.peer.self), peerId(bob.peer.self)]
    const target = { target: bobs, kind: 'ignore' }
    expect(await alice.ask('POST', '/api/hushed', target)).toMatchObject({ status: 204 })
    expect(await say(bob, `@${alices}`, 'psst')).not.toMatchObject({ delivery: { failed: [{}] } })
    await say(bob, 'general', 'spam')
    await until(async () => (await hushedAt(alice))[0]?.['dropped'] === 2, 'both are counted')
    expect(await hushedAt(alice)).toMatchObject([{ ...target, dropped: 2 }])
    expect([await textsAt(alice, `@${bobs}`), await textsAt(alice, 'general')]).toEqual([[], []])
    expect(await alice.ask('POST', '/api/unhushed', target)).toMatchObject({ status: 204 })
    expect(await hushedAt(alice)).toEqual([])
    await say(bob, 'general', 'sorry')
    expect(await textsAt(alice, 'general')).toEqual(['sorry'])
  })
})

describe('a blocked person', () => {
  test('sees its messages wait, and is sent nothing; after the undo both arrive', async () => {
    const { alice, bob } = await startTwo()
    const [alices, bobs] = [peerId(alice.peer.self), peerId(bob.peer.self)]
    const target = { target: bobs, kind: 'block' }
    await alice.ask('POST', '/api/hushed', target)
    await bob.ask('POST', '/api/messages', { conversation: `@${alices}`, text: 'let me in' })
    await until(async () => Number((await hushedAt(alice))[0]?.['dropped']) > 0, 'bob has tried')
    const { json } = await bob.ask('GET', `/api/messages?conversation=@${alices}`)
    expect(json).toMatchObject({ messages: [{ delivery: { waiting: ['alice'], failed: [] } }] })
    expect(await alice.ask('POST', '/api/messages', { conversation: `@${bobs}`, text: 'no' })).toMatchObject({
      status: 409,
      json: { error: 'blocked' },
    })
    await say(alice, 'general', 'not for bob')
    expect(await textsAt(bob, 'general')).toEqual([])
    await alice.ask('POST', '/api/unhushed', target)
    await say(alice, 'general', 'for bob')
    // A peer that looked away for a while is asked for what it said meanwhile.
    expect((await textsAt(bob, 'general')).filter((text) => text !== 'not for bob')).toEqual(['for bob'])
    await say(bob, `@${alices}`, 'thanks')
    expect(await textsAt(alice, `@${bobs}`)).toEqual(['let me in', 'thanks'])
  })
})

async function markedAt({ ask }: RunningWeb, path: string): Promise<unknown[]> {
  const { json } = await ask('GET', path)
  return (json['messages'] as Record<string, unknown>[]).map(({ text, hushed }) => [text, hushed])
}

test('what is read of a muted person again is marked as it was in its event, until the undo', async () => {
  const { alice, bob } = await startTwo()
  const target = { target: peerId(bob.peer.self), kind: 'mute' }
  await alice.ask('POST', '/api/hushed', target)
  await say(bob, 'general', 'hello')
  const [said] = alice.events.filter((event) => event.kind === 'message')
  expect(said).toMatchObject({ hushed: 'mute' })
  const paths = ['/api/messages?conversation=general', '/api/search?words=hello']
  for (const path of paths) expect(await markedAt(alice, path)).toEqual([['hello', 'mute']])
  expect(alice.peer.history('general', 10).entries).toMatchObject([{ hushed: 'mute' }])
  await alice.ask('POST', '/api/unhushed', target)
  for (const path of paths) expect(await markedAt(alice, path)).toEqual([['hello', undefined]])
})

test('own messages have no mark, whatever is muted', async () => {
  const { alice } = await startTwo()
  await alice.ask('POST', '/api/hushed', { target: '#general', kind: 'mute' })
  await say(alice, 'general', 'me')
  expect(await markedAt(alice, '/api/messages?conversation=general')).toEqual([['me', undefined]])
})

test('a message of a muted channel is marked in its event, and has a time', async () => {
  const { alice, bob } = await startTwo()
  await alice.ask('POST', '/api/hushed', { target: '#general', kind: 'mute', ms: 60_000 })
  const [muted] = await hushedAt(alice)
  expect(Number(muted?.['until']) - Number(muted?.['since'])).toBeCloseTo(60_000, 0)
  await say(bob, 'general', 'hello')
  const said = alice.events.find((event) => event.kind === 'message' && !event.own)
  expect(said).toMatchObject({ hushed: 'channel' })
})

describe('ignore lists by the local API', () => {
  async function sharedByBob() {
    const { alice, bob } = await startTwo()
    const [mallory, spammer] = [3, 4].map((number) => new KeyPair(Buffer.alloc(32, number)).id)
    const ids = [String(mallory), String(spammer)]
    for (const id of ids) bob.peer.hush(id, 'ignore')
    const shared = await bob.ask('POST', '/api/ignore-lists', { conversation: 'general' })
    expect(shared).toMatchObject({ status: 200, json: { own: true, ignoreList: 2, conversation: 'general' } })
    await until(() => alice.events.some((event) => event.kind === 'message'), 'the list is here')
    const person = peerId(bob.peer.self)
    const list = async (): Promise<unknown> =>
      (await alice.ask('GET', `/api/ignore-lists?person=${person}`)).json
    return { alice, bob, ids, person, list }
  }

  test('are shared as a message, looked at, taken over, whole or in part, and undone', async () => {
    const { alice, ids, person, list } = await sharedByBob()
    const { json } = await alice.ask('GET', '/api/messages?conversation=general')
    expect(json).toMatchObject({ messages: [{ ignoreList: 2 }] })
    const [id] = ids
    expect(await list()).toMatchObject({
      people: ids.map((each) => ({ id: each, name: '', isTaken: false })),
    })
    const take = (more: object) => alice.ask('POST', '/api/ignore-lists/taken', { person, ...more })
    expect(await take({ ids: [id] })).toMatchObject({ status: 200, json: { count: 1 } })
    expect(await take({})).toMatchObject({ status: 200, json: { count: 1 } })
    expect(await hushedAt(alice)).toMatchObject(
      ids.map((target) => ({ target, kind: 'ignore', takenFrom: person })),
    )
    expect(await list()).toMatchObject({ people: [{ hushed: 'ignore', isTaken: true }, { isTaken: true }] })
    const undo = (more: object) => alice.ask('POST', '/api/ignore-lists/untaken', { person, ...more })
    expect(await undo({ ids: [id] })).toMatchObject({ status: 200, json: { count: 1 } })
    expect(await undo({})).toMatchObject({ status: 200, json: { count: 1 } })
    expect(await hushedAt(alice)).toEqual([])
  })

  test('people of a list who were never met are listed, and undone, by the name on it', async () => {
    const { alice, bob, ids, person } = await sharedByBob()
    const [id = ''] = ids
    await alice.ask('POST', '/api/ignore-lists/taken', { person, ids: [id] })
    const { json } = await alice.ask('GET', '/api/state')
    expect(json).toMatchObject({
      people: expect.arrayContaining([expect.objectContaining({ id })]) as unknown,
    })
    expect(await alice.ask('POST', '/api/unhushed', { target: id, kind: 'ignore' })).toMatchObject({
      status: 204,
    })
    expect(bob.peer.hushed()).toHaveLength(2)
  })

  test.each([
    ['GET', '/api/ignore-lists', undefined, 400],
    ['GET', '/api/ignore-lists?person=nobody', undefined, 404],
    ['POST', '/api/ignore-lists', {}, 400],
    ['POST', '/api/ignore-lists', { conversation: 'general' }, 409],
    ['POST', '/api/ignore-lists/taken', { person: 'nobody' }, 404],
    ['POST', '/api/ignore-lists/taken', { person: 'bob', ids: 'all' }, 400],
    ['POST', '/api/ignore-lists/untaken', {}, 400],
  ])('%s %s with %j: %i', async (method, target, body, status) => {
    const { alice } = await startTwo()
    expect(await alice.ask(method, target, body)).toMatchObject({ status })
  })

  test('a person that shared none has none', async () => {
    const { alice, bob } = await startTwo()
    const person = peerId(bob.peer.self)
    const refused = { status: 404, json: { error: 'no_list' } }
    expect(await alice.ask('GET', `/api/ignore-lists?person=${person}`)).toMatchObject(refused)
    expect(await alice.ask('POST', '/api/ignore-lists/taken', { person })).toMatchObject(refused)
  })
})

describe('a request is refused', () => {
  test.each([
    ['/api/hushed', { kind: 'mute' }, 400],
    ['/api/hushed', { target: '#general', kind: 'hide' }, 400],
    ['/api/hushed', { target: '#general', kind: 'mute', ms: 0 }, 400],
    ['/api/hushed', { target: '#general', kind: 'block' }, 422],
    ['/api/hushed', { target: 'nobody', kind: 'block' }, 404],
    ['/api/unhushed', { target: 'nobody', kind: 'block' }, 404],
  ])('%s with %j: %i', async (target, body, status) => {
    const { alice } = await startTwo()
    expect(await alice.ask('POST', target, body)).toMatchObject({ status })
    expect(await hushedAt(alice)).toEqual([])
  })

  test('the own key', async () => {
    const { alice } = await startTwo()
    const target = peerId(alice.peer.self)
    expect(await alice.ask('POST', '/api/hushed', { target, kind: 'ignore' })).toMatchObject({
      status: 422,
      json: { error: 'own_key' },
    })
  })
})
