/**
 * A peer as its local API shows it: what the peer knows, and the ChatEvents that it emits -> LocalState, LocalMessage,
 * LocalPage.
 *
 * Every event must go through take(): the tracker's state, the latest direct conversations and the last delivery of own
 * messages are nowhere else.
 */
import { isClosedLabel } from '../../chat/closed-label.ts'
import { hostOf } from '../../chat/address.ts'
import { hostKey } from '../../http/ip.ts'
import { cameLate } from '../../chat/moment.ts'
import { BoundedMap } from '../../chat/bounded.ts'
import { DIRECT, addressKey, labelOf, peerId, type PeerId } from '../../chat/model.ts'
import { shortId } from '../../identity/short-id.ts'
import { unmetLabel } from '../hush/hush.ts'
import { OwnMessages } from './own-messages.ts'
import {
  conversationOf,
  deliveryOf,
  deliveryOfPending,
  failureCode,
  localMessage,
  sentence,
  type MessageEvent,
} from './serialize.ts'
import type { ChatEvent, Peer, Picture, Receipt } from '../../chat/model.ts'
import type {
  Conversation,
  LocalChannel,
  LocalContacts,
  LocalDelivery,
  LocalEvents,
  LocalMembers,
  LocalMessage,
  LocalPage,
  LocalPerson,
  LocalRead,
  LocalSelf,
  LocalState,
} from '../../chat/wire/local-api.ts'
import type { PendingMessage } from '../../store/store.ts'
import type { ShownEntry, ShownPage } from '../contacts/labels.ts'
import type { ViewedPeer } from './local-chat.ts'

export interface PresenterOptions {
  readonly peer: ViewedPeer
  readonly version: string
  /** Names of the networks of the LAN that are used now; undefined when it is off. */
  readonly lan: () => readonly string[] | undefined
  /** The user did not ask for the tracker: that none is there is no news. */
  readonly isTrackerOptional?: boolean
}

/** An event for readers of the feed. The event `state` is made by Presenter.state(). */
export type LocalUpdate = {
  [Name in keyof LocalEvents]: { readonly event: Name; readonly data: LocalEvents[Name] }
}[Exclude<keyof LocalEvents, 'state'>]

/** Which page of a conversation; the newest without any of them. */
export interface PageWanted {
  readonly limit: number
  /** Cursors of another page. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  /** Unix time in milliseconds. */
  readonly around?: number | undefined
}

/** Direct conversations that are listed. A host that writes from many addresses pushes out its own. */
const MAX_DIRECTS = 100

type TrackerEvent = Extract<ChatEvent, { kind: 'tracker' }>

const NO_TRACKER: LocalState['tracker'] = { state: 'none', detail: '' }

/** The other peer of a direct conversation. */
interface Direct {
  readonly label: string | undefined
  /** Where it was last. A conversation of an earlier start with a key counts as a host of its own. */
  readonly host: string
}

function directWith(peer: Peer): Direct {
  return { label: labelOf(peer), host: hostKey(peer.ip) }
}

export class Presenter {
  readonly #options: PresenterOptions
  readonly #own = new OwnMessages()
  /** The latest last; with the last known name. */
  readonly #directs = new BoundedMap<Conversation, Direct>(MAX_DIRECTS, (_conversation, { host }) => host)
  #tracker: LocalState['tracker'] = NO_TRACKER
  #wasRegistered = false

  constructor(options: PresenterOptions) {
    this.#options = options
    for (const { conversation, name } of options.peer.directs().toReversed())
      this.#directs.set(conversation, { label: name, host: hostOf(conversation) })
    for (const pending of options.peer.unsettled()) this.#own.addPending(pending)
  }

  /** Remembers what the peer emits only once. */
  take(event: ChatEvent): void {
    if (event.kind === 'tracker') this.#takeTracker(event)
    else if (event.kind === 'receipt') this.#own.update(event.receipt)
    else if (event.kind === 'message') this.#takeMessage(event)
    else if (event.kind === 'became') this.#become(`@${event.before}`, event.peer)
  }

