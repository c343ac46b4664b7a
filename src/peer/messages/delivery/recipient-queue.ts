/**
 * The messages that wait for one recipient, and the requests in flight to it.
 *
 * Invariant: own messages arrive in the order in which they were said, in each channel. The requests follow each other
 * on one connection; after a failure nothing is sent until all in-flight requests are answered, and then the messages
 * that did not get there are tried again, in order. A recipient that is not known to support batches gets one message
 * at a time. Messages that gather while requests are in flight leave together, so a slow answer costs no throughput. A
 * datagram whose acknowledgement is open holds up nothing.
 */
import { LIMITS, TIMES } from '../../../chat/limits.ts'
import { HeldChannels } from './held-channels.ts'
import { retryPause } from './retry-pause.ts'
import { insert, type Item } from './tracked-message.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Peer } from '../../../chat/model.ts'
import type { Random } from '../../../chat/random.ts'
import type { DeliveryResult, Failure, Transport } from './delivery-result.ts'
import type { Settlements } from './settlements.ts'

export interface QueueOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** How long a message is tried, in milliseconds; TIMES.giveUp by default. */
  readonly giveUp?: number | undefined
}

/** One request. */
interface InFlightRequest {
  /** Its messages that are not settled yet. */
  readonly items: Item[]
  isAnswered: boolean
}

/** The answer has fewer results than messages were sent. */
const WITHOUT_RESULT: Failure = {
  ok: false,
  final: false,
  reason: 'its answer leaves it open',
  immediate: true,
}

export class RecipientQueue {
  readonly #options: QueueOptions
  readonly #settlements: Settlements
  /** Called when nothing waits any longer. */
  readonly #onEmpty: () => void
  #peer: Peer
  /** Messages that wait, without those in flight and those of held channels. */
  readonly #items: Item[] = []
  readonly #held: HeldChannels
  /** Requests in flight, in the order in which they left. */
  #flights: InFlightRequest[] = []
  /** Why the first of these failed for now: no more leave until all are answered. */
  #failure: Failure | undefined
  /** Messages that have left and are to be confirmed. */
  readonly #confirming = new Set<Item>()
  /** Messages, and their bytes, that wait, are held, are in flight or are to be confirmed. */
  #count = 0
  #bytes = 0
  #attempts = 0
  #movedAt: number
  /** Since it moved, it was granted the time for which it said that it is busy. */
  #isExcused = false
  /** Its recipient is no longer in any channel: nothing that is said there is added. */
  #isAway = false
  /** It was retried immediately since a message got there. */
  #retriedImmediately = false
  #cancelRetry: (() => void) | undefined
  #closed = false

