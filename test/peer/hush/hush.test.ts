/** People one does not want to hear: what is dropped, refused or muted, by key and by address, and for how long. */
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { addressKey, type Peer } from '../../../src/chat/model.ts'
import { NoAnswer } from '../../../src/http/message.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { successorSetting } from '../../../src/peer/contacts/labels.ts'
import { KEYS_OF_SELF } from '../parts.ts'
import { BOB, CAROL, IDENTITY, ZED, incoming, startMessages } from '../messages/support.ts'
import { refusalOf } from '../../chat/support.ts'
import type { KeyId } from '../../../src/identity/public-key.ts'

const { id: KEY } = new KeyPair(Buffer.alloc(32, 7))
const MALLORY: Peer = { ...BOB, name: 'mallory', key: KEY }
const KEYED = { key: KEY, seq: 1 }
const [BOBS] = [addressKey(BOB)]

describe('what an ignored person says', () => {
  test('is answered as if it were kept, and is dropped and counted once', async () => {
    const { hush, inbox, store, shown } = await startMessages()
    hush.set(BOBS, 'ignore')
    const verdicts = [
      incoming(BOB, { id: '1' }),
      incoming(BOB, { id: '1' }),
      incoming(BOB, { id: '1', text: 'other' }),
      incoming(BOB, { id: '2' }),
    ].map((message) => inbox.receive(message, BOB.ip).verdict)
    expect(verdicts).toEqual(['new', 'known', 'conflict', 'new'])
    expect(shown).toEqual([])
    expect(store.page('general', 10).entries).toEqual([])
    expect(hush.all).toMatchObject([{ target: BOBS, kind: 'ignore', dropped: 2 }])
  })

  test('before it was ignored, and comes again from another peer, is not counted', async () => {
    const { hush, inbox } = await startMessages()
    inbox.receive(incoming(BOB, { id: '1' }), BOB.ip)
    hush.set(BOBS, 'ignore')
    inbox.receiveMissed(incoming(BOB, { id: '1' }), BOB.ip, 8000)
    expect(inbox.receive(incoming(BOB, { id: '1' }), BOB.ip).verdict).toBe('known')
    inbox.receive(incoming(BOB, { id: '2' }), BOB.ip)
    expect(hush.all).toMatchObject([{ target: BOBS, dropped: 1 }])
  })

  test('is not relayed, and is not taken from the history of others, nor by datagram', async () => {
    const { hush, inbox, hear, sent, shown } = await startMessages()
    hear('lan', BOB)
    hear('tracker 10.0.0.250:9001', CAROL)
    hush.set(BOBS, 'ignore')
    hush.set(addressKey(ZED), 'ignore')
    inbox.receive(incoming(BOB), BOB.ip)
    inbox.receiveMissed(incoming(BOB, { id: '2' }), BOB.ip, 8000)
    inbox.receiveDatagram(ZED, { id: '3', channel: 'general', text: 'hi', sentAt: 0 })
    expect([sent, shown]).toEqual([[], []])
    expect(hush.all.map(({ dropped }) => dropped)).toEqual([2, 1])
  })

  test('is dropped by key at every address, also when it is only claimed', async () => {
    const { hush, inbox, shown } = await startMessages()
    hush.set(KEY, 'ignore')
    inbox.receive(incoming(MALLORY, KEYED), BOB.ip, KEY)
    inbox.receive(incoming({ ...MALLORY, ip: CAROL.ip }, { ...KEYED, id: '2' }), CAROL.ip, KEY)
    inbox.receive(incoming(BOB, { ...KEYED, id: '3' }), BOB.ip)
    expect(shown).toEqual([])
    expect(hush.all).toMatchObject([{ dropped: 3 }])
    inbox.receive(incoming(CAROL), CAROL.ip)
    expect(shown).toHaveLength(1)
  })

  test('is heard again after the undo, and what was said before it stays', async () => {
    const { hush, inbox, shown, store } = await startMessages()
    inbox.receive(incoming(BOB, { id: '1', text: 'before' }), BOB.ip)
    hush.set(BOBS, 'ignore')
    inbox.receive(incoming(BOB, { id: '2', text: 'while' }), BOB.ip)
    expect(hush.lift(BOBS, 'ignore')).toMatchObject({ dropped: 1 })
    expect(hush.lift(BOBS, 'ignore')).toBeUndefined()
    inbox.receive(incoming(BOB, { id: '3', text: 'after' }), BOB.ip)
    expect(shown.map(({ text }) => text)).toEqual(['before', 'after'])
    expect(store.page('general', 10).entries).toHaveLength(2)
  })
})

