/**
 * Receipts of own messages, and waiting until a queue moves. Invariant: each recipient of a message is settled once, as
 * delivered or as failed with a reason, and the store and the user learn of it.
 */
import { type Peer, peerId, type PeerId } from '../../../chat/model.ts'
import type { Clock } from '../../../chat/clock.ts'
import type { Store } from '../../../store/store.ts'
import type { Events } from '../../events.ts'
import type { Tracked } from './tracked-message.ts'

export interface SettlementOptions {
  readonly clock: Clock
  readonly events: Pick<Events, 'emit'>
  readonly store: Pick<Store, 'delivered' | 'failed'>
}

export class Settlements {
  readonly #options: SettlementOptions
  /** Own messages that wait for a recipient, by id. */
  readonly #tracked = new Map<string, Tracked>()
  #waiting = 0
  #idle: (() => void)[] = []
  /** Called when a queue has moved. */
  readonly #watching = new Set<() => void>()

  constructor(options: SettlementOptions) {
    this.#options = options
  }

  /** Messages times recipients without an answer yet; without those that waited when this program started. */
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

  /** A recipient is known by another id now. False when the message is for it under that id already: it is one recipient. */
  rename(tracked: Tracked, old: PeerId, peer: Peer, isTwice: boolean): boolean {
    const id = peerId(peer)
    tracked.waiting.delete(old)
    if (!isTwice && !tracked.waiting.has(id)) {
      tracked.waiting.set(id, peer)
      return true
    }
    tracked.recipients--
    if (!tracked.isOld) this.#waiting--
    if (!tracked.isRelayed && !tracked.waiting.has(id)) {
      // Settled for the peer already: the store lets it wait for the peer since it adopted what waited for the old id.
      const failure = tracked.failed.find((each) => peerId(each.peer) === id)
      this.#record(tracked.message.id, id, failure?.reason)
    }
    if (tracked.waiting.size === 0) this.#tracked.delete(tracked.message.id)
    this.emitReceipt(tracked)
    if (this.#waiting === 0) this.#wakeIdle()
    this.signalMoved()
    return false
  }

  /** A message is delivered to a recipient, or has failed with a reason. */
  settle(peer: Peer, tracked: Tracked, failure: string | undefined): void {
    const id = peerId(peer)
    if (!tracked.isOld) this.#waiting--
    tracked.waiting.delete(id)
    if (failure === undefined) tracked.delivered++
    else tracked.failed.push({ peer, reason: failure })
    if (!tracked.isRelayed) this.#record(tracked.message.id, id, failure)
    if (tracked.waiting.size === 0) this.#tracked.delete(tracked.message.id)
    if (failure !== undefined || tracked.waiting.size === 0) this.emitReceipt(tracked)
    if (this.#waiting === 0) this.#wakeIdle()
    this.signalMoved()
  }

  /** Emits the receipt of an own message as it is now. */
  emitReceipt({ isRelayed, receipt }: Tracked): void {
    if (!isRelayed) this.#options.events.emit({ kind: 'receipt', receipt })
  }

  #record(messageId: string, recipient: PeerId, failure: string | undefined): void {
    const { store } = this.#options
    if (failure === undefined) store.delivered(messageId, recipient)
    else store.failed(messageId, recipient, failure)
  }

  /** Resolves when nothing waits any longer, at the latest in `ms` milliseconds; true if nothing does. */
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

  signalMoved(): void {
    for (const watching of [...this.#watching]) watching()
  }

  /** Ends all waiting: nothing more will be settled. */
  close(): void {
    this.#wakeIdle()
    this.signalMoved()
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}