  constructor(peer: Peer, options: QueueOptions, settlements: Settlements, onEmpty: () => void) {
    const { clock, random } = options
    const onTrial = (item: Item): void => {
      insert(this.#items, item)
      this.advance()
    }
    this.#peer = peer
    this.#options = options
    this.#settlements = settlements
    this.#onEmpty = onEmpty
    this.#held = new HeldChannels({ clock, random, onTrial })
    this.#movedAt = clock.now()
  }

  /**
   * When its recipient took or refused a message last, or one began to wait, in milliseconds of the clock; later while
   * its recipient has said that it is busy. A sign of life is no progress: a recipient that only writes is waited for no
   * longer than others.
   */
  get movedAt(): number {
    return this.#movedAt
  }

  /** When it moved last, if it is so full that nothing more is to be said; undefined if it has room or its recipient left. */
  get fullSince(): number | undefined {
    const held = this.#held
    if (this.#isAway) return undefined
    if (isHalfFull(this.#count - held.count, this.#bytes - held.bytes)) return this.#movedAt
    return isHalfFull(this.#count, this.#bytes) ? held.stalledSince : undefined
  }

  /** Whether an own message waits that was said since this program started. */
  get hasNew(): boolean {
    const isNew = ({ tracked }: Item): boolean => !tracked.isOld && !tracked.isRelayed
    const inFlight = this.#flights.flatMap(({ items }) => items)
    return [...this.#items, ...this.#held.items, ...this.#confirming, ...inFlight].some(isNew)
  }

  /** Whether this message may wait as well. */
  hasRoomFor({ bytes }: Item): boolean {
    return this.#count < LIMITS.outbox && this.#bytes + bytes <= LIMITS.outboxBytes
  }

  /** Adds a new message, behind all that wait. */
  push(item: Item): void {
    if (this.#held.holds(item)) this.#held.add(item)
    else this.#items.push(item)
    this.#add(item)
  }

  /** Adds an older message, in its place among the others. */
  insert(item: Item): void {
    this.#place(item)
    this.#add(item)
  }

  /** Its recipient is back, or has a new name or address: its messages are tried now. */
  wake(peer: Peer): void {
    this.#peer = peer
    this.#attempts = 0
    this.#isAway = false
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#held.wake()
    this.advance()
  }

  /** Its recipient is no longer in any channel. */
  left(): void {
    this.#isAway = true
  }

  /** Ends, and returns what is not settled, which another queue sends again. */
  handOver(): readonly Item[] {
    const inFlight = this.#flights.flatMap(({ items }) => items)
    const left = [...inFlight, ...this.#items, ...this.#held.items, ...this.#confirming]
    this.close()
    return left
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    this.#held.close()
  }

  /** Sends messages that wait, as long as further requests may be in flight. */
  advance(): void {
    const { transport } = this.#options
    while (this.#items.length > 0 && this.#failure === undefined && this.#cancelRetry === undefined) {
      const inBatches = transport.supportsBatch(this.#peer)
      const inFlight = this.#flights.length
      if (inFlight >= (inBatches ? LIMITS.inFlight : 1) || this.#closed) return
      const items = this.#items.splice(0, inBatches ? fitting(this.#items) : 1)
      const flight = { items, isAnswered: false }
      this.#flights.push(flight)
      transport.send(this.#peer, [...items], inFlight).then(
        (results) => {
          this.#answered(flight, results)
        },
        (error: unknown) => {
          this.#answered(flight, [{ ok: false, final: true, reason: String(error) }])
        },
      )
    }
  }

  #answered(flight: InFlightRequest, results: readonly DeliveryResult[]): void {
    flight.isAnswered = true
    if (this.#closed) return
    const failure = this.#settleAll(flight, results)
    if (failure !== undefined && this.#failure === undefined) this.#failure = failure
    if (this.#failure === undefined) {
      this.#flights.splice(this.#flights.indexOf(flight), 1)
      this.advance()
    } else if (this.#flights.every(({ isAnswered }) => isAnswered)) {
      // Messages that did not get there go back to where they were.
      this.#items.unshift(...this.#flights.flatMap(({ items }) => items))
      this.#sift()
      this.#retry(this.#failure)
    }
    this.#endIfEmpty()
  }

  /** Settles messages that got there, or never will; returns why the others did not. */
  #settleAll({ items }: InFlightRequest, results: readonly DeliveryResult[]): Failure | undefined {
    for (const result of results) {
      const [item] = items
      if (item === undefined) return undefined
      if (!result.ok && !result.final) return result
      items.shift()
      this.#attempts = 0
      if (!result.ok && result.isNotJoined === true) {
        this.#notJoined(item, result)
        continue
      }
      this.#retriedImmediately = false
      if (result.ok || this.#held.isOnTrial(item)) this.#putBack(item)
      if (result.ok && result.later !== undefined) this.#await(item, result.later)
      else this.#settleOne(item, result)
    }
    return items.length > 0 ? WITHOUT_RESULT : undefined
  }

  /** The recipient is not in the channel: the channel is held, and messages that waited there for too long fail. */
  #notJoined(item: Item, { reason }: Failure): void {
    const held = this.#held
    const isOver = (each: Item): boolean => !held.mayJoin(each) || this.#isExpired(each)
    const over = isOver(item) ? [item] : []
    if (over.length === 0) {
      if (held.refused(item, this.#movedAt)) this.#settlements.emitReceipt(item.tracked)
      this.#sift()
    }
    for (const each of [...over, ...held.giveUp(item, isOver)]) this.#giveUp(each, reason)
  }

  #settleOne(item: Item, result: DeliveryResult): void {
    this.#release(item)
    if (!item.tracked.isRelayed) {
      this.#movedAt = this.#options.clock.now()
      this.#isExcused = false
    }
    if (result.ok && result.unconfirmed === true) item.tracked.unconfirmed++
    this.#settlements.settle(this.#peer, item.tracked, result.ok ? undefined : result.reason)
  }

  /** Fails a message whose time is over, which is no progress of its recipient. */
  #giveUp(item: Item, reason: string): void {
    if (this.#held.isOnTrial(item)) this.#putBack(item)
    this.#release(item)
    this.#settlements.settle(this.#peer, item.tracked, reason)
  }

  #await(item: Item, later: Promise<DeliveryResult>): void {
    this.#confirming.add(item)
    later.then(
      (result) => {
        this.#confirmed(item, result)
      },
      (error: unknown) => {
        this.#confirmed(item, { ok: false, final: true, reason: String(error) })
      },
    )
  }

  /** A message that did not get there for now is tried again, in its place among the others. */
  #confirmed(item: Item, result: DeliveryResult): void {
    this.#confirming.delete(item)
    if (this.#closed) return
    if (result.ok || result.final) this.#settleOne(item, result)
    else {
      this.#place(item)
      if (this.#flights.length === 0 && this.#cancelRetry === undefined) this.#retry(result)
    }
    this.#endIfEmpty()
  }

  /** Fails messages that have waited for too long; the others are tried again after a pause. */
  #retry({ reason, after = 0, immediate = false }: Failure): void {
    const { clock, random } = this.#options
    this.#flights = []
    this.#failure = undefined
    const expired = this.#items.filter((item) => this.#isExpired(item))
    this.#items.splice(0, Infinity, ...this.#items.filter((item) => !expired.includes(item)))
    for (const item of expired) this.#giveUp(item, reason)
    const [next] = this.#items
    if (next === undefined) return
    if (immediate && !this.#retriedImmediately) {
      this.#retriedImmediately = true
      this.advance()
      return
    }
    // A busy recipient is not stuck; one that is busy for ever is.
    if (!this.#isExcused) this.#movedAt = Math.max(this.#movedAt, clock.now() + after)
    this.#isExcused = true
    if (this.#attempts === 0) this.#settlements.emitReceipt(next.tracked)
    const pause = retryPause(this.#attempts++, random)
    this.#cancelRetry = clock.after(Math.max(pause, after), () => {
      this.#cancelRetry = undefined
      this.advance()
    })
  }

  #isExpired({ queuedAt, tracked }: Item): boolean {
    const { clock, giveUp = TIMES.giveUp } = this.#options
    return clock.now() - queuedAt >= (tracked.isRelayed ? Math.min(giveUp, TIMES.passOn) : giveUp)
  }

  #endIfEmpty(): void {
    if (this.#count === 0 && this.#flights.length === 0) this.#onEmpty()
  }

  #add({ bytes }: Item): void {
    this.#count++
    this.#bytes += bytes
  }

  #release(item: Item): void {
    this.#count--
    this.#bytes -= item.bytes
    this.#held.forget(item)
  }

  /** Puts a message in its place among those that wait, or among those of its channel if that is held. */
  #place(item: Item): void {
    if (this.#held.holds(item)) this.#held.add(item)
    else insert(this.#items, item)
  }

  /** Moves the messages of held channels there. */
  #sift(): void {
    for (const item of this.#items.splice(0)) {
      if (this.#held.holds(item)) this.#held.add(item)
      else this.#items.push(item)
    }
  }

  /** The channel of this message is no longer held. */
  #putBack({ message }: Item): void {
    for (const item of this.#held.release(message.channel)) insert(this.#items, item)
  }
}

/** How many messages from the start fit into one request. */
function fitting(items: readonly Item[]): number {
  let length = 0
  const end = items
    .slice(0, LIMITS.batch)
    .findIndex(({ body }) => (length += body.length) > LIMITS.batchCharacters)
  return end === -1 ? LIMITS.batch : Math.max(1, end)
}

/** Half of the room is left for what is said elsewhere meanwhile. */
function isHalfFull(messages: number, bytes: number): boolean {
  return 2 * messages >= LIMITS.outbox || 2 * bytes >= LIMITS.outboxBytes
}
