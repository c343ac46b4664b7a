/**
 * What a peer keeps, as the rest of it sees the store: history, outbox, people met, settings. Plain types; the
 * store itself is store.ts.
 *
 * Every change is made at once and belongs to the transaction of this turn of the event loop; saved() tells when
 * that is on disk. Nothing here throws because of the disk: what cannot be written is kept in memory and written
 * later.
 */
import type { ChatMessage, Peer, AddressKey, Transit } from '../chat/model.ts'
import type { Dated } from '../chat/moment.ts'

/**
 * A message as it is kept. `at`: when it was said, by our clock and as well as we know it. `receivedAt`: when it came.
 * Both are dates; the order of a conversation is that of placeOf().
 */
export interface Entry extends Dated {
  readonly message: ChatMessage
  readonly hops?: Transit['hops']
  /** Where it belongs: a channel, or `@` and the AddressKey of whom a direct message is with. */
  readonly conversation: string
  readonly own: boolean
}

/** What became of a message that was to be kept: it is known when its sender used the id before, for the same. */
export type Verdict = 'new' | 'known' | 'conflict'

export interface Added {
  readonly verdict: Verdict
  /** As it is kept: it may have been moved, so that the messages of one sender in one place stay in the order of their `seq`. */
  readonly entry: Entry
  /** Of its sender, in this conversation, a message with a greater `seq` was here before it. */
  readonly isLate: boolean
}

/** A place in a conversation, opaque: where the page before or after begins. */
export type Cursor = string

export interface Page {
  /** Oldest first. */
  readonly entries: readonly Entry[]
  /** Give it as `before` for the page before this one; undefined when there is none. */
  readonly before: Cursor | undefined
  /** Give it as `after` for the page after this one; only of a page after a place or around a time, unless it is the last. */
  readonly after?: Cursor | undefined
}

/** A message of ours that has not reached everybody. */
export interface PendingMessage {
  readonly message: ChatMessage
  /** Whom it was for, altogether. */
  readonly recipients: number
  /** When it was said, in the time of the store. */
  readonly saidAt: number
  /** Since when it waits, in the time of the store, as if we had run all the time: after TIMES.giveUp it fails. */
  readonly queuedAt: number
  readonly waiting: readonly Peer[]
  readonly failed: readonly { readonly peer: Peer; readonly reason: string }[]
}

/** Somebody with whom direct messages are kept. */
export interface Direct {
  /** `@` and its AddressKey. */
  readonly conversation: string
  /** The name that it had last; undefined when it never wrote. */
  readonly name?: string
}

export interface Store {
  /** Random, made once for this profile: who we are, whatever our address and name. 16 lower-case hexadecimal digits. */
  readonly identity: string
  /** The time of the store (store-time.ts), in milliseconds: it never goes back, and leaps with no clock. */
  now(): number

  // --- history --------------------------------------------------------------------------------------

  /** Keeps a message. One of ours with `recipients` is in the outbox for each of them until it is settled. */
  add(entry: Entry, recipients?: readonly Peer[]): Added
  /** The last `limit` messages of a conversation, or those before a place. */
  page(conversation: string, limit: number, before?: Cursor): Page
  /** The next `limit` messages of a conversation after a place. */
  pageAfter(conversation: string, limit: number, after: Cursor): Page
  /** What was said around a place: the last messages before it, and those from then on, of each half of `limit`, rounded up. */
  pageAround(conversation: string, limit: number, at: number): Page
  /** A message of ours, by its id. */
  own(messageId: string): Entry | undefined
  /** What was said in a conversation from the place `at` on: the newest `limit` of it, oldest first. */
  since(conversation: string, at: number, limit: number): readonly Entry[]
  /**
   * Messages with all of these words (each as the beginning of one), the newest first. In slices: other work is done
   * meanwhile. Never rejects, whatever is typed. The signal ends it early, with what is found by then.
   */
  search(words: string, limit: number, conversation?: string, signal?: AbortSignal): Promise<readonly Entry[]>
  /** The place of the newest message of a conversation; undefined when there is none. */
  lastAt(conversation: string): number | undefined
  /** With whom direct messages are kept, the last talked to first: at most 100. */
  directs(): readonly Direct[]
  /** No message of ours has a greater `seq`; 0 when there is none. */
  readonly lastSeq: number

  // --- outbox: messages of ours, by their id --------------------------------------------------------

  /** A stored own message gets another recipient. */
  extend(messageId: string, recipient: Peer): void
  /** Of the messages waiting for a recipient, this one has got there. */
  delivered(messageId: string, recipient: AddressKey): void
  /** It will not get there, unless it is tried again. */
  failed(messageId: string, recipient: AddressKey, reason: string): void
  /** What has not reached everybody, by `seq`, the oldest first. */
  unsettled(): readonly PendingMessage[]
  /** Everything that failed waits again; returns it, as unsettled() does, with what it waits for. */
  retry(): readonly PendingMessage[]

  // --- people met and settings ----------------------------------------------------------------------

  /** Somebody was there. */
  remember(peer: Peer, now: number): void
  /** Those of this name (without regard to case), or AddressKey, that were met, the last met first; one entry a AddressKey. */
  remembered(name: string): readonly Peer[]
  /** Those whose name differs from this in case, accents and the like only, the last met first. */
  alike(name: string): readonly Peer[]
  setting(name: string): string | undefined
  set(name: string, value: string): void

  // --- the disk -------------------------------------------------------------------------------------

  /** Resolves when everything done so far is on disk. Rejects with Refused 507 when it cannot be written now. */
  saved(): Promise<void>
  /** A sentence, as long as nothing can be written. */
  readonly problem: string | undefined
  /** Writes what is to be written and closes the file. Idempotent. */
  close(): void
}
