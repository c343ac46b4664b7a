/**
 * The interface of a store: history, outbox, peers met, and settings (implemented in sqlite-store.ts).
 *
 * A change takes effect immediately and belongs to the transaction of this turn of the event loop; saved() resolves when
 * that is on disk. Nothing here throws because of the disk: what cannot be written stays in memory and is written later.
 */
import type { HushKind } from '../chat/hush.ts'
import type { ChatMessage, Peer, PeerId, Transit } from '../chat/model.ts'
import type { Dated } from '../chat/moment.ts'
import type { KeyId } from '../identity/public-key.ts'

/**
 * A message as it is kept. `at`: when it was said, by the clock of this machine and as well as is known. `receivedAt`: when
 * it arrived. Both are dates; the order of a conversation is that of placeOf().
 */
export interface Entry extends Dated {
  readonly message: ChatMessage
  readonly hops?: Transit['hops']
  readonly proof?: Transit['proof']
  /** A channel, or `@` and the PeerId of the other peer of a direct message. */
  readonly conversation: string
  readonly own: boolean
  /** The closed network in which it was kept, as StoreOptions names it; undefined: an open one. The store sets it. */
  readonly network?: string | undefined
}

/**
 * `known`: a repeat. `replaced`: proved by its author, it has taken the place of another content that nothing proved, or of
 * a copy that was dated back: it has not been shown as it is.
 * `conflict`: its sender used the same id for another message.
 */
export type Verdict = 'new' | 'known' | 'replaced' | 'conflict'

export interface Added {
  readonly verdict: Verdict
  /**
   * As it is kept: it may have been moved so that the messages of a sender stay in the order of their `seq`. With the
   * verdict `known`: as it was kept before this copy.
   */
  readonly entry: Entry
  /** A message of its sender with a greater `seq` arrived in this conversation before it. */
  readonly isLate: boolean
}

/** An opaque place in a conversation, where the page before or after begins. */
export type Cursor = string

export interface Page {
  /** Oldest first. */
  readonly entries: readonly Entry[]
  /** The `before` of the previous page; undefined if there is none. */
  readonly before: Cursor | undefined
  /** The `after` of the next page; only in a page after a place or around a time, and undefined in the last one. */
  readonly after?: Cursor | undefined
}

/** An own message that has not reached all its recipients. */
export interface PendingMessage {
  readonly message: ChatMessage
  /** Number of all its recipients. */
  readonly recipients: number
  /** When it was said, in store time. */
  readonly saidAt: number
  /** Since when it waits, in store time without the breaks between runs: after TIMES.giveUp it fails. */
  readonly queuedAt: number
  readonly waiting: readonly Peer[]
  readonly failed: readonly { readonly peer: Peer; readonly reason: string }[]
}

/** A conversation of direct messages. */
export interface Direct {
  /** `@` and the PeerId of the other peer. */
  readonly conversation: string
  /** The last name of the other peer; undefined if it never wrote. */
  readonly name?: string
}

/** A name that a person no longer has. */
export interface FormerName {
  readonly name: string
  /** What the person was called here until then, where that was not the name. */
  readonly shown?: string | undefined
  /** Unix time in milliseconds. */
  readonly until: number
  /** What the person was called here from then on, and what it called itself; undefined where versions did not note it. */
  readonly became?: string | undefined
  readonly claimed?: string | undefined
}

export interface KnownFormerNames {
  /** The last one first. */
  of(key: KeyId): readonly FormerName[]
  /** Whose name one that looks like this was, here and without anything to tell them apart; the first of them first. */
  ownersOf(name: string): readonly KeyId[]
  add(key: KeyId, former: FormerName): void
}

/** A key that the user compared with its owner. */
export interface VerifiedKey {
  /** What the owner was called then. */
  readonly name: string
  /** Unix time in milliseconds. */
  readonly at: number
}

export interface VerifiedKeys {
  get(key: KeyId): VerifiedKey | undefined
  set(key: KeyId, verified: VerifiedKey): void
  delete(key: KeyId): void
}

/** A person, or a channel (which can only be muted), that the user does not want to hear. */
export interface Hushed {
  /** A PeerId, or `#` and a channel. */
  readonly target: string
  readonly kind: HushKind
  /** Store time, in milliseconds. Undefined: without an end. */
  readonly since: number
  readonly until: number | undefined
  /** Messages that were dropped, or attempts to send that were not answered. */
  readonly dropped: number
  /** The person whose list it was taken over from, and what it was called there. */
  readonly takenFrom?: PeerId | undefined
  readonly name?: string | undefined
}

export interface HushedTargets {
  readonly all: readonly Hushed[]
  get(target: string): Hushed | undefined
  set(hushed: Hushed): void
  delete(target: string): void
  /** One more message was dropped. */
  count(target: string): void
}

/** `invited`: the user has not said yes yet. `left`: the user left, or declined. `removed`: by the creator. */
export type ClosedState = 'invited' | 'joined' | 'left' | 'removed'

/** A closed channel as it is kept. */
export interface KeptClosed {
  /** What the channel is called here, and its conversation: `!` and a name. */
  readonly label: string
  readonly id: string
  readonly state: ClosedState
  /** JSON: its epoch and more (src/peer/closed). */
  readonly detail: string
}

export interface ClosedChannels {
  readonly all: readonly KeptClosed[]
  set(channel: KeptClosed): void
  delete(label: string): void
}

