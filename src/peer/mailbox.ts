/**
 * Messages in and out of a peer: what is said goes to the timeline and to the delivery, what arrives is checked
 * against what we know and shown once, and between two worlds it is passed on.
 */
import { createHash, randomBytes } from 'node:crypto'
import { addressProblem, isLoopback } from '../chat/address.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import {
  DIRECT,
  peerId,
  type ChatEvent,
  type ChatMessage,
  type Peer,
  type PeerId,
  type Receipt,
} from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import { Timeline, type Shown } from '../chat/timeline.ts'
import { passOnTo } from './bridge.ts'
import type { Clock } from '../chat/clock.ts'
import type { Roster, Source } from '../chat/roster.ts'
import type { IncomingMessage } from '../chat/schema.ts'
import type { Received } from './api.ts'
import type { Delivery } from './delivery.ts'
import type { Said } from './lan-link.ts'

export interface MailboxOptions {
  readonly clock: Clock
  readonly roster: Roster
  readonly delivery: Delivery
  readonly self: () => Peer
  readonly isJoined: (channel: string) => boolean
  /** Nobody comes into this channel by writing there. */
  readonly isClosed: (channel: string) => boolean
  /** Whether somebody who writes in this channel of ours is listed there. */
  readonly mayHear: (id: PeerId, channel: string) => boolean
  readonly onEvent: (event: ChatEvent) => void
  /** A message of this peer was passed on by somebody at `by`. */
  readonly onToldOf: (peer: Peer, by: string) => void
}

interface InboxEntry {
  readonly from: Peer
  readonly channel: string
  readonly message: string
  readonly ts: number
}

export class Mailbox {
  readonly #options: MailboxOptions
  readonly #timeline = new Timeline()
  readonly #inbox: InboxEntry[] = []
  /** Ids are this start of ours and a number: unique for us, also after a restart, and ids of LSNP too. */
  readonly #idPrefix = randomBytes(5).toString('hex')
  #said = 0

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  /** The last `count` messages of a channel, oldest first. */
  history(channel: string, count: number): readonly Shown[] {
    return this.#timeline.last(channel, count)
  }

  /** What arrived since the last call. */
  takeInbox(): readonly InboxEntry[] {
    return this.#inbox.splice(0)
  }

  /** `key` names the conversation, as for the Timeline. */
  send(key: string, channel: string, text: string, action: boolean, recipients: readonly Peer[]): Receipt {
    const { clock, self, onEvent, delivery } = this.#options
    const sentAt = clock.now()
    const message: ChatMessage = { id: this.#nextId(), from: self(), channel, text, sentAt, action }
    this.#timeline.add(key, { message, receivedAt: sentAt, own: true })
    const [to] = channel === DIRECT ? recipients : []
    const whom = to === undefined ? {} : { to }
    onEvent({ kind: 'message', message, receivedAt: sentAt, own: true, ...whom })
    return delivery.send(message, recipients)
  }

  /** By POST /p2p/receive. Throws Refused. */
  receive(incoming: IncomingMessage, remote: string): Received {
    const { channel, text, action, hops } = incoming
    const from = this.#sender(incoming, remote)
    this.#checkChannel(channel, from)
    const receivedAt = this.#options.clock.now()
    const id = incoming.id ?? randomBytes(8).toString('hex')
    const message = { id, from, channel, text, sentAt: incoming.sentAt ?? receivedAt, action, hops }
    const verdict = this.#timeline.add(keyFor(message), { message, receivedAt, own: false })
    if (verdict === 'new') {
      this.#show(message, receivedAt, remote)
      if (hops > 0) this.#options.onToldOf(from, remote)
      this.#passOn(message, hops === 0 ? this.#sourcesOf(from, channel) : this.#sourcesAt(remote, channel))
    }
    return { id, verdict }
  }

  /** By datagram, from somebody who takes nothing else, or in a group. */
  said(sender: Peer, { id, channel = DIRECT, text, sentAt }: Said): void {
    const { clock, isJoined, roster } = this.#options
    if (channel !== DIRECT && !isJoined(channel)) return
    const receivedAt = clock.now()
    // In a group of several kinds a message comes over HTTP, too: it is from the same peer then.
    const { ip, port } = roster.get(peerId(sender)) ?? sender
    const message: ChatMessage = { id, from: { ...sender, ip, port }, channel, text, sentAt, action: false }
    const verdict = this.#timeline.add(keyFor(message), { message, receivedAt, own: false })
    if (verdict === 'new') {
      this.#tell(message, receivedAt)
      this.#passOn(message, this.#sourcesOf(sender, channel))
    }
    // Some programs use one id for everything.
    else if (verdict === 'conflict') this.said(sender, { id: another(id, text), channel, text, sentAt })
  }

  #nextId(): string {
    return `${this.#idPrefix}${(++this.#said % 0x1_00_00_00).toString(16).padStart(6, '0')}`
  }

