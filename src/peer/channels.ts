/**
 * The channels of this peer: which it is in, which of them are LSNP groups, which it left, and which peers are listed in
 * them. Invariant: a channel is joined or left, never both; only open channels are announced, groups and closed channels
 * never.
 */
import { isClosedLabel } from '../chat/closed-label.ts'
import { LIMITS } from '../chat/limits.ts'
import { DIRECT, GENERAL, type PeerId } from '../chat/model.ts'
import type { PresenceView } from '../chat/presence.ts'

export class Channels {
  readonly #presence: PresenceView
  readonly #joined = new Set<string>([GENERAL])
  /** Left since the start. */
  readonly #left = new Set<string>()
  readonly #groups = new Set<string>()

  constructor(presence: PresenceView) {
    this.#presence = presence
  }

  get joined(): readonly string[] {
    return [...this.#joined]
  }

  /** The joined channels that every peer may come into. */
  get open(): readonly string[] {
    return this.joined.filter((channel) => this.isOpen(channel))
  }

  has(channel: string): boolean {
    return this.#joined.has(channel)
  }

  /** Whether this peer was in the channel since it started, and left it. */
  hasLeft(channel: string): boolean {
    return this.#left.has(channel)
  }

  /** Whether only its members write and read in it, and no peer comes in by itself. */
  isGroup(channel: string): boolean {
    return this.#groups.has(channel)
  }

  /** Whether this is a closed channel, whose members have to prove that they are. */
  isClosed(channel: string): boolean {
    return isClosedLabel(channel)
  }

  /** Whether this peer is in the channel, and every peer may come in. */
  isOpen(channel: string): boolean {
    return this.has(channel) && !this.isGroup(channel) && !this.isClosed(channel)
  }

  /**
   * Whether a peer is listed in a channel when a source says that it is there. Sources may be late, or lie: only open
   * channels of this peer count, and none grows beyond LIMITS.membersPerChannel.
   */
  admits(id: PeerId, channel: string): boolean {
    const isOpen = channel === DIRECT || this.isOpen(channel)
    if (!isOpen || this.#presence.sources(id, channel).size > 0) return isOpen
    return this.#presence.members(channel).length < LIMITS.membersPerChannel
  }

  join(channel: string): void {
    this.#joined.add(channel)
    this.#left.delete(channel)
  }

  /** False if this peer was not in the channel. */
  part(channel: string): boolean {
    if (!this.#joined.delete(channel)) return false
    this.#left.add(channel)
    return true
  }

  /** Takes back a join that was refused. */
  undoJoin(channel: string): void {
    this.#joined.delete(channel)
  }

  /** This peer is in the closed channel of this label. */
  addClosed(label: string): void {
    this.join(label)
  }

  removeClosed(label: string): void {
    this.part(label)
  }

  /** The channel is a group that this peer is in. */
  addGroup(channel: string): void {
    this.#groups.add(channel)
    this.join(channel)
  }

  /** The group is over for this peer. */
  removeGroup(channel: string): void {
    this.#groups.delete(channel)
    this.#joined.delete(channel)
    this.#left.add(channel)
  }
}
