/** Ignore lists that people share: who is on the own one, whose are believed, taking over and undo, by real peers, too. */
import { describe, expect, test } from 'vitest'
import { textOf } from '../../../src/chat/content.ts'
import { ignoreListText } from '../../../src/chat/ignore-list.ts'
import { LIMITS } from '../../../src/chat/limits.ts'
import { peerId, type Peer } from '../../../src/chat/model.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { Hush } from '../../../src/peer/hush/hush.ts'
import { IgnoreLists } from '../../../src/peer/hush/ignore-lists.ts'
import { ManualClock } from '../../support/clock.ts'
import { knows, memoryStore, startPeer } from '../../support/peers.ts'
import { refusalOf } from '../../chat/support.ts'
import { KEYS_OF_SELF, selfAt } from '../parts.ts'
import { BOB, CAROL, SELF } from '../messages/support.ts'
import type { Entry } from '../../../src/store/store.ts'

function keyOf(number: number) {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(number)
  return new KeyPair(seed).id
}

const CAROLS: Peer = { ...CAROL, key: keyOf(1) }
const BOBS: Peer = { ...BOB, key: keyOf(2) }
const [MALLORY, SPAMMER] = [keyOf(3), keyOf(4)]
const LIST = ignoreListText([
  { key: MALLORY, name: 'mallory' },
  { key: SPAMMER, name: 'spam bot' },
  { key: KEYS_OF_SELF.id, name: 'alice' },
])

async function start() {
  const clock = new ManualClock()
  const store = await memoryStore(clock)
  const self = selfAt(SELF)
  const hush = new Hush({ clock, store, self, routes: new Routes() })
  const known = new Map<string, Peer>()
  const lists = new IgnoreLists({ hush, store, self, labels: { known: (id) => known.get(id) } })
  let count = 0
  const hear = (from: Peer, text: string, more: Partial<Entry> = { proof: 'direct' }): void => {
    const message = {
      id: `${++count}`,
      from,
      channel: 'general',
      content: { kind: 'text', text },
      sentAt: count,
    } as const
    store.add({ message, conversation: 'general', at: count, receivedAt: count, own: false, ...more })
  }
  return { clock, hush, lists, known, hear }
}

describe('the own list', () => {
  test('has people with keys that are ignored or blocked without an end, by the names that they have here', async () => {
    const { hush, lists, known } = await start()
    known.set(MALLORY, { ...BOB, key: MALLORY, name: 'mallory', label: 'mallory·k3f9-2mx7' })
    hush.set(MALLORY, 'block')
    hush.set(SPAMMER, 'ignore')
    hush.set(keyOf(5), 'mute')
    hush.set(keyOf(6), 'ignore', 60_000)
    hush.set('10.0.0.9:8000', 'ignore')
    hush.set('#ops', 'mute')
    const text = `My list of 2 ignored people:\nmallory ${MALLORY}\n${SPAMMER}`
    expect(lists.own()).toEqual({ text, listed: 2, all: 2 })
  })

  test('of more than LIMITS.sharedIgnored people has the latest', async () => {
    const { hush, lists } = await start()
    for (let number = 10; number <= 10 + LIMITS.sharedIgnored; number++) hush.set(keyOf(number), 'ignore')
    const { text, listed, all } = lists.own()
    expect([listed, all]).toEqual([LIMITS.sharedIgnored, LIMITS.sharedIgnored + 1])
    expect([text.includes(keyOf(10)), text.includes(keyOf(11))]).toEqual([false, true])
  })

  test('of nobody is refused', async () => {
    const { lists } = await start()
    expect(refusalOf(() => lists.own())).toMatchObject({ status: 409, code: 'nobody_ignored' })
  })
})

describe('the list of another', () => {
  test('is the last one, without this peer, and says what holds already', async () => {
    const { hush, lists, known, hear } = await start()
    const met = { ...BOB, key: MALLORY, name: 'mal' }
    known.set(MALLORY, met)
    hear(CAROLS, ignoreListText([{ key: keyOf(9), name: 'old' }]))
    hear(CAROLS, LIST)
    hear(CAROLS, 'my list of ignored people, as text')
    hear(BOBS, ignoreListText([{ key: keyOf(8), name: 'of bob' }]))
    hush.set(SPAMMER, 'mute')
    const { from, people } = await lists.of(CAROLS)
    expect(from).toBe(CAROLS)
    expect(people).toEqual([
      { key: MALLORY, name: 'mallory', known: met, hushed: undefined, isTaken: false },
      { key: SPAMMER, name: 'spam bot', known: undefined, hushed: 'mute', isTaken: false },
    ])
  })

  test.each<[string, Peer, Partial<Entry>]>([
    ['a peer without a key', CAROL, {}],
    ['a key that nothing proved', CAROLS, {}],
    ['another person', BOBS, { proof: 'direct' }],
    ['this peer', CAROLS, { own: true }],
  ])('is not what %s said', async (_who, from, more) => {
    const { lists, hear } = await start()
    hear(from, LIST, more)
    await expect(lists.of(CAROLS)).rejects.toMatchObject({ status: 404, code: 'no_list' })
  })

  test('is found behind any number of messages of others that look like one', async () => {
    const { lists, hear } = await start()
    hear(CAROLS, LIST)
    for (let count = 0; count < 600; count++) hear(BOBS, `a list of ignored people: ${count}`)
    expect((await lists.of(CAROLS)).people).toHaveLength(2)
    await expect(lists.of({ ...BOBS, key: keyOf(5) })).rejects.toMatchObject({ code: 'no_list' })
  })

  test('is believed by its signature, too', async () => {
    const { lists, hear } = await start()
    hear(CAROLS, LIST, { proof: 'signed', hops: 1 })
    expect((await lists.of(CAROLS)).people).toHaveLength(2)
  })
})