test('a blocked person gets no answer, and nothing is sent there', async () => {
  const { hush, inbox, outgoing, hear, shown, say, sent } = await startMessages()
  hush.set(BOBS, 'block')
  expect(() => inbox.receive(incoming(BOB), BOB.ip)).toThrow(NoAnswer)
  expect(shown).toEqual([])
  expect(hush.all).toMatchObject([{ kind: 'block', dropped: 1 }])
  say('hello', [CAROL])
  hear('lan', BOB)
  outgoing.onPresence({ kind: 'joined', peer: BOB, channel: 'general' })
  expect(sent).toEqual(['alice: hello to carol, hops 0'])
})

test.each([
  ['that is sent to another identity', { recipient: IDENTITY }],
  ['in a channel that was left', { channel: 'old' }],
  ['that says its key in clear', { key: KEY }],
])('a message of a blocked person %s gets no other answer', async (_what, more) => {
  const { hush, inbox } = await startMessages()
  hush.set('key' in more ? KEY : BOBS, 'block')
  expect(() => inbox.receive(incoming(BOB, more), BOB.ip)).toThrow(NoAnswer)
  expect(hush.all).toMatchObject([{ dropped: 1 }])
})

test('a peer that relays a message of a blocked person is answered as usual', async () => {
  const { hush, inbox, shown } = await startMessages()
  hush.set(BOBS, 'block')
  expect(inbox.receive(incoming(BOB, { hops: 1 }), CAROL.ip).verdict).toBe('new')
  expect(shown).toEqual([])
  expect(hush.all).toMatchObject([{ dropped: 1 }])
})

test('who proves another key is heard at an address where a blocked person was', async () => {
  const { hush, inbox, routes, shown } = await startMessages()
  const { id: other } = new KeyPair(Buffer.alloc(32, 8))
  hush.set(KEY, 'block')
  routes.proved(KEY, { host: BOB.ip, port: BOB.port })
  expect(() => inbox.receive(incoming(BOB), BOB.ip)).toThrow(NoAnswer)
  inbox.receive(incoming({ ...BOB, key: other }, { key: other, seq: 1 }), BOB.ip, other)
  expect(shown).toHaveLength(1)
})

test.each([
  [BOBS, 'mute'],
  ['#general', 'channel'],
])('a message is shown, and marked, while %s is muted', async (target, mark) => {
  const { hush, inbox, events } = await startMessages()
  hush.set(target, 'mute', 1_000)
  inbox.receive(incoming(BOB, { id: '1' }), BOB.ip)
  hush.lift(target, 'mute')
  inbox.receive(incoming(BOB, { id: '2' }), BOB.ip)
  expect(events.map(({ hushed }) => hushed)).toEqual([mark, undefined])
})

describe('a time', () => {
  test('ends where it was said, whatever the clock of the machine does', async () => {
    const { hush, clock } = await startMessages()
    hush.set(BOBS, 'ignore', 60_000)
    clock.set(400 * 86_400_000)
    expect(hush.kindOf(BOBS)).toBe('ignore')
    await clock.advance(59_999)
    expect(hush.kindOf(BOBS)).toBe('ignore')
    clock.set(-400 * 86_400_000)
    await clock.advance(1)
    expect(hush.kindOf(BOBS)).toBeUndefined()
    expect(hush.all).toEqual([])
  })

  test('is shown as a date', async () => {
    const { hush, clock } = await startMessages()
    clock.set(3_600_000)
    hush.set(BOBS, 'ignore', 60_000)
    expect(hush.all).toMatchObject([{ since: clock.wall(), until: clock.wall() + 60_000 }])
  })
})

describe('refused', () => {
  test.each([
    ['the own key', KEYS_OF_SELF.id, 'ignore', 'own_key'],
    ['an ignored channel', '#general', 'ignore', 'not_a_person'],
    ['a blocked channel', '#general', 'block', 'not_a_person'],
  ] as const)('%s', async (_name, target, kind, code) => {
    const { hush } = await startMessages()
    const refusal = refusalOf(() => {
      hush.set(target, kind)
    })
    expect(refusal).toMatchObject({ code })
    expect(hush.all).toEqual([])
  })

  test('the undo of another kind', async () => {
    const { hush } = await startMessages()
    hush.set(BOBS, 'block')
    expect(refusalOf(() => hush.lift(BOBS, 'ignore'))).toMatchObject({ status: 409, code: 'other_kind' })
    expect(hush.kindOf(BOBS)).toBe('block')
  })

  test('one more than LIMITS.hushed; one that is over makes room', async () => {
    const { hush, clock } = await startMessages()
    for (let port = 1; port < LIMITS.hushed; port++) hush.set(`10.0.9.9:${port}`, 'ignore')
    hush.set('10.0.9.8:1', 'ignore', 1_000)
    const add = (): void => {
      hush.set(BOBS, 'ignore')
    }
    expect(refusalOf(add)).toMatchObject({ status: 409, code: 'too_many_hushed' })
    hush.set('10.0.9.9:1', 'block')
    await clock.advance(1_000)
    add()
    expect(hush.all).toHaveLength(LIMITS.hushed)
  })
})

