import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { DIRECT, addressKey, type Peer } from '../../src/chat/model.ts'
import { ALICE, BEGIN, BOB, CAROL, ERIN, FRANK, opened, own, said, type Opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Store, PendingMessage } from '../../src/store/store.ts'

const DAVE: Peer = { ip: '10.0.0.9', port: 50999, name: 'dave', lsnp: 'dave@10.0.0.9' }

function brief(messages: readonly PendingMessage[]): string[] {
  return messages.map(({ message, recipients, waiting, failed }) => {
    const left = [
      ...waiting.map(({ name }) => name),
      ...failed.map(({ peer, reason }) => `${peer.name}: ${reason}`),
    ]
    return `${message.id} ${left.join(', ')} of ${recipients}`
  })
}

function settle(store: Store, id: string, ...peers: Peer[]): void {
  for (const peer of peers) store.delivered(id, addressKey(peer))
}

describe('an own message', () => {
  test('waits for all recipients, then for the rest, then for none', async () => {
    const { store, clock } = await opened()
    const entry = own('m1', { seq: 1 })
    store.add(entry, [BOB, CAROL, DAVE])
    const [queued] = store.unsettled()
    expect(queued).toEqual({
      message: entry.message,
      recipients: 3,
      saidAt: BEGIN,
      queuedAt: clock.now(),
      waiting: [BOB, CAROL, DAVE],
      failed: [],
    })
    settle(store, 'm1', CAROL)
    expect(brief(store.unsettled())).toEqual(['m1 bob, dave of 3'])
    store.failed('m1', addressKey(DAVE), 'gone')
    expect(brief(store.unsettled())).toEqual(['m1 bob, dave: gone of 3'])
    settle(store, 'm1', BOB)
    expect(brief(store.unsettled())).toEqual(['m1 dave: gone of 3'])
    settle(store, 'm1', DAVE)
    expect(store.unsettled()).toEqual([])
  })

  test.each<[what: string, entry: ReturnType<typeof own>, recipients: Peer[] | undefined]>([
    ['for nobody', own('m1'), []],
    ['without recipients', own('m1'), undefined],
    ['that is not ours', said('m1'), [BOB]],
  ])('is not in it: one %s', async (_, entry, recipients) => {
    const { store } = await opened()
    store.add(entry, recipients)
    expect(store.unsettled()).toEqual([])
  })

  test('can get another recipient, while it waits for others and afterwards', async () => {
    const { store, turns } = await opened()
    const from = { ...ALICE, identity: store.identity }
    store.add(own('m1', { seq: 1, from }), [BOB])
    store.extend('m1', CAROL)
    expect(brief(store.unsettled())).toEqual(['m1 bob, Carol of 2'])
    turns.end()
    settle(store, 'm1', BOB, CAROL)
    store.extend('m1', DAVE)
    turns.end()
    expect(store.problem).toBeUndefined()
    expect(brief(store.unsettled())).toEqual(['m1 dave of 1'])
    settle(store, 'm1', DAVE)
    store.extend('unknown', DAVE)
    expect(store.unsettled()).toEqual([])
  })

  test('waits for a peer with a key under that key, also after the peer has moved and after a restart', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.add(own('m1', { seq: 1 }), [ERIN, { ...FRANK, ip: ERIN.ip }])
    first.store.failed('m1', FRANK.key, 'gone')
    first.store.delivered('m1', addressKey(ERIN))
    expect(brief(first.store.unsettled())).toEqual(['m1 erin, frank: gone of 2'])
    first.store.close()
    const { store } = await opened({ path })
    expect(store.unsettled()).toMatchObject([{ waiting: [ERIN], failed: [{ peer: { key: FRANK.key } }] }])
    store.delivered('m1', ERIN.key)
    store.delivered('m1', FRANK.key)
    expect(store.unsettled()).toEqual([])
  })

  test('waits once for a recipient that is named twice', async () => {
    const { store } = await opened()
    store.add(own('m1'), [BOB, { ...BOB, name: 'robert' }])
    store.add(own('m1'), [CAROL])
    expect(brief(store.unsettled())).toEqual(['m1 robert of 1'])
  })

  test('events about a message that is not in it do nothing', async () => {
    const { store, turns } = await opened()
    store.add(own('m1'), [BOB])
    turns.end()
    store.delivered('m2', addressKey(BOB))
    store.delivered('m1', addressKey(CAROL))
    store.failed('m2', addressKey(BOB), 'why')
    store.failed('m1', addressKey(CAROL), 'why')
    expect(turns.deferred).toBe(0)
    expect(brief(store.unsettled())).toEqual(['m1 bob of 1'])
  })

  test('failed recipients wait again after a retry, from then on', async () => {
    const { store, clock } = await opened()
    for (const id of ['m1', 'm2', 'm3']) store.add(own(id, { seq: Number(id.slice(1)) }), [BOB, CAROL])
    store.failed('m1', addressKey(BOB), 'gone')
    store.failed('m3', addressKey(BOB), 'gone')
    store.failed('m3', addressKey(CAROL), 'gone, too')
    clock.advanceSync(5_000)
    const again = store.retry()
    expect(brief(again)).toEqual(
      ['m1 carol, bob of 2', 'm3 bob, carol of 2'].map((line) => line.replace('carol', 'Carol')),
    )
    expect(again.map(({ queuedAt }) => queuedAt)).toEqual([clock.now(), clock.now()])
    // They wait anew, and were said when they were said.
    expect(again.map(({ saidAt }) => saidAt)).toEqual([BEGIN, BEGIN])
    expect(store.retry()).toEqual([])
    expect(store.unsettled()).toHaveLength(3)
  })

  test('messages are in the order of seq', async () => {
    const { store } = await opened()
    for (const [id, seq] of [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ] as const)
      store.add(own(id, { seq }), [BOB])
    expect(store.unsettled().map(({ message }) => message.id)).toEqual(['a', 'b', 'c'])
  })

  test('the oldest failed messages are dropped, but none that waits', async () => {
    const { store } = await opened()
    store.add(own('waits', { seq: 0 }), [BOB, CAROL])
    store.failed('waits', addressKey(BOB), 'gone')
    for (let index = 1; index <= LIMITS.outbox + 5; index++) {
      store.add(own(`m${index}`, { seq: index }), [BOB])
      store.failed(`m${index}`, addressKey(BOB), 'gone')
    }
    const left = store.unsettled().map(({ message }) => message.id)
    expect(left).toHaveLength(LIMITS.outbox + 1)
    expect(left.slice(0, 2)).toEqual(['waits', 'm6'])
  })
})

