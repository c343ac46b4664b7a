/**
 * Own messages that are open for peers that come into their channel: those that were said a moment ago. Invariant: no
 * more than half the queue of a recipient is open, however much is said.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LIMITS, TIMES } from '../../../chat/limits.ts'
import { DIRECT, type ChatMessage, type Peer, type PeerId, peerId } from '../../../chat/model.ts'

/** A message stays open for at most this time, however many newcomers follow each other: milliseconds. */
const MAX_OPEN = 5_000

/** An open message. */
export interface Open<Tracked> {
  readonly tracked: Tracked
  /** Its recipients so far. */
  readonly peers: Peer[]
  /** Unix time in milliseconds. */
  readonly saidAt: number
  until: number
}

export class Newcomers<Tracked extends { readonly message: ChatMessage }> {
  /** By id, in the order in which they were said. The other half of a newcomer's queue is for what is said next. */
  readonly #open = new BoundedMap<string, Open<Tracked>>(LIMITS.outbox / 2)

  /** Opens an own message. A message to a single peer is open for no other peer. */
  said(tracked: Tracked, recipients: readonly Peer[], now: number): void {
    const { message } = tracked
    if (message.channel === DIRECT) return
    this.#closeOldest(now)
    const until = now + TIMES.newcomer
    this.#open.set(message.id, { tracked, peers: [...recipients], saidAt: now, until })
  }

  /** The messages in a channel that this peer is to get as well. They stay open for others as long again. */
  openTo(newcomer: Peer, channel: string, now: number): readonly ChatMessage[] {
    this.#closeOld(now)
    const open = [...this.#open.values()].filter(
      ({ tracked, peers }) => tracked.message.channel === channel && !peers.some(isSamePeer(newcomer)),
    )
    for (const each of open) each.until = Math.min(now + TIMES.newcomer, each.saidAt + MAX_OPEN)
    return open.map(({ tracked }) => tracked.message)
  }

  /** Whether an open message is for this peer. */
  isRecipient(messageId: string, peer: Peer): boolean {
    return this.#open.get(messageId)?.peers.some((each) => peerId(each) === peerId(peer)) ?? false
  }

  /** A recipient is known by another id now. */
  rename(old: PeerId, peer: Peer): void {
    for (const { peers } of this.#open.values()) {
      const at = peers.findIndex((each) => peerId(each) === old)
      if (at !== -1) peers[at] = peer
    }
  }

  get(messageId: string): Open<Tracked> | undefined {
    return this.#open.get(messageId)
  }

  /** Milliseconds until no message is open, as far as is known now; 0 if none is. */
  closesIn(now: number): number {
    this.#closeOld(now)
    return Math.max(0, ...[...this.#open.values()].map(({ until }) => until - now))
  }

  /** For each message that is said: stops at the first that is still open, because hundreds may be. */
  #closeOldest(now: number): void {
    for (const [id, { until }] of this.#open) {
      if (until > now) return
      this.#open.delete(id)
    }
  }

  #closeOld(now: number): void {
    for (const [id, { until }] of this.#open) if (until <= now) this.#open.delete(id)
  }
}

/** Whether another entry is the same peer, possibly at another address. */
function isSamePeer(peer: Peer): (other: Peer) => boolean {
  return (other) =>
    peerId(other) === peerId(peer) || (peer.identity !== undefined && other.identity === peer.identity)
}
