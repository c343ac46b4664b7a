/** What a peer knows and tells, as its local API shows it. */
import { asContent, textOf } from '../../../src/chat/content.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { shortId } from '../../../src/identity/short-id.ts'
import { Presenter } from '../../../src/peer/local-api/presenter.ts'
import type { ClosedView } from '../../../src/peer/peer-view.ts'
import type { Contact, ListedContact } from '../../../src/peer/contacts/contact-book.ts'
import type { ViewedPeer } from '../../../src/peer/local-api/local-chat.ts'
import { DIRECT, addressKey, peerId } from '../../../src/chat/model.ts'
import type {
  ChatEvent,
  ChatMessage,
  Peer,
  AddressKey,
  PeerId,
  Profile,
  Receipt,
} from '../../../src/chat/model.ts'
import type { Direct, Entry, Page, PendingMessage } from '../../../src/store/store.ts'
import { newSelf } from '../../support/peers.ts'

const ME: Peer = { ip: '10.0.0.1', port: 8000, name: 'me', identity: 'e0e0e0e0e0e0e0e0' }
const ALICE: Peer = { ip: '10.0.0.2', port: 8000, name: 'alice', identity: 'a11ce00000000000' }
const BOB: Peer = { ip: '10.0.0.3', port: 8000, name: 'bob' }
const MAI: Peer = { ip: '10.0.0.11', port: 50999, name: 'Mai', lsnp: 'mai@10.0.0.11' }
const KEY = new KeyPair(Buffer.alloc(32, 2)).id
const NOON = 1_763_771_234_000
const NOTHING: Profile = { status: '', avatar: undefined }

class FakePeer implements ViewedPeer {
  self = ME
  reachable = { host: '10.0.0.7', port: 8000 }
  channels = ['general']
  peers: Peer[] = []
  met: Peer[] = []
  problem: string | undefined
  readonly inChannel = new Map<string, Peer[]>()
  readonly groups = new Set<string>()
  closedOnes: readonly ClosedView[] = []
  readonly sources = new Map([['10.0.0.2:8000', ['lan', 'tracker']]])
  readonly profiles = new Map<AddressKey | undefined, Profile>()
  readonly entries: Entry[] = []
  readonly read = new Map<string, number>()
  kept: Direct[] = []
  waiting: PendingMessage[] = []
  readonly receipts = new Map<string, Receipt>()

  members(channel: string): readonly Peer[] {
    return this.inChannel.get(channel) ?? []
  }

  known(id: PeerId): Peer | undefined {
    return [...this.peers, ...this.met].find((peer) => peerId(peer) === id)
  }

  addressesOf(peer: Peer): readonly AddressKey[] {
    return [addressKey(peer)]
  }

  contact(peer: Peer): Contact {
    const isHere = this.peers.some((each) => peerId(each) === peerId(peer))
    const nothing = {
      mark: undefined,
      verifiedAt: undefined,
      lastMet: undefined,
      callsItself: undefined,
      formerNames: [],
    }
    return { ...nothing, peer, isHere, firstMet: NOON }
  }

  contacts(): readonly ListedContact[] {
    return this.peers.map((peer) => ({ ...this.contact(peer), waiting: 0 }))
  }

  hushed(): [] {
    return []
  }

  async safetyNumber(): Promise<readonly string[]> {
    return Promise.resolve(Array.from({ length: 12 }, () => '01234'))
  }

  closedChannels(): readonly ClosedView[] {
    return this.closedOnes
  }

  closed(label: string): ClosedView {
    const found = this.closedOnes.find((each) => each.label === label)
    if (found === undefined) throw new Error('no such channel')
    return found
  }

  isGroup(channel: string): boolean {
    return this.groups.has(channel)
  }

  sourcesOf(id: AddressKey): readonly string[] {
    return this.sources.get(id) ?? []
  }

  profileOf(id: AddressKey | undefined): Profile {
    return this.profiles.get(id) ?? NOTHING
  }

  history(conversation: string, count: number, before?: string): Page {
    const entries = this.entries.filter((entry) => entry.conversation === conversation).slice(-count)
    return { entries, before: before === undefined ? 'further back' : undefined }
  }

