/**
 * What a LAN node does, without sockets, clocks or randomness: receive / command / tick (…, now) -> effects.
 *
 * Any datagram, from anybody, at any rate: it never throws, and what it makes us keep is bounded by the tables of
 * src/udp/node/limits.ts. What is not for us, not believed or too much is dropped, and in verbose mode said so.
 */
import { portProblem } from '../../chat/address.ts'
import { ChatError } from '../../chat/errors.ts'
import { peerName } from '../../chat/wire/schema.ts'
import { LanContext, readable, type LanNodeOptions } from './context.ts'
import { ANNOUNCE_PORT } from '../lsnp/ports.ts'
import { isOfClass, LanIntake, trafficOf, type TrafficClass } from './presence/intake.ts'
import { LanPresence } from './presence/presence.ts'
import { portOf } from './presence/sighting.ts'
import { A_COPY, type Heard } from './messaging/speech.ts'
import { PeerTable, type Entry } from './peer-table.ts'
import { LsnpMessaging, nameOf, senderOf } from './messaging/messaging.ts'
import { LAN_LIMITS, LAN_TIMES } from './limits.ts'
import { decode, type Dialect } from '../lsnp/codec.ts'
import type { Address } from '../../http/message.ts'
import type { LanCommand, LanEffect, LanMachine, LanPeer } from './model.ts'

const OPENING_BRACE = 0x7b

export class LanNode implements LanMachine {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #presence: LanPresence
  readonly #talk: LsnpMessaging
  readonly #intake = new LanIntake()
  #tickedAt: number | undefined
  /** Datagrams that were not read, by reason. */
  readonly dropped = new Map<string, number>()

