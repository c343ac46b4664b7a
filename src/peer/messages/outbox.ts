/** Own messages that wait over restarts: tried again at a start, and when the user asks for it. */
import type { Feature } from '../feature.ts'
import type { Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Delivery } from './delivery/delivery.ts'

export class Outbox implements Feature {
  readonly #store: Store
  readonly #delivery: Delivery
  readonly #events: Events

  constructor(store: Store, delivery: Delivery, events: Events) {
    this.#store = store
    this.#delivery = delivery
    this.#events = events
  }

  /** Resumes what did not reach every recipient before. */
  start(): void {
    const unsettled = this.#store.unsettled().filter(({ waiting }) => waiting.length > 0)
    if (unsettled.length === 0) return
    const messages = unsettled.map(({ message, waiting }) => ({ id: message.id, waiting }))
    this.#events.emit({ kind: 'resumed', messages })
    this.#delivery.resume(unsettled)
  }

  stop(): void {
    this.#delivery.close()
  }

  /** Tries failed messages again; returns how many there are. */
  retry(): number {
    const unsettled = this.#store.retry()
    this.#delivery.resume(unsettled)
    return unsettled.length
  }
}
