/**
 * One message to many peers: a queue for each recipient. Invariant: no recipient holds up another for longer than the
 * patience of the caller. Delivered means answered with 200, or acknowledged, nothing less.
 */
import {
  type ChatMessage,
  type ClosedScope,
  type Peer,
  type Receipt,
  peerId,
  type PeerId,
} from '../../../chat/model.ts'
import { Newcomers } from './newcomers.ts'
import { RecipientQueue, type QueueOptions } from './recipient-queue.ts'
import { Settlements, type SettlementOptions } from './settlements.ts'
import { Tracked, itemFor, type Item } from './tracked-message.ts'
import type { ClosedId } from '../../../identity/closed-channel.ts'
import type { PendingMessage } from '../../../store/store.ts'

export type DeliveryOptions = QueueOptions & SettlementOptions

export class Delivery {
  readonly #options: DeliveryOptions
  /** By PeerId, and for messages of a closed channel by its id, too: they go over a connection of their own. */
  readonly #queues = new Map<string, RecipientQueue>()
  /** The closed channels of which messages wait for a peer. */
  readonly #rooms = new Map<PeerId, Set<ClosedId>>()
  readonly #settlements: Settlements
  readonly #newcomers = new Newcomers<Tracked>()
  #closed = false

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#settlements = new Settlements(options)
  }

  /** Queues a message; the first attempts leave at once. `hops`: how many peers will have relayed it, unless it is an own one. */
  send(message: ChatMessage, recipients: readonly Peer[], hops?: number): Receipt {
    const now = this.#options.clock.now()
    const tracked = new Tracked(message, hops, recipients.length, recipients, false)
    if (!tracked.isRelayed && recipients.length > 0) this.#settlements.track(tracked)
    if (!tracked.isRelayed) this.#newcomers.said(tracked, recipients, now)
    const item = itemFor(tracked, now, now)
    for (const peer of recipients) this.#enqueue(peer, item)
    if (recipients.length === 0) this.#settlements.emitReceipt(tracked)
    return tracked.receipt
  }

  /** An own message has its signature: recipients that do not have it yet get both together. */
  signed(messageId: string, signature: string): void {
    const tracked = this.#settlements.tracked(messageId) ?? this.#newcomers.get(messageId)?.tracked
    if (tracked !== undefined) tracked.message = { ...tracked.message, signature }
  }

  // --- newcomers ------------------------------------------------------------------------------------

  /**
   * The own messages in a channel that this peer, which came just now, is to get as well: those of the last
   * TIMES.newcomer.
   */
  openTo(newcomer: Peer, channel: string): readonly ChatMessage[] {
    return this.#newcomers.openTo(newcomer, channel, this.#options.clock.now())
  }

  /** One more recipient of a message that openTo() has named. */
  extend(messageId: string, newcomer: Peer): void {
    const open = this.#newcomers.get(messageId)
    if (open === undefined) return
    const { tracked, peers, saidAt } = open
    peers.push(newcomer)
    tracked.recipients++
    tracked.waiting.set(peerId(newcomer), newcomer)
    this.#settlements.track(tracked)
    this.#enqueue(newcomer, itemFor(tracked, saidAt, saidAt))
  }

  /** Resolves when no newcomer gets a message that was said so far. */
  async closedToNewcomers(): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const ms = this.#newcomers.closesIn(clock.now())
      if (ms === 0 || this.#closed) return
      await this.#settlements.moved(ms)
    }
  }

  // --- what waits -----------------------------------------------------------------------------------

  /** Queues own messages of before, to be tried or tried again: each in its place among the others. */
  resume(unsettled: readonly PendingMessage[]): void {
    for (const { message, recipients, saidAt, queuedAt, waiting, failed } of unsettled) {
      const known = this.#settlements.tracked(message.id)
      const tracked = known ?? new Tracked(message, undefined, recipients, waiting, true)
      const wanted =
        known === undefined ? waiting : waiting.filter((peer) => !known.waiting.has(peerId(peer)))
      if (wanted.length === 0) continue
      tracked.failed = [...failed]
      if (known === undefined) tracked.delivered = recipients - waiting.length - failed.length
      this.#settlements.track(tracked)
      const item = itemFor(tracked, saidAt, queuedAt)
      for (const peer of wanted) {
        tracked.waiting.set(peerId(peer), peer)
        this.#settlements.begin(tracked)
        this.#queue(peer, message.closed).insert(item)
      }
      this.#settlements.emitReceipt(tracked)
    }
    for (const queue of this.#queues.values()) queue.advance()
  }

  /** The receipt of an own message that waits for a recipient; undefined if it does not. */
  receipt(messageId: string): Receipt | undefined {
    return this.#settlements.tracked(messageId)?.receipt
  }

  /** A peer is back, or has a new name or address: its messages are tried now. */
  wake(peer: Peer): void {
    for (const queue of this.#queuesOf(peerId(peer))) queue.wake(peer)
  }

  /** What waits for an address is for this peer, which has proved its key. */
  adopt(old: PeerId, peer: Peer): void {
    const queue = this.#queues.get(old)
    this.#queues.delete(old)
    for (const item of queue?.handOver() ?? []) {
      const hasIt = this.#newcomers.isRecipient(item.message.id, peer)
      if (this.#settlements.rename(item.tracked, old, peer, hasIt)) this.#queue(peer).insert(item)
    }
    this.#newcomers.rename(old, peer)
    this.#queues.get(peerId(peer))?.wake(peer)
  }

  /** A peer is no longer in any channel: its messages hold up no others. */
  left(peer: Peer): void {
    for (const queue of this.#queuesOf(peerId(peer))) queue.left()
    this.#settlements.signalMoved()
  }

  /** Messages times recipients without an answer yet; without those that waited when this program started. */
  get waiting(): number {
    return this.#settlements.waiting
  }

  /** Resolves when nothing waits any longer, at the latest in `ms` milliseconds; true if nothing does. */
  async settled(ms: number): Promise<boolean> {
    return await this.#settlements.settled(ms)
  }

  /**
   * Resolves when there is room for more: when no queue is more than half full, apart from those of recipients that have
   * left, or have taken nothing for `patience` milliseconds. Held channels have a patience of their own: messages that
   * their recipient takes in other channels do not renew it.
   */
  async room(patience: number): Promise<void> {
    await this.#movingOn(({ fullSince }) => fullSince, patience)
  }

  /**
   * Resolves when no own message waits any longer, or when no recipient of those that wait has taken or refused one for
   * `patience` milliseconds, counted from now at the earliest; true if none waits. Relayed messages are not waited for:
   * there may be no end to them.
   */
  async drained(patience: number): Promise<boolean> {
    const now = this.#options.clock.now()
    await this.#movingOn(({ movedAt }) => Math.max(movedAt, now), patience)
    return !this.#closed && this.#withNew().length === 0
  }

  /**
   * Waits for the queues that hold the caller up, as long as one of them moves within `patience` milliseconds.
   * `stalledSince`: when a queue moved last; undefined if it holds nothing up.
   */
  async #movingOn(
    stalledSince: (queue: RecipientQueue) => number | undefined,
    patience: number,
  ): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const since = this.#withNew().map((queue) => stalledSince(queue) ?? -Infinity)
      const left = Math.max(...since) + patience - clock.now()
      if (!(left > 0)) return
      await this.#settlements.moved(left)
    }
  }

  /** The queues with own messages that were said since this program started. */
  #withNew(): RecipientQueue[] {
    return [...this.#queues.values()].filter(({ hasNew }) => hasNew)
  }

  /** Ends all attempts, and all waiting for them. */
  close(): void {
    this.#closed = true
    for (const queue of this.#queues.values()) queue.close()
    this.#queues.clear()
    this.#settlements.close()
  }

  #enqueue(peer: Peer, item: Item): void {
    const queue = this.#queue(peer, item.message.closed)
    this.#settlements.begin(item.tracked)
    if (!queue.hasRoomFor(item)) {
      this.#settlements.settle(peer, item.tracked, 'too many messages wait for this peer')
      return
    }
    queue.push(item)
    queue.advance()
  }

  /** `closed`: only for a message of a closed channel. */
  #queue(peer: Peer, closed?: ClosedScope): RecipientQueue {
    const id = peerId(peer)
    const key = closed === undefined ? id : roomKey(id, closed.id)
    const known = this.#queues.get(key)
    if (known !== undefined) return known
    const queue = new RecipientQueue(peer, this.#options, this.#settlements, () => {
      this.#queues.delete(key)
      if (closed !== undefined) this.#forgetRoom(id, closed.id)
    })
    if (this.#closed) queue.close()
    this.#queues.set(key, queue)
    if (closed !== undefined) this.#rooms.set(id, (this.#rooms.get(id) ?? new Set()).add(closed.id))
    return queue
  }

  #forgetRoom(id: PeerId, room: ClosedId): void {
    const rooms = this.#rooms.get(id)
    if (rooms?.delete(room) === true && rooms.size === 0) this.#rooms.delete(id)
  }

  #queuesOf(id: PeerId): RecipientQueue[] {
    const rooms = this.#rooms.get(id)
    const keys = rooms === undefined ? [id] : [id, ...[...rooms].map((room) => roomKey(id, room))]
    return keys.flatMap((key) => this.#queues.get(key) ?? [])
  }
}

function roomKey(id: PeerId, room: ClosedId): string {
  return `${id} ${room}`
}
