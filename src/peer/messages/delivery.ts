/**
 * One message -> many peers: a queue for each recipient, a few requests in flight on it, receipts, back-off.
 * Pure: how to transmit, the time and the randomness are passed in.
 *
 * Messages to one recipient arrive in the order they were said: its requests follow each other on one connection, and
 * when one of them fails for now, nothing more leaves until all of them are answered; then what has not got there is
 * tried again, in order. Somebody who is not known to take several gets one at a time. What gathers while that many
 * are in flight goes together, so a slow answer costs no throughput. Delivered means answered with 200, or acknowledged,
 * nothing less. A datagram whose acknowledgement is open holds up nothing.
 *
 * A recipient that was started again is back before its user has joined its channels again. A channel that it refuses
 * for that reason is held, so that it holds up no other, until the recipient has had time to join.
 */
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { addressKey, type ChatMessage, type Peer, type AddressKey, type Receipt } from '../../chat/model.ts'
import { HeldChannels } from './held-channels.ts'
import { Newcomers } from './newcomers.ts'
import { retryPause } from './retry-pause.ts'
import { Tracked, insert, itemFor, type Item } from './tracked-message.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PendingMessage } from '../../store/store.ts'
import type { DeliveryResult, Failure, QueuedMessage } from './delivery-result.ts'

export interface DeliveryOptions {
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
  readonly onReceipt: (receipt: Receipt) => void
  /** A message of ours is done with for one recipient; `failure`: why it did not get there. */
  readonly onSettled: (messageId: string, recipient: AddressKey, failure: string | undefined) => void
  /** How long a message is tried, in milliseconds. */
  readonly giveUp?: number
}

/** One request. */
interface InFlightRequest {
  /** Without those that are settled. */
  readonly items: Item[]
  isAnswered: boolean
}

interface Queue {
  peer: Peer
  /** What waits, without what is in flight and without what is held. */
  readonly items: Item[]
  readonly held: HeldChannels
  /** In the order in which they left. */
  flights: InFlightRequest[]
  /** The first of these that failed for now: no more leave until all are answered. */
  failure: Failure | undefined
  /** What has left and is to be confirmed. */
  readonly confirming: Set<Item>
  /** Messages and bytes, of what waits, what is in flight and what is to be confirmed. */
  count: number
  bytes: number
  attempts: number
  /**
   * When its recipient took or refused something last, or something began to wait; later while its recipient has said
   * that it is busy. A sign of life is no progress: a peer that only writes to us is waited for no longer than others.
   */
  movedAt: number
  /** Since then it was given the time for which it said that it is busy. */
  isExcused: boolean
  /** Its recipient is in no channel any more: nothing that is said there is added. */
  isAway: boolean
  /** Since something got there, it was tried again at once. */
  isHurried: boolean
  cancelRetry: (() => void) | undefined
}

