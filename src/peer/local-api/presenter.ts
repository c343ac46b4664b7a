/**
 * A peer as its local API shows it: what the peer knows and what it tells (ChatEvents) -> LocalState, LocalMessage,
 * LocalPage. Pure.
 */
import { DIRECT, addressKey } from '../../chat/model.ts'
import {
  conversationOf,
  conversationWith,
  deliveryOf,
  deliveryOfUnsettled,
  failureCode,
  keyOf,
  localMessage,
  sentence,
  type MessageEvent,
} from './serialize.ts'
import type { Address } from '../../http/message.ts'
import type { ChatEvent, Peer, AddressKey, Picture, Profile, Receipt } from '../../chat/model.ts'
import type {
  Conversation,
  LocalChannel,
  LocalDelivery,
  LocalEvents,
  LocalMessage,
  LocalPage,
  LocalPerson,
  LocalRead,
  LocalSelf,
  LocalState,
} from '../../chat/wire/local-api.ts'
import type { Direct, Entry, Page, PendingMessage } from '../../store/store.ts'

/** The peer, as far as it is looked at. */
export interface ViewedPeer {
  readonly self: Peer
  /** Where peers of other machines reach this one. */
  readonly reachable: Address
  readonly identity?: string
  readonly channels: readonly string[]
  readonly peers: readonly Peer[]
  readonly problem: string | undefined
  members(channel: string): readonly Peer[]
  isGroup(channel: string): boolean
  /** By which sources somebody is known to be here. */
  sourcesOf(id: AddressKey): readonly string[]
  profileOf(id: AddressKey | undefined): Profile
  history(conversation: Conversation, count: number, before?: string): Page
  historyAfter(conversation: Conversation, count: number, after: string): Page
  historyAround(conversation: Conversation, count: number, at: number): Page
  own(messageId: string): Entry | undefined
  readUpTo(conversation: Conversation): number
  search(
    words: string,
    count: number,
    conversation?: Conversation,
    signal?: AbortSignal,
  ): Promise<readonly Entry[]>
  directs(): readonly Direct[]
  unsettled(): readonly PendingMessage[]
  receipt(messageId: string): Receipt | undefined
}

export interface LocalViewOptions {
  readonly peer: ViewedPeer
  readonly version: string
  /** Names of the networks of the LAN that are used now; undefined when it is off. */
  readonly lan: () => readonly string[] | undefined
}

/** An event for readers of the local API; `state` comes from Presenter.state(). */
export type LocalNews = {
  [Name in 'message' | 'delivery' | 'notice' | 'read']: {
    readonly event: Name
    readonly data: LocalEvents[Name]
  }
}[keyof Omit<LocalEvents, 'state'>]

/** Which page of a conversation; the newest without any of them. */
export interface PageWanted {
  readonly limit: number
  /** Cursors of another page. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  /** Unix time in milliseconds. */
  readonly around?: number | undefined
}

/** A message of ours, and how it fared when that was told last. */
interface Own {
  readonly key: string
  readonly conversation: Conversation
  delivery: LocalDelivery | undefined
}

/** Messages of ours whose fate is remembered; the oldest are forgotten, unless they still wait for somebody. */
const MOST_OWN = 1_000
const MOST_DIRECTS = 100
/** What was said so long before it came, in milliseconds, came late. */
const LATE = 60_000

export class Presenter {
  readonly #options: LocalViewOptions
  readonly #own = new Map<string, Own>()
  /** Last talked to last; with the name that was seen last. */
  readonly #directs = new Map<Conversation, string | undefined>()
  #tracker: LocalState['tracker'] = { state: 'none', detail: '' }

