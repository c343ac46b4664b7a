/**
 * What a running peer shows: who is where, what was said, what waits, and when that is over. Invariant: looking and
 * waiting change nothing.
 */
import { type Peer, type Profile, type Receipt, peerId, type PeerId } from '../chat/model.ts'
import { sourceLabel } from './discovery/source.ts'
import type { Clock } from '../chat/clock.ts'
import type { PresenceView } from '../chat/presence.ts'
import type { Address } from '../http/message.ts'
import type { Direct, Entry, Page, PendingMessage, Store } from '../store/store.ts'
import type { LanPeer } from '../udp/node/model.ts'
import type { Channels } from './channels.ts'
import type { Directory } from './discovery/directory.ts'
import type { LanLink } from './discovery/lan.ts'
import type { Events } from './events.ts'
import type { Delivery } from './messages/delivery/delivery.ts'
import type { ReadMarks } from './read-marks.ts'
import type { Profiles } from './profiles/profiles.ts'
import type { Self } from './self/self.ts'

export interface PeerViewParts {
  readonly clock: Clock
  readonly store: Store
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly directory: Directory
  readonly delivery: Delivery
  readonly events: Events
  readonly marks: ReadMarks
  readonly profiles: Profiles
  readonly lan: LanLink | undefined
}

export class PeerView {
  readonly #parts: PeerViewParts

  constructor(parts: PeerViewParts) {
    this.#parts = parts
  }

  // --- this peer ------------------------------------------------------------------------------------

  /** This peer as others see it. */
  get self(): Peer {
    return this.#parts.self.peer
  }

  /** Of the profile: the same after each start. */
  get identity(): string {
    return this.#parts.self.identity
  }

  /** Where it listens. */
  get address(): Address {
    return this.#parts.self.address.listening
  }

  /** Where peers of other machines reach it; the address of the listening socket if it has only that. */
  get reachable(): Address {
    return this.#parts.self.address.reachable
  }

  /** The channels that it is in. */
  get channels(): readonly string[] {
    return this.#parts.channels.joined
  }

  isGroup(channel: string): boolean {
    return this.#parts.channels.isGroup(channel)
  }

  /** The time of the store, in milliseconds: the clock of `until` of `people`. */
  now(): number {
    return this.#parts.clock.now()
  }

  /** A sentence, as long as nothing can be written to disk. */
  get problem(): string | undefined {
    return this.#parts.store.problem
  }

  // --- other peers ----------------------------------------------------------------------------------

  /** All listed peers, in whatever channel. */
  get peers(): readonly Peer[] {
    return this.#parts.presence.peers
  }

  /** The other members of a channel. */
  members(channel: string): readonly Peer[] {
    return this.#parts.presence.members(channel)
  }

  /** All peers on the LAN as LSNP knows them; empty without a LAN. */
  get people(): readonly LanPeer[] {
    return this.#parts.lan?.people ?? []
  }

  /** The one peer of this name or address, here or met before. Throws ChatError 404 or 409. */
  find(name: string): Peer {
    return this.#parts.directory.find(name)
  }

  /** Whether a peer of this name was met before. */
  remembers(name: string): boolean {
    return this.#parts.directory.remembers(name)
  }

  /** The sources that list a peer in any channel, as the local API names them. */
  sourcesOf(id: PeerId): readonly string[] {
    const { presence } = this.#parts
    const all = presence.channelsOf(id).flatMap((channel) => [...presence.sources(id, channel)])
    return [...new Set(all.map(sourceLabel))].sort()
  }

  /** What a peer shows beside its name, or this one does. */
  profile(peer: Peer): Profile {
    const id = peerId(peer)
    return this.profileOf(id === peerId(this.self) ? undefined : id)
  }

  /** What the peer with this id shows beside its name; undefined: this peer. */
  profileOf(id: PeerId | undefined): Profile {
    return this.#parts.profiles.of(id)
  }

  // --- messages -------------------------------------------------------------------------------------

  /** The last `count` messages of a conversation, or those before a place, oldest first. */
  history(conversation: string, count: number, before?: string): Page {
    return this.#parts.store.page(conversation, count, before)
  }

  /** The next `count` messages of a conversation after a place, oldest first. */
  historyAfter(conversation: string, count: number, after: string): Page {
    return this.#parts.store.pageAfter(conversation, count, after)
  }

  /** The messages around a place (Unix time in milliseconds, without the `clockShift`), half of them before it. */
  historyAround(conversation: string, count: number, at: number): Page {
    return this.#parts.store.pageAround(conversation, count, at)
  }

  /** Messages with all of these words, newest first; in one conversation if it is named. The signal ends the search. */
  search(
    words: string,
    count: number,
    conversation?: string,
    signal?: AbortSignal,
  ): Promise<readonly Entry[]> {
    return this.#parts.store.search(words, count, conversation, signal)
  }

  /** The peers of kept direct messages, the last talked to first. */
  directs(): readonly Direct[] {
    return this.#parts.store.directs()
  }

  /** Until when a conversation was read: the `receivedAt` of a message, without its `clockShift`; 0 if it never was. */
  readUpTo(conversation: string): number {
    return this.#parts.marks.readUpTo(conversation)
  }

  /** An own message by its id, as it is kept. */
  own(messageId: string): Entry | undefined {
    return this.#parts.store.own(messageId)
  }

  /** Own messages that have not reached every recipient. */
  unsettled(): readonly PendingMessage[] {
    return this.#parts.store.unsettled()
  }

  /** The receipt of an own message that waits for a recipient; undefined if it does not. */
  receipt(messageId: string): Receipt | undefined {
    return this.#parts.delivery.receipt(messageId)
  }

  /** Messages times recipients without an answer yet. */
  get waiting(): number {
    return this.#parts.delivery.waiting
  }

  // --- waiting --------------------------------------------------------------------------------------

  /** Resolves when all messages so far are on disk, or cannot be written now: then `problem` says why. */
  async saved(): Promise<void> {
    await this.#parts.store.saved().catch(() => undefined)
  }

  /** Resolves when every message was delivered or has failed, at the latest in `ms`; true if so. */
  async settled(ms: number): Promise<boolean> {
    const isSettled = await this.#parts.delivery.settled(ms)
    await this.#parts.events.settled
    return isSettled
  }

  /**
   * Resolves when more can be said without loss, or when the recipients whose queues are full took nothing for
   * `patience` milliseconds.
   */
  room(patience: number): Promise<void> {
    return this.#parts.delivery.room(patience)
  }

  /** Resolves when no newcomer of a channel gets a message that was said so far. */
  closedToNewcomers(): Promise<void> {
    return this.#parts.delivery.closedToNewcomers()
  }

  /**
   * Resolves when every message was delivered or has failed, also to newcomers, or when no recipient took one for
   * `patience` milliseconds; true if none waits.
   */
  async drained(patience: number): Promise<boolean> {
    await this.closedToNewcomers()
    const isDrained = await this.#parts.delivery.drained(patience)
    await this.#parts.events.settled
    return isDrained
  }
}
