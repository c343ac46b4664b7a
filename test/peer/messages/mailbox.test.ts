/** What arrives: where it came from, to whom it is passed on, and who is believed to be there because of it. */
import { textOf, type Content } from '../../../src/chat/content.ts'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import {
  WHEN_ASKED,
  addressKey,
  type ChatEvent,
  type ChatMessage,
  type Transit,
  type Peer,
} from '../../../src/chat/model.ts'
import { Presence, type Source } from '../../../src/chat/presence.ts'
import { Delivery } from '../../../src/peer/messages/delivery.ts'
import type { QueuedMessage } from '../../../src/peer/messages/delivery-result.ts'
import { Mailbox } from '../../../src/peer/messages/mailbox.ts'
import { refusalOf } from '../../chat/support.ts'
import { memoryStore } from '../../support/peers.ts'
import { ManualClock } from '../../support/clock.ts'
import { turn } from '../../support/wait.ts'
import type { IncomingMessage } from '../../../src/chat/wire/messages.ts'

const SELF: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
const BOB: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
const CAROL: Peer = { ip: '10.0.0.3', port: 8000, name: 'carol' }
const RITA: Peer = { ip: '10.0.0.4', port: 8000, name: 'rita' }
const ZED: Peer = { ip: '10.0.0.9', port: 50_000, name: 'zed', lsnp: 'zed@10.0.0.9' }

/** A mailbox in #general, #ops and the group #trip, what it sent to whom, and of whom it was told by whom. */
async function start() {
  const clock = new ManualClock()
  const roster = new Presence(() => undefined)
  const sent: string[] = []
  const toldOf: string[] = []
  const shown: (ChatMessage & Transit)[] = []
  const events: Extract<ChatEvent, { kind: 'message' }>[] = []
  const transmit = (to: Peer, parcels: readonly QueuedMessage[]) => {
    for (const { message, hops = 0 } of parcels)
      sent.push(`${message.from.name}: ${textOf(message.content)} to ${to.name}, hops ${hops}`)
    return Promise.resolve(parcels.map(() => ({ ok: true }) as const))
  }
  const store = await memoryStore(clock)
  const mailbox = new Mailbox({
    clock,
    roster,
    random: Math.random,
    store,
    delivery: new Delivery({
      transmit,
      takesSeveral: () => true,
      clock,
      random: () => 0,
      onReceipt: () => undefined,
      onSettled: () => undefined,
    }),
    self: () => SELF,
    isJoined: (channel) => ['general', 'ops', 'trip'].includes(channel),
    hasLeft: (channel) => channel === 'old',
    isBetweenWorlds: true,
    isClosed: (channel) => channel === 'trip',
    arrived: (peer, channel) => {
      if (channel !== 'trip') roster.add('direct', peer, channel, clock.now() + TIMES.lease)
    },
    isOurs: ({ ip, port }) => ip === SELF.ip && port === SELF.port,
    onEvent: (event) => {
      if (event.kind !== 'message') return
      shown.push({ ...event.message, hops: event.hops })
      events.push(event)
    },
    onToldOf: (peer, by) => {
      toldOf.push(`${peer.name} at ${addressKey(peer)} by ${by}`)
    },
  })
  const hear = (source: Source, peer: Peer, channel = 'general'): void => {
    roster.add(source, peer, channel, Infinity)
  }
  return { mailbox, clock, store, roster, hear, sent, toldOf, shown, events }
}

function incoming(
  from: Peer,
  more: Partial<IncomingMessage> & { readonly text?: string } = {},
): IncomingMessage {
  const { text = 'hi', ...fields } = more
  const content: Content = { kind: 'text', text }
  const message = { id: '1', from, channel: 'general', content, sentAt: 0, hops: 0 }
  const unknown = { identity: undefined, seq: undefined, recipient: undefined, age: 0 }
  return { ...message, ...unknown, ...fields }
}

