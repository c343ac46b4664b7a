/**
 * One message -> many peers: a queue for each recipient, one request in flight on it, receipts, back-off.
 * Pure: how to transmit, the time and the randomness are passed in.
 *
 * Messages to one recipient arrive in the order they were said, because the next one leaves when the one before
 * was answered. Delivered means answered with 200, nothing less.
 */
import { backOff, type Clock } from '../chat/clock.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { peerId, type ChatMessage, type Peer, type PeerId, type Receipt } from '../chat/model.ts'
import { messageBody } from '../chat/schema.ts'

/** What came of one attempt. `final`: the recipient has refused it for good. */
export type Outcome =
  /** `unconfirmed`: sent to a program that acknowledges nothing. */
  | { readonly ok: true; readonly unconfirmed?: boolean }
  | { readonly ok: false; readonly final: boolean; readonly reason: string }

/** A message with its bytes for POST /p2p/receive. */
export interface Parcel {
  readonly message: ChatMessage
  readonly body: string
}

export interface DeliveryOptions {
  readonly transmit: (to: Peer, parcel: Parcel) => Promise<Outcome>
  readonly clock: Clock
  /** Between 0 and 1. */
  readonly random: () => number
  readonly onReceipt: (receipt: Receipt) => void
  /** How long a message is tried, in milliseconds. */
  readonly giveUp?: number
}

/** A message of ours, as far as it has got. */
class Tracked {
  readonly message: ChatMessage
  readonly recipients: number
  readonly waiting: Map<PeerId, Peer>
  readonly failed: { peer: Peer; reason: string }[] = []
  /** Nobody waits for its receipts: it is not ours. */
  readonly isPassedOn: boolean
  delivered = 0
  unconfirmed = 0

  constructor(message: ChatMessage, recipients: readonly Peer[]) {
    this.message = message
    this.isPassedOn = (message.hops ?? 0) > 0
    this.recipients = recipients.length
    this.waiting = new Map(recipients.map((peer) => [peerId(peer), peer]))
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

interface Item {
  readonly tracked: Tracked
  readonly body: string
  /** Of the body, in UTF-8. */
  readonly bytes: number
  readonly queuedAt: number
}

interface Queue {
  peer: Peer
  readonly items: Item[]
  bytes: number
  inFlight: boolean
  attempts: number
  cancelRetry: (() => void) | undefined
}

const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #queues = new Map<PeerId, Queue>()
  #waiting = 0
  #idle: (() => void)[] = []
  #closed = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Queues a message; the first attempts leave at once. */
  send(message: ChatMessage, recipients: readonly Peer[]): Receipt {
    const tracked = new Tracked(message, recipients)
    const body = messageBody(message)
    const item = { tracked, body, bytes: Buffer.byteLength(body), queuedAt: this.#options.clock.now() }
    for (const peer of recipients) this.#enqueue(peer, item)
    if (recipients.length === 0) this.#tell(tracked)
    return tracked.receipt
  }

  /** A peer is back, or has a new name or address: what waits for it is tried now. */
  wake(peer: Peer): void {
    const queue = this.#queues.get(peerId(peer))
    if (queue === undefined) return
    queue.peer = peer
    queue.attempts = 0
    queue.cancelRetry?.()
    queue.cancelRetry = undefined
    this.#advance(queue)
  }

  /** Messages times recipients that have no answer yet. */
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

  /** No further attempts, and nobody waits for them any more. */
  close(): void {
    this.#closed = true
    for (const queue of this.#queues.values()) queue.cancelRetry?.()
    this.#queues.clear()
    this.#wakeIdle()
  }

  #enqueue(peer: Peer, item: Item): void {
    this.#waiting++
    const queue = this.#queue(peer)
    if (queue.items.length >= LIMITS.outbox || queue.bytes + item.bytes > LIMITS.outboxBytes) {
      this.#settle(peer, item, 'too many messages wait for this peer')
      return
    }
    queue.items.push(item)
    queue.bytes += item.bytes
    this.#advance(queue)
  }

  #queue(peer: Peer): Queue {
    const id = peerId(peer)
    let queue = this.#queues.get(id)
    if (queue === undefined) {
      queue = { peer, items: [], bytes: 0, inFlight: false, attempts: 0, cancelRetry: undefined }
      this.#queues.set(id, queue)
    }
    return queue
  }

  #advance(queue: Queue): void {
    const [item] = queue.items
    if (item === undefined || queue.inFlight || queue.cancelRetry !== undefined || this.#closed) return
    queue.inFlight = true
    this.#options.transmit(queue.peer, { message: item.tracked.message, body: item.body }).then(
      (outcome) => {
        this.#answered(queue, item, outcome)
      },
      (error: unknown) => {
        this.#answered(queue, item, { ok: false, final: true, reason: String(error) })
      },
    )
  }

  #answered(queue: Queue, item: Item, outcome: Outcome): void {
    queue.inFlight = false
    if (this.#closed) return
    if (!outcome.ok && !outcome.final) {
      this.#retry(queue, outcome.reason)
      return
    }
    queue.attempts = 0
    this.#take(queue)
    if (outcome.ok && outcome.unconfirmed === true) item.tracked.unconfirmed++
    this.#settle(queue.peer, item, outcome.ok ? undefined : outcome.reason)
    this.#advance(queue)
    if (queue.items.length === 0) this.#queues.delete(peerId(queue.peer))
  }

  /** What has waited for too long fails; the rest is tried again after a pause. */
  #retry(queue: Queue, reason: string): void {
    const { clock, random, giveUp = TIMES.giveUp } = this.#options
    const tooOld = clock.now() - giveUp
    while ((queue.items[0]?.queuedAt ?? Infinity) <= tooOld) {
      this.#settle(queue.peer, this.#take(queue), reason)
    }
    const next = queue.items.at(0)
    if (next === undefined) {
      this.#queues.delete(peerId(queue.peer))
      return
    }
    if (queue.attempts === 0) this.#tell(next.tracked)
    queue.cancelRetry = clock.after(backOff(queue.attempts++, FIRST_PAUSE, LONGEST_PAUSE, random), () => {
      queue.cancelRetry = undefined
      this.#advance(queue)
    })
  }

  #take(queue: Queue): Item | undefined {
    const item = queue.items.shift()
    queue.bytes -= item?.bytes ?? 0
    return item
  }

  /** One recipient of one message is done with: delivered, or failed with a reason. */
  #settle(peer: Peer, item: Item | undefined, failure: string | undefined): void {
    if (item === undefined) return
    const { tracked } = item
    this.#waiting--
    tracked.waiting.delete(peerId(peer))
    if (failure === undefined) tracked.delivered++
    else tracked.failed.push({ peer, reason: failure })
    if (failure !== undefined || tracked.waiting.size === 0) this.#tell(tracked)
    if (this.#waiting === 0) this.#wakeIdle()
  }

  #tell(tracked: Tracked): void {
    if (!tracked.isPassedOn) this.#options.onReceipt(tracked.receipt)
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}