  /** Throws Refused when it is none of ours, or closed to this sender. */
  #checkChannel(channel: string, from: Peer): void {
    const { isJoined, isClosed, roster, self } = this.#options
    if (channel !== DIRECT && !isJoined(channel)) {
      throw new Refused(404, 'not_joined', `${self().name} is not in #${channel}`, { field: 'channel' })
    }
    if (isClosed(channel) && roster.sources(peerId(from), channel).size === 0)
      throw new Refused(403, 'not_a_member', `#${channel} is for its members only`, { field: 'channel' })
  }

  #show(message: ChatMessage, receivedAt: number, remote: string): void {
    const { from, channel, hops } = message
    const { roster, delivery, mayHear } = this.#options
    // Who passes a message on is not who wrote it, even at the same address.
    if (hops === 0 && this.#mayAnswer(from, remote)) {
      if (mayHear(peerId(from), channel)) roster.hear('direct', from, channel, receivedAt + TIMES.lease)
      delivery.wake(from)
    }
    this.#tell(message, receivedAt)
  }

  #tell(message: ChatMessage, receivedAt: number): void {
    const { from, channel, text } = message
    this.#inbox.push({ from, channel, message: text, ts: receivedAt / 1000 })
    if (this.#inbox.length > LIMITS.timeline) this.#inbox.shift()
    this.#options.onEvent({ kind: 'message', message, receivedAt, own: false })
  }

  // --- between two worlds ---------------------------------------------------------------------------

  #passOn(message: ChatMessage, sources: ReadonlySet<Source>): void {
    const { roster, delivery, isClosed } = this.#options
    const { channel, from, hops = 0 } = message
    if (channel === DIRECT || isClosed(channel)) return
    const members = roster
      .members(channel)
      .map((peer) => ({ peer, sources: roster.sources(peerId(peer), channel) }))
    const others = passOnTo(sources, hops, members).filter((peer) => peerId(peer) !== peerId(from))
    if (others.length > 0) delivery.send({ ...message, hops: hops + 1 }, others)
  }

  #sourcesOf(peer: Peer, channel: string): ReadonlySet<Source> {
    return this.#options.roster.sources(peerId(peer), channel)
  }

  /** Of all peers at an address: who passes a message on does not say who it is. */
  #sourcesAt(host: string, channel: string): ReadonlySet<Source> {
    const { roster } = this.#options
    const there = roster.members(channel).filter(({ ip }) => ip === host)
    return new Set(there.flatMap((peer) => [...roster.sources(peerId(peer), channel)]))
  }

  // --- who it is from -------------------------------------------------------------------------------

  /** A name without an address is the peer of that name at the address it came from. */
  #sender({ from, hops }: IncomingMessage, remote: string): Peer {
    const { roster } = this.#options
    if ('port' in from) {
      const { port, name } = from
      // 127.0.0.1 is another machine for everybody else: the one that this came from.
      const ip = isLoopback(from.ip) && !isLoopback(remote) ? remote : from.ip
      const id = peerId({ ip, port })
      // Of a machine with several addresses its peer may not know which one others see.
      const known = roster.get(id) ?? (hops === 0 ? roster.get(peerId({ ip: remote, port })) : undefined)
      // Whoever gave no name is read as having its address for one.
      const label = name === undefined || name === id ? (known?.name ?? id) : name
      // One peer goes by one address, whichever of its addresses it writes.
      return known === undefined ? { ip, port, name: label } : { ip: known.ip, port: known.port, name: label }
    }
    return roster.find(from.name).find(({ ip }) => ip === remote) ?? { ip: remote, port: 0, name: from.name }
  }

  /** Whoever wrote to us from its own address is there, whatever the tracker says; except ourselves. */
  #mayAnswer(from: Peer, remote: string): boolean {
    const id = peerId(from)
    const { roster, self } = this.#options
    const isThere = from.ip === remote || roster.canonical(peerId({ ip: remote, port: from.port })) === id
    return isThere && id !== peerId(self()) && addressProblem(from.ip, from.port) === undefined
  }
}

/** The conversation that a message from somebody belongs to. */
function keyFor({ channel, from }: ChatMessage): string {
  return channel === DIRECT ? `@${peerId(from)}` : channel
}

/** An id for a message whose own was used before: the same for whoever else hears it. */
function another(id: string, text: string): string {
  return createHash('sha256').update(`${id} ${text}`).digest('hex').slice(0, 16)
}