  historyAfter(conversation: string, count: number, after: string): Page {
    const entries = this.entries.filter((entry) => entry.conversation === conversation).slice(0, count)
    return { entries, before: undefined, after: `behind ${after}` }
  }

  historyAround(conversation: string, count: number, at: number): Page {
    const entries = this.entries.filter((entry) => entry.conversation === conversation).slice(0, count)
    return { entries, before: `before ${at}`, after: `after ${at}` }
  }

  own(messageId: string): Entry | undefined {
    return this.entries.find(({ message, own }) => own && message.id === messageId)
  }

  readUpTo(conversation: string): number {
    return this.read.get(conversation) ?? 0
  }

  async search(words: string, count: number): Promise<readonly Entry[]> {
    await Promise.resolve()
    return this.entries
      .filter(({ message }) => textOf(message.content).includes(words))
      .slice(-count)
      .reverse()
  }

  directs(): readonly Direct[] {
    return this.kept
  }

  unsettled(): readonly PendingMessage[] {
    return this.waiting
  }

  receipt(messageId: string): Receipt | undefined {
    return this.receipts.get(messageId)
  }
}

let peer: FakePeer

beforeEach(() => {
  peer = new FakePeer()
})

function viewOf(given = peer, isTrackerOptional = false): Presenter {
  return new Presenter({ peer: given, version: '1.2.3', lan: () => ['eth0'], isTrackerOptional })
}

function messageOf(from: Peer, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id: 'id-1', from, channel: 'general', content: asContent('hello'), sentAt: NOON, ...more }
}

type MessageEvent = Extract<ChatEvent, { kind: 'message' }>

function told(message: ChatMessage, more: Partial<MessageEvent> = {}): MessageEvent {
  return { kind: 'message', message, at: NOON, receivedAt: NOON, late: false, own: false, ...more }
}

function kept(message: ChatMessage, more: Partial<Entry> = {}): Entry {
  return { message, conversation: message.channel, at: NOON, receivedAt: NOON, own: false, ...more }
}

function receiptOf(messageId: string, more: Partial<Receipt> = {}): Receipt {
  return {
    messageId,
    channel: 'general',
    recipients: 2,
    delivered: 0,
    unconfirmed: 0,
    failed: [],
    queued: [],
    ...more,
  }
}