/** Where a search looks; what is missing restricts nothing. */
export interface Within {
  readonly conversation?: string | undefined
  /** Who wrote the messages. */
  readonly sender?: PeerId | undefined
  /** Ends the search early, with the messages found so far. */
  readonly signal?: AbortSignal | undefined
}

export interface Store {
  /** Identifies this peer for programs that know no keys: 16 lower-case hexadecimal digits, made once. */
  readonly identity: string
  /** Store time (store-time.ts), in milliseconds: it never goes back, and does not leap with the clock. */
  now(): number

  // --- history --------------------------------------------------------------------------------------

  /** Keeps a message. An own one with `recipients` is in the outbox until it is delivered to, or failed for, each of them. */
  add(entry: Entry, recipients?: readonly Peer[]): Added
  /** The last `limit` messages of a conversation, or those before a place. */
  page(conversation: string, limit: number, before?: Cursor): Page
  /** The next `limit` messages of a conversation after a place. */
  pageAfter(conversation: string, limit: number, after: Cursor): Page
  /** Messages around a place: half of `limit`, rounded up, from before it and as many from then on. */
  pageAround(conversation: string, limit: number, at: number): Page
  /** An own message, by its id. */
  own(messageId: string): Entry | undefined
  /** The message with this id of a sender, which is a key. */
  message(sender: PeerId, messageId: string): Entry | undefined
  /**
   * Notes the signature of a kept message, as its author sent it. `sender`: the key of the author. A message that has one
   * keeps it. Returns whether there is such a message without one.
   */
  setSignature(sender: string, messageId: string, signature: string): boolean
  /** Messages of a conversation from the place `at` on, said in this network: the newest `limit` of them, oldest first. */
  since(conversation: string, at: number, limit: number): readonly Entry[]
  /**
   * Messages with all of these words (each as the beginning of one), the newest first. Runs in slices, between other work.
   * Never rejects.
   */
  search(words: string, limit: number, within?: Within): Promise<readonly Entry[]>
  /** The place of the newest message of a conversation; undefined when there is none. */
  lastAt(conversation: string): number | undefined
  /** Conversations of direct messages, the one with the last message first: at most 100. */
  directs(): readonly Direct[]
  /** The greatest `seq` of an own message; 0 if there is none. */
  readonly lastSeq: number

  // --- outbox: own messages, by their id ------------------------------------------------------------

  /** Adds a recipient to a kept own message. */
  extend(messageId: string, recipient: Peer): void
  /** A message has reached a recipient. */
  delivered(messageId: string, recipient: PeerId): void
  /** Delivery to a recipient has failed, and is not retried by itself. */
  failed(messageId: string, recipient: PeerId, reason: string): void
  /** Messages of this network that have not reached all their recipients, by `seq`, the oldest first. */
  unsettled(): readonly PendingMessage[]
  /** Lets all failed recipients of this network wait again. Returns their messages, as unsettled() does. */
  retry(): readonly PendingMessage[]

  // --- peers met and settings -----------------------------------------------------------------------

  /** Notes that a peer was met. A thousand are kept; those with a conversation or a waiting message are forgotten last. */
  remember(peer: Peer, now: number): void
  /** Peers that were met with this name (without regard to case), key or AddressKey, the last met first. */
  remembered(name: string): readonly Peer[]
  /** Peers that were met whose name is the same apart from case, accents and the like, the last met first. */
  alike(name: string): readonly Peer[]
  /** Peers with keys that were met under this name, folded as alike() does: the one that had it first is first. */
  namesakes(name: string): readonly Peer[]
  /** All peers that were met, the last met first. */
  people(): readonly Peer[]
  /** A peer that was met, with the name and the address that it had last. */
  person(id: PeerId): Peer | undefined
  /** The peers that were met with this identity. */
  identified(identity: string): readonly Peer[]
  /** Whether a message was kept of a peer without a key that has this identity, met or not. */
  hasSaidWithoutKey(identity: string): boolean
  /** When a peer was first met, and last: Unix time in milliseconds. */
  firstMet(peer: Peer): number | undefined
  lastMet(peer: Peer): number | undefined
  /** What a person is called here while another person has its name; undefined: its own name. */
  calledHere(key: KeyId): string | undefined
  /** The user calls the person by its own name from now on. */
  acceptName(key: KeyId): void
  /** The names that people with keys had before. */
  readonly formerNames: KnownFormerNames
  /** The keys that the user compared with their owners. */
  readonly verified: VerifiedKeys
  /** People and channels that the user does not want to hear. */
  readonly hushed: HushedTargets
  /** Closed channels, also those that this peer left. */
  readonly closed: ClosedChannels
  /**
   * What was kept for the peer `old` is that of `peer`, which has a key: the conversation (one with `peer` and this one are
   * one, in the order of time), waiting and failed messages, the time of the first meeting, how far it was read. Returns the
   * number of messages in the conversation of `old`, which is empty afterwards.
   */
  adopt(old: PeerId, peer: Peer): number
  setting(name: string): string | undefined
  set(name: string, value: string): void

  // --- the disk -------------------------------------------------------------------------------------

  /** Resolves when all changes so far are on disk. Rejects with ChatError 507 if they cannot be written now. */
  saved(): Promise<void>
  /** A sentence for users while nothing can be written; otherwise undefined. */
  readonly problem: string | undefined
  /** Writes all changes and closes the file. Idempotent. */
  close(): void
}
