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
 * A recipient that was started again is back before its user has joined its channels again. What it refuses for that
 * reason is set aside, so that it holds up nothing, and tried again until the recipient has had time to join.
 */
import { backOff, type Clock } from '../../chat/clock.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { addressKey, type ChatMessage, type Peer, type AddressKey, type Receipt } from '../../chat/model.ts'
import { messageBody } from '../../chat/wire/schema.ts'
import { Newcomers } from './newcomers.ts'
import type { PendingMessage } from '../../store/store.ts'

/** What came of one attempt. `final`: the recipient has refused it for good. */
export type DeliveryResult =
  /**
   * `unconfirmed`: sent to a program that acknowledges nothing. `later`: it has left, and whether it got there shows
   * later; the messages behind it do not wait for that.
   */
  | { readonly ok: true; readonly unconfirmed?: boolean; readonly later?: Promise<DeliveryResult> }
  /**
   * `after`: when to try again, in milliseconds, as far as the recipient has said so. `atOnce`: it was the connection
   * that had ended, as they do.
   */
  | {
      readonly ok: false
      readonly final: boolean
      readonly reason: string
      readonly after?: number
      readonly atOnce?: boolean
      /** The recipient is not in the channel of this message. */
      readonly isNotJoined?: boolean
    }

type Failure = Extract<DeliveryResult, { ok: false }>

/** A message with its bytes for POST /p2p/receive. */
export interface QueuedMessage {
  readonly message: ChatMessage
  readonly body: string
  /** When it was said, in milliseconds of our clock. */
  readonly saidAt: number
}

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

/** A message as far as it has got. */
class Tracked {
  readonly message: ChatMessage
  recipients: number
  readonly waiting: Map<AddressKey, Peer>
  failed: { peer: Peer; reason: string }[] = []
  /** Nobody waits for its receipts: it is not ours. */
  readonly isPassedOn: boolean
  /** It was said before we were started: nobody waits for it now. */
  readonly isOld: boolean
  delivered = 0
  unconfirmed = 0

  constructor(message: ChatMessage, recipients: number, waiting: readonly Peer[], isOld: boolean) {
    this.message = message
    this.isPassedOn = (message.hops ?? 0) > 0
    this.isOld = isOld
    this.recipients = recipients
    this.waiting = new Map(waiting.map((peer) => [addressKey(peer), peer]))
  }

  get receipt(): Receipt {
    const { message, recipients, delivered, unconfirmed } = this
    const queued = [...this.waiting.values()]
    return {
      messageId: message.id,
      channel: message.channel,
      recipients,
      delivered,
      unconfirmed,
      failed: [...this.failed],
      queued,
    }
  }
}

interface Item extends QueuedMessage {
  readonly tracked: Tracked
  /** Since when it waits, by our clock: how long it is tried. */
  readonly queuedAt: number
  /** Of the body, in UTF-8. */
  readonly bytes: number
}

/** One request. */
interface InFlightRequest {
  /** Without those that are settled. */
  readonly items: Item[]
  isAnswered: boolean
}

interface Queue {
  peer: Peer
  /** What waits, without what is in flight. */
  readonly items: Item[]
  /** What was refused because its recipient is not in the channel; it comes back among the others later. */
  readonly aside: Item[]
  /** When each of these was refused first. */
  readonly refusedAt: Map<Item, number>
  asideAttempts: number
  cancelAside: (() => void) | undefined
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

const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000

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
        insert(queue.items, item)
        hold(queue, item)
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
    queue.asideAttempts = 0
    queue.isAway = false
    queue.cancelRetry?.()
    queue.cancelRetry = undefined
    this.#takeBack(queue)
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
   * those that have left, and those that have taken nothing for `patience` milliseconds.
   */
  async room(patience: number): Promise<void> {
    await this.#movingOn((queue) => isHalfFull(queue) && !queue.isAway, patience, -Infinity)
  }

  /**
   * Resolves when no own message waits any longer, or when no recipient for which one waits has taken or refused
   * anything for `patience` milliseconds, counted from now at the earliest; true when none waits. What is only passed
   * on is not waited for: there may be no end to it.
   */
  async drained(patience: number): Promise<boolean> {
    await this.#movingOn(() => true, patience, this.#options.clock.now())
    return !this.#closed && ![...this.#queues.values()].some(hasNew)
  }

