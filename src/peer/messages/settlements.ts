/**
 * What is settled, and what is not yet: the receipts of own messages, and waiting until something moves.
 * Invariant: each recipient of a message is settled once, as delivered or as failed with a reason, and told so.
 */
import { addressKey, type AddressKey, type Peer, type Receipt } from '../../chat/model.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Tracked } from './tracked-message.ts'

export interface SettlementOptions {
  readonly clock: Clock
  readonly onReceipt: (receipt: Receipt) => void
  /** An own message is done with for one recipient; `failure`: why it did not get there. */
  readonly onSettled: (messageId: string, recipient: AddressKey, failure: string | undefined) => void
}

export class Settlements {
  readonly #options: SettlementOptions
  /** Own messages that wait for a recipient, by id. */
  readonly #tracked = new Map<string, Tracked>()
  #waiting = 0
  #idle: (() => void)[] = []
  /** Told when something has moved. */
  readonly #watching = new Set<() => void>()

  constructor(options: SettlementOptions) {
    this.#options = options
  }

  /** Messages times recipients that have no answer yet; without those that waited when this program was started. */
  get waiting(): number {
    return this.#waiting
  }

  tracked(messageId: string): Tracked | undefined {
    return this.#tracked.get(messageId)
  }

  /** This own message waits for a recipient. */
  track(tracked: Tracked): void {
    this.#tracked.set(tracked.message.id, tracked)
  }

  /** One more recipient has no answer yet. */
  begin(tracked: Tracked): void {
    if (!tracked.isOld) this.#waiting++
  }

  /** One recipient of one message is done with: delivered, or failed with a reason. */
  settle(peer: Peer, tracked: Tracked, failure: string | undefined): void {
    const id = addressKey(peer)
    if (!tracked.isOld) this.#waiting--
    tracked.waiting.delete(id)
    if (failure === undefined) tracked.delivered++
    else tracked.failed.push({ peer, reason: failure })
    if (!tracked.isPassedOn) this.#options.onSettled(tracked.message.id, id, failure)
    if (tracked.waiting.size === 0) this.#tracked.delete(tracked.message.id)
    if (failure !== undefined || tracked.waiting.size === 0) this.tell(tracked)
    if (this.#waiting === 0) this.#wakeIdle()
    this.tellMoved()
  }

  tell(tracked: Tracked): void {
    if (!tracked.isPassedOn) this.#options.onReceipt(tracked.receipt)
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

  /** Resolves when a queue has moved, at the latest in `ms` milliseconds. */
  async moved(ms: number): Promise<void> {
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

  tellMoved(): void {
    for (const watching of [...this.#watching]) watching()
  }

  /** Nothing more will be settled: all waiting ends. */
  close(): void {
    this.#wakeIdle()
    this.tellMoved()
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}
