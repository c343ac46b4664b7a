/**
 * The handler tables of a LAN node: type of message -> handler, command -> handler.
 *
 * Each kind of message (posts, groups, files, …) brings its rows (MessageKind), and Inbound and LanNode join them. A type
 * in the table of messages (src/udp/lsnp/messages.ts) or a command in model.ts without a handler does not compile.
 */
import type { Address } from '../../http/message.ts'
import type { Dialect, Fields, LsnpMessages, LsnpType } from '../lsnp/codec.ts'
import type { LanCommand } from './model.ts'
import type { PeerEntry } from './peer-entry.ts'

/** How a message arrived. */
export interface Arrival {
  readonly from: Address
  readonly dialect: Dialect
  /** All lines of the datagram, also those that the message has no property for. */
  readonly fields: Fields
  /** In milliseconds. */
  readonly now: number
}

/** Why a datagram was dropped; undefined if it was not. */
export type DropReason = string | undefined

/** Signals: announcements, and replies to what this node sent. They are taken from any address. */
export type SignalType =
  | 'PROFILE'
  | 'PING'
  | 'PEER_DISCOVERY'
  | 'PEER_LIST_RESPONSE'
  | 'REVOKE'
  | 'ACK'
  | 'FOLLOW_RESPONSE'
  | 'UNFOLLOW_RESPONSE'
  | 'GROUP_CREATE_ACK'

/** Messages of a user. Sending one shows that the user is there, so their handlers are given its entry. */
export type UserMessageType = Exclude<LsnpType, SignalType>

export type SignalHandlers<Type extends SignalType = SignalType> = {
  readonly [Each in Type]: (message: LsnpMessages[Each], arrival: Arrival) => DropReason
}

export type UserMessageHandlers<Type extends UserMessageType = UserMessageType> = {
  readonly [Each in Type]: (message: LsnpMessages[Each], sender: PeerEntry, arrival: Arrival) => DropReason
}

type CommandKind = LanCommand['kind']

export type Command<Kind extends CommandKind> = Extract<LanCommand, { kind: Kind }>

/** `now` in milliseconds. A handler throws ChatError for a command that it refuses. */
export type CommandHandlers<Kind extends CommandKind = CommandKind> = {
  readonly [Each in Kind]: (command: Command<Each>, now: number) => void
}

/** One kind of message: its state, and its rows of the tables. */
export interface MessageKind {
  readonly signals?: Partial<SignalHandlers>
  readonly messages?: Partial<UserMessageHandlers>
  readonly commands?: Partial<CommandHandlers>
  /** How many entries each of its tables has. */
  readonly sizes?: Readonly<Record<string, number>>
  tick?(now: number): void
  /** A peer has left. */
  peerLeft?(peer: PeerEntry): void
  /** This node leaves. */
  quit?(): void
}

export function handleSignal<Type extends SignalType>(
  handlers: SignalHandlers,
  type: Type,
  message: LsnpMessages[Type],
  arrival: Arrival,
): DropReason {
  return handlers[type](message, arrival)
}

export function handleUserMessage<Type extends UserMessageType>(
  handlers: UserMessageHandlers,
  type: Type,
  message: LsnpMessages[Type],
  sender: PeerEntry,
  arrival: Arrival,
): DropReason {
  return handlers[type](message, sender, arrival)
}

export function handleCommand<Kind extends CommandKind>(
  handlers: CommandHandlers,
  kind: Kind,
  command: Command<Kind>,
  now: number,
): void {
  handlers[kind](command, now)
}
