/**
 * Datagrams on their way in: counted before they are read, decoded, checked, and given to the handler of their type.
 *
 * Any bytes may come from any host at any rate: nothing is thrown. A datagram that is not for this node, not believed or
 * too much is dropped, and verbose mode shows why.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { ChatError } from '../../chat/errors.ts'
import { readable } from './encoding.ts'
import {
  handleSignal,
  handleUserMessage,
  type Arrival,
  type DropReason,
  type SignalHandlers,
  type SignalType,
  type UserMessageHandlers,
  type UserMessageType,
} from './handlers.ts'
import { LAN_LIMITS } from './limits.ts'
import { A_COPY } from './messaging/messaging-context.ts'
import { isOfClass, LanIntake, trafficOf, type TrafficClass } from './presence/intake.ts'
import { readJsonAnnouncement } from './presence/json-announcement.ts'
import { decode, type LsnpMessage, type LsnpMessages } from '../lsnp/codec.ts'
import { senderOf } from '../lsnp/messages.ts'
import type { LanContext } from './context.ts'
import type { LsnpMessaging } from './messaging/messaging.ts'
import type { PeerTable } from './peer-table.ts'
import type { LanAnswers } from './presence/answers.ts'
import type { PeerLists } from './presence/peer-lists.ts'
import type { LanPresence } from './presence/presence.ts'
import type { Address } from '../../http/message.ts'

const OPENING_BRACE = 0x7b

export class Inbound {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #answers: LanAnswers
  readonly #presence: LanPresence
  readonly #messaging: LsnpMessaging
  readonly #intake = new LanIntake()
  readonly #signals: SignalHandlers
  readonly #messages: UserMessageHandlers
  /** How many datagrams were dropped for each reason. Reasons quote what was sent, so their number has to be limited. */
  readonly dropped = new BoundedMap<string, number>(LAN_LIMITS.groups)

  constructor(
    context: LanContext,
    table: PeerTable,
    answers: LanAnswers,
    presence: LanPresence,
    peerLists: PeerLists,
    messaging: LsnpMessaging,
  ) {
    this.#context = context
    this.#table = table
    this.#answers = answers
    this.#presence = presence
    this.#messaging = messaging
    this.#signals = { ...presence.signals, ...peerLists.signals, ...messaging.signals }
    this.#messages = { ...peerLists.messages, ...messaging.messages }
  }

  receive(bytes: Buffer, from: Address, now: number): void {
    const traffic = trafficOf(bytes)
    const problem = this.#intake.problem(traffic, from.host, now)
    if (problem !== undefined) this.#drop(from, '?', now, problem)
    else if (!this.#context.addresses.isNear(from.host))
      this.#drop(from, '?', now, 'it comes from another network')
    else this.#read(bytes, traffic, from, now)
  }

  /** Forgets hosts that have been silent. */
  sweep(now: number): void {
    this.#intake.sweep(now)
    this.#context.credit.sweep(now)
  }

  #read(bytes: Buffer, traffic: TrafficClass, from: Address, now: number): void {
    this.#context.credit.earn(from.host, bytes.length, now)
    if (bytes[0] === OPENING_BRACE) this.#readJson(bytes, from, now)
    else this.#readLsnp(bytes, traffic, from, now)
    this.#answers.payOwed(from.host, now)
  }

  #readJson(bytes: Buffer, from: Address, now: number): void {
    const announcement = readJsonAnnouncement(bytes)
    this.#context.trace('RECV', from, 'JSON', now, () => readable(bytes))
    if (announcement === undefined) this.#drop(from, 'JSON', now, 'no announcement of a port and a name')
    else this.#presence.announcedJson(announcement, from, now)
  }

  #readLsnp(bytes: Buffer, traffic: TrafficClass, from: Address, now: number): void {
    const decoded = decode(bytes)
    if (!decoded.ok) {
      this.#drop(from, decoded.type ?? '?', now, decoded.reason)
      return
    }
    const { message, dialect, fields } = decoded
    if (!isOfClass(message.type, traffic)) {
      this.#drop(from, message.type, now, 'it has two TYPE lines')
      return
    }
    if ('node' in message && message.node === this.#context.node) return
    this.#context.trace('RECV', from, message.type, now, () => readable(bytes))
    try {
      const reason = this.#handle(message, { from, dialect, fields, now })
      if (reason !== undefined) this.#drop(from, message.type, now, reason)
    } catch (error) {
      // An answer would have to quote what must not be sent.
      if (!(error instanceof ChatError)) throw error
      this.#drop(from, message.type, now, error.message)
    }
  }

  #handle(message: LsnpMessage, arrival: Arrival): DropReason {
    const seconds = this.#context.seconds(arrival.now)
    const problem = this.#messaging.tokens.problem(message, arrival.dialect, seconds)
    if (problem !== undefined) return problem
    return isSignal(message, this.#signals)
      ? handleSignal(this.#signals, message.type, message, arrival)
      : this.#handleUserMessage(message, arrival)
  }

  #handleUserMessage(message: LsnpMessages[UserMessageType], arrival: Arrival): DropReason {
    const userId = senderOf(message)
    const problem = this.#addressProblem(message, userId, arrival.from)
    if (problem !== undefined) return problem
    const sender = this.#presence.senderOf(userId, arrival)
    if (sender === undefined)
      return userId === undefined ? 'nobody is known at this address' : 'no room for another peer'
    const { acks } = this.#messaging
    sender.capabilities.wrote(message, arrival.fields)
    acks.arrived(message, sender, arrival)
    const reason = handleUserMessage(this.#messages, message.type, message, sender, arrival)
    if (reason === A_COPY) acks.repeated(message, sender, arrival)
    return reason
  }

  /** Why a message is not for this node, or not from another. */
  #addressProblem(
    message: LsnpMessages[UserMessageType],
    userId: string | undefined,
    from: Address,
  ): DropReason {
    // Parley peers send their posts over HTTP, too.
    if (message.type === 'POST' && (message.node !== undefined || this.#table.isParleyAt(from)))
      return 'it is for programs that take datagrams only'
    const isText = message.type === 'DM' || message.type === 'GROUP_MESSAGE'
    if (isText && this.#table.isKeyAt(from)) return 'its sender proves its key, and no datagram does'
    const { addresses } = this.#context
    if (userId !== undefined && addresses.isOurUserId(userId)) return 'it says that it is from us'
    if ('to' in message && message.to !== undefined && !addresses.isUs(message.to))
      return `it is for ${message.to}`
    return undefined
  }

  #drop(from: Address, type: string, now: number, reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
    this.#context.trace('DROP', from, type, now, () => reason)
  }
}

function isSignal(message: LsnpMessage, signals: SignalHandlers): message is LsnpMessages[SignalType] {
  return Object.hasOwn(signals, message.type)
}