describe('messages', () => {
  test('a message of another peer', () => {
    const event = told(messageOf(ALICE, { content: { kind: 'action', text: 'hello' } }), {
      at: NOON - 5,
      late: true,
    })
    expect(viewOf().update(event)).toEqual({
      event: 'message',
      data: {
        key: 'a11ce00000000000 id-1',
        id: 'id-1',
        conversation: 'general',
        from: { id: '10.0.0.2:8000', name: 'alice' },
        own: false,
        text: 'hello',
        action: true,
        at: NOON - 5,
        receivedAt: NOON,
        late: true,
        delivery: undefined,
      },
    })
  })

  test.each([
    ['its sender', 0, undefined],
    ['an unknown peer', undefined, undefined],
    ['another peer', 1, true],
  ])('told by %s', (_name, hops, relayed) => {
    const data = viewOf().update(told(messageOf(ALICE), { hops }))?.data
    expect(data !== undefined && 'relayed' in data ? data.relayed : undefined).toBe(relayed)
  })

  test('senders with the same message id have different keys', () => {
    const view = viewOf()
    const keys = [ALICE, BOB, MAI].map((from) => view.update(told(messageOf(from)))?.data)
    expect(new Set(keys.map((data) => (data !== undefined && 'key' in data ? data.key : ''))).size).toBe(3)
  })

  test.each<[string, MessageEvent, string]>([
    ['a direct message of another peer', told(messageOf(ALICE, { channel: DIRECT })), '@10.0.0.2:8000'],
    [
      'an own direct message',
      told(messageOf(ME, { channel: DIRECT }), { own: true, to: BOB }),
      '@10.0.0.3:8000',
    ],
    ['of LSNP', told(messageOf(MAI, { channel: DIRECT })), '@mai@10.0.0.11'],
    ['in a channel', told(messageOf(ALICE, { channel: 'ops' })), 'ops'],
  ])('%s: their conversation', (_, event, conversation) => {
    const view = viewOf()
    view.take(event)
    expect(view.update(event)?.data).toMatchObject({ conversation })
  })

  test.each([
    ['just now', 0, false],
    ['a minute before it came', 60_000, false],
    ['longer ago', 60_001, true],
  ])('in the history, said %s: late is %s', (_, age, late) => {
    peer.entries.push(kept(messageOf(ALICE), { at: NOON - age }))
    expect(viewOf().page('general', { limit: 10 }).messages[0]?.late).toBe(late)
  })

  test('the clock shift comes with the dates', () => {
    const dates = { at: NOON + 86_400_000, receivedAt: NOON + 86_400_000, clockShift: 86_400_000 }
    peer.entries.push(kept(messageOf(ALICE), dates), kept(messageOf(ALICE, { id: '2' })))
    const [first, second] = viewOf().page('general', { limit: 10 }).messages
    expect(first).toMatchObject(dates)
    expect(second?.clockShift).toBeUndefined()
    expect(viewOf().update(told(messageOf(ALICE), dates))?.data).toMatchObject(dates)
  })

  test('pages come oldest first, with the cursor of the page before', () => {
    peer.entries.push(...['1', '2', '3'].map((id) => kept(messageOf(ALICE, { id }))))
    const page = viewOf().page('general', { limit: 2 })
    expect(page.messages.map(({ id }) => id)).toEqual(['2', '3'])
    expect(page.before).toBe('further back')
    expect(viewOf().page('general', { limit: 2, before: 'further back' }).before).toBeUndefined()
  })

  test('pages after a cursor, and around a time', () => {
    peer.entries.push(...['1', '2', '3'].map((id) => kept(messageOf(ALICE, { id }))))
    const after = viewOf().page('general', { limit: 2, after: 'x' })
    expect(after).toMatchObject({ messages: [{ id: '1' }, { id: '2' }], after: 'behind x' })
    const around = viewOf().page('general', { limit: 1, around: NOON })
    expect(around).toMatchObject({
      messages: [{ id: '1' }],
      before: `before ${NOON}`,
      after: `after ${NOON}`,
    })
  })

  test('search results come oldest first, without a cursor', async () => {
    peer.entries.push(
      ...['tea 1', 'milk', 'tea 2'].map((text, index) =>
        kept(messageOf(ALICE, { id: `${index}`, content: asContent(text) })),
      ),
    )
    const page = await viewOf().search('tea', 10, undefined)
    expect(page.messages.map(({ text }) => text)).toEqual(['tea 1', 'tea 2'])
    expect(page.before).toBeUndefined()
  })
})

