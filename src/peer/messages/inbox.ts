/**
 * Messages that arrive: over HTTP from their author or a peer that relays them, in the answer to a request for history,
 * or by datagram. Invariant: each is kept once and shown once, however often and by whichever way it comes.
 */
import { createHash } from 'node:crypto'
import { textOf } from '../../chat/content.ts'
import { fold } from '../../chat/fold.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { cameLate, momentOf } from '../../chat/moment.ts'
import { newMessageId } from '../../chat/message-id.ts'
import { DIRECT, WHEN_ASKED, peerId, type ChatMessage, type Peer, type Transit } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { datesOf, isSameContent, wellFormed } from './kept-message.ts'
import { mayAnswer, senderOf } from './sender.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Random } from '../../chat/random.ts'
import type { IncomingMessage } from '../../chat/wire/messages.ts'
import type { Added, Entry, Store, Verdict } from '../../store/store.ts'
import type { Channels } from '../channels.ts'
import type { Identities } from '../contacts/identities.ts'
import type { Routes } from '../contacts/routes.ts'
import type { Membership } from '../closed/membership.ts'
import type { Arrivals } from '../discovery/arrivals.ts'
import type { PeerExchange } from '../discovery/peer-exchange.ts'
import type { Vetting } from '../discovery/vetting.ts'
import type { Events } from '../events.ts'
import type { Self } from '../self/self.ts'
import type { Floods } from '../hush/floods.ts'
import type { Hush } from '../hush/hush.ts'
import type { Delivery } from './delivery/delivery.ts'
import type { Hearsay } from './hearsay.ts'
import type { Signatures } from './signatures/signatures.ts'
import type { Relay } from './relay.ts'

export interface InboxOptions {
  /** Its `now()` is the time of the store. */
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly delivery: Pick<Delivery, 'wake'>
  readonly relay: Pick<Relay, 'ofPeer' | 'ofHost'>
  readonly hearsay: Hearsay
  readonly vetting: Pick<Vetting, 'wrote'>
  readonly arrivals: Pick<Arrivals, 'arrived'>
  readonly exchange: Pick<PeerExchange, 'addCandidate'>
  readonly routes: Pick<Routes, 'keyAt'>
  readonly signatures: Pick<Signatures, 'isBy'>
  readonly identities: Pick<Identities, 'of'>
  readonly events: Pick<Events, 'emit'>
  readonly hush: Pick<Hush, 'unheard' | 'refuseBlocked' | 'drop' | 'hushing'>
  readonly floods: Pick<Floods, 'heard'>
  readonly membership: Pick<Membership, 'wasIn'>
}

/** The answer to a message. */
export interface Received {
  readonly id: string
  readonly verdict: Verdict
}

/** A message that came by datagram. `channel`: undefined for a message to this peer. `sentAt`: Unix time in milliseconds. */
export interface DatagramMessage {
  readonly id: string
  readonly channel: string | undefined
  readonly text: string
  readonly sentAt: number
}

/** What decides whether a message is heard. `key`: what it claims. */
type Unchecked = Pick<IncomingMessage, 'id' | 'channel' | 'content'> & Partial<Pick<IncomingMessage, 'key'>>

interface PolledMessage {
  readonly from: Peer
  readonly channel: string
  readonly message: string
  readonly ts: number
}

export class Inbox {
  readonly #options: InboxOptions
  /** For programs that poll; the oldest are forgotten. */
  readonly #polled: PolledMessage[] = []

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** The messages since the last call, which removes them. */
  takePolled(): readonly PolledMessage[] {
    return this.#polled.splice(0)
  }

