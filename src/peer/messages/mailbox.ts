/**
 * Messages in and out of a peer: what is said is kept and handed to the delivery, what arrives is kept once and
 * shown once, and between two worlds it is passed on.
 */
import { createHash } from 'node:crypto'
import { asContent, textOf, type Content } from '../../chat/content.ts'
import { fold } from '../../chat/fold.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { momentOf, type Dated } from '../../chat/moment.ts'
import { newMessageId } from '../../chat/message-id.ts'
import {
  DIRECT,
  WHEN_ASKED,
  addressKey,
  type ChatEvent,
  type ChatMessage,
  type Peer,
  type Receipt,
} from '../../chat/model.ts'
import type { Random } from '../../chat/random.ts'
import { ChatError } from '../../chat/errors.ts'
import { relayTo } from './relay.ts'
import { Hearsay } from './hearsay.ts'
import { mayAnswer, senderOf } from './sender.ts'
import { asStored } from '../../store/rows.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence, Source } from '../../chat/presence.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'
import type { Delivery } from './delivery.ts'
import type { Added, Entry, Store, Verdict } from '../../store/store.ts'

/** The answer to a message. */
export interface Received {
  readonly id: string
  readonly verdict: Verdict
}

/** A message that came by datagram. `sentAt`: Unix time in milliseconds. */
export interface DatagramMessage {
  readonly id: string
  readonly channel: string | undefined
  readonly text: string
  readonly sentAt: number
}

export interface MailboxOptions {
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly random: Random
  readonly roster: Presence
  readonly store: Store
  readonly delivery: Delivery
  readonly self: () => Peer
  readonly isJoined: (channel: string) => boolean
  /** This peer was in the channel since it was started, and left it. */
  readonly hasLeft: (channel: string) => boolean
  /** We see both a tracker's world and that of a LAN. */
  readonly isBetweenWorlds: boolean
  /** Nobody comes into this channel by writing there. */
  readonly isClosed: (channel: string) => boolean
  /** A peer wrote in this channel from its own address. */
  readonly arrived: (peer: Peer, channel: string) => void
  readonly onEvent: (event: ChatEvent) => void
  /** Whether this is an own address, named by a peer that connects from `by`: no other peer is there. */
  readonly isOurs: (at: Pick<Peer, 'ip' | 'port'>, by?: string) => boolean
  /** A message of this peer was passed on by somebody at `by`. */
  readonly onToldOf: (peer: Peer, by: string) => void
}

interface InboxEntry {
  readonly from: Peer
  readonly channel: string
  readonly message: string
  readonly ts: number
}

/** At a start the `seq` leaps by at most so much: half of TIMES.seqAhead, in microseconds. */
const MOST_SKIPPED = TIMES.seqAhead * 500
/** A message that was said so long ago, in milliseconds, comes late. */
const LATE = 60_000

export class Mailbox {
  readonly #options: MailboxOptions
  readonly #inbox: InboxEntry[] = []
  readonly #hearsay = new Hearsay()
  #seq: number
  /**
   * What is taken off the time. It goes on behind the last `seq` with room for those that a crash made us forget, and a
   * clock that is ahead makes none that nobody believes.
   */
  readonly #held: number

  constructor(options: MailboxOptions) {
    this.#options = options
    this.#seq = options.store.lastSeq
    const ahead = Math.floor(options.clock.now() * 1000) - this.#seq
    this.#held = Math.max(0, ahead - MOST_SKIPPED)
  }

  /** What arrived since the last call. */
  takeInbox(): readonly InboxEntry[] {
    return this.#inbox.splice(0)
  }

  // --- out ------------------------------------------------------------------------------------------