/** The answer is about fewer messages than were sent. */
const NOT_JUDGED: Failure = { ok: false, final: false, reason: 'its answer leaves it open', atOnce: true }

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #queues = new Map<AddressKey, Queue>()
  /** Messages of ours that wait for somebody, by id. */
  readonly #tracked = new Map<string, Tracked>()
  readonly #newcomers = new Newcomers<Tracked>()
  #waiting = 0
  #idle: (() => void)[] = []
  /** Told when a queue has moved. */
  readonly #watching = new Set<() => void>()
  #closed = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Queues a message; the first attempts leave at once. */
  send(message: ChatMessage, recipients: readonly Peer[]): Receipt {
    const now = this.#options.clock.now()
    const tracked = new Tracked(message, recipients.length, recipients, false)
    if (!tracked.isPassedOn && recipients.length > 0) this.#tracked.set(message.id, tracked)
    if (!tracked.isPassedOn) this.#newcomers.said(tracked, recipients, now)
    const item = itemFor(tracked, now, now)
    for (const peer of recipients) this.#enqueue(peer, item)
    if (recipients.length === 0) this.#tell(tracked)
    return tracked.receipt
  }

  // --- newcomers ------------------------------------------------------------------------------------

  /**
   * The own messages in a channel that this peer, which has come just now, is to get as well: those that were said
   * within TIMES.newcomer.
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
    tracked.waiting.set(addressKey(newcomer), newcomer)
    this.#tracked.set(messageId, tracked)
    this.#enqueue(newcomer, itemFor(tracked, saidAt, saidAt))
  }

  /** Resolves when no newcomer gets anything that was said so far. */
  async closedToNewcomers(): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const ms = this.#newcomers.closesIn(clock.now())
      if (ms === 0 || this.#closed) return
      await this.#moved(ms)
    }
  }

  // --- what waits -----------------------------------------------------------------------------------

  /** Messages of ours that were said before and are to be tried, or tried again: each in its place among the others. */
  resume(unsettled: readonly PendingMessage[]): void {
    for (const { message, recipients, saidAt, queuedAt, waiting, failed } of unsettled) {
      const known = this.#tracked.get(message.id)
      const tracked = known ?? new Tracked(message, recipients, waiting, true)
      const wanted =
        known === undefined ? waiting : waiting.filter((peer) => !known.waiting.has(addressKey(peer)))
      if (wanted.length === 0) continue
      tracked.failed = [...failed]
      if (known === undefined) tracked.delivered = recipients - waiting.length - failed.length
      this.#tracked.set(message.id, tracked)
      const item = itemFor(tracked, saidAt, queuedAt)
      for (const peer of wanted) {
        tracked.waiting.set(addressKey(peer), peer)
        if (!tracked.isOld) this.#waiting++
        const queue = this.#queue(peer)
        place(queue, item)
        count(queue, item)
      }
      this.#tell(tracked)
    }
    for (const queue of this.#queues.values()) this.#advance(queue)
  }

  /** How a message of ours fares that waits for somebody; undefined when it does not. */
  receipt(messageId: string): Receipt | undefined {
    return this.#tracked.get(messageId)?.receipt
  }

  /** A peer is back, or has a new name or address: what waits for it is tried now. */
  wake(peer: Peer): void {
    const queue = this.#queues.get(addressKey(peer))
    if (queue === undefined) return
    queue.peer = peer
    queue.attempts = 0
    queue.isAway = false
    queue.cancelRetry?.()
    queue.cancelRetry = undefined
    queue.held.wake()
    this.#advance(queue)
  }

  /** A peer is in no channel any more: what waits for it holds up nothing else. */
  left(peer: Peer): void {
    const queue = this.#queues.get(addressKey(peer))
    if (queue === undefined) return
    queue.isAway = true
    this.#tellMoved()
  }

  /** Messages times recipients that have no answer yet; without those that waited when we were started. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when nothing waits any more, at the latest in `ms` milliseconds; true when nothing does. */
  async settled(ms: number): Promise<boolean> {
    if (this.#waiting === 0) return true
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#idle.push(() => {
        cancel()
        resolve()
      })
    })
    return this.#waiting === 0
  }

  /**
   * Resolves when there is room for more: when no recipient has more than half of what may wait for it, apart from
   * those that have left, and those that have taken nothing for `patience` milliseconds. What is held has a patience of
   * its own: what its recipient takes of other channels does not renew it.
   */
  async room(patience: number): Promise<void> {
    await this.#movingOn((queue) => (queue.isAway ? undefined : fullSince(queue)), patience)
  }

  /**
   * Resolves when no own message waits any longer, or when no recipient for which one waits has taken or refused
   * anything for `patience` milliseconds, counted from now at the earliest; true when none waits. What is only passed
   * on is not waited for: there may be no end to it.
   */
  async drained(patience: number): Promise<boolean> {
    const now = this.#options.clock.now()
    await this.#movingOn(({ movedAt }) => Math.max(movedAt, now), patience)
    return !this.#closed && ![...this.#queues.values()].some(hasNew)
  }

  /**
   * Waits for the queues that hold something up, as long as one of them moves within `patience` milliseconds.
   * `stalledSince`: when one moved last; undefined when it holds nothing up.
   */
  async #movingOn(stalledSince: (queue: Queue) => number | undefined, patience: number): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const since = [...this.#queues.values()].filter(hasNew).map((queue) => stalledSince(queue) ?? -Infinity)
      const left = Math.max(...since) + patience - clock.now()
      if (!(left > 0)) return
      await this.#moved(left)
    }
  }

  /** Resolves when a queue has moved, at the latest in `ms` milliseconds. */
  async #moved(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel()
        this.#watching.delete(end)
        resolve()
      }
      const cancel = this.#options.clock.after(ms, end)
      this.#watching.add(end)
    })
  }

  #tellMoved(): void {
    for (const watching of [...this.#watching]) watching()
  }

  /** No further attempts, and nobody waits for them any more. */
  close(): void {
    this.#closed = true
    for (const { cancelRetry, held } of this.#queues.values()) {
      cancelRetry?.()
      held.close()
    }
    this.#queues.clear()
    this.#wakeIdle()
    this.#tellMoved()
  }

  #enqueue(peer: Peer, item: Item): void {
    this.#waiting++
    const queue = this.#queue(peer)
    if (queue.count >= LIMITS.outbox || queue.bytes + item.bytes > LIMITS.outboxBytes) {
      this.#settle(peer, item, 'too many messages wait for this peer')
      return
    }
    if (queue.held.holds(item)) queue.held.add(item)
    else queue.items.push(item)
    count(queue, item)
    this.#advance(queue)
  }

  #queue(peer: Peer): Queue {
    const id = addressKey(peer)
    let queue = this.#queues.get(id)
    if (queue === undefined) {
      queue = this.#newQueue(peer)
      this.#queues.set(id, queue)
    }
    return queue
  }

  #newQueue(peer: Peer): Queue {
    const { clock, random } = this.#options
    const onTrial = (item: Item): void => {
      insert(queue.items, item)
      this.#advance(queue)
    }
    const queue = newQueue(peer, clock.now(), new HeldChannels({ clock, random, onTrial }))
    return queue
  }

  #advance(queue: Queue): void {
    const { transmit, takesSeveral } = this.#options
    while (queue.items.length > 0 && queue.failure === undefined && queue.cancelRetry === undefined) {
      const isSeveral = takesSeveral(queue.peer)
      const behind = queue.flights.length
      if (behind >= (isSeveral ? LIMITS.inFlight : 1) || this.#closed) return
      const items = queue.items.splice(0, isSeveral ? fitting(queue.items) : 1)
      const flight = { items, isAnswered: false }
      queue.flights.push(flight)
      transmit(queue.peer, [...items], behind).then(
        (outcomes) => {
          this.#answered(queue, flight, outcomes)
        },
        (error: unknown) => {
          this.#answered(queue, flight, [{ ok: false, final: true, reason: String(error) }])
        },
      )
    }
  }

  #answered(queue: Queue, flight: InFlightRequest, outcomes: readonly DeliveryResult[]): void {
    flight.isAnswered = true
    if (this.#closed) return
    const failure = this.#settleAll(queue, flight, outcomes)
    if (failure !== undefined && queue.failure === undefined) queue.failure = failure
    if (queue.failure === undefined) {
      queue.flights.splice(queue.flights.indexOf(flight), 1)
      this.#advance(queue)
    } else if (queue.flights.every(({ isAnswered }) => isAnswered)) {
      // What did not get there goes back to where it was.
      queue.items.unshift(...queue.flights.flatMap(({ items }) => items))
      sift(queue)
      this.#retry(queue, queue.failure)
    }
    this.#dropEmpty(queue)
  }

  /** Those that got there, and those that never will; returns why the others did not. */
  #settleAll(
    queue: Queue,
    { items }: InFlightRequest,
    outcomes: readonly DeliveryResult[],
  ): Failure | undefined {
    for (const outcome of outcomes) {
      const [item] = items
      if (item === undefined) return undefined
      if (!outcome.ok && !outcome.final) return outcome
      items.shift()
      queue.attempts = 0
      queue.isHurried = false
      if (!outcome.ok && outcome.isNotJoined === true) {
        this.#notJoined(queue, item, outcome)
        continue
      }
      if (outcome.ok || queue.held.isOnTrial(item)) putBack(queue, item)
      if (outcome.ok && outcome.later !== undefined) this.#await(queue, item, outcome.later)
      else this.#settleOne(queue, item, outcome)
    }
    return items.length > 0 ? NOT_JUDGED : undefined
  }

  /** The recipient is not in the channel: the channel is held, and what waited there for too long fails. */
  #notJoined(queue: Queue, item: Item, outcome: Failure): void {
    const { held } = queue
    const isOver = (each: Item): boolean => !held.mayJoin(each) || this.#isExpired(each)
    const over = isOver(item) ? [item] : []
    if (over.length === 0) {
      if (held.refused(item, queue.movedAt)) this.#tell(item.tracked)
      sift(queue)
    }
    for (const each of [...over, ...held.giveUp(item, isOver)]) this.#giveUp(queue, each, outcome.reason)
  }

  #settleOne(queue: Queue, item: Item, outcome: DeliveryResult): void {
    release(queue, item)
    if (!item.tracked.isPassedOn) {
      queue.movedAt = this.#options.clock.now()
      queue.isExcused = false
    }
    if (outcome.ok && outcome.unconfirmed === true) item.tracked.unconfirmed++
    this.#settle(queue.peer, item, outcome.ok ? undefined : outcome.reason)
  }

  /** Its time is over: no progress of its recipient. */
  #giveUp(queue: Queue, item: Item, reason: string): void {
    if (queue.held.isOnTrial(item)) putBack(queue, item)
    release(queue, item)
    this.#settle(queue.peer, item, reason)
  }

  #await(queue: Queue, item: Item, later: Promise<DeliveryResult>): void {
    queue.confirming.add(item)
    later.then(
      (outcome) => {
        this.#confirmed(queue, item, outcome)
      },
      (error: unknown) => {
        this.#confirmed(queue, item, { ok: false, final: true, reason: String(error) })
      },
    )
  }

  /** What did not get there for now is tried again, in its place among the others. */
  #confirmed(queue: Queue, item: Item, outcome: DeliveryResult): void {
    queue.confirming.delete(item)
    if (this.#closed) return
    if (outcome.ok || outcome.final) this.#settleOne(queue, item, outcome)
    else {
      place(queue, item)
      if (queue.flights.length === 0 && queue.cancelRetry === undefined) this.#retry(queue, outcome)
    }
    this.#dropEmpty(queue)
  }

  /** What has waited for too long fails; the rest is tried again after a pause. */
  #retry(queue: Queue, { reason, after = 0, atOnce = false }: Failure): void {
    const { clock, random } = this.#options
    queue.flights = []
    queue.failure = undefined
    const expired = queue.items.filter((item) => this.#isExpired(item))
    queue.items.splice(0, Infinity, ...queue.items.filter((item) => !expired.includes(item)))
    for (const item of expired) this.#giveUp(queue, item, reason)
    const [next] = queue.items
    if (next === undefined) return
    if (atOnce && !queue.isHurried) {
      queue.isHurried = true
      this.#advance(queue)
      return
    }
    // Busy is not stuck; a recipient that is busy for ever is.
    if (!queue.isExcused) queue.movedAt = Math.max(queue.movedAt, clock.now() + after)
    queue.isExcused = true
    if (queue.attempts === 0) this.#tell(next.tracked)
    const pause = retryPause(queue.attempts++, random)
    queue.cancelRetry = clock.after(Math.max(pause, after), () => {
      queue.cancelRetry = undefined
      this.#advance(queue)
    })
  }

  #isExpired({ queuedAt, tracked }: Item): boolean {
    const { clock, giveUp = TIMES.giveUp } = this.#options
    return clock.now() - queuedAt >= (tracked.isPassedOn ? Math.min(giveUp, TIMES.passOn) : giveUp)
  }

  #dropEmpty(queue: Queue): void {
    if (queue.count === 0 && queue.flights.length === 0) this.#queues.delete(addressKey(queue.peer))
  }

  /** One recipient of one message is done with: delivered, or failed with a reason. */
  #settle(peer: Peer, { tracked }: Item, failure: string | undefined): void {
    const id = addressKey(peer)
    if (!tracked.isOld) this.#waiting--
    tracked.waiting.delete(id)
    if (failure === undefined) tracked.delivered++
    else tracked.failed.push({ peer, reason: failure })
    if (!tracked.isPassedOn) this.#options.onSettled(tracked.message.id, id, failure)
    if (tracked.waiting.size === 0) this.#tracked.delete(tracked.message.id)
    if (failure !== undefined || tracked.waiting.size === 0) this.#tell(tracked)
    if (this.#waiting === 0) this.#wakeIdle()
    this.#tellMoved()
  }

  #tell(tracked: Tracked): void {
    if (!tracked.isPassedOn) this.#options.onReceipt(tracked.receipt)
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}