describe('taking over', () => {
  test('the whole list, and its undo: who was hushed before stays as it was', async () => {
    const { hush, lists, hear } = await start()
    hear(CAROLS, LIST)
    hush.set(SPAMMER, 'block')
    expect(await lists.take(CAROLS)).toBe(1)
    expect(hush.all).toMatchObject([
      { target: SPAMMER, kind: 'block' },
      { target: MALLORY, kind: 'ignore', takenFrom: CAROLS.key, name: 'mallory', until: undefined },
    ])
    expect(await lists.take(CAROLS)).toBe(0)
    expect((await lists.of(CAROLS)).people.map(({ isTaken }) => isTaken)).toEqual([true, false])
    expect(lists.undo(BOBS)).toBe(0)
    expect(lists.undo(CAROLS)).toBe(1)
    expect(hush.all).toMatchObject([{ target: SPAMMER, kind: 'block' }])
  })

  test('one person, and the undo of one', async () => {
    const { hush, lists, hear } = await start()
    hear(CAROLS, LIST)
    expect(await lists.take(CAROLS, [SPAMMER, keyOf(77)])).toBe(1)
    expect(hush.kindOf(MALLORY)).toBeUndefined()
    expect(await lists.take(CAROLS)).toBe(1)
    expect(lists.undo(CAROLS, [MALLORY])).toBe(1)
    expect([hush.kindOf(MALLORY), hush.kindOf(SPAMMER)]).toEqual([undefined, 'ignore'])
  })

  test('what the user says afterwards is the own word, which the undo leaves alone', async () => {
    const { hush, lists, hear } = await start()
    hear(CAROLS, LIST)
    await lists.take(CAROLS)
    hush.set(MALLORY, 'block')
    expect(lists.undo(CAROLS)).toBe(1)
    expect([hush.kindOf(MALLORY), hush.kindOf(SPAMMER)]).toEqual(['block', undefined])
  })

  test('a list that does not fit is refused, and nobody of it is ignored', async () => {
    const { hush, lists, hear } = await start()
    hear(CAROLS, LIST)
    for (let port = 1; port < LIMITS.hushed; port++) hush.set(`10.0.9.9:${port}`, 'ignore')
    await expect(lists.take(CAROLS)).rejects.toMatchObject({ status: 409, code: 'too_many_hushed' })
    expect(hush.all).toHaveLength(LIMITS.hushed - 1)
    expect(await lists.take(CAROLS, [MALLORY])).toBe(1)
  })
})

test('a list reaches another peer, is taken over there, and shuts up who is on it', async () => {
  const carol = await startPeer({ name: 'carol' })
  const at = [carol.peer.address]
  const mallory = await startPeer({ name: 'mallory', peers: at })
  const alice = await startPeer({ name: 'alice', peers: [...at, mallory.peer.address] })
  await knows(alice, 'general', ['carol', 'mallory'])
  await knows(carol, 'general', ['alice', 'mallory'])
  await knows(mallory, 'general', ['alice', 'carol'])
  carol.peer.hush(peerId(mallory.peer.self), 'ignore')
  const { text } = carol.peer.ignoreLists.own()
  carol.peer.say('general', text)
  await expect.poll(() => alice.heard()).toEqual([`carol: ${text}`])
  const [from] = alice.peer.peers.filter(({ name }) => name === 'carol')
  if (from === undefined) throw new Error('carol is gone')
  mallory.peer.say('general', 'one')
  await expect.poll(() => alice.heard()).toContain('mallory: one')
  expect(await alice.peer.ignoreLists.take(from)).toBe(1)
  const second = mallory.peer.say('general', 'two')
  await expect.poll(() => mallory.peer.receipt(second.messageId)).toBeUndefined()
  expect(alice.heard()).not.toContain('mallory: two')
  expect(
    alice.peer.history('general', 10).entries.map(({ message }) => textOf(message.content)),
  ).not.toContain('two')
  // Afterwards a catch-up that was asked for meanwhile may bring it.
  expect(alice.peer.ignoreLists.undo(from)).toBe(1)
  mallory.peer.say('general', 'three')
  await expect.poll(() => alice.heard()).toContain('mallory: three')
})