describe('passing on', () => {
  test.each<[name: string, from: Peer, remote: string, hops: number, sent: string[]]>([
    ['what came straight, to the other world', BOB, BOB.ip, 0, ['bob: hi to carol, hops 1']],
    ['what came straight from the tracker', CAROL, CAROL.ip, 0, ['carol: hi to bob, hops 1']],
    ['what somebody of the LAN passed on', RITA, BOB.ip, 1, ['rita: hi to carol, hops 2']],
    ['what nobody whom we know passed on', BOB, '10.9.9.9', 1, []],
    ['what has come far enough', RITA, BOB.ip, LIMITS.hops, []],
    ['what a stranger says', RITA, RITA.ip, 0, []],
  ])('%s', async (_name, from, remote, hops, expected) => {
    const { mailbox, hear, sent } = await start()
    hear('lan', BOB)
    hear('tracker', CAROL)
    mailbox.receive(incoming(from, { hops }), remote)
    expect(sent).toEqual(expected)
  })

  test('once, however often it comes, and never back to who said it', async () => {
    const { mailbox, hear, sent } = await start()
    hear('lan', BOB)
    hear('tracker', CAROL)
    hear('tracker', RITA)
    for (const [remote, hops] of [
      [BOB.ip, 0],
      [BOB.ip, 0],
      [CAROL.ip, 1],
    ] as const)
      mailbox.receive(incoming(BOB, { hops }), remote)
    expect(sent).toEqual(['bob: hi to carol, hops 1', 'bob: hi to rita, hops 1'])
    await turn()
    mailbox.receive(incoming(CAROL, { id: '2', hops: 1 }), BOB.ip)
    expect(sent.slice(2)).toEqual(['carol: hi to rita, hops 2'])
  })

  test('what its sender told us when we asked, only when it comes straight', async () => {
    const { mailbox, hear, sent } = await start()
    hear('lan', BOB)
    hear('tracker', CAROL)
    mailbox.catchUp(incoming(BOB), BOB.ip, 8000)
    expect(sent).toEqual([])
    expect(mailbox.receive(incoming(BOB), BOB.ip)).toEqual({ id: '1', verdict: 'known' })
    expect(sent).toEqual(['bob: hi to carol, hops 1'])
  })

  test('what somebody told us of, only when it comes straight', async () => {
    const { mailbox, hear, sent, shown } = await start()
    hear('lan', BOB)
    hear('tracker', CAROL)
    mailbox.catchUp(incoming(BOB), RITA.ip, 8000)
    expect(sent).toEqual([])
    expect(mailbox.receive(incoming(BOB), BOB.ip)).toEqual({ id: '1', verdict: 'known' })
    expect(sent).toEqual(['bob: hi to carol, hops 1'])
    expect(shown).toHaveLength(1)
  })

  test('not what is for us alone, nor what is said in a group', async () => {
    const { mailbox, hear, sent, shown } = await start()
    for (const channel of ['private', 'trip']) {
      hear('lan', BOB, channel)
      hear('tracker', CAROL, channel)
      mailbox.receive(incoming(BOB, { id: channel, channel }), BOB.ip)
    }
    expect(shown).toHaveLength(2)
    expect(sent).toEqual([])
  })

  test('what was said by datagram', async () => {
    const { mailbox, hear, sent } = await start()
    hear('lan', ZED)
    hear('tracker', CAROL)
    mailbox.said(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    mailbox.said(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    mailbox.said(ZED, { id: '00c0ffee00c0ffff', channel: undefined, text: 'psst', sentAt: 0 })
    expect(sent).toEqual(['zed: hi to carol, hops 1'])
  })
})

describe('who is there because it wrote', () => {
  test.each<[name: string, message: IncomingMessage, remote: string, there: string[]]>([
    ['from its own address', incoming(BOB), BOB.ip, ['bob']],
    ['from another one', incoming(BOB), CAROL.ip, []],
    ['and it was passed on, even by somebody at its address', incoming(BOB, { hops: 1 }), BOB.ip, []],
    ['for a service', incoming({ ...BOB, port: 6379 }), BOB.ip, []],
    ['without an address', incoming(BOB, { from: { name: 'bob' } }), BOB.ip, []],
  ])('%s', async (_name, message, remote, there) => {
    const { mailbox, roster, shown } = await start()
    mailbox.receive(message, remote)
    expect(shown.map(({ content }) => textOf(content))).toEqual(['hi'])
    expect(roster.members('general').map(({ name }) => name)).toEqual(there)
  })

  test('at another of its addresses is the one that is there', async () => {
    const { mailbox, roster, hear, shown } = await start()
    hear('lan', BOB)
    roster.linkAlias([addressKey(BOB), '10.1.0.2:8000'])
    mailbox.receive(incoming({ ...BOB, ip: '10.1.0.2' }), '10.1.0.2')
    mailbox.receive(incoming({ ...BOB, ip: '10.1.0.2' }, { id: '2' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB, BOB])
    expect(roster.peers).toEqual([BOB])
    expect(roster.sources(addressKey(BOB), 'general')).toEqual(new Set(['lan', 'direct']))
  })

  test('under an address that it only believes to have is the one at the address it came from', async () => {
    const { mailbox, hear, shown } = await start()
    hear('static', BOB)
    mailbox.receive(incoming({ ...BOB, ip: '192.0.2.7' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB])
    // Many machines have the same address on a bridge of their own, as we may.
    mailbox.receive(incoming({ ...BOB, ip: SELF.ip }, { id: '3' }), BOB.ip)
    expect(shown.map(({ from }) => from)).toEqual([BOB, BOB])
    // Passed on, it may be anybody.
    mailbox.receive(incoming({ ...BOB, ip: '192.0.2.7' }, { id: '2', hops: 1 }), BOB.ip)
    expect(shown.map(({ from }) => from.ip)).toEqual([BOB.ip, BOB.ip, '192.0.2.7'])
  })
})

test('what comes over HTTP and by datagram is from one peer, and shown once', async () => {
  const { mailbox, roster, hear, shown } = await start()
  hear('lan', BOB, 'trip')
  roster.linkAlias([addressKey(BOB), '10.1.0.2:8000'])
  const id = '00c0ffee00c0ffee'
  mailbox.receive(incoming(BOB, { id, channel: 'trip' }), BOB.ip)
  mailbox.said({ ...BOB, ip: '10.1.0.2' }, { id, channel: 'trip', text: 'hi', sentAt: 0 })
  expect(shown.map(({ from }) => from)).toEqual([BOB])
})

describe('who is told of', () => {
  test.each<[name: string, hops: number, toldOf: string[]]>([
    ['nobody by what came straight', 0, []],
    ['the sender of what was passed on, and who did it', 1, ['bob at 10.0.0.2:8000 by 10.0.0.4']],
  ])('%s', async (_name, hops, each) => {
    const { mailbox, toldOf } = await start()
    // With every copy: whom one greeted a moment ago is not greeted again (introductions.test.ts).
    mailbox.receive(incoming(BOB, { hops }), RITA.ip)
    expect(toldOf).toEqual(each)
    mailbox.receive(incoming(BOB, { hops }), RITA.ip)
    expect(toldOf).toEqual([...each, ...each])
  })

  test('the sender of what was caught up before it was passed on', async () => {
    const { mailbox, toldOf } = await start()
    mailbox.catchUp(incoming(BOB), RITA.ip, 8000)
    expect(toldOf).toEqual([])
    mailbox.receive(incoming(BOB, { hops: 1 }), RITA.ip)
    expect(toldOf).toEqual(['bob at 10.0.0.2:8000 by 10.0.0.4'])
  })

  test('nobody by a message that is not the one of this id', async () => {
    const { mailbox, toldOf } = await start()
    mailbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip)
    mailbox.receive(incoming(BOB, { identity: IDENTITY, text: 'other', hops: 1 }), RITA.ip)
    expect(toldOf).toEqual([])
  })
})

describe('a message whose connection comes from another address than it names', () => {
  test.each<[what: string, from: Peer, remote: string]>([
    ['of a host with several addresses', BOB, '10.9.9.9'],
    ['of a peer on this machine', { ...BOB, ip: '127.0.0.1' }, '127.0.0.2'],
    ['of a peer on this machine, by its address there', BOB, '127.0.0.1'],
  ])('is not marked as relayed: %s', async (_what, from, remote) => {
    const { mailbox, shown } = await start()
    mailbox.receive(incoming(from), remote)
    expect(shown.map(({ from: { name }, hops }) => [name, hops])).toEqual([['bob', 0]])
  })
})

describe('groups and other channels', () => {
  test('only members write in a group', async () => {
    const { mailbox, hear, shown } = await start()
    hear('lan', BOB, 'trip')
    mailbox.receive(incoming(BOB, { channel: 'trip' }), BOB.ip)
    const refusal = refusalOf(() => mailbox.receive(incoming(CAROL, { channel: 'trip' }), CAROL.ip))
    expect(refusal).toEqual({ status: 403, code: 'not_a_member', field: 'channel' })
    expect(shown).toHaveLength(1)
  })

  test('a channel that we have left is refused for good', async () => {
    const { mailbox } = await start()
    const refusal = refusalOf(() => mailbox.receive(incoming(BOB, { channel: 'old' }), BOB.ip))
    expect(refusal).toEqual({ status: 404, code: 'left', field: 'channel' })
  })

  test('a channel that we are not in is not shown', async () => {
    const { mailbox, shown } = await start()
    const refusal = refusalOf(() => mailbox.receive(incoming(BOB, { channel: 'lab' }), BOB.ip))
    expect(refusal).toEqual({ status: 404, code: 'not_joined', field: 'channel' })
    mailbox.said(ZED, { id: '00c0ffee00c0ffee', channel: 'lab', text: 'hi', sentAt: 0 })
    expect(shown).toEqual([])
  })
})

test('one id for several texts, by datagram: each is shown once, under an id of its own', async () => {
  const { mailbox, shown } = await start()
  for (const text of ['one', 'two', 'one', 'two', 'three'])
    mailbox.said(ZED, { id: '00c0ffee00c0ffee', channel: 'general', text, sentAt: 0 })
  expect(shown.map(({ content }) => textOf(content))).toEqual(['one', 'two', 'three'])
  expect(new Set(shown.map(({ id }) => id)).size).toBe(3)
  for (const { id } of shown) expect(id).toMatch(/^[0-9a-f]{16}$/)
})

const IDENTITY = 'b0b0b0b0b0b0b0b0'

describe('each message once', () => {
  test.each<[name: string, second: IncomingMessage, verdict: string]>([
    ['the same again', incoming(BOB, { identity: IDENTITY }), 'known'],
    ['from another address', incoming({ ...BOB, port: 8009 }, { identity: IDENTITY }), 'known'],
    ['later, and passed on', incoming(BOB, { identity: IDENTITY, sentAt: 5, age: 7_000, hops: 1 }), 'known'],
    ['other content', incoming(BOB, { identity: IDENTITY, text: 'ho' }), 'conflict'],
    ['of somebody else', incoming(BOB, { identity: 'ca501ca501ca501c' }), 'new'],
    ['another id', incoming(BOB, { identity: IDENTITY, id: '2' }), 'new'],
  ])('%s', async (_name, second, verdict) => {
    const { mailbox, shown } = await start()
    expect(mailbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip).verdict).toBe('new')
    expect(mailbox.receive(second, BOB.ip).verdict).toBe(verdict)
    expect(shown).toHaveLength(verdict === 'new' ? 2 : 1)
  })

  test('a direct message that comes again from another address is no conflict', async () => {
    const { mailbox } = await start()
    const direct = { channel: 'private', identity: IDENTITY }
    expect(mailbox.receive(incoming(BOB, direct), BOB.ip).verdict).toBe('new')
    expect(mailbox.receive(incoming({ ...BOB, port: 8009 }, direct), BOB.ip).verdict).toBe('known')
  })

  test('over HTTP, and then told of by a member', async () => {
    const { mailbox, shown } = await start()
    mailbox.receive(incoming(BOB, { identity: IDENTITY }), BOB.ip)
    mailbox.catchUp(incoming(BOB, { identity: IDENTITY, age: 60_000 }), CAROL.ip, 8000)
    expect(shown).toHaveLength(1)
  })
})

describe('a message in our own mouth', () => {
  const FORGED: readonly (readonly [name: string, message: (own: string) => IncomingMessage])[] = [
    ['under our identity', (own) => incoming(BOB, { identity: own })],
    ['under our identity, passed on', (own) => incoming(BOB, { identity: own, hops: 1 })],
    ['under our identity and from our address', (own) => incoming(SELF, { identity: own })],
    ['from our address, without an identity', () => incoming(SELF)],
    ['from our address, with another identity', () => incoming(SELF, { identity: IDENTITY })],
    ['from our address, under another name', () => incoming({ ...SELF, name: 'the boss' })],
    ['from our address, passed on', () => incoming(SELF, { hops: 1 })],
    ['to us alone', (own) => incoming(BOB, { identity: own, channel: 'private' })],
  ]

  test.each(FORGED)('is refused: %s', async (_name, message) => {
    const { mailbox, store, shown, toldOf, sent, hear } = await start()
    hear('lan', { ...BOB, port: 8700 })
    hear('tracker', CAROL)
    const refusal = refusalOf(() => mailbox.receive(message(store.identity), BOB.ip))
    expect(refusal).toEqual({ status: 403, code: 'own_sender', field: 'from' })
    expect([shown, toldOf, sent]).toEqual([[], [], []])
    expect(store.page('general', 10).entries).toEqual([])
  })

  test.each(FORGED)('is not believed when a member tells of it: %s', async (_name, message) => {
    const { mailbox, store, shown } = await start()
    mailbox.catchUp(message(store.identity), BOB.ip, 8000)
    expect(shown).toEqual([])
    expect(store.page('general', 10).entries).toEqual([])
  })

  const NAMESAKES = ['alice', 'ALICE', 'álice']

  test.each(NAMESAKES)('is not believed with another identity under our own name: %s', async (name) => {
    const { mailbox, shown } = await start()
    mailbox.catchUp(incoming({ ...SELF, name }, { identity: IDENTITY }), BOB.ip, 8000)
    expect(shown).toEqual([])
  })

  test('is refused from our address with another identity and name: that peer is not here now', async () => {
    const { mailbox } = await start()
    const message = incoming({ ...SELF, name: 'ben' }, { identity: IDENTITY })
    expect(refusalOf(() => mailbox.receive(message, BOB.ip)).status).toBe(403)
  })

  test('is that of another peer, which had our address before us, when a member tells of it', async () => {
    const { mailbox, shown, events } = await start()
    mailbox.catchUp(incoming({ ...SELF, name: 'ben' }, { identity: IDENTITY }), BOB.ip, 8000)
    expect(shown).toMatchObject([
      { content: { text: 'hi' }, hops: 1, from: { name: 'ben', identity: IDENTITY } },
    ])
    expect(events).toMatchObject([{ own: false, caughtUp: true }])
    expect(shown.map(({ hops, ...message }) => mailbox.isToldOn({ message, hops }))).toEqual([false])
  })

  test('is not believed in a datagram', async () => {
    const { mailbox, shown } = await start()
    mailbox.said(SELF, { id: '00c0ffee00c0ffee', channel: 'general', text: 'hi', sentAt: 0 })
    expect(shown).toEqual([])
  })

  test('that we said is known when it comes back, and its id is not for anything else', async () => {
    const { mailbox, store } = await start()
    mailbox.send('general', 'general', 'hi', [], 'mine')
    const back = incoming(SELF, { id: 'mine', identity: store.identity, hops: 1 })
    expect(mailbox.receive(back, BOB.ip)).toEqual({ id: 'mine', verdict: 'known' })
    const forged: IncomingMessage = { ...back, content: { kind: 'text', text: 'something else' } }
    expect(refusalOf(() => mailbox.receive(forged, BOB.ip)).status).toBe(403)
  })
})

describe('who is there', () => {
  const names = (roster: Presence): string[] => roster.members('general').map(({ name }) => name)

  test.each<[name: string, before: (mailbox: Mailbox) => void]>([
    ['by the first copy', () => undefined],
    [
      'by a copy of what its sender told when it was asked',
      (mailbox) => {
        mailbox.catchUp(incoming(BOB), BOB.ip, 8000)
      },
    ],
    [
      'by a copy of what a member told',
      (mailbox) => {
        mailbox.catchUp(incoming(BOB), CAROL.ip, 8000)
      },
    ],
    ['by a copy of what was passed on', (mailbox) => mailbox.receive(incoming(BOB, { hops: 1 }), CAROL.ip)],
    ['by a second copy', (mailbox) => mailbox.receive(incoming(BOB), BOB.ip)],
  ])('a sender, under the name that it has now: %s', async (_name, before) => {
    const { mailbox, roster, clock } = await start()
    before(mailbox)
    roster.add('direct', { ...BOB, name: 'rob' }, 'general', clock.now() + TIMES.lease)
    mailbox.receive(incoming(BOB), BOB.ip)
    expect(names(roster)).toContain(BOB.name)
    expect(names(roster)).not.toContain('rob')
  })
})

describe('what is told on', () => {
  const toldOn = (mailbox: Mailbox, shown: readonly (ChatMessage & Transit)[]): string[] =>
    shown
      .filter(({ hops, ...message }) => mailbox.isToldOn({ message, hops }))
      .map(({ content }) => textOf(content))

  test.each<[name: string, tellers: readonly (readonly [by: string, hops: number])[], isToldOn: boolean]>([
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
  ])('%s: %s', async (_name, tellers, isToldOn) => {
    const { mailbox, shown } = await start()
    for (const [by, hops] of tellers) mailbox.receive(incoming(BOB, { hops }), by)
    expect(toldOn(mailbox, shown)).toEqual(isToldOn ? ['hi'] : [])
  })

  test('what a member tells of what it said itself is, and it is not shown as relayed', async () => {
    const { mailbox, shown } = await start()
    mailbox.catchUp(incoming(BOB), BOB.ip, 8000)
    expect(toldOn(mailbox, shown)).toEqual(['hi'])
    expect(shown.map(({ hops }) => hops)).toEqual([WHEN_ASKED])
    mailbox.catchUp(incoming(BOB, { id: '2', hops: 1 }), BOB.ip, 8000)
    expect(shown.map(({ hops }) => hops)).toEqual([WHEN_ASKED, 1])
  })

  test('what one member tells of what we missed is not, until another does', async () => {
    const { mailbox, shown } = await start()
    mailbox.catchUp(incoming(BOB), CAROL.ip, 8000)
    expect(toldOn(mailbox, shown)).toEqual([])
    mailbox.catchUp(incoming(BOB), RITA.ip, 8000)
    expect(toldOn(mailbox, shown)).toEqual(['hi'])
  })
})

describe('whom it is for', () => {
  test('us', async () => {
    const { mailbox, store, shown } = await start()
    mailbox.receive(incoming(BOB, { channel: 'private', recipient: store.identity }), BOB.ip)
    expect(shown).toHaveLength(1)
  })

  test('somebody who was at this address before', async () => {
    const { mailbox, shown } = await start()
    const message = incoming(BOB, { channel: 'private', recipient: IDENTITY })
    const refusal = refusalOf(() => mailbox.receive(message, BOB.ip))
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
    const { mailbox, clock, events } = await start()
    mailbox.receive(incoming(BOB, more), BOB.ip)
    expect(events).toMatchObject([{ at: clock.now() - ago, receivedAt: clock.now(), late }])
  })

  test('one that comes after others of its sender that were said later is late, and in its place', async () => {
    const { mailbox, store, events } = await start()
    for (const seq of [1, 3, 2]) {
      const message = { id: `${seq}`, text: `${seq}`, seq, identity: IDENTITY }
      mailbox.receive(incoming(BOB, message), BOB.ip)
    }
    expect(events.map(({ late }) => late)).toEqual([false, false, true])
    expect(store.page('general', 10).entries.map(({ message }) => textOf(message.content))).toEqual([
      '1',
      '2',
      '3',
    ])
  })
})

describe('what a member tells of', () => {
  test.each<[name: string, more: Partial<IncomingMessage>, shown: number]>([
    ['a channel of ours', {}, 1],
    ['another channel', { channel: 'lab' }, 0],
    ['a group', { channel: 'trip' }, 0],
    ['messages to one peer', { channel: 'private' }, 0],
    ['a message without an id', { id: undefined }, 0],
  ])('%s', async (_name, more, count) => {
    const { mailbox, shown, sent, roster } = await start()
    mailbox.catchUp(incoming(BOB, more), CAROL.ip, 8000)
    expect(shown).toHaveLength(count)
    expect(sent).toEqual([])
    expect(roster.peers).toEqual([])
  })

  test('what we are to have said we have ourselves: somebody made it up', async () => {
    const { mailbox, store, events } = await start()
    mailbox.catchUp(incoming(SELF, { identity: store.identity }), CAROL.ip, 8000)
    expect(events).toEqual([])
    expect(store.page('general', 9).entries).toEqual([])
  })
})

describe('what we say', () => {
  test('is kept, numbered, and waits in the outbox until it is there', async () => {
    const { mailbox, store } = await start()
    for (const text of ['one', 'two']) mailbox.send('general', 'general', text, [BOB])
    const messages = store.page('general', 10).entries.map(({ message }) => message)
    expect(messages.map(({ content }) => textOf(content))).toEqual(['one', 'two'])
    expect(messages[0]?.from).toEqual({ ...SELF, identity: store.identity })
    expect(messages[1]?.seq).toBeGreaterThan(messages[0]?.seq ?? Infinity)
    expect(store.unsettled().map(({ waiting }) => waiting)).toEqual([[BOB], [BOB]])
  })

  test('to one peer says whom it is for, as far as that is known', async () => {
    const { mailbox, store } = await start()
    mailbox.send('@x', 'private', 'one', [{ ...BOB, identity: IDENTITY }])
    mailbox.send('@x', 'private', 'two', [BOB])
    mailbox.send('general', 'general', 'three', [{ ...BOB, identity: IDENTITY }])
    const waiting = store.unsettled().map(({ message }) => message.recipient)
    expect(waiting).toEqual([IDENTITY, undefined, undefined])
  })
})

describe('who comes just after we said something', () => {
  test('gets it, and it waits for that peer in the store', async () => {
    const { mailbox, store, sent } = await start()
    mailbox.send('general', 'general', 'hello', [BOB])
    mailbox.cameTo('general', CAROL)
    expect(sent).toEqual(['alice: hello to bob, hops 0', 'alice: hello to carol, hops 0'])
    expect(store.unsettled()[0]?.waiting.map(({ name }) => name)).toEqual(['bob', 'carol'])
  })

  test.each([
    ['a group, which is for those who were in it', 'trip'],
    ['direct messages', 'private'],
  ])('gets nothing of %s', async (_name, channel) => {
    const { mailbox, sent } = await start()
    mailbox.send(channel === 'private' ? `@${addressKey(BOB)}` : channel, channel, 'hello', [BOB])
    mailbox.cameTo(channel, CAROL)
    expect(sent).toEqual(['alice: hello to bob, hops 0'])
  })
})