function newQueue(peer: Peer, now: number, held: HeldChannels): Queue {
  return {
    peer,
    movedAt: now,
    isExcused: false,
    items: [],
    held,
    flights: [],
    failure: undefined,
    confirming: new Set(),
    count: 0,
    bytes: 0,
    attempts: 0,
    isAway: false,
    isHurried: false,
    cancelRetry: undefined,
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

/** When it moved last, if so much of it waits that nothing more is to be said; undefined when there is room. */
function fullSince({ count, bytes, held, movedAt }: Queue): number | undefined {
  if (isHalfFull(count - held.count, bytes - held.bytes)) return movedAt
  return isHalfFull(count, bytes) ? held.stalledSince : undefined
}

/** Half is left for those who say something else meanwhile. */
function isHalfFull(messages: number, bytes: number): boolean {
  return 2 * messages >= LIMITS.outbox || 2 * bytes >= LIMITS.outboxBytes
}

/** Whether something of it is an own message that was said since we were started. */
function hasNew({ items, held, flights, confirming }: Queue): boolean {
  const isNew = ({ tracked }: Item): boolean => !tracked.isOld && !tracked.isPassedOn
  return [...items, ...held.items, ...confirming, ...flights.flatMap((flight) => flight.items)].some(isNew)
}

function count(queue: Queue, { bytes }: Item): void {
  queue.count++
  queue.bytes += bytes
}

function release(queue: Queue, item: Item): void {
  queue.count--
  queue.bytes -= item.bytes
  queue.held.forget(item)
}

/** In its place among those that wait, or among those of its channel when that is held. */
function place(queue: Queue, item: Item): void {
  if (queue.held.holds(item)) queue.held.add(item)
  else insert(queue.items, item)
}

/** What belongs to a held channel waits there. */
function sift({ items, held }: Queue): void {
  for (const item of items.splice(0)) {
    if (held.holds(item)) held.add(item)
    else items.push(item)
  }
}

/** The channel of this message is held no longer. */
function putBack(queue: Queue, { message }: Item): void {
  for (const item of queue.held.release(message.channel)) insert(queue.items, item)
}