  #takeTracker(event: TrackerEvent): void {
    this.#wasRegistered ||= event.state === 'registered'
    const isNoNews =
      this.#options.isTrackerOptional === true && event.state === 'lost' && !this.#wasRegistered
    this.#tracker = isNoNews ? NO_TRACKER : trackerOf(event)
  }

  /** A conversation with an address goes on as one with the peer that has proved its key there. */
  #become(before: Conversation, peer: Peer): void {
    const conversation = `@${peerId(peer)}`
    this.#own.move(before, conversation)
    if (this.#directs.delete(before)) this.#directs.set(conversation, directWith(peer))
  }

  #takeMessage(event: MessageEvent): void {
    const { message, own, to } = event
    const conversation = conversationOf(event)
    if (own) this.#own.add(message, conversation)
    if (message.channel !== DIRECT) return
    this.#directs.set(conversation, directWith(to ?? message.from))
  }

  /** What readers get of an event that take() has seen; undefined when it shows in the state only. */
  update(event: ChatEvent): LocalUpdate | undefined {
    switch (event.kind) {
      case 'message':
        return { event: 'message', data: this.#messageOf(event) }
      case 'receipt': {
        const place = this.#own.placeOf(event.receipt.messageId)
        if (place === undefined) return undefined
        return { event: 'delivery', data: { ...place, delivery: deliveryOf(event.receipt) } }
      }
      default: {
        const text = sentence(event)
        const flooding = event.kind === 'notice' ? event.flooding : undefined
        return text === undefined ? undefined : { event: 'notice', data: { text, flooding } }
      }
    }
  }

  /** An own message that was just accepted, now or before with the same id: it is in the store, its event comes later. */
  said(receipt: Receipt): LocalMessage {
    const entry = this.#options.peer.own(receipt.messageId)
    const [message] = entry === undefined ? [] : this.#messagesOf([entry])
    if (message === undefined) throw new Error('the message that was just accepted is not in the store')
    if (message.delivery !== undefined || receipt.isOver === true) return message
    return { ...message, delivery: deliveryOf(receipt) }
  }

  // --- the state ------------------------------------------------------------------------------------

  /** `eventId`: the id of the last published event. */
  state(eventId: string): LocalState {
    const { peer, version, lan } = this.#options
    const pending = peer.unsettled()
    return {
      version,
      self: this.self(),
      channels: peer.channels.map((name) => this.channel(name)),
      invitations: this.#invitations(),
      directs: [...this.#directs.keys()].reverse(),
      hushed: [...peer.hushed()],
      people: this.#people(),
      tracker: this.#tracker,
      network: peer.network,
      lan: lan(),
      problem: peer.problem,
      outbox: {
        waiting: pending.filter(({ waiting }) => waiting.length > 0).length,
        failed: pending.filter(({ failed }) => failed.length > 0).length,
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

  /** True for a channel that this peer is in, and for a direct conversation with a peer that it knows. */
  isKnown(conversation: Conversation): boolean {
    const { peer } = this.#options
    if (!conversation.startsWith('@')) return peer.channels.includes(conversation)
    return (
      this.#directs.has(conversation) || peer.peers.some((each) => peerId(each) === conversation.slice(1))
    )
  }

  self(): LocalSelf {
    const { peer } = this.#options
    const { self, identity, reachable } = peer
    const address = addressKey({ ip: reachable.host, port: reachable.port })
    const { status, avatar } = peer.profileOf(undefined)
    return {
      id: peerId(self),
      short: self.key && shortId(self.key),
      address,
      name: self.name,
      status,
      picture: avatar?.hash,
      identity,
    }
  }

  /** The picture with this hash, of this peer or of a person in the state. */
  picture(hash: string): Picture | undefined {
    const { peer } = this.#options
    const away = [...this.#directs.keys()].map((conversation) => conversation.slice(1))
    for (const id of [undefined, ...peer.peers.map(peerId), ...away]) {
      const { avatar } = peer.profileOf(id)
      if (avatar?.hash === hash) return avatar
    }
    return undefined
  }

  channel(name: string): LocalChannel {
    const { peer } = this.#options
    const isGroup = peer.isGroup(name)
    if (!isClosedLabel(name)) return { name, isGroup }
    return { name, isGroup, isClosed: true, isOwn: peer.closed(name).isOwn }
  }

  #invitations(): LocalState['invitations'] {
    const invited = this.#options.peer.closedChannels().filter(({ isIn }) => !isIn)
    return invited.map(({ label, people }) => {
      const creator = people.find(({ isCreator }) => isCreator)?.peer
      return { name: label, from: creator === undefined ? '' : labelOf(creator) }
    })
  }

  /** Who is in a closed channel. Throws ChatError 404. */
  members(channel: string): LocalMembers {
    const { peer } = this.#options
    const { label, isOwn, people, links } = peer.closed(channel)
    const members = people.map((member) => ({
      ...{ id: peerId(member.peer), name: labelOf(member.peer) },
      ...{
        isHere: member.isHere,
        isInvited: member.isInvited,
        isCreator: member.isCreator,
        isYou: peerId(member.peer) === peerId(peer.self),
      },
    }))
    return { channel: label, isOwn, members, links: [...links] }
  }

  /** Everybody who is here, the other peer of each direct conversation, and hushed people. */
  #people(): LocalPerson[] {
    const { peer } = this.#options
    const channelsOf = new Map<PeerId, string[]>(peer.peers.map((each) => [peerId(each), []]))
    for (const channel of peer.channels)
      for (const member of peer.members(channel)) channelsOf.get(peerId(member))?.push(channel)
    const here = peer.peers.map((each) => this.#person(each, channelsOf.get(peerId(each)) ?? []))
    const away = [...this.#directs]
      .filter(([conversation]) => !channelsOf.has(conversation.slice(1)))
      .map(([conversation, { label }]) => this.#absent(conversation.slice(1), label))
    const isListed = ({ target }: { readonly target: string }): boolean =>
      target.startsWith('#') || channelsOf.has(target) || this.#directs.has(`@${target}`)
    const hushed = peer.hushed().filter((each) => !isListed(each))
    return [...here, ...away.reverse(), ...hushed.map((each) => this.#absent(each.target, unmetLabel(each)))]
  }

  /** The people with keys that were met. */
  contacts(): LocalContacts {
    const { peer } = this.#options
    const contacts = peer.contacts().map(({ peer: met, isHere, waiting }) => {
      const id = peerId(met)
      const isIn = (channel: string): boolean => peer.members(channel).some((each) => peerId(each) === id)
      return {
        person: isHere ? this.#person(met, peer.channels.filter(isIn)) : this.#absent(id),
        waiting,
      }
    })
    return { contacts }
  }

  #person(peer: Peer, channels: readonly string[]): LocalPerson {
    const sources = this.#options.peer.sourcesOf(peerId(peer))
    return { ...this.#shown(peer), channels, sources, isHere: true }
  }

  #absent(id: PeerId, name = id): LocalPerson {
    const known = this.#options.peer.known(id)
    if (known !== undefined) return { ...this.#shown(known), channels: [], sources: [], isHere: false }
    const { status, avatar } = this.#options.peer.profileOf(id)
    const nothing = { addresses: [], channels: [], sources: [], isHere: false }
    // The id of a peer that takes datagrams only is its user id, `name@ip`.
    return { id, name, status, picture: avatar?.hash, ...nothing, isLsnp: id.includes('@') }
  }

  #shown(shown: Peer): Omit<LocalPerson, 'channels' | 'sources' | 'isHere'> {
    const { peer } = this.#options
    const { key, lsnp } = shown
    const id = peerId(shown)
    const { status, avatar } = peer.profileOf(id)
    const { firstMet, lastMet, mark, verifiedAt, callsItself, formerNames } = peer.contact(shown)
    return {
      id,
      name: labelOf(shown),
      key,
      short: key && shortId(key),
      addresses: [...peer.addressesOf(shown)],
      since: firstMet,
      lastMet,
      mark,
      verifiedAt,
      callsItself,
      formerNames: formerNames.length === 0 ? undefined : [...formerNames],
      status,
      picture: avatar?.hash,
      isLsnp: lsnp !== undefined,
    }
  }

  // --- messages -------------------------------------------------------------------------------------

  page(conversation: Conversation, wanted: PageWanted): LocalPage {
    const { entries, before, after } = this.#pageOf(conversation, wanted)
    return { messages: this.#messagesOf(entries), before, after }
  }

  #pageOf(conversation: Conversation, { limit, before, after, around }: PageWanted): ShownPage {
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
    return { messages: this.#messagesOf(entries.toReversed()), before: undefined }
  }

  #messagesOf(entries: readonly ShownEntry[]): LocalMessage[] {
    const { peer } = this.#options
    const pending = entries.some(({ own }) => own) ? peer.unsettled() : []
    const byId = new Map(pending.map((each) => [each.message.id, each]))
    return entries.map((entry) => {
      const { message, at, receivedAt, own } = entry
      return localMessage(message, {
        ...entry,
        late: !own && cameLate(at, receivedAt),
        delivery: own ? this.#deliveryOf(message.id, byId.get(message.id)) : undefined,
      })
    })
  }

  #messageOf(event: MessageEvent): LocalMessage {
    const { message, own } = event
    const delivery = own ? this.#deliveryOf(message.id) : undefined
    return localMessage(message, { ...event, conversation: conversationOf(event), delivery })
  }

  /** Undefined when nothing is known: it was said before this start, and has reached everybody. */
  #deliveryOf(messageId: string, pending?: PendingMessage): LocalDelivery | undefined {
    const receipt = this.#options.peer.receipt(messageId)
    if (receipt !== undefined) return deliveryOf(receipt)
    return this.#own.deliveryOf(messageId) ?? (pending && deliveryOfPending(pending))
  }
}

function trackerOf({ state, detail }: TrackerEvent): LocalState['tracker'] {
  return state === 'lost' ? { state, detail, code: failureCode(detail) } : { state, detail }
}
