/** Messages that arrive: where they came from, to which peers they are relayed, and which peers are listed because of them. */
import { describe, expect, test } from 'vitest'
import { textOf } from '../../../src/chat/content.ts'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { WHEN_ASKED, addressKey, type Peer } from '../../../src/chat/model.ts'
import { CONTACT, LAN, MANUAL } from '../../../src/peer/discovery/source.ts'
import { refusalOf } from '../../chat/support.ts'
import {
  BOB,
  CAROL,
  IDENTITY,
  RITA,
  SELF,
  TRACKER,
  ZED,
  incoming,
  startMessages,
  type Shown,
} from './support.ts'
import { newSelf } from '../../support/peers.ts'
import { turn } from '../../support/wait.ts'
import type { PresenceView } from '../../../src/chat/presence.ts'
import type { IncomingMessage } from '../../../src/chat/wire/messages.ts'
import type { Hearsay } from '../../../src/peer/messages/hearsay.ts'
import type { Inbox } from '../../../src/peer/messages/inbox.ts'

describe('relaying', () => {
  test.each<[name: string, from: Peer, remote: string, hops: number, sent: string[]]>([
    ['what came straight, to the other world', BOB, BOB.ip, 0, ['bob: hi to carol, hops 1']],
    ['what came straight from the tracker', CAROL, CAROL.ip, 0, ['carol: hi to bob, hops 1']],
    ['what a peer of the LAN relayed', RITA, BOB.ip, 1, ['rita: hi to carol, hops 2']],
    ['what an unknown host relayed', BOB, '10.9.9.9', 1, []],
    ['what has come far enough', RITA, BOB.ip, LIMITS.hops, []],
    ['what a stranger says', RITA, RITA.ip, 0, []],
  ])('%s', async (_name, from, remote, hops, expected) => {
    const { inbox, hear, sent } = await startMessages()
    hear(LAN, BOB)
    hear(TRACKER, CAROL)
    inbox.receive(incoming(from, { hops }), remote)
    expect(sent).toEqual(expected)
  })

  test('once, however often it comes, and never back to who said it', async () => {
    const { inbox, hear, sent } = await startMessages()
    hear(LAN, BOB)
    hear(TRACKER, CAROL)
    hear(TRACKER, RITA)
    for (const [remote, hops] of [
      [BOB.ip, 0],
      [BOB.ip, 0],
      [CAROL.ip, 1],
    ] as const)
      inbox.receive(incoming(BOB, { hops }), remote)
    expect(sent).toEqual(['bob: hi to carol, hops 1', 'bob: hi to rita, hops 1'])
    await turn()
    inbox.receive(incoming(CAROL, { id: '2', hops: 1 }), BOB.ip)
    expect(sent.slice(2)).toEqual(['carol: hi to rita, hops 2'])
  })

  test('what came by the history of its sender, only when it comes straight', async () => {
    const { inbox, hear, sent } = await startMessages()
    hear(LAN, BOB)
    hear(TRACKER, CAROL)
    inbox.receiveMissed(incoming(BOB), BOB.ip, 8000)
    expect(sent).toEqual([])
    expect(inbox.receive(incoming(BOB), BOB.ip)).toEqual({ id: '1', verdict: 'known' })
    expect(sent).toEqual(['bob: hi to carol, hops 1'])
  })

  test('what came by the history of a member, only when it comes straight', async () => {
    const { inbox, hear, sent, shown } = await startMessages()
    hear(LAN, BOB)
    hear(TRACKER, CAROL)
    inbox.receiveMissed(incoming(BOB), RITA.ip, 8000)
    expect(sent).toEqual([])
    expect(inbox.receive(incoming(BOB), BOB.ip)).toEqual({ id: '1', verdict: 'known' })
    expect(sent).toEqual(['bob: hi to carol, hops 1'])
    expect(shown).toHaveLength(1)
  })

  test('not direct messages, nor messages in a group', async () => {
    const { inbox, hear, sent, shown } = await startMessages()
    for (const channel of ['private', 'trip']) {
      hear(LAN, BOB, channel)
      hear(TRACKER, CAROL, channel)
      inbox.receive(incoming(BOB, { id: channel, channel }), BOB.ip)
    }
    expect(shown).toHaveLength(2)
    expect(sent).toEqual([])
  })

  test('what was said by datagram', async () => {
    const { inbox, hear, sent } = await startMessages()
    hear(LAN, ZED)
    hear(TRACKER, CAROL)
    inbox.receiveDatagram(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    inbox.receiveDatagram(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    inbox.receiveDatagram(ZED, { id: '00c0ffee00c0ffff', channel: undefined, text: 'psst', sentAt: 0 })
    expect(sent).toEqual(['zed: hi to carol, hops 1'])
  })
})

describe('a peer that wrote is listed', () => {
  test.each<[name: string, message: IncomingMessage, remote: string, there: string[]]>([
    ['from its own address', incoming(BOB), BOB.ip, ['bob']],
    ['from another one', incoming(BOB), CAROL.ip, []],
    ['and it was relayed, even by a peer at its address', incoming(BOB, { hops: 1 }), BOB.ip, []],
    ['for a service', incoming({ ...BOB, port: 6379 }), BOB.ip, []],
    ['without an address', incoming(BOB, { from: { name: 'bob' } }), BOB.ip, []],
  ])('%s', async (_name, message, remote, there) => {
    const { inbox, presence, shown } = await startMessages()
    inbox.receive(message, remote)
    expect(shown.map(({ text }) => text)).toEqual(['hi'])
    expect(presence.members('general').map(({ name }) => name)).toEqual(there)
  })

  test('at another of its addresses is the one that is there', async () => {
    const { inbox, presence, hear, shown } = await startMessages()
    hear(LAN, BOB)
    presence.linkAlias([addressKey(BOB), '10.1.0.2:8000'])
    inbox.receive(incoming({ ...BOB, ip: '10.1.0.2' }), '10.1.0.2')
    inbox.receive(incoming({ ...BOB, ip: '10.1.0.2' }, { id: '2' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB, BOB])
    expect(presence.peers).toEqual([BOB])
    expect(presence.sources(addressKey(BOB), 'general')).toEqual(new Set([LAN, CONTACT]))
  })

  test('under an address that it only believes to have is the one at the address it came from', async () => {
    const { inbox, hear, shown } = await startMessages()
    hear(MANUAL, BOB)
    inbox.receive(incoming({ ...BOB, ip: '192.0.2.7' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB])
    // Many machines have the same address on a bridge of their own, as this one may.
    inbox.receive(incoming({ ...BOB, ip: SELF.ip }, { id: '3' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB, BOB])
    // Relayed, it may be any peer.
    inbox.receive(incoming({ ...BOB, ip: '192.0.2.7' }, { id: '2', hops: 1 }), BOB.ip)
    expect(shown.map(({ from }) => from.ip)).toEqual([BOB.ip, BOB.ip, '192.0.2.7'])
  })
})

test('what comes over HTTP and by datagram is from one peer, and shown once', async () => {
  const { inbox, presence, hear, shown } = await startMessages()
  hear(LAN, BOB, 'trip')
  presence.linkAlias([addressKey(BOB), '10.1.0.2:8000'])
  const id = '00c0ffee00c0ffee'
  inbox.receive(incoming(BOB, { id, channel: 'trip' }), BOB.ip)
  inbox.receiveDatagram({ ...BOB, ip: '10.1.0.2' }, { id, channel: 'trip', text: 'hi', sentAt: 0 })
  expect(shown.map(({ from }) => from)).toEqual([BOB])
})

describe('a peer that a message names', () => {
  test.each<[name: string, hops: number, candidates: string[]]>([
    ['is no candidate if the message came straight', 0, []],
    ['is a candidate if the message was relayed', 1, ['bob at 10.0.0.2:8000 by 10.0.0.4']],
  ])('%s', async (_name, hops, each) => {
    const { inbox, candidates } = await startMessages()
    // With every copy: PeerExchange does not try a candidate again within a moment (hello-client.test.ts).
    inbox.receive(incoming(BOB, { hops }), RITA.ip)
    expect(candidates).toEqual(each)
    inbox.receive(incoming(BOB, { hops }), RITA.ip)
    expect(candidates).toEqual([...each, ...each])
  })

  test('is a candidate if the message came by history before it was relayed', async () => {
    const { inbox, candidates } = await startMessages()
    inbox.receiveMissed(incoming(BOB), RITA.ip, 8000)
    expect(candidates).toEqual([])
    inbox.receive(incoming(BOB, { hops: 1 }), RITA.ip)
    expect(candidates).toEqual(['bob at 10.0.0.2:8000 by 10.0.0.4'])
  })

  test('is no candidate if the message conflicts with another one', async () => {
    const { inbox, candidates } = await startMessages()
    inbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip)
    inbox.receive(incoming(BOB, { identity: IDENTITY, text: 'other', hops: 1 }), RITA.ip)
    expect(candidates).toEqual([])
  })
})

describe('a message whose connection comes from another address than it names', () => {
  test.each<[what: string, from: Peer, remote: string]>([
    ['of a host with several addresses', BOB, '10.9.9.9'],
    ['of a peer on this machine', { ...BOB, ip: '127.0.0.1' }, '127.0.0.2'],
    ['of a peer on this machine, by its address there', BOB, '127.0.0.1'],
  ])('is not marked as relayed: %s', async (_what, from, remote) => {
    const { inbox, shown } = await startMessages()
    inbox.receive(incoming(from), remote)
    expect(shown.map(({ from: { name }, hops }) => [name, hops])).toEqual([['bob', 0]])
  })
})

describe('groups and other channels', () => {
  test('only members write in a group', async () => {
    const { inbox, hear, shown } = await startMessages()
    hear(LAN, BOB, 'trip')
    inbox.receive(incoming(BOB, { channel: 'trip' }), BOB.ip)
    const refusal = refusalOf(() => inbox.receive(incoming(CAROL, { channel: 'trip' }), CAROL.ip))
    expect(refusal).toEqual({ status: 403, code: 'not_a_member', field: 'channel' })
    expect(shown).toHaveLength(1)
  })

  test('a channel that this peer has left is refused for good', async () => {
    const { inbox } = await startMessages()
    const refusal = refusalOf(() => inbox.receive(incoming(BOB, { channel: 'old' }), BOB.ip))
    expect(refusal).toEqual({ status: 404, code: 'left', field: 'channel' })
  })

  test('a channel that this peer is not in is not shown', async () => {
    const { inbox, shown } = await startMessages()
    const refusal = refusalOf(() => inbox.receive(incoming(BOB, { channel: 'lab' }), BOB.ip))
    expect(refusal).toEqual({ status: 404, code: 'not_joined', field: 'channel' })
    inbox.receiveDatagram(ZED, { id: '00c0ffee00c0ffee', channel: 'lab', text: 'hi', sentAt: 0 })
    expect(shown).toEqual([])
  })
})

test('one id for several texts, by datagram: each is shown once, under an id of its own', async () => {
  const { inbox, shown } = await startMessages()
  for (const text of ['one', 'two', 'one', 'two', 'three'])
    inbox.receiveDatagram(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text, sentAt: 0 })
  expect(shown.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  expect(new Set(shown.map(({ id }) => id)).size).toBe(3)
  for (const { id } of shown) expect(id).toMatch(/^[0-9a-f]{16}$/)
})

describe('each message once', () => {
  test.each<[name: string, second: IncomingMessage, verdict: string]>([
    ['the same again', incoming(BOB, { identity: IDENTITY }), 'known'],
    ['from another address', incoming({ ...BOB, port: 8009 }, { identity: IDENTITY }), 'known'],
    ['later, and passed on', incoming(BOB, { identity: IDENTITY, sentAt: 5, age: 7_000, hops: 1 }), 'known'],
    ['other content', incoming(BOB, { identity: IDENTITY, text: 'ho' }), 'conflict'],
    ['of another sender', incoming(BOB, { identity: 'ca501ca501ca501c' }), 'new'],
    ['another id', incoming(BOB, { identity: IDENTITY, id: '2' }), 'new'],
  ])('%s', async (_name, second, verdict) => {
    const { inbox, shown } = await startMessages()
    expect(inbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip).verdict).toBe('new')
    expect(inbox.receive(second, BOB.ip).verdict).toBe(verdict)
    expect(shown).toHaveLength(verdict === 'new' ? 2 : 1)
  })

  test('a direct message that comes again from another address is no conflict', async () => {
    const { inbox } = await startMessages()
    const direct = { channel: 'private', identity: IDENTITY }
    expect(inbox.receive(incoming(BOB, direct), BOB.ip).verdict).toBe('new')
    expect(inbox.receive(incoming({ ...BOB, port: 8009 }, direct), BOB.ip).verdict).toBe('known')
  })

  test('over HTTP, and then by the history of a member', async () => {
    const { inbox, shown } = await startMessages()
    inbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip)
    inbox.receiveMissed(incoming(BOB, { identity: IDENTITY, age: 60_000 }), CAROL.ip, 8000)
    expect(shown).toHaveLength(1)
  })
})

describe('a message that claims to be an own one', () => {
  const FORGED: readonly (readonly [name: string, message: (own: string) => IncomingMessage])[] = [
    ['under the own identity', (own) => incoming(BOB, { identity: own })],
    ['under the own identity, relayed', (own) => incoming(BOB, { identity: own, hops: 1 })],
    ['under the own identity and from the own address', (own) => incoming(SELF, { identity: own })],
    ['from the own address, without an identity', () => incoming(SELF)],
    ['from the own address, with another identity', () => incoming(SELF, { identity: IDENTITY })],
    ['from the own address, under another name', () => incoming({ ...SELF, name: 'the boss' })],
    ['from the own address, relayed', () => incoming(SELF, { hops: 1 })],
    ['as a direct message', (own) => incoming(BOB, { identity: own, channel: 'private' })],
  ]

  test.each(FORGED)('is refused: %s', async (_name, message) => {
    const { inbox, store, hear, sent, candidates, shown } = await startMessages()
    hear(LAN, { ...BOB, port: 8700 })
    hear(TRACKER, CAROL)
    const refusal = refusalOf(() => inbox.receive(message(store.identity), BOB.ip))
    expect(refusal).toEqual({ status: 403, code: 'own_sender', field: 'from' })
    expect([shown, candidates, sent]).toEqual([[], [], []])
    expect(store.page('general', 10).entries).toEqual([])
  })

  test.each(FORGED)('is not believed when it comes by history: %s', async (_name, message) => {
    const { inbox, store, shown } = await startMessages()
    inbox.receiveMissed(message(store.identity), BOB.ip, 8000)
    expect(shown).toEqual([])
    expect(store.page('general', 10).entries).toEqual([])
  })

  const NAMESAKES = ['alice', 'ALICE', 'álice']

  test.each(NAMESAKES)('is not believed with another identity under the own name: %s', async (name) => {
    const { inbox, shown } = await startMessages()
    inbox.receiveMissed(incoming({ ...SELF, name }, { identity: IDENTITY }), BOB.ip, 8000)
    expect(shown).toEqual([])
  })

  test('is refused from the own address with another identity and name: that peer is not here now', async () => {
    const { inbox } = await startMessages()
    const message = incoming({ ...SELF, name: 'ben' }, { identity: IDENTITY })
    expect(refusalOf(() => inbox.receive(message, BOB.ip)).status).toBe(403)
  })

  test('is that of a peer which had this address before, when it comes by history', async () => {
    const { inbox, hearsay, shown, events } = await startMessages()
    inbox.receiveMissed(incoming({ ...SELF, name: 'ben' }, { identity: IDENTITY }), BOB.ip, 8000)
    expect(shown).toMatchObject([{ text: 'hi', hops: 1, from: { name: 'ben', identity: IDENTITY } }])
    expect(events).toMatchObject([{ own: false, caughtUp: true }])
    expect(shown.map((message) => hearsay.isCorroborated(message, message.hops))).toEqual([false])
  })

  test('is not believed in a datagram', async () => {
    const { inbox, shown } = await startMessages()
    inbox.receiveDatagram(SELF, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    expect(shown).toEqual([])
  })

  test('that is an own one is known when it comes back, and its id is refused for another', async () => {
    const { inbox, store, say } = await startMessages()
    say('hi', [], 'general', 'mine')
    const back = incoming(SELF, { id: 'mine', identity: store.identity, hops: 1 })
    expect(inbox.receive(back, BOB.ip)).toEqual({ id: 'mine', verdict: 'known' })
    const forged = { ...back, content: { kind: 'text' as const, text: 'something else' } }
    expect(refusalOf(() => inbox.receive(forged, BOB.ip)).status).toBe(403)
  })
})

describe('listed', () => {
  const names = (presence: PresenceView): string[] => presence.members('general').map(({ name }) => name)

  test.each<[name: string, before: (inbox: Inbox) => void]>([
    ['by the first copy', () => undefined],
    [
      'by a copy of what its sender told when it was asked',
      (inbox) => {
        inbox.receiveMissed(incoming(BOB), BOB.ip, 8000)
      },
    ],
    [
      'by a copy of what a member told',
      (inbox) => {
        inbox.receiveMissed(incoming(BOB), CAROL.ip, 8000)
      },
    ],
    ['by a copy of what was passed on', (inbox) => inbox.receive(incoming(BOB, { hops: 1 }), CAROL.ip)],
    ['by a second copy', (inbox) => inbox.receive(incoming(BOB), BOB.ip)],
  ])('a sender, under the name that it has now: %s', async (_name, before) => {
    const { inbox, clock, presence } = await startMessages()
    before(inbox)
    presence.add(CONTACT, { ...BOB, name: 'rob' }, 'general', clock.now() + TIMES.lease)
    inbox.receive(incoming(BOB), BOB.ip)
    expect(names(presence)).toContain(BOB.name)
    expect(names(presence)).not.toContain('rob')
  })
})

describe('corroborated', () => {
  const corroborated = (hearsay: Hearsay, shown: readonly Shown[]): string[] =>
    shown.filter((message) => hearsay.isCorroborated(message, message.hops)).map(({ text }) => text)

  test.each<
    [name: string, tellers: readonly (readonly [by: string, hops: number])[], isCorroborated: boolean]
  >([
    ['what came straight', [[BOB.ip, 0]], true],
    ['what one host passed on', [[CAROL.ip, 1]], false],
    [
      'what one host passed on twice',
      [
        [CAROL.ip, 1],
        [CAROL.ip, 1],
      ],
      false,
    ],
    [
      'what two hosts passed on',
      [
        [CAROL.ip, 1],
        [RITA.ip, 1],
      ],
      true,
    ],
    [
      'what one host passed on, and then came straight',
      [
        [CAROL.ip, 1],
        [BOB.ip, 0],
      ],
      true,
    ],
    [
      'what came straight, and then by another host',
      [
        [BOB.ip, 0],
        [CAROL.ip, 1],
      ],
      true,
    ],
    [
      'what two addresses of one /64 passed on',
      [
        ['2a00:1450::1', 1],
        ['2a00:1450::2', 1],
      ],
      false,
    ],
  ])('%s: %s', async (_name, tellers, isCorroborated) => {
    const { inbox, hearsay, shown } = await startMessages()
    for (const [by, hops] of tellers) inbox.receive(incoming(BOB, { hops }), by)
    expect(corroborated(hearsay, shown)).toEqual(isCorroborated ? ['hi'] : [])
  })

  test('what a member tells of what it said itself is, and it is not shown as relayed', async () => {
    const { inbox, hearsay, shown } = await startMessages()
    inbox.receiveMissed(incoming(BOB), BOB.ip, 8000)
    expect(corroborated(hearsay, shown)).toEqual(['hi'])
    expect(shown.map(({ hops }) => hops)).toEqual([WHEN_ASKED])
    inbox.receiveMissed(incoming(BOB, { id: '2', hops: 1 }), BOB.ip, 8000)
    expect(shown.map(({ hops }) => hops)).toEqual([WHEN_ASKED, 1])
  })

  test('a message by the history of one member is not, until another member has it', async () => {
    const { inbox, hearsay, shown } = await startMessages()
    inbox.receiveMissed(incoming(BOB), CAROL.ip, 8000)
    expect(corroborated(hearsay, shown)).toEqual([])
    inbox.receiveMissed(incoming(BOB), RITA.ip, 8000)
    expect(corroborated(hearsay, shown)).toEqual(['hi'])
  })
})

describe('a message for', () => {
  test('this peer is shown', async () => {
    const { inbox, store, shown } = await startMessages()
    inbox.receive(incoming(BOB, { channel: 'private', recipient: store.identity }), BOB.ip)
    expect(shown).toHaveLength(1)
  })

  test('another identity is shown when the connection proved the keys of both ends', async () => {
    const { inbox, shown } = await startMessages()
    const { id } = newSelf().keys
    const message = incoming(BOB, { channel: 'private', key: id, recipient: IDENTITY })
    inbox.receive(message, BOB.ip, id)
    expect(shown).toHaveLength(1)
  })

  test('a peer that was at this address before is refused', async () => {
    const { inbox, shown } = await startMessages()
    const message = incoming(BOB, { channel: 'private', recipient: IDENTITY })
    const refusal = refusalOf(() => inbox.receive(message, BOB.ip))
    expect(refusal).toEqual({ status: 421, code: 'misdirected', field: 'recipient' })
    expect(shown).toEqual([])
  })
})

describe('when it was said', () => {
  test.each<[name: string, more: Partial<IncomingMessage>, ago: number, late: boolean]>([
    ['just now', {}, 0, false],
    ['just now, whatever the clock of its sender says', { sentAt: 1 }, 0, false],
    ['a while ago', { age: 60_000 }, 60_000, false],
    ['longer ago', { age: 60_001 }, 60_001, true],
  ])('%s', async (_name, more, ago, late) => {
    const { inbox, clock, events } = await startMessages()
    inbox.receive(incoming(BOB, more), BOB.ip)
    expect(events).toMatchObject([{ at: clock.now() - ago, receivedAt: clock.now(), late }])
  })

  test('one that comes after others of its sender that were said later is late, and in its place', async () => {
    const { inbox, store, events } = await startMessages()
    for (const seq of [1, 3, 2]) {
      const message = { id: `${seq}`, text: `${seq}`, seq, identity: IDENTITY }
      inbox.receive(incoming(BOB, message), BOB.ip)
    }
    expect(events.map(({ late }) => late)).toEqual([false, false, true])
    expect(store.page('general', 10).entries.map(({ message }) => textOf(message.content))).toEqual([
      '1',
      '2',
      '3',
    ])
  })
})

describe('a history with', () => {
  test.each<[name: string, more: Partial<IncomingMessage>, shown: number]>([
    ['an own channel', {}, 1],
    ['another channel', { channel: 'lab' }, 0],
    ['a group', { channel: 'trip' }, 0],
    ['messages to one peer', { channel: 'private' }, 0],
    ['a message without an id', { id: undefined }, 0],
  ])('%s', async (_name, more, count) => {
    const { inbox, presence, sent, shown } = await startMessages()
    inbox.receiveMissed(incoming(BOB, more), CAROL.ip, 8000)
    expect(shown).toHaveLength(count)
    expect(sent).toEqual([])
    expect(presence.peers).toEqual([])
  })

  test('an own message from a history is made up', async () => {
    const { inbox, store, events } = await startMessages()
    inbox.receiveMissed(incoming(SELF, { identity: store.identity }), CAROL.ip, 8000)
    expect(events).toEqual([])
    expect(store.page('general', 9).entries).toEqual([])
  })
})