  /** Waits for the queues that hold something up, as long as one of them moves within `patience` milliseconds. */
  async #movingOn(isHolding: (queue: Queue) => boolean, patience: number, since: number): Promise<void> {
    const { clock } = this.#options
    for (;;) {
      const holding = [...this.#queues.values()].filter((queue) => isHolding(queue) && hasNew(queue))
      const deadline = Math.max(...holding.map(({ movedAt }) => Math.max(movedAt, since) + patience))
      const left = deadline - clock.now()
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
    for (const { cancelRetry, cancelAside } of this.#queues.values()) {
      cancelRetry?.()
      cancelAside?.()
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
    queue.items.push(item)
    hold(queue, item)
    this.#advance(queue)
  }

  #queue(peer: Peer): Queue {
    const id = addressKey(peer)
    let queue = this.#queues.get(id)
    if (queue === undefined) {
      queue = newQueue(peer, this.#options.clock.now())
      this.#queues.set(id, queue)
    }
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
      if (!outcome.ok && outcome.isNotJoined === true && this.#mayJoin(queue, item)) {
        this.#setAside(queue, item)
        continue
      }
      queue.isHurried = false
      if (outcome.ok && outcome.later !== undefined) this.#await(queue, item, outcome.later)
      else this.#settleOne(queue, item, outcome)
    }
    return items.length > 0 ? NOT_JUDGED : undefined
  }

  /** Whether its recipient, which was in the channel when this was said, still has time to come back into it. */
  #mayJoin({ refusedAt }: Queue, item: Item): boolean {
    const now = this.#options.clock.now()
    const isInTime = now - (refusedAt.get(item) ?? now) < TIMES.rejoin
    return isInTime && !item.tracked.isPassedOn && !this.#isExpired(item)
  }

  #setAside(queue: Queue, item: Item): void {
    const { clock, random } = this.#options
    const isFirst = !queue.refusedAt.has(item)
    if (isFirst) queue.refusedAt.set(item, clock.now())
    queue.aside.push(item)
    if (queue.cancelAside === undefined) {
      const pause = backOff(queue.asideAttempts++, FIRST_PAUSE, LONGEST_PAUSE, random)
      queue.cancelAside = clock.after(pause, () => {
        this.#takeBack(queue)
      })
    }
    if (isFirst) this.#tell(item.tracked)
  }

  /** What was set aside is tried again, each in its place among the others. */
  #takeBack(queue: Queue): void {
    queue.cancelAside?.()
    queue.cancelAside = undefined
    for (const item of queue.aside.splice(0)) insert(queue.items, item)
    this.#advance(queue)
  }

  #settleOne(queue: Queue, item: Item, outcome: DeliveryResult): void {
    release(queue, item)
    queue.movedAt = this.#options.clock.now()
    queue.isExcused = false
    if (outcome.ok && outcome.unconfirmed === true) item.tracked.unconfirmed++
    this.#settle(queue.peer, item, outcome.ok ? undefined : outcome.reason)
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
      insert(queue.items, item)
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
    for (const item of expired) {
      release(queue, item)
      this.#settle(queue.peer, item, reason)
    }
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
    const pause = backOff(queue.attempts++, FIRST_PAUSE, LONGEST_PAUSE, random)
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
    const { items, aside, flights, confirming } = queue
    if (items.length + aside.length + flights.length + confirming.size === 0)
      this.#queues.delete(addressKey(queue.peer))
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

function newQueue(peer: Peer, now: number): Queue {
  return {
    peer,
    movedAt: now,
    isExcused: false,
    items: [],
    aside: [],
    refusedAt: new Map(),
    asideAttempts: 0,
    cancelAside: undefined,
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

/** Half is left for those who say something else meanwhile. */
function isHalfFull({ count, bytes }: Queue): boolean {
  return 2 * count >= LIMITS.outbox || 2 * bytes >= LIMITS.outboxBytes
}

/** Whether something of it is an own message that was said since we were started. */
function hasNew({ items, aside, flights, confirming }: Queue): boolean {
  const isNew = ({ tracked }: Item): boolean => !tracked.isOld && !tracked.isPassedOn
  const waiting = [...items, ...aside, ...confirming, ...flights.flatMap((flight) => flight.items)]
  return waiting.some(isNew)
}

function hold(queue: Queue, { bytes }: Item): void {
  queue.count++
  queue.bytes += bytes
}

function release(queue: Queue, item: Item): void {
  queue.count--
  queue.bytes -= item.bytes
  queue.refusedAt.delete(item)
  if (queue.refusedAt.size === 0) queue.asideAttempts = 0
}

function itemFor(tracked: Tracked, saidAt: number, queuedAt: number): Item {
  const { message } = tracked
  const body = messageBody(message)
  return { message, body, saidAt, queuedAt, tracked, bytes: Buffer.byteLength(body) }
}

/** Before the first that was said after it. */
function insert(items: Item[], item: Item): void {
  const { seq = Infinity } = item.message
  const place = items.findIndex(
    ({ tracked, message }) => !tracked.isPassedOn && (message.seq ?? Infinity) > seq,
  )
  if (place === -1) items.push(item)
  else items.splice(place, 0, item)
}
