/** What the tracker says of who is there, put into the roster. Pure. */
import { TIMES } from '../../chat/limits.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence } from '../../chat/presence.ts'

export interface TrackerRosterOptions {
  readonly roster: Presence
  readonly clock: Clock
  /** Whether this is a channel of ours that the tracker has a say in. */
  readonly isOurs: (channel: string) => boolean
  /** Without ourselves, and those that nobody should be sent to. */
  readonly others: (peers: readonly Peer[]) => readonly Peer[]
  /** Whether somebody whom it names in this channel is listed there. */
  readonly mayHear: (id: AddressKey, channel: string) => boolean
  /** We know who is in this channel, for the first time since we are in it. */
  readonly onPresent: (channel: string, peers: readonly Peer[]) => void
}

export class TrackerPresence {
  readonly #options: TrackerRosterOptions
  /** Channels of which we know who is there. */
  readonly #known = new Set<string>()
  #isArriving = false

  constructor(options: TrackerRosterOptions) {
    this.#options = options
  }

  /** We are being told who was there before us: they did not just join. */
  get isArriving(): boolean {
    return this.#isArriving
  }

  /** Who is in a channel. Whom an incomplete list does not name may be there all the same. */
  members(channel: string, named: readonly Peer[], isComplete: boolean): void {
    const { roster, clock, isOurs, others, onPresent } = this.#options
    if (!isOurs(channel)) return
    const now = clock.now()
    this.#isArriving = !this.#known.has(channel)
    roster.replace('tracker', channel, others(named), Infinity, now + (isComplete ? 0 : TIMES.lease))
    roster.sweep(now)
    if (this.#isArriving) onPresent(channel, roster.members(channel))
    this.#isArriving = false
    this.#known.add(channel)
  }

  joined(channel: string, peer: Peer): void {
    const { roster, others, mayHear } = this.#options
    for (const other of others([peer]))
      if (mayHear(addressKey(other), channel)) roster.add('tracker', other, channel, Infinity)
  }

  /** The LAN sees for itself who is there. */
  parted(channel: string, peer: Peer, reason: string): void {
    const { roster } = this.#options
    const id = addressKey(peer)
    if (roster.sources(id, channel).has('lan')) roster.remove('tracker', id, channel, reason)
    else roster.part(id, channel, reason)
  }

  /** We are in this channel no more. */
  forget(channel: string): void {
    this.#known.delete(channel)
  }
}