describe('the delivery of an own message', () => {
  const OWN = messageOf(ME)

  test.each<[string, Partial<Receipt>, string]>([
    ['in a channel', { queued: [ALICE, BOB] }, 'general'],
    ['to one', { channel: DIRECT, queued: [BOB] }, '@10.0.0.3:8000'],
    [
      'to a recipient with a full queue',
      { channel: DIRECT, failed: [{ peer: BOB, reason: 'x' }] },
      '@10.0.0.3:8000',
    ],
  ])('just accepted, %s: as it is in the store, with the waiting recipients', (_, receipt, conversation) => {
    peer.entries.push(
      kept(OWN, { own: true, conversation }),
      kept(messageOf(BOB, { id: 'id-2' }), { conversation }),
    )
    const said = viewOf().said(receiptOf('id-1', receipt))
    expect(said).toMatchObject({ key: 'e0e0e0e0e0e0e0e0 id-1', own: true, text: 'hello', conversation })
    expect(said.delivery?.waiting).toEqual((receipt.queued ?? []).map(({ name }) => name))
  })

  test('said again when it waits for nobody: what is known of it, or nothing', () => {
    peer.entries.push(kept(OWN, { own: true }))
    const again = receiptOf('id-1', { recipients: 0, isOver: true })
    expect(viewOf().said(again).delivery).toBeUndefined()
    const view = viewOf()
    view.take(told(OWN, { own: true }))
    view.take({ kind: 'receipt', receipt: receiptOf('id-1', { delivered: 2 }) })
    expect(view.said(again).delivery).toMatchObject({ recipients: 2, delivered: 2 })
  })

  test('accepted, and not in the store: throws', () => {
    peer.entries.push(kept(messageOf(BOB)))
    expect(() => viewOf().said(receiptOf('id-1'))).toThrow()
  })

  test('each receipt is an update, and is remembered', () => {
    const view = viewOf()
    view.take(told(OWN, { own: true }))
    const receipt = receiptOf('id-1', {
      delivered: 1,
      unconfirmed: 1,
      failed: [{ peer: BOB, reason: 'refused' }],
    })
    view.take({ kind: 'receipt', receipt })
    const delivery = {
      recipients: 2,
      delivered: 1,
      unconfirmed: 1,
      waiting: [],
      failed: [{ name: 'bob', reason: 'refused' }],
    }
    expect(view.update({ kind: 'receipt', receipt })).toEqual({
      event: 'delivery',
      data: { key: 'e0e0e0e0e0e0e0e0 id-1', conversation: 'general', delivery },
    })
    peer.entries.push(kept(OWN, { own: true }))
    expect(view.page('general', { limit: 1 }).messages[0]?.delivery).toEqual(delivery)
  })

  test.each<[reason: string, code: string | undefined]>([
    ['connection refused: nothing listens there', 'unreachable'],
    ['no route to that address', 'unreachable'],
    ['no connection within 3 s', 'unreachable'],
    ['no answer within 10 s', 'unreachable'],
    ['silent for 10 s', 'unreachable'],
    ['the connection broke (ECONNRESET)', 'unreachable'],
    ['not a proper answer: a bad status line', 'unreachable'],
    ['refused with 421: this is for another peer that was at this address before', 'other_peer'],
    ['refused with 422: message must not be empty', 'refused'],
    ['refused with 404', 'refused'],
    ['it is no longer in this channel', undefined],
    ['refused', undefined],
  ])('the kind of a failure is told: %s: %s', (reason, code) => {
    peer.receipts.set('id-1', receiptOf('id-1', { failed: [{ peer: BOB, reason }] }))
    peer.entries.push(kept(OWN, { own: true }))
    const [message] = viewOf().page('general', { limit: 1 }).messages
    expect(message?.delivery?.failed).toEqual([{ name: 'bob', reason, code }])
  })

  test('while it waits: the receipt of the peer', () => {
    const view = viewOf()
    view.take(told(OWN, { own: true }))
    view.take({ kind: 'receipt', receipt: receiptOf('id-1', { queued: [ALICE, BOB] }) })
    peer.receipts.set('id-1', receiptOf('id-1', { delivered: 1, queued: [BOB] }))
    peer.entries.push(kept(OWN, { own: true }))
    expect(view.page('general', { limit: 1 }).messages[0]?.delivery).toMatchObject({
      delivered: 1,
      waiting: ['bob'],
    })
  })

  const UNSETTLED: PendingMessage = {
    message: OWN,
    recipients: 5,
    saidAt: NOON,
    queuedAt: NOON,
    waiting: [ALICE],
    failed: [{ peer: BOB, reason: 'no answer' }],
  }

  test('of an earlier start, and still waiting: from the outbox', () => {
    peer.waiting = [UNSETTLED]
    peer.entries.push(kept(OWN, { own: true }), kept(messageOf(ME, { id: 'id-0' }), { own: true }))
    const [waiting, settled] = viewOf().page('general', { limit: 2 }).messages
    expect(waiting?.delivery).toEqual({
      recipients: 5,
      delivered: 3,
      unconfirmed: 0,
      waiting: ['alice'],
      failed: [{ name: 'bob', reason: 'no answer' }],
    })
    expect(settled?.delivery, 'nothing is known').toBeUndefined()
  })

  test('receipts for messages of an earlier start belong to their conversation', () => {
    peer.waiting = [{ ...UNSETTLED, message: messageOf(ME, { channel: DIRECT }), waiting: [BOB], failed: [] }]
    const receipt = receiptOf('id-1', { delivered: 1, recipients: 1 })
    expect(viewOf().update({ kind: 'receipt', receipt })?.data).toMatchObject({
      conversation: '@10.0.0.3:8000',
    })
  })

  test('a receipt for an unknown message is no update', () => {
    expect(viewOf().update({ kind: 'receipt', receipt: receiptOf('id-9') })).toBeUndefined()
  })

  test('a thousand messages are remembered, then the oldest are forgotten', () => {
    const view = viewOf()
    for (let count = 0; count <= 1_000; count++)
      view.take(told(messageOf(ME, { id: `${count}` }), { own: true }))
    expect(view.update({ kind: 'receipt', receipt: receiptOf('0') })).toBeUndefined()
    expect(view.update({ kind: 'receipt', receipt: receiptOf('1') })).toBeDefined()
  })
})

