/**
 * The messages that wait for one recipient, and the requests that are under way to it.
 *
 * Invariant: own messages arrive in the order in which they were said, in each channel. The requests follow each other
 * on one connection, and when one of them fails for now, nothing more leaves until all of them are answered; then what
 * did not get there is tried again, in order. A recipient that is not known to take several gets one at a time. What
 * gathers while that many are in flight goes together, so a slow answer costs no throughput. A datagram whose
 * acknowledgement is open holds up nothing.
 */
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { HeldChannels } from './held-channels.ts'
import { retryPause } from './retry-pause.ts'
import { insert, type Item } from './tracked-message.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Peer } from '../../chat/model.ts'
import type { DeliveryResult, Failure, QueuedMessage } from './delivery-result.ts'
import type { Settlements } from './settlements.ts'

export interface QueueOptions {
  /**
   * Tries these messages, in one request; resolves to what came of each, in order. What follows one that is to be
   * tried again was not tried. `behind` so many requests that are under way to the same recipient: when one of those
   * did not get there, this one must not.
   */
  readonly transmit: (
    to: Peer,
    parcels: readonly QueuedMessage[],
    behind: number,
  ) => Promise<readonly DeliveryResult[]>
  /** Whether it is known to take several messages in one request, and several requests before it has answered. */
  readonly takesSeveral: (to: Peer) => boolean
  readonly clock: Clock
  /** Between 0 and 1. */
  readonly random: () => number
  /** How long a message is tried, in milliseconds. */
  readonly giveUp?: number
}

/** One request. */
interface InFlightRequest {
  /** Without those that are settled. */
  readonly items: Item[]
  isAnswered: boolean
}

/** The answer is about fewer messages than were sent. */
const NOT_JUDGED: Failure = { ok: false, final: false, reason: 'its answer leaves it open', atOnce: true }

export class RecipientQueue {
  readonly #options: QueueOptions
  readonly #settlements: Settlements
  /** Nothing waits any more. */
  readonly #onEmpty: () => void
  #peer: Peer
  /** What waits, without what is in flight and without what is held. */
  readonly #items: Item[] = []
  readonly #held: HeldChannels
  /** In the order in which they left. */
  #flights: InFlightRequest[] = []
  /** The first of these that failed for now: no more leave until all are answered. */
  #failure: Failure | undefined
  /** What has left and is to be confirmed. */
  readonly #confirming = new Set<Item>()
  /** Messages and bytes, of what waits, what is held, what is in flight and what is to be confirmed. */
  #count = 0
  #bytes = 0
  #attempts = 0
  #movedAt: number
  /** Since it moved, it was given the time for which it said that it is busy. */
  #isExcused = false
  /** Its recipient is in no channel any more: nothing that is said there is added. */
  #isAway = false
  /** Since something got there, it was tried again at once. */
  #isHurried = false
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
   * When its recipient took or refused something last, or something began to wait, in milliseconds of our clock; later
   * while its recipient has said that it is busy. A sign of life is no progress: a peer that only writes to us is waited
   * for no longer than others.
   */
  get movedAt(): number {
    return this.#movedAt
  }

