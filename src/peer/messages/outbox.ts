/** Own messages that wait over restarts: tried again at a start, and when the user asks for it. */
import { DIRECT } from '../../chat/model.ts'
import type { Feature } from '../feature.ts'
import type { PendingMessage, Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Delivery } from './delivery/delivery.ts'

export class Outbox implements Feature {
  readonly #store: Store
  readonly #delivery: Pick<Delivery, 'resume' | 'close'>
  readonly #events: Pick<Events, 'emit'>

  constructor(store: Store, delivery: Pick<Delivery, 'resume' | 'close'>, events: Pick<Events, 'emit'>) {
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
    this.#delivery.resume(unsettled.map(withRecipient))
  }

  stop(): void {
    this.#delivery.close()
  }

  /** Tries failed messages again; returns how many there are. */
  retry(): number {
    const unsettled = this.#store.retry()
    this.#delivery.resume(unsettled.map(withRecipient))
    return unsettled.length
  }
}

/**
 * A direct message names the identity that it is for, so that another peer at that address refuses it. The store keeps it
 * with the recipient.
 */
function withRecipient(pending: PendingMessage): PendingMessage {
  const { message, waiting } = pending
  const [to] = waiting
  if (message.channel !== DIRECT || to?.identity === undefined) return pending
  return { ...pending, message: { ...message, recipient: to.identity } }
}