describe('after a restart', () => {
  const ways: [way: string, end: (all: Opened) => void][] = [
    [
      'closed',
      ({ store }) => {
        store.close()
      },
    ],
    [
      'closed at the end of a turn',
      ({ store, turns }) => {
        turns.end()
        store.close()
      },
    ],
  ]

  test.each(ways)('everything is kept: %s', async (_, end) => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.add(own('m1', { seq: 1, text: 'odd\0text' }), [BOB, CAROL, DAVE])
    first.store.add(own('m2', { seq: 2, channel: DIRECT, conversation: '@10.0.0.2:8000', kind: 'action' }), [
      BOB,
    ])
    first.store.add(own('m3', { seq: 3 }), [BOB])
    settle(first.store, 'm1', BOB)
    settle(first.store, 'm3', BOB)
    first.store.failed('m1', addressKey(DAVE), 'it said "no"\0')
    const before = first.store.unsettled()
    end(first)
    const second = await opened({ path })
    expect(second.store.unsettled()).toEqual(before)
    expect(brief(before)).toEqual(['m1 Carol, dave: it said "no"\0 of 3', 'm2 bob of 1'])
    second.store.retry()
    settle(second.store, 'm2', BOB)
    second.store.close()
    expect(brief((await opened({ path })).store.unsettled())).toEqual(['m1 Carol, dave of 3'])
  })

  test('ids and numbers go on', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    const { identity } = first.store
    first.store.add(own('m1', { seq: 41, from: ALICE }), [BOB])
    first.store.close()
    const { store } = await opened({ path })
    expect(store.identity).toBe(identity)
    expect(store.lastSeq).toBeGreaterThanOrEqual(41)
    expect(store.add(own('m1', { seq: 41 })).verdict).toBe('known')
    expect(store.add(own('m2', { seq: 42 }), [BOB]).verdict).toBe('new')
    expect(store.unsettled()).toHaveLength(2)
  })
})