  /**
   * `conversation`: a channel, or `@` and the AddressKey of whom it is for. What was said before with the same `id` is not
   * said again. Throws Refused 409 when that was something else.
   */
  send(
    conversation: string,
    channel: string,
    said: Content | string,
    recipients: readonly Peer[],
    id?: string,
  ): Receipt {
    const content = asContent(said)
    const before = id === undefined ? undefined : this.#saidBefore(id, conversation, content)
    if (before !== undefined) return before
    const { clock, random, self, store, onEvent, delivery } = this.#options
    const now = clock.now()
    const moment = momentOf(clock)
    // Rises with every message, also over a restart, whatever the clock says.
    this.#seq = Math.max(this.#seq + 1, Math.floor(Math.min(now, clock.wall()) * 1000) - this.#held)
    const from = { ...self(), identity: store.identity }
    const [to] = channel === DIRECT ? recipients : []
    const message: ChatMessage = {
      id: id ?? newMessageId(now, random),
      from,
      channel,
      content,
      sentAt: moment.receivedAt,
      seq: this.#seq,
      ...(to?.identity === undefined ? {} : { recipient: to.identity }),
    }
    // Its bytes are on their way while it is being kept, in the same turn of the event loop.
    const receipt = delivery.send(message, recipients)
    const { entry } = store.add({ message, conversation, ...moment, own: true }, recipients)
    for (const { peer, reason } of receipt.failed) store.failed(message.id, addressKey(peer), reason)
    const whom = to === undefined ? {} : { to }
    onEvent({ kind: 'message', message, ...datesOf(entry), late: false, own: true, ...whom })
    return receipt
  }

  /** A peer has come into a channel: what we said there a moment ago is for it, too. */
  cameTo(channel: string, newcomer: Peer): void {
    const { delivery, store, isClosed } = this.#options
    if (channel === DIRECT || isClosed(channel)) return
    for (const { id } of delivery.openTo(newcomer, channel)) {
      store.extend(id, newcomer)
      delivery.extend(id, newcomer)
    }
  }