  constructor(options: LanNodeOptions) {
    this.#context = new LanContext(options)
    this.#table = new PeerTable((ip) => this.#context.isOwnAddress(ip))
    this.#presence = new LanPresence(this.#context, this.#table, (entry, reason) => {
      this.#gone(entry, reason)
    })
    this.#talk = new LsnpMessaging(this.#context, this.#table, (entry, now) => {
      this.#presence.answers.introduceTo(entry, now)
    })
  }

  /** The id that our own kind knows us by. */
  get node(): string {
    return this.#context.node
  }

  /** Whether a user id is ours, as others may write it. */
  isUs(userId: string): boolean {
    return this.#context.isUs(userId)
  }

  /** Everybody who is there. */
  get peers(): readonly LanPeer[] {
    return [...this.#table.entries].map(({ peer }) => peer)
  }

  /** How much is kept of each kind. */
  get sizes(): Readonly<Record<string, number>> {
    const addresses = [...this.#table.entries].map(({ heardAt }) => heardAt.size)
    return {
      peers: this.#table.size,
      addressesOfOnePeer: Math.max(0, ...addresses),
      answers: this.#presence.answers.waiting,
      dropped: this.dropped.size,
      credits: this.#context.credit.size,
      ...this.#talk.sizes,
    }
  }

  /** Between `start` and `quit`. Before and after we are silent, or our goodbye would not be believed. */
  get #isOpen(): boolean {
    return this.#context.port !== 0
  }

  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[] {
    if (!this.#isOpen) return []
    const traffic = trafficOf(bytes)
    const problem = this.#intake.problem(traffic, from.host, now)
    if (problem !== undefined) this.#drop(from, '?', now, problem)
    else if (!this.#context.isNear(from.host)) this.#drop(from, '?', now, 'it comes from another network')
    else this.#read(bytes, traffic, from, now)
    return this.#context.takeEffects()
  }

  #read(bytes: Buffer, traffic: TrafficClass, from: Address, now: number): void {
    this.#context.credit.earn(from.host, bytes.length, now)
    if (bytes[0] === OPENING_BRACE) this.#receiveJson(bytes, from, now)
    else this.#receiveLsnp(bytes, traffic, from, now)
    this.#presence.answers.payOwed(from.host, now)
  }

  command(command: LanCommand, now: number): readonly LanEffect[] {
    try {
      this.#perform(command, now)
    } catch (error) {
      // What is refused is not done by half.
      this.#context.takeEffects()
      throw error
    }
    return this.#context.takeEffects()
  }

  tick(now: number): readonly LanEffect[] {
    if (!this.#isOpen) return []
    const gap = now - (this.#tickedAt ?? now)
    this.#tickedAt = now
    if (gap > LAN_TIMES.asleep) {
      this.#table.extend(gap, now)
      this.#presence.announcer.begin(now)
    }
    this.#presence.tick(now)
    this.#talk.tick(now)
    for (const entry of this.#table.expire(now))
      this.#gone(entry, entry.hasSaidGoodbye ? 'left' : 'not heard of any more')
    this.#intake.sweep(now)
    this.#context.credit.sweep(now)
    return this.#context.takeEffects()
  }

  #gone(entry: Entry, reason: string): void {
    this.#context.event({ kind: 'left', peer: entry.peer, reason })
    this.#talk.gone(entry)
  }

  // --- datagrams ------------------------------------------------------------------------------------

  #receiveJson(bytes: Buffer, from: Address, now: number): void {
    const announced = jsonAnnouncement(bytes)
    this.#context.trace('RECV', from, 'JSON', now, () => readable(bytes))
    if (announced === undefined) this.#drop(from, 'JSON', now, 'no announcement of a port and a name')
    else if (this.#context.isOwnAddress(from.host) && announced.port === this.#context.httpPort) return
    else this.#presence.announcedJson(announced, from, now)
  }

  #receiveLsnp(bytes: Buffer, traffic: TrafficClass, from: Address, now: number): void {
    const decoded = decode(bytes)
    if (!decoded.ok) {
      this.#drop(from, decoded.type ?? '?', now, decoded.reason)
      return
    }
    if (!isOfClass(decoded.message.type, traffic)) {
      this.#drop(from, decoded.message.type, now, 'it has two TYPE lines')
      return
    }
    const { message, dialect } = decoded
    if ('node' in message && message.node === this.#context.node) return
    this.#context.trace('RECV', from, message.type, now, () => readable(bytes))
    try {
      const problem = this.#talk.problem(message, dialect, now) ?? this.#handle(decoded, from, now)
      if (problem !== undefined) this.#drop(from, message.type, now, problem)
    } catch (error) {
      // An answer would have to quote what must not be sent.
      if (!(error instanceof ChatError)) throw error
      this.#drop(from, message.type, now, error.message)
    }
  }

  /** Returns why it was dropped. */
  #handle(heard: Heard, from: Address, now: number): string | undefined {
    const { message, dialect, fields } = heard
    switch (message.type) {
      case 'PROFILE':
      case 'PING':
      case 'PEER_DISCOVERY':
        this.#presence.announced(message, from, dialect, now)
        return undefined
      case 'PEER_LIST_RESPONSE':
        this.#presence.toldOf(message.peers, this.#senderAt(message.from, from), now)
        return undefined
      case 'REVOKE':
        if (message.token !== undefined) return this.#talk.revoked(message.token, from)
        this.#presence.doubt.left(this.#senderAt(message.userId, from), now)
        return undefined
      case 'ACK':
        this.#talk.acknowledged(message, from)
        return undefined
      case 'FOLLOW_RESPONSE':
      case 'UNFOLLOW_RESPONSE':
        this.#talk.answered(message.messageId, from)
        return undefined
      case 'GROUP_CREATE_ACK':
        this.#table.at(from.host, from.port)?.capabilities.wrote(message, fields)
        return undefined
      default:
        return this.#handleSpoken(heard, from, now)
    }
  }

  /** Messages of a user, who is there by having sent one. */
  #handleSpoken(heard: Heard, from: Address, now: number): string | undefined {
    const { message, dialect, fields } = heard
    const userId = senderOf(message)
    // Our own kind says it over HTTP, too.
    if (message.type === 'POST' && (message.node !== undefined || this.#table.isOwnKindAt(from)))
      return 'it is for programs that take datagrams only'
    if (userId !== undefined && this.#context.isOurs(userId)) return 'it says that it is from us'
    if ('to' in message && message.to !== undefined && !this.#context.isUs(message.to))
      return `it is for ${message.to}`
    const sender = this.#sender(userId, dialect, from, now)
    if (sender === undefined)
      return userId === undefined ? 'nobody is known at this address' : 'no room for another peer'
    sender.capabilities.wrote(message, fields)
    this.#talk.acks.arrived(heard, sender, now)
    const problem = this.#hand(heard, sender, now)
    if (problem === A_COPY) this.#talk.acks.repeated(heard, sender, now)
    return problem
  }

  #hand({ message, dialect, fields }: Heard, sender: Entry, now: number): string | undefined {
    const { groups, refusals } = this.#talk
    switch (message.type) {
      case 'POST':
        return this.#talk.posted(message, sender, now)
      case 'DM':
        return this.#talk.wroteToUs(message, sender, now)
      case 'FOLLOW':
      case 'UNFOLLOW':
        this.#talk.follows(message, dialect, sender, now)
        return undefined
      case 'LIKE':
        return this.#talk.liked(message, sender, now)
      case 'GROUP_CREATE':
        return groups.created(message, sender)
      case 'GROUP_UPDATE':
        return groups.updated(message, fields, sender)
      case 'GROUP_MESSAGE':
        return groups.said(message, sender, now)
      case 'FILE_OFFER':
        refusals.file(message, fields, sender, now)
        return undefined
      case 'TICTACTOE_INVITE':
        refusals.game(message, sender, now)
        return undefined
      case 'PEER_LIST_REQUEST':
        this.#presence.answers.list(sender, now)
        return undefined
      default:
        return 'files and games are not taken yet'
    }
  }

  /** Files of some programs do not say whom they are from: then their address says it. */
  #sender(userId: string | undefined, dialect: Dialect, from: Address, now: number): Entry | undefined {
    const known = this.#senderAt(userId, from)
    if (userId === undefined) return known
    // The first programs of this family send from where they listen, in their dialect only; others from anywhere, in
    // either dialect.
    const isAnywhere = known !== undefined && known.capabilities.dialect !== 'seed'
    const port = isAnywhere ? known.peer.port : portOf(undefined, from, dialect)
    const sighting = {
      userId,
      ip: from.host,
      port,
      dialect: isAnywhere ? known.capabilities.dialect : dialect,
      node: known?.peer.node,
      httpPort: undefined,
      channels: known?.peer.channels ?? ['general'],
      name: undefined,
      status: undefined,
      avatarHash: undefined,
      avatar: undefined,
    }
    return this.#presence.sighted(sighting, now)?.entry
  }

  /** Who has this name at this address: a user id alone can be written by anybody. */
  #senderAt(userId: string | undefined, from: Address): Entry | undefined {
    if (userId === undefined) return this.#table.at(from.host, from.port)
    return this.#table
      .heardAt(from.host)
      .find(({ peer }) => peer.port !== ANNOUNCE_PORT && nameOf(peer.userId) === nameOf(userId))
  }

  #drop(from: Address, type: string, now: number, reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
    // Reasons quote what was sent: there must not be one for each thing that can be sent.
    for (const oldest of this.dropped.keys()) {
      if (this.dropped.size <= LAN_LIMITS.groups) break
      this.dropped.delete(oldest)
    }
    this.#context.trace('DROP', from, type, now, () => reason)
  }

  // --- commands -------------------------------------------------------------------------------------

  #describe(profile: Extract<LanCommand, { kind: 'profile' }>, now: number): void {
    const before = this.#context.avatar?.hash
    this.#context.describe(profile)
    if (this.#isOpen) this.#presence.announcer.profileChanged(now, this.#context.avatar?.hash !== before)
  }

  #perform(command: LanCommand, now: number): void {
    const context = this.#context
    switch (command.kind) {
      case 'clock':
        context.clockOffset = command.offset
        return
      case 'start':
        context.port = command.port
        return
      case 'networks':
        context.networks = command.networks
        this.#presence.announcer.begin(now)
        if (this.#isOpen) this.#presence.tick(now)
        return
      case 'profile':
        this.#describe(command, now)
        return
      case 'post':
        this.#talk.post(command, now)
        return
      case 'dm':
        this.#talk.direct(command, now)
        return
      case 'follow':
        this.#talk.follow(command, now)
        return
      case 'like':
        this.#talk.like(command, now)
        return
      case 'group-create':
        this.#talk.groups.create(command, now)
        return
      case 'group-update':
        this.#talk.groups.update(command, now)
        return
      case 'group-message':
        this.#talk.groups.say(command, now)
        return
      case 'revoke':
        this.#talk.revoke(now)
        return
      case 'ttl':
        this.#talk.setTtl(command.seconds)
        return
      case 'reached':
        this.#presence.reached(command.address, command.node)
        return
      case 'verbose':
        context.verbose = command.on
        return
      case 'quit':
        this.#talk.quit()
        this.#presence.announcer.sayGoodbye(now)
        context.port = 0
    }
  }
}

/** `{"ip", "port", "name"}`; the address it came from counts, not the one it names. */
function jsonAnnouncement(bytes: Buffer): { readonly port: number; readonly name: string } | undefined {
  if (bytes.length > 1_024) return undefined
  try {
    const { port, name } = JSON.parse(bytes.toString()) as { port?: unknown; name?: unknown }
    if (typeof port !== 'number' || !Number.isInteger(port) || port > 65_535) return undefined
    return portProblem(port) === undefined ? { port, name: peerName(name) } : undefined
  } catch {
    return undefined
  }
}