describe('a program without a key that is ignored', () => {
  const became = (key: KeyId) => ({ kind: 'became', peer: { ...MALLORY, key }, old: BOBS }) as const
  const { id: other } = new KeyPair(Buffer.alloc(32, 8))

  test('is ignored by the key that it proves, and still without it', async () => {
    const { hush, inbox, shown } = await startMessages()
    hush.set(BOBS, 'ignore')
    hush.onPresence(became(KEY))
    expect(hush.all.map(({ target }) => target)).toEqual([KEY])
    inbox.receive(incoming(MALLORY, KEYED), BOB.ip, KEY)
    inbox.receive(incoming(BOB, { id: '2' }), BOB.ip)
    expect(shown).toEqual([])
    expect(hush.all).toMatchObject([{ kind: 'ignore', dropped: 2 }])
    hush.lift(BOBS, 'ignore')
    expect([hush.kindOf(KEY), hush.kindOf(BOBS)]).toEqual([undefined, undefined])
  })

  test('hands that to one key: another that it proves takes nothing away', async () => {
    const { hush } = await startMessages()
    hush.set(BOBS, 'ignore')
    hush.onPresence(became(KEY))
    hush.onPresence(became(other))
    expect([KEY, BOBS, other].map((id) => hush.kindOf(id))).toEqual(['ignore', 'ignore', undefined])
    hush.lift(KEY, 'ignore')
    hush.set(BOBS, 'block')
    hush.onPresence(became(other))
    expect([KEY, BOBS, other].map((id) => hush.kindOf(id))).toEqual([undefined, 'block', undefined])
  })
})

test('a key that handed over is heard no more than the one that it handed over to', async () => {
  const { hush, inbox, store, shown } = await startMessages()
  const { id: now } = new KeyPair(Buffer.alloc(32, 9))
  hush.set(KEY, 'ignore')
  store.set(successorSetting(KEY), now)
  hush.onPresence({ kind: 'became', peer: { ...MALLORY, key: now }, old: KEY })
  inbox.receive(incoming(MALLORY, KEYED), BOB.ip, KEY)
  expect(shown).toEqual([])
  expect(hush.all).toMatchObject([{ target: now, dropped: 1 }])
  // Keys that name each other in a circle end the search.
  store.set(successorSetting(now), KEY)
  hush.lift(KEY, 'ignore')
  expect(hush.kindOf(KEY)).toBeUndefined()
})

test.each([
  ['block', 'mute', 'block'],
  ['mute', 'ignore', 'ignore'],
] as const)('a key with %s that hands over to one with %s leaves %s', async (old, now, left) => {
  const { hush } = await startMessages()
  const { id } = new KeyPair(Buffer.alloc(32, 9))
  hush.set(KEY, old)
  hush.set(id, now)
  hush.onPresence({ kind: 'became', peer: { ...MALLORY, key: id }, old: KEY })
  expect(hush.kindOf(id)).toBe(left)
})

describe('a flood', () => {
  test('has one notice a minute, at its tenth message', async () => {
    const { inbox, clock, notices } = await startMessages()
    let id = 0
    const burst = (count: number): void => {
      for (let sent = 0; sent < count; sent++) inbox.receive(incoming(BOB, { id: String(id++) }), BOB.ip)
    }
    burst(LIMITS.flood - 1)
    expect(notices).toEqual([])
    burst(20)
    expect(notices).toEqual(['bob sends a lot; "/ignore bob" drops what it says'])
    await clock.advance(TIMES.floodNotice - 1)
    burst(LIMITS.flood)
    expect(notices).toHaveLength(1)
    await clock.advance(1)
    burst(1)
    expect(notices).toHaveLength(2)
  })

  test('is not ten messages in more time', async () => {
    const { inbox, clock, notices } = await startMessages()
    for (let id = 0; id < 30; id++) {
      inbox.receive(incoming(BOB, { id: String(id) }), BOB.ip)
      await clock.advance(TIMES.flood / (LIMITS.flood - 1) + 1)
    }
    expect(notices).toEqual([])
  })
})