describe('the state', () => {
  test('a peer that is alone', () => {
    expect(viewOf().state('abc-0')).toEqual({
      version: '1.2.3',
      self: { id: '10.0.0.1:8000', address: '10.0.0.7:8000', name: 'me', status: '', picture: undefined },
      channels: [{ name: 'general', isGroup: false }],
      invitations: [],
      directs: [],
      people: [],
      tracker: { state: 'none', detail: '' },
      lan: ['eth0'],
      problem: undefined,
      hushed: [],
      outbox: { waiting: 0, failed: 0 },
      read: [],
      eventId: 'abc-0',
    })
  })

  test('the identity, and the kind of failure of the tracker', () => {
    const view = viewOf()
    Object.assign(peer, { identity: 'a11ce00000000000' })
    expect(view.state('').self.identity).toBe('a11ce00000000000')
    view.take({ kind: 'tracker', state: 'lost', detail: 'no answer within 3 s' })
    expect(view.state('').tracker).toEqual({
      state: 'lost',
      detail: 'no answer within 3 s',
      code: 'unreachable',
    })
    view.take({ kind: 'tracker', state: 'registered', detail: '' })
    expect(view.state('').tracker).toEqual({ state: 'registered', detail: '' })
  })

  test('a tracker that the user did not ask for is lost only when it was there', () => {
    const view = viewOf(peer, true)
    const lost = { kind: 'tracker', state: 'lost', detail: 'no answer' } as const
    view.take(lost)
    expect(view.state('').tracker).toEqual({ state: 'none', detail: '' })
    view.take({ kind: 'tracker', state: 'registered', detail: '' })
    view.take(lost)
    expect(view.state('').tracker.state).toBe('lost')
  })

  test('a person with a key: what it is called, its short id, where it is; here and away', () => {
    const second = { ...BOB, key: KEY, label: `bob·${shortId(KEY)}` }
    const expected = { id: KEY, key: KEY, short: shortId(KEY), name: `bob·${shortId(KEY)}`, since: NOON }
    peer.peers = [second]
    expect(viewOf().state('').people).toMatchObject([{ ...expected, isHere: true }])
    peer.peers = []
    peer.met = [second]
    peer.kept = [{ conversation: `@${KEY}`, name: 'bob' }]
    expect(viewOf().state('').people).toMatchObject([
      { ...expected, addresses: ['10.0.0.3:8000'], isHere: false },
    ])
  })

  test('a conversation with an address goes on with the peer that has proved its key there', () => {
    const view = viewOf()
    const own = messageOf(ME, { channel: DIRECT })
    view.take(told(own, { own: true, to: BOB }))
    expect(view.state('').directs).toEqual(['@10.0.0.3:8000'])
    const become: ChatEvent = { kind: 'became', before: '10.0.0.3:8000', peer: { ...BOB, key: KEY } }
    view.take(become)
    expect(view.update(become)).toBeUndefined()
    expect(view.state('').directs).toEqual([`@${KEY}`])
    const update = view.update({
      kind: 'receipt',
      receipt: receiptOf('id-1', { channel: DIRECT, delivered: 1 }),
    })
    expect(update?.data).toMatchObject({ conversation: `@${KEY}` })
  })

  test('an own direct message names its recipient', () => {
    const second = { ...BOB, key: KEY, label: 'bob·k3f9-2mx7' }
    const event = told(messageOf(ME, { channel: DIRECT }), { own: true, to: second })
    expect(viewOf().update(event)?.data).toMatchObject({ to: { id: KEY, key: KEY, name: 'bob·k3f9-2mx7' } })
  })

  test('read marks, as far as they are known', () => {
    peer.channels = ['general', 'ops']
    peer.kept = [{ conversation: '@10.0.0.3:8000' }]
    for (const conversation of ['ops', '@10.0.0.3:8000', 'left long ago']) peer.read.set(conversation, NOON)
    expect(viewOf().state('').read).toEqual([
      { conversation: 'ops', upTo: NOON },
      { conversation: '@10.0.0.3:8000', upTo: NOON },
    ])
  })

  test('closed channels, and invitations to them with who made them', () => {
    const made = { peer: ALICE, isCreator: true, isHere: true, isInvited: false }
    const own = { peer: ME, isCreator: true, isHere: true, isInvited: false }
    peer.channels = ['general', '!ops', '!mine']
    peer.closedOnes = [
      {
        label: '!ops',
        epoch: 2,
        isIn: true,
        isOwn: false,
        people: [made, { ...own, isCreator: false }],
        links: [],
      },
      { label: '!mine', epoch: 2, isIn: true, isOwn: true, people: [own], links: ['parley:closed?…'] },
      { label: '!news', epoch: 2, isIn: false, isOwn: false, people: [made], links: [] },
    ]
    const view = viewOf()
    expect(view.state('')).toMatchObject({
      channels: [
        { name: 'general', isGroup: false },
        { name: '!ops', isGroup: false, isClosed: true, isOwn: false },
        { name: '!mine', isGroup: false, isClosed: true, isOwn: true },
      ],
      invitations: [{ name: '!news', from: 'alice' }],
    })
    expect(view.members('!ops')).toEqual({
      channel: '!ops',
      isOwn: false,
      members: [
        { id: peerId(ALICE), name: 'alice', isHere: true, isInvited: false, isCreator: true, isYou: false },
        { id: peerId(ME), name: 'me', isHere: true, isInvited: false, isCreator: false, isYou: true },
      ],
      links: [],
    })
  })

  test('everybody who is here, with shared channels and profiles', () => {
    peer.channels = ['general', 'friends']
    peer.groups.add('friends')
    peer.peers = [ALICE, BOB, MAI]
    peer.inChannel.set('general', [ALICE, MAI]).set('friends', [MAI])
    const avatar = { type: 'image/png', hash: 'ab', data: '' }
    peer.profiles
      .set(addressKey(ALICE), { status: 'in the lab', avatar })
      .set(undefined, { status: 'here', avatar })
    const { people, channels, self } = viewOf().state('')
    expect(self).toEqual({
      id: '10.0.0.1:8000',
      address: '10.0.0.7:8000',
      name: 'me',
      status: 'here',
      picture: 'ab',
    })
    expect(channels).toEqual([
      { name: 'general', isGroup: false },
      { name: 'friends', isGroup: true },
    ])
    expect(people).toEqual([
      {
        id: '10.0.0.2:8000',
        name: 'alice',
        addresses: ['10.0.0.2:8000'],
        since: NOON,
        status: 'in the lab',
        picture: 'ab',
        channels: ['general'],
        sources: ['lan', 'tracker'],
        isHere: true,
        isLsnp: false,
      },
      {
        id: '10.0.0.3:8000',
        name: 'bob',
        addresses: ['10.0.0.3:8000'],
        since: NOON,
        status: '',
        picture: undefined,
        channels: [],
        sources: [],
        isHere: true,
        isLsnp: false,
      },
      {
        id: 'mai@10.0.0.11',
        name: 'Mai',
        addresses: ['mai@10.0.0.11'],
        since: NOON,
        status: '',
        picture: undefined,
        channels: ['general', 'friends'],
        sources: [],
        isHere: true,
        isLsnp: true,
      },
    ])
  })

  test('people of direct conversations are listed, also when they are away: the latest first', () => {
    peer.kept = [{ conversation: '@10.0.0.2:8000', name: 'alice' }, { conversation: '@mai@10.0.0.11' }]
    peer.peers = [ALICE]
    const view = viewOf()
    view.take(told(messageOf(BOB, { channel: DIRECT })))
    const { directs, people } = view.state('')
    expect(directs).toEqual(['@10.0.0.3:8000', '@10.0.0.2:8000', '@mai@10.0.0.11'])
    expect(people.map(({ id, name, isHere, isLsnp }) => [id, name, isHere, isLsnp])).toEqual([
      ['10.0.0.2:8000', 'alice', true, false],
      ['10.0.0.3:8000', 'bob', false, false],
      ['mai@10.0.0.11', 'mai@10.0.0.11', false, true],
    ])
    view.take(told(messageOf(ME, { channel: DIRECT }), { own: true, to: MAI }))
    expect(view.state('').directs[0]).toBe('@mai@10.0.0.11')
    expect(view.state('').people.at(-1)?.name).toBe('bob')
    expect(view.state('').people.map(({ name }) => name)).toContain('Mai')
  })

  test('at most a hundred direct conversations', () => {
    const view = viewOf()
    for (let port = 8000; port < 8101; port++)
      view.take(told(messageOf({ ...BOB, port }, { channel: DIRECT })))
    const { directs } = view.state('')
    expect(directs).toHaveLength(100)
    expect(directs[0]).toBe('@10.0.0.3:8100')
    expect(directs).not.toContain('@10.0.0.3:8000')
  })

  test('a host that writes from many addresses pushes out its own conversations only', () => {
    peer.kept = [{ conversation: '@10.0.0.2:8000', name: 'alice' }, { conversation: '@mai@10.0.0.11' }]
    const view = viewOf()
    for (let port = 8000; port < 8300; port++)
      view.take(told(messageOf({ ...BOB, port }, { channel: DIRECT })))
    const { directs } = view.state('')
    expect(directs).toHaveLength(100)
    expect(directs.slice(-2)).toEqual(['@10.0.0.2:8000', '@mai@10.0.0.11'])
  })

  test('nor does a host that makes any number of keys', () => {
    const [mine, others] = [newSelf().keys.id, Array.from({ length: 150 }, () => newSelf().keys.id)]
    peer.kept = [{ conversation: `@${mine}`, name: 'alice' }]
    const view = viewOf()
    view.take(told(messageOf(ALICE, { channel: DIRECT })))
    for (const key of others) view.take(told(messageOf({ ...BOB, key }, { channel: DIRECT })))
    const { directs } = view.state('')
    expect([directs.length, directs.slice(-2)]).toEqual([100, [`@${addressKey(ALICE)}`, `@${mine}`]])
  })

  test('the tracker, the disk and the outbox', () => {
    const view = viewOf()
    view.take({ kind: 'tracker', state: 'lost', detail: 'no answer' })
    peer.problem = 'the disk is full'
    const waits = {
      message: messageOf(ME),
      recipients: 2,
      saidAt: NOON,
      queuedAt: NOON,
      waiting: [ALICE],
      failed: [],
    }
    const both = { ...waits, failed: [{ peer: BOB, reason: 'gone' }] }
    peer.waiting = [waits, both]
    expect(view.state('')).toMatchObject({
      tracker: { state: 'lost', detail: 'no answer' },
      problem: 'the disk is full',
      outbox: { waiting: 2, failed: 1 },
    })
  })
})