  #saidBefore(id: string, conversation: string, content: Content): Receipt | undefined {
    const { store, delivery } = this.#options
    const before = store.own(id)
    if (before === undefined) return undefined
    const { message } = before
    const isSame = before.conversation === asStored(conversation) && isKeptAs(message.content, content)
    if (!isSame)
      throw new ChatError(409, 'id_conflict', 'this id was used for another message', { field: 'id' })
    return delivery.receipt(id) ?? settledReceipt(id, message.channel)
  }

  // --- in -------------------------------------------------------------------------------------------

  /** By POST /p2p/receive. It is kept when store.saved() resolves. Throws Refused. */
  receive(incoming: IncomingMessage, remote: string): Received {
    const { channel, hops, recipient } = incoming
    const { roster, store, onToldOf } = this.#options
    if (recipient !== undefined && recipient !== store.identity)
      throw new ChatError(421, 'misdirected', 'this is for somebody who was at this address before', {
        field: 'recipient',
      })
    const from = senderOf(incoming, remote, roster)
    const own = this.#ownCopy(incoming)
    if (own !== undefined) return { id: own.message.id, verdict: 'known' }
    this.#refuseOwn(incoming, from, remote)
    this.#checkChannel(channel, from)
    const { verdict, entry, isLate } = this.#keep(incoming, from, hops)
    const { message } = entry
    if (verdict !== 'conflict') this.#hearsay.told(message, hops, remote)
    // Who passes a message on is not who wrote it, even at the same address. A copy that comes straight counts, too:
    // the message may have been told of before, by its sender or by others, when they were asked what was missed.
    if (verdict !== 'conflict' && hops === 0) this.#isThere(from, channel, remote)
    if (verdict === 'new') {
      this.#tell(entry, isLate)
      this.#passOn(message, hops, () =>
        hops > 0 ? this.#sourcesAt(remote, channel) : this.#sourcesOf(from, channel),
      )
    }
    // Somebody told us of it before it came straight: what is caught up is passed on by nobody.
    else if (verdict === 'known' && hops === 0 && (entry.hops ?? 0) !== 0)
      this.#passOn(message, hops, () => this.#sourcesOf(from, channel))
    // Also with a copy of what was caught up before: catching up introduces nobody.
    if (verdict !== 'conflict' && hops > 0) onToldOf(from, remote)
    return { id: message.id, verdict }
  }

  /** What was said in a channel while we were away, as a member that listens at `remote` and `port` tells it. Throws Refused. */
  catchUp(incoming: IncomingMessage, remote: string, port: number): void {
    const { roster, self, isJoined, isClosed } = this.#options
    const { channel } = incoming
    if (!isJoined(channel) || isClosed(channel) || incoming.id === undefined) return
    // Nobody was asked for what is older.
    const age = Math.min(incoming.age, TIMES.caughtUp)
    const told = { ...incoming, age, hops: Math.max(1, incoming.hops) }
    const from = senderOf(told, remote, roster)
    // What we said we have ourselves: whatever else is told of us somebody made up.
    if (this.#isOwn(told, from, remote) && !this.#isPredecessor(told, from)) return
    // A peer that tells what it said itself is no third party.
    const isItsOwn = incoming.hops === 0 && from.port === port && mayAnswer(from, remote, roster, self())
    const { verdict, entry, isLate } = this.#keep(told, from, isItsOwn ? WHEN_ASKED : told.hops)
    if (verdict !== 'conflict') this.#hearsay.told(entry.message, isItsOwn ? 0 : told.hops, remote)
    if (verdict === 'new') this.#tell(entry, isLate, { caughtUp: true })
  }

  /** By datagram, from a program that takes nothing else, or in a group. */
  said(sender: Peer, { id, channel = DIRECT, text, sentAt }: DatagramMessage): void {
    const { clock, isJoined, isOurs, roster, store } = this.#options
    if (channel !== DIRECT && !isJoined(channel)) return
    // In a group of several kinds a message comes over HTTP, too: it is from the same peer then.
    const { ip, port } = roster.get(addressKey(sender)) ?? sender
    // A datagram with our own address as its source is not ours: we do not hear our own datagrams.
    if (sender.lsnp === undefined && isOurs({ ip, port })) return
    const message: ChatMessage = {
      id,
      from: { ...sender, ip, port },
      channel,
      content: { kind: 'text', text },
      sentAt,
    }
    const conversation = conversationOf(message)
    const { verdict, entry } = store.add({ message, conversation, ...momentOf(clock), own: false })
    if (verdict === 'new') {
      this.#tell(entry, false)
      this.#passOn(message, 0, () => this.#sourcesOf(sender, channel))
    }
    // Some programs use one id for everything.
    else if (verdict === 'conflict') this.said(sender, { id: another(id, text), channel, text, sentAt })
  }

  /** Whether others may be told of this message when they ask what they missed. */
  isToldOn({ message, hops }: Pick<Entry, 'message' | 'hops'>): boolean {
    return this.#hearsay.isToldOn(message, hops)
  }

  /** An own message that comes back to us, as we said it. */
  #ownCopy({ id, identity, channel, content }: IncomingMessage): Entry | undefined {
    const { store } = this.#options
    if (id === undefined || identity !== store.identity) return undefined
    const own = store.own(id)
    const isSame = own?.message.channel === channel && isKeptAs(own.message.content, content)
    return isSame ? own : undefined
  }

  #isOwn({ identity, hops }: IncomingMessage, from: Peer, remote: string): boolean {
    const { store, isOurs } = this.#options
    return identity === store.identity || isOurs(from, hops === 0 ? remote : undefined)
  }

  /** Throws Refused 403 for a message under our identity or from our address: only we speak there. */
  /** Another peer that had our address before us: the identity says so, and nobody is given our name by it. */
  #isPredecessor({ identity }: IncomingMessage, { name }: Peer): boolean {
    const { store, self } = this.#options
    return identity !== undefined && identity !== store.identity && fold(name) !== fold(self().name)
  }

  #refuseOwn(incoming: IncomingMessage, from: Peer, remote: string): void {
    if (!this.#isOwn(incoming, from, remote)) return
    const isIdentity = incoming.identity === this.#options.store.identity
    const what = isIdentity ? 'identity' : 'address'
    const detail = `this is the ${what} of the peer that you send to: nobody else speaks under it`
    throw new ChatError(403, 'own_sender', detail, { field: 'from' })
  }

  #keep(incoming: IncomingMessage, from: Peer, hops: number): Added {
    const { clock, random, store, isClosed } = this.#options
    const { id, channel, content, sentAt, seq, age } = incoming
    const moment = momentOf(clock, age)
    const message: ChatMessage = {
      id: id ?? newMessageId(clock.now(), random),
      // In a group a message comes by datagram, too, which knows no identities.
      from: isClosed(channel) ? { ip: from.ip, port: from.port, name: from.name } : from,
      channel,
      content,
      sentAt: sentAt ?? moment.at,
      ...(seq === undefined || isTooFarAhead(seq, clock) ? {} : { seq }),
    }
    const conversation = conversationOf(message)
    return store.add({ message, hops, conversation, ...moment, own: false })
  }

  /** Throws Refused when it is none of ours, or closed to this sender. */
  #checkChannel(channel: string, from: Peer): void {
    const { isJoined, hasLeft, isClosed, roster, self } = this.#options
    if (channel !== DIRECT && !isJoined(channel)) {
      // A peer that was started a moment ago may still join, and a sender waits for that; not for one that left.
      if (hasLeft(channel))
        throw new ChatError(404, 'left', `${self().name} has left #${channel}`, { field: 'channel' })
      throw new ChatError(404, 'not_joined', `${self().name} is not in #${channel}`, { field: 'channel' })
    }
    if (isClosed(channel) && roster.sources(addressKey(from), channel).size === 0)
      throw new ChatError(403, 'not_a_member', `#${channel} is for its members only`, { field: 'channel' })
  }

  /** Whoever writes to us from where it says it is can be written to. */
  #isThere(from: Peer, channel: string, remote: string): void {
    const { clock, roster, store, delivery, arrived, self } = this.#options
    if (!mayAnswer(from, remote, roster, self())) return
    const now = clock.now()
    if (roster.get(addressKey(from))?.identity !== from.identity) store.remember(from, now)
    arrived(from, channel)
    delivery.wake(from)
  }

  #tell(entry: Entry, isLate: boolean, how: { readonly caughtUp?: true } = {}): void {
    const { message, hops, at, receivedAt, own } = entry
    const { from, channel, content } = message
    this.#inbox.push({ from, channel, message: textOf(content), ts: receivedAt / 1000 })
    if (this.#inbox.length > LIMITS.inbox) this.#inbox.shift()
    const late = isLate || receivedAt - at > LATE
    this.#options.onEvent({ kind: 'message', message, hops, ...datesOf(entry), late, own, ...how })
  }

  // --- between two worlds ---------------------------------------------------------------------------

  /** To those who do not see who it comes from, if that is what we are for. */
  #passOn(message: ChatMessage, hops: number, sources: () => ReadonlySet<Source>): void {
    const { roster, delivery, isClosed, isBetweenWorlds } = this.#options
    const { channel, from } = message
    if (!isBetweenWorlds || channel === DIRECT || isClosed(channel)) return
    const members = roster
      .members(channel)
      .map((peer) => ({ peer, sources: roster.sources(addressKey(peer), channel) }))
    const others = relayTo(sources(), hops, members).filter((peer) => addressKey(peer) !== addressKey(from))
    if (others.length > 0) delivery.send(message, others, hops + 1)
  }

  #sourcesOf(peer: Peer, channel: string): ReadonlySet<Source> {
    return this.#options.roster.sources(addressKey(peer), channel)
  }

  /** Of all peers at an address: who passes a message on does not say who it is. */
  #sourcesAt(host: string, channel: string): ReadonlySet<Source> {
    const { roster } = this.#options
    const there = roster.members(channel).filter(({ ip }) => ip === host)
    return new Set(there.flatMap((peer) => [...roster.sources(addressKey(peer), channel)]))
  }
}