  /**
   * By POST /p2p/receive, from the host `remote`. `proved`: the key that its connection proved; undefined in clear. It is
   * kept when store.saved() resolves. Throws ChatError, and NoAnswer for a message of a blocked person.
   */
  receive(message: IncomingMessage, remote: string, proved?: KeyId): Received {
    const { presence, store, hush, hearsay, relay, exchange } = this.#options
    const incoming = { ...message, content: wellFormed(message.content) }
    const { channel, hops, recipient } = incoming
    const author = hops === 0 ? authorOf(incoming, proved) : this.#signer(incoming)
    const from = senderOf(incoming, remote, presence, this.#identified(author, incoming))
    // A peer that relays what a blocked person said is answered as usual.
    if (hops === 0) hush.refuseBlocked(from, { claimed: incoming.key, isMessage: true })
    // A connection that proves the keys of both ends leads to the peer that is meant.
    if (proved === undefined && recipient !== undefined && recipient !== store.identity)
      throw new ChatError(421, 'misdirected', 'this is for another peer that was at this address before', {
        field: 'recipient',
      })
    const own = this.#ownCopy(incoming)
    if (own !== undefined) return { id: own.message.id, verdict: 'known' }
    this.#refuseOwn(incoming, from, remote)
    this.#checkChannel(channel, from)
    const dropped = this.#dropped(incoming, from)
    if (dropped !== undefined) {
      if (hops === 0) this.#isThere(from, channel, remote)
      return { id: dropped.id, verdict: dropped.verdict }
    }
    const proof = author === undefined ? undefined : hops === 0 ? 'direct' : 'signed'
    const { verdict, entry, isLate } = this.#keep(incoming, from, { hops, proof })
    const kept = entry.message
    if (verdict === 'conflict') return { id: kept.id, verdict }
    hearsay.record(entry, hops, remote)
    // The host that relays a message is not its author. A second copy that comes straight counts, too.
    if (hops === 0) this.#isThere(from, channel, remote)
    if (isNews(verdict)) {
      this.#show(entry, isLate)
      if (hops > 0) relay.ofHost(kept, hops, remote)
      else relay.ofPeer(kept, from)
    } else if (hops === 0 && (entry.hops ?? 0) !== 0) {
      // It is known from the history of a member, which is relayed by no peer.
      relay.ofPeer(kept, from)
    }
    // Also a copy of what came by history, which introduces no peer.
    if (hops > 0) exchange.addCandidate(from, remote)
    return { id: kept.id, verdict }
  }

  /**
   * From the history of a member that listens at `remote` and `port`: what was said in a channel while this peer was
   * away. `proved`: the key that its connection proved. Throws ChatError.
   */
  receiveMissed(message: IncomingMessage, remote: string, port: number, proved?: KeyId): void {
    const { presence, self, channels, hearsay, membership } = this.#options
    const isClosed = channels.has(message.channel) && channels.isClosed(message.channel)
    if ((!channels.isOpen(message.channel) && !isClosed) || message.id === undefined) return
    // Older messages were not asked for.
    const age = Math.min(message.age, TIMES.caughtUp)
    const hops = Math.max(1, message.hops)
    const incoming = { ...message, content: wellFormed(message.content), age, hops }
    const isStraight = proved !== undefined && message.hops === 0 && message.key === proved
    const author = isStraight ? proved : this.#signer(incoming)
    if (isClosed && (author === undefined || !membership.wasIn(message.closed, author))) return
    const from = senderOf(incoming, remote, presence, this.#identified(author, incoming))
    // Own messages are all here already: another one is made up.
    if (this.#isOwn(incoming, from, remote) && !this.#isPredecessor(incoming, from)) return
    if (this.#dropped(incoming, from) !== undefined) return
    const isAuthor =
      isStraight ||
      (author === undefined &&
        message.hops === 0 &&
        from.port === port &&
        mayAnswer(from, remote, presence, self.peer))
    const proof = isStraight ? 'direct' : author === undefined ? undefined : 'signed'
    const transit = { hops: isAuthor ? WHEN_ASKED : hops, proof } as const
    const { verdict, entry, isLate } = this.#keep(incoming, from, transit)
    if (verdict !== 'conflict') hearsay.record(entry, isAuthor ? 0 : hops, remote)
    if (isNews(verdict)) this.#show(entry, isLate, { caughtUp: true })
  }

  /** By datagram, from a program that takes nothing else, or in a group. */
  receiveDatagram(sender: Peer, said: DatagramMessage): void {
    const { clock, channels, self, presence, store, relay, routes } = this.#options
    const { id, channel = DIRECT, text, sentAt } = said
    if (channel !== DIRECT && !channels.has(channel)) return
    // In a group of several kinds of program a message comes over HTTP, too: from the same peer, at its first address.
    const { ip, port } = presence.get(peerId(sender)) ?? sender
    // A peer does not hear its own datagrams: one with its address as the source is forged.
    if (sender.lsnp === undefined && self.address.isOurs({ ip, port })) return
    // A peer with a key says everything over a connection that proves it: a datagram proves nothing.
    if (sender.key !== undefined || (sender.lsnp === undefined && routes.keyAt({ ip, port }) !== undefined))
      return
    if (this.#dropped({ id, channel, content: { kind: 'text', text } }, sender) !== undefined) return
    const content = wellFormed({ kind: 'text', text })
    const message: ChatMessage = { id, from: { ...sender, ip, port }, channel, content, sentAt }
    const conversation = conversationOf(message)
    const { verdict, entry } = store.add({ message, conversation, ...momentOf(clock), own: false })
    if (verdict === 'new') {
      this.#show(entry, false)
      relay.ofPeer(message, sender)
    }
    // Some programs use one id for all messages.
    else if (verdict === 'conflict')
      this.receiveDatagram(sender, { id: derivedId(id, text), channel, text, sentAt })
  }

  #identified(key: KeyId | undefined, { identity }: IncomingMessage) {
    return key === undefined ? undefined : { key, identity: this.#options.identities.of(key, identity) }
  }

  /** The author of a message that a third peer tells, by its signature; undefined without a signature that holds. */
  #signer(incoming: IncomingMessage): KeyId | undefined {
    const { id, key, signature, channel, closed, content, seq, sentAt } = incoming
    if (key === undefined || signature === undefined || id === undefined || sentAt === undefined)
      return undefined
    if (key === this.#options.self.keys.id) return undefined
    const from = { ip: '', port: 0, name: '', key }
    const scope = closed === undefined ? {} : { closed }
    const message = { id, from, channel, ...scope, content, sentAt, ...(seq === undefined ? {} : { seq }) }
    return this.#options.signatures.isBy(key, message, signature) ? key : undefined
  }

  // --- checks ---------------------------------------------------------------------------------------

  /** An own message that comes back unchanged. */
  #ownCopy({ id, identity, channel, content }: IncomingMessage): Entry | undefined {
    const { store } = this.#options
    if (id === undefined || identity !== store.identity) return undefined
    const own = store.own(id)
    const isSame = own?.message.channel === channel && isSameContent(own.message.content, content)
    return isSame ? own : undefined
  }

  /** Throws ChatError 403 for a message under the identity or the address of this peer, which only it speaks under. */
  #refuseOwn(incoming: IncomingMessage, from: Peer, remote: string): void {
    if (!this.#isOwn(incoming, from, remote)) return
    const isIdentity = incoming.identity === this.#options.store.identity
    const what = isIdentity ? 'identity' : 'address'
    const detail = `this is the ${what} of the peer that you send to: no one else speaks under it`
    throw new ChatError(403, 'own_sender', detail, { field: 'from' })
  }

  #isOwn({ identity, key, hops }: IncomingMessage, from: Peer, remote: string): boolean {
    const { store, self } = this.#options
    if (from.key !== undefined && from.key !== self.keys.id) return false
    return (
      key === self.keys.id ||
      identity === store.identity ||
      self.address.isOurs(from, hops === 0 ? remote : undefined)
    )
  }

  /** Whether a message is from another peer that had this address before: it has another identity and another name. */
  #isPredecessor({ identity }: IncomingMessage, { name }: Peer): boolean {
    const { store, self } = this.#options
    return identity !== undefined && identity !== store.identity && fold(name) !== fold(self.name)
  }

  /** Throws ChatError if this peer is not in the channel, or it is a group without this sender. */
  #checkChannel(channel: string, from: Peer): void {
    const { channels, presence, self } = this.#options
    if (channel !== DIRECT && !channels.has(channel)) {
      // A sender waits for a peer that may still join after a restart; not for one that left.
      if (channels.hasLeft(channel))
        throw new ChatError(404, 'left', `${self.name} has left #${channel}`, { field: 'channel' })
      throw new ChatError(404, 'not_joined', `${self.name} is not in #${channel}`, { field: 'channel' })
    }
    if (channels.isGroup(channel) && presence.sources(peerId(from), channel).size === 0)
      throw new ChatError(403, 'not_a_member', `#${channel} is for its members only`, { field: 'channel' })
  }

  /** Undefined for a message that is heard. */
  #dropped(message: Unchecked, from: Peer): Received | undefined {
    const { hush, clock, random, store } = this.#options
    const { id, channel, content, key } = message
    const unheard = hush.unheard(from, key)
    if (unheard === undefined) return undefined
    // What was kept before, and comes again with a catch-up, is not dropped.
    if (id !== undefined && store.message(peerId(from), id) !== undefined) return { id, verdict: 'known' }
    const verdict = hush.drop(unheard.target, id, `${channel} ${content.kind} ${textOf(content)}`)
    return { id: id ?? newMessageId(clock.now(), random), verdict }
  }