  /**
   * When it moved last, if so much of it waits that nothing more is to be said; undefined when there is room, and when
   * its recipient has left.
   */
  get fullSince(): number | undefined {
    const held = this.#held
    if (this.#isAway) return undefined
    if (isHalfFull(this.#count - held.count, this.#bytes - held.bytes)) return this.#movedAt
    return isHalfFull(this.#count, this.#bytes) ? held.stalledSince : undefined
  }

  /** Whether something of it is an own message that was said since this program was started. */
  get hasNew(): boolean {
    const isNew = ({ tracked }: Item): boolean => !tracked.isOld && !tracked.isPassedOn
    const inFlight = this.#flights.flatMap(({ items }) => items)
    return [...this.#items, ...this.#held.items, ...this.#confirming, ...inFlight].some(isNew)
  }

  /** Whether one more message may wait. */
  hasRoomFor({ bytes }: Item): boolean {
    return this.#count < LIMITS.outbox && this.#bytes + bytes <= LIMITS.outboxBytes
  }

  /** What is said now, behind all that waits. */
  push(item: Item): void {
    if (this.#held.holds(item)) this.#held.add(item)
    else this.#items.push(item)
    this.#add(item)
  }

  /** What was said before, in its place among the others. */
  insert(item: Item): void {
    this.#place(item)
    this.#add(item)
  }

  /** Its recipient is back, or has a new name or address: what waits for it is tried now. */
  wake(peer: Peer): void {
    this.#peer = peer
    this.#attempts = 0
    this.#isAway = false
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#held.wake()
    this.advance()
  }

  /** Its recipient is in no channel any more. */
  left(): void {
    this.#isAway = true
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    this.#held.close()
  }

  /** Lets go what waits, as far as requests may be under way. */
  advance(): void {
    const { transmit, takesSeveral } = this.#options
    while (this.#items.length > 0 && this.#failure === undefined && this.#cancelRetry === undefined) {
      const isSeveral = takesSeveral(this.#peer)
      const behind = this.#flights.length
      if (behind >= (isSeveral ? LIMITS.inFlight : 1) || this.#closed) return
      const items = this.#items.splice(0, isSeveral ? fitting(this.#items) : 1)
      const flight = { items, isAnswered: false }
      this.#flights.push(flight)
      transmit(this.#peer, [...items], behind).then(
        (outcomes) => {
          this.#answered(flight, outcomes)
        },
        (error: unknown) => {
          this.#answered(flight, [{ ok: false, final: true, reason: String(error) }])
        },
      )
    }
  }

  #answered(flight: InFlightRequest, outcomes: readonly DeliveryResult[]): void {
    flight.isAnswered = true
    if (this.#closed) return
    const failure = this.#settleAll(flight, outcomes)
    if (failure !== undefined && this.#failure === undefined) this.#failure = failure
    if (this.#failure === undefined) {
      this.#flights.splice(this.#flights.indexOf(flight), 1)
      this.advance()
    } else if (this.#flights.every(({ isAnswered }) => isAnswered)) {
      // What did not get there goes back to where it was.
      this.#items.unshift(...this.#flights.flatMap(({ items }) => items))
      this.#sift()
      this.#retry(this.#failure)
    }
    this.#endIfEmpty()
  }

  /** Those that got there, and those that never will; returns why the others did not. */
  #settleAll({ items }: InFlightRequest, outcomes: readonly DeliveryResult[]): Failure | undefined {
    for (const outcome of outcomes) {
      const [item] = items
      if (item === undefined) return undefined
      if (!outcome.ok && !outcome.final) return outcome
      items.shift()
      this.#attempts = 0
      if (!outcome.ok && outcome.isNotJoined === true) {
        this.#notJoined(item, outcome)
        continue
      }
      this.#isHurried = false
      if (outcome.ok || this.#held.isOnTrial(item)) this.#putBack(item)
      if (outcome.ok && outcome.later !== undefined) this.#await(item, outcome.later)
      else this.#settleOne(item, outcome)
    }
    return items.length > 0 ? NOT_JUDGED : undefined
  }

  /** The recipient is not in the channel: the channel is held, and what waited there for too long fails. */
  #notJoined(item: Item, outcome: Failure): void {
    const held = this.#held
    const isOver = (each: Item): boolean => !held.mayJoin(each) || this.#isExpired(each)
    const over = isOver(item) ? [item] : []
    if (over.length === 0) {
      if (held.refused(item, this.#movedAt)) this.#settlements.tell(item.tracked)
      this.#sift()
    }
    for (const each of [...over, ...held.giveUp(item, isOver)]) this.#giveUp(each, outcome.reason)
  }

  #settleOne(item: Item, outcome: DeliveryResult): void {
    this.#release(item)
    if (!item.tracked.isPassedOn) {
      this.#movedAt = this.#options.clock.now()
      this.#isExcused = false
    }
    if (outcome.ok && outcome.unconfirmed === true) item.tracked.unconfirmed++
    this.#settlements.settle(this.#peer, item.tracked, outcome.ok ? undefined : outcome.reason)
  }

  /** Its time is over: no progress of its recipient. */
  #giveUp(item: Item, reason: string): void {
    if (this.#held.isOnTrial(item)) this.#putBack(item)
    this.#release(item)
    this.#settlements.settle(this.#peer, item.tracked, reason)
  }

  #await(item: Item, later: Promise<DeliveryResult>): void {
    this.#confirming.add(item)
    later.then(
      (outcome) => {
        this.#confirmed(item, outcome)
      },
      (error: unknown) => {
        this.#confirmed(item, { ok: false, final: true, reason: String(error) })
      },
    )
  }

  /** What did not get there for now is tried again, in its place among the others. */
  #confirmed(item: Item, outcome: DeliveryResult): void {
    this.#confirming.delete(item)
    if (this.#closed) return
    if (outcome.ok || outcome.final) this.#settleOne(item, outcome)
    else {
      this.#place(item)
      if (this.#flights.length === 0 && this.#cancelRetry === undefined) this.#retry(outcome)
    }
    this.#endIfEmpty()
  }

  /** What has waited for too long fails; the rest is tried again after a pause. */
  #retry({ reason, after = 0, atOnce = false }: Failure): void {
    const { clock, random } = this.#options
    this.#flights = []
    this.#failure = undefined
    const expired = this.#items.filter((item) => this.#isExpired(item))
    this.#items.splice(0, Infinity, ...this.#items.filter((item) => !expired.includes(item)))
    for (const item of expired) this.#giveUp(item, reason)
    const [next] = this.#items
    if (next === undefined) return
    if (atOnce && !this.#isHurried) {
      this.#isHurried = true
      this.advance()
      return
    }
    // Busy is not stuck; a recipient that is busy for ever is.
    if (!this.#isExcused) this.#movedAt = Math.max(this.#movedAt, clock.now() + after)
    this.#isExcused = true
    if (this.#attempts === 0) this.#settlements.tell(next.tracked)
    const pause = retryPause(this.#attempts++, random)
    this.#cancelRetry = clock.after(Math.max(pause, after), () => {
      this.#cancelRetry = undefined
      this.advance()
    })
  }

  #isExpired({ queuedAt, tracked }: Item): boolean {
    const { clock, giveUp = TIMES.giveUp } = this.#options
    return clock.now() - queuedAt >= (tracked.isPassedOn ? Math.min(giveUp, TIMES.passOn) : giveUp)
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

  /** In its place among those that wait, or among those of its channel when that is held. */
  #place(item: Item): void {
    if (this.#held.holds(item)) this.#held.add(item)
    else insert(this.#items, item)
  }

  /** What belongs to a held channel waits there. */
  #sift(): void {
    for (const item of this.#items.splice(0)) {
      if (this.#held.holds(item)) this.#held.add(item)
      else this.#items.push(item)
    }
  }

  /** The channel of this message is held no longer. */
  #putBack({ message }: Item): void {
    for (const item of this.#held.release(message.channel)) insert(this.#items, item)
  }
}

/** How many from the start fit into one request. */
function fitting(items: readonly Item[]): number {
  let length = 0
  const end = items
    .slice(0, LIMITS.batch)
    .findIndex(({ body }) => (length += body.length) > LIMITS.batchCharacters)
  return end === -1 ? LIMITS.batch : Math.max(1, end)
}

/** Half is left for those who say something else meanwhile. */
function isHalfFull(messages: number, bytes: number): boolean {
  return 2 * messages >= LIMITS.outbox || 2 * bytes >= LIMITS.outboxBytes
}