  constructor(options: LocalViewOptions) {
    this.#options = options
    for (const { conversation, name } of options.peer.directs().toReversed())
      this.#directs.set(conversation, name)
    for (const unsettled of options.peer.unsettled()) {
      const { message } = unsettled
      this.#rememberOwn(message.id, {
        key: keyOf(message),
        conversation: conversationWith(unsettled),
        delivery: deliveryOfUnsettled(unsettled),
      })
    }
  }

  /** Remembers what the peer tells only once. To be called for every event. */
  take(event: ChatEvent): void {
    if (event.kind === 'tracker') this.#tracker = trackerOf(event)
    else if (event.kind === 'message') this.#takeMessage(event)
    else if (event.kind === 'receipt') {
      const own = this.#own.get(event.receipt.messageId)
      if (own !== undefined) own.delivery = deliveryOf(event.receipt)
    }
  }

  #takeMessage(event: MessageEvent): void {
    const { message, own, to } = event
    const conversation = conversationOf(event)
    if (own) this.#rememberOwn(message.id, { key: keyOf(message), conversation, delivery: undefined })
    if (message.channel !== DIRECT) return
    this.#directs.delete(conversation)
    this.#directs.set(conversation, (to ?? message.from).name)
    dropOldest(this.#directs, MOST_DIRECTS)
  }

  #rememberOwn(messageId: string, own: Own): void {
    this.#own.set(messageId, own)
    dropOldest(this.#own, MOST_OWN)
  }

  /** What readers are told of an event that take() has seen; undefined: nothing but a new state. */
  news(event: ChatEvent): LocalNews | undefined {
    switch (event.kind) {
      case 'message':
        return { event: 'message', data: this.#ofEvent(event) }
      case 'receipt': {
        const own = this.#own.get(event.receipt.messageId)
        if (own === undefined) return undefined
        const { key, conversation } = own
        return { event: 'delivery', data: { key, conversation, delivery: deliveryOf(event.receipt) } }
      }
      default: {
        const text = sentence(event)
        return text === undefined ? undefined : { event: 'notice', data: { text } }
      }
    }
  }

  /** A message of ours that was said just now, or before with the same id: it is kept already, and is told later. */
  said(receipt: Receipt): LocalMessage {
    const entry = this.#options.peer.own(receipt.messageId)
    const [message] = entry === undefined ? [] : this.#ofEntries([entry])
    if (message === undefined) throw new Error('what was said just now is not kept')
    if (message.delivery !== undefined || receipt.isOver === true) return message
    return { ...message, delivery: deliveryOf(receipt) }
  }

  // --- the whole ------------------------------------------------------------------------------------

  /** `eventId`: of the last event that readers were told. */
  state(eventId: string): LocalState {
    const { peer, version, lan } = this.#options
    const unsettled = peer.unsettled()
    return {
      version,
      self: this.self(),
      channels: peer.channels.map((name) => this.channel(name)),
      directs: [...this.#directs.keys()].reverse(),
      people: this.#people(),
      tracker: this.#tracker,
      lan: lan(),
      problem: peer.problem,
      outbox: {
        waiting: unsettled.filter(({ waiting }) => waiting.length > 0).length,
        failed: unsettled.filter(({ failed }) => failed.length > 0).length,
      },
      read: this.#read(),
      eventId,
    }
  }

  #read(): LocalRead[] {
    const { peer } = this.#options
    return [...peer.channels, ...this.#directs.keys()]
      .map((conversation) => ({ conversation, upTo: peer.readUpTo(conversation) }))
      .filter(({ upTo }) => upTo > 0)
  }

  /** Whether it is one of ours: a channel that we are in, or one with somebody whom we know. */
  isKnown(conversation: Conversation): boolean {
    const { peer } = this.#options
    if (!conversation.startsWith('@')) return peer.channels.includes(conversation)
    return (
      this.#directs.has(conversation) || peer.peers.some((each) => addressKey(each) === conversation.slice(1))
    )
  }

  self(): LocalSelf {
    const { peer } = this.#options
    const { self, identity, reachable } = peer
    const address = addressKey({ ip: reachable.host, port: reachable.port })
    const { status, avatar } = peer.profileOf(undefined)
    return { id: addressKey(self), address, name: self.name, status, picture: avatar?.hash, identity }
  }

  /** By its hash: ours, or that of anybody in the state. */
  picture(hash: string): Picture | undefined {
    const { peer } = this.#options
    const away = [...this.#directs.keys()].map((conversation) => conversation.slice(1))
    for (const id of [undefined, ...peer.peers.map(addressKey), ...away]) {
      const { avatar } = peer.profileOf(id)
      if (avatar?.hash === hash) return avatar
    }
    return undefined
  }

  channel(name: string): LocalChannel {
    return { name, isGroup: this.#options.peer.isGroup(name) }
  }

  /** Everybody who is here, and whom we talked to. */
  #people(): LocalPerson[] {
    const { peer } = this.#options
    const channelsOf = new Map<AddressKey, string[]>(peer.peers.map((each) => [addressKey(each), []]))
    for (const channel of peer.channels)
      for (const member of peer.members(channel)) channelsOf.get(addressKey(member))?.push(channel)
    const here = peer.peers.map((each) => this.#person(each, channelsOf.get(addressKey(each)) ?? []))
    const away = [...this.#directs]
      .filter(([conversation]) => !channelsOf.has(conversation.slice(1)))
      .map(([conversation, name]) => this.#absent(conversation.slice(1), name))
    return [...here, ...away.reverse()]
  }

  #person(peer: Peer, channels: readonly string[]): LocalPerson {
    const id = addressKey(peer)
    const sources = this.#options.peer.sourcesOf(id)
    return { ...this.#shown(id, peer.name), channels, sources, isHere: true, isLsnp: peer.lsnp !== undefined }
  }

  #absent(id: AddressKey, name = id): LocalPerson {
    // Whoever takes datagrams only goes by its user id, `name@ip`.
    return { ...this.#shown(id, name), channels: [], sources: [], isHere: false, isLsnp: id.includes('@') }
  }

  #shown(id: AddressKey, name: string): Pick<LocalPerson, 'id' | 'name' | 'status' | 'picture'> {
    const { status, avatar } = this.#options.peer.profileOf(id)
    return { id, name, status, picture: avatar?.hash }
  }

  // --- messages -------------------------------------------------------------------------------------

  page(conversation: Conversation, wanted: PageWanted): LocalPage {
    const { entries, before, after } = this.#pageOf(conversation, wanted)
    return { messages: this.#ofEntries(entries), before, after }
  }

  #pageOf(conversation: Conversation, { limit, before, after, around }: PageWanted): Page {
    const { peer } = this.#options
    if (around !== undefined) return peer.historyAround(conversation, limit, around)
    if (after !== undefined) return peer.historyAfter(conversation, limit, after)
    return peer.history(conversation, limit, before)
  }

  /** The newest `limit` messages with all of these words, of one conversation or of all. The signal ends it. */
  async search(
    words: string,
    limit: number,
    conversation: Conversation | undefined,
    signal?: AbortSignal,
  ): Promise<LocalPage> {
    const entries = await this.#options.peer.search(words, limit, conversation, signal)
    return { messages: this.#ofEntries(entries.toReversed()), before: undefined }
  }

  #ofEntries(entries: readonly Entry[]): LocalMessage[] {
    const unsettled = new Map(
      entries.some(({ own }) => own)
        ? this.#options.peer.unsettled().map((each) => [each.message.id, each])
        : [],
    )
    return entries.map((entry) => {
      const { message, at, receivedAt, own } = entry
      const fate = own ? this.#fate(message.id, unsettled.get(message.id)) : undefined
      return localMessage(message, {
        ...entry,
        late: !own && receivedAt - at > LATE,
        delivery: fate,
      })
    })
  }

  #ofEvent(event: MessageEvent): LocalMessage {
    const { message, own } = event
    const conversation = conversationOf(event)
    const delivery = own ? this.#fate(message.id, undefined) : undefined
    return localMessage(message, { ...event, conversation, delivery })
  }

  /** Undefined when nothing is known: it was said before our start, and has reached everybody. */
  #fate(messageId: string, unsettled: PendingMessage | undefined): LocalDelivery | undefined {
    const receipt = this.#options.peer.receipt(messageId)
    if (receipt !== undefined) return deliveryOf(receipt)
    const told = this.#own.get(messageId)?.delivery
    return told ?? (unsettled === undefined ? undefined : deliveryOfUnsettled(unsettled))
  }
}

function trackerOf({ state, detail }: Extract<ChatEvent, { kind: 'tracker' }>): LocalState['tracker'] {
  return state === 'lost' ? { state, detail, code: failureCode(detail) } : { state, detail }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}