  // --- what a message leads to ----------------------------------------------------------------------

  #keep(incoming: IncomingMessage, from: Peer, { hops, proof }: Pick<Transit, 'hops' | 'proof'>): Added {
    const { clock, random, store, channels } = this.#options
    const { id, channel, closed, content, sentAt, seq, age, signature } = incoming
    const moment = momentOf(clock, proof === 'signed' ? signedAge(age, sentAt, clock) : age)
    const message: ChatMessage = {
      id: id ?? newMessageId(clock.now(), random),
      // In a group the message comes by datagram, too, which has no identities.
      from: channels.isGroup(channel) ? withoutIdentity(from) : from,
      channel,
      content,
      sentAt: sentAt ?? moment.at,
      ...(seq === undefined || isTooFarAhead(seq, clock) ? {} : { seq }),
      ...(proof === undefined || signature === undefined ? {} : { signature }),
      ...(closed === undefined ? {} : { closed }),
    }
    const conversation = conversationOf(message)
    return store.add({ message, hops, proof, conversation, ...moment, own: false })
  }

  /** A peer that writes from the address that it names can be written to. */
  #isThere(from: Peer, channel: string, remote: string): void {
    const { clock, presence, delivery, vetting, arrivals, self } = this.#options
    if (!mayAnswer(from, remote, presence, self.peer)) return
    const now = clock.now()
    if (presence.get(peerId(from))?.identity !== from.identity) this.#remember(from, now)
    vetting.wrote(from)
    arrivals.arrived(from, [channel])
    delivery.wake(from)
  }

  /** A peer with a key is called what it says when it is met: that is where the user is told of another name. */
  #remember(from: Peer, now: number): void {
    const { store } = this.#options
    const { key } = from
    if (key === undefined) {
      store.remember(from, now)
      return
    }
    const known = store.person(key)
    if (known !== undefined) store.remember({ ...from, name: known.name }, now)
  }

  #show(entry: Entry, isLate: boolean, how: { readonly caughtUp?: true } = {}): void {
    const { message, hops, proof, at, receivedAt, own } = entry
    const { from, channel, content } = message
    // Programs that poll need no token: nothing of a closed channel is for them.
    if (message.closed === undefined)
      this.#polled.push({ from, channel, message: textOf(content), ts: receivedAt / 1000 })
    if (this.#polled.length > LIMITS.inbox) this.#polled.shift()
    const late = isLate || cameLate(at, receivedAt)
    const { events, hush, floods, clock } = this.#options
    const hushing = hush.hushing(channel, from)
    const hushed = hushing === undefined ? {} : { hushed: hushing }
    events.emit({ kind: 'message', message, hops, proof, ...datesOf(entry), late, own, ...how, ...hushed })
    if (how.caughtUp === undefined) floods.heard(from, clock.now())
  }
}