describe('notices', () => {
  const GROUP = { kind: 'group', name: 'Lab', channel: 'lab' } as const

  test.each<[ChatEvent, string | undefined]>([
    [{ kind: 'notice', text: 'something' }, 'something'],
    [{ kind: 'followed', peer: ALICE, following: true }, 'alice follows you'],
    [{ kind: 'followed', peer: ALICE, following: false }, 'alice no longer follows you'],
    [{ kind: 'liked', peer: ALICE, liking: true, text: 'hi' }, 'alice likes your post in #general: hi'],
    [
      { kind: 'liked', peer: ALICE, liking: false, text: 'hi' },
      'alice no longer likes your post in #general: hi',
    ],
    [{ ...GROUP, news: 'created' }, 'you are in the group Lab now: #lab'],
    [{ ...GROUP, news: 'updated' }, 'the group Lab has other members now'],
    [{ ...GROUP, news: 'removed' }, 'you are no longer in the group Lab'],
    [{ kind: 'joined', peer: ALICE, channel: 'general' }, undefined],
    [{ kind: 'tracker', state: 'lost', detail: '' }, undefined],
  ])('%j: %s', (event, text) => {
    expect(viewOf().update(event)).toEqual(
      text === undefined ? undefined : { event: 'notice', data: { text } },
    )
  })
})