/** Whether kept content is this one, as it comes back from the store. */
function isKeptAs(kept: Content, content: Content): boolean {
  return kept.kind === content.kind && textOf(kept) === asStored(textOf(content))
}

/** No sender has said so much: what it says next would count as late for years. */
function isTooFarAhead(seq: number, clock: Clock): boolean {
  return seq > (Math.max(clock.now(), clock.wall()) + TIMES.seqAhead) * 1000
}

function datesOf({ at, receivedAt, clockShift }: Entry): Dated {
  return clockShift === undefined ? { at, receivedAt } : { at, receivedAt, clockShift }
}

/** Of a message that waits for nobody any more: whom it reached is not known here. */
function settledReceipt(messageId: string, channel: string): Receipt {
  const counts = { recipients: 0, delivered: 0, unconfirmed: 0, failed: [], queued: [] }
  return { messageId, channel, ...counts, isOver: true }
}

/** The conversation that a message from somebody belongs to. */
function conversationOf({ channel, from }: ChatMessage): string {
  return channel === DIRECT ? `@${addressKey(from)}` : channel
}

/** An id for a message whose own was used before: the same for whoever else hears it. */
function another(id: string, text: string): string {
  return createHash('sha256').update(`${id} ${text}`).digest('hex').slice(0, 16)
}