/** Whether a message has not been shown as it is kept now. */
function isNews(verdict: Verdict): boolean {
  return verdict === 'new' || verdict === 'replaced'
}

/**
 * The age of a message that a third peer tells, in milliseconds: it is no older than its author signed, so that its teller
 * hides it nowhere. An author whose clock is ahead bounds nothing.
 */
function signedAge(age: number, sentAt: number | undefined, clock: Clock): number {
  const passed = clock.wall() - (sentAt ?? -Infinity)
  return passed < 0 ? age : Math.min(age, passed)
}

/** Whether a `seq` is ahead of all that a sender can have said: its next messages would be late for years. */
function isTooFarAhead(seq: number, clock: Clock): boolean {
  return seq > (Math.max(clock.now(), clock.wall()) + TIMES.seqAhead) * 1000
}

/**
 * The key of the author of a message that says that it comes straight from its author: the connection proves it. Throws
 * ChatError 403 for a message of another author.
 */
function authorOf({ key }: IncomingMessage, proved: KeyId | undefined): KeyId | undefined {
  if (proved === undefined || key === proved) return proved
  throw new ChatError(403, 'other_key', 'from.key must be the key that this connection proves', {
    field: 'from',
  })
}

/** The conversation that an incoming message belongs to. */
function conversationOf({ channel, from }: ChatMessage): string {
  return channel === DIRECT ? `@${peerId(from)}` : channel
}

function withoutIdentity({ ip, port, name, key }: Peer): Peer {
  return { ip, port, name, ...(key === undefined ? {} : { key }) }
}

/** An id for a message whose own id was used before: every peer that receives it derives the same. */
function derivedId(id: string, text: string): string {
  return createHash('sha256').update(`${id} ${text}`).digest('hex').slice(0, 16)
}
