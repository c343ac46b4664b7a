/** Own messages that wait over restarts: tried again at a start, and when the user asks for it. */
import { DIRECT } from '../../chat/model.ts'
import type { Feature } from '../feature.ts'
import type { PendingMessage, Store } from '../../store/store.ts'
import type { Events } from '../events.ts'
import type { Self } from '../self/self.ts'
import type { Delivery } from './delivery/delivery.ts'
import type { Signer } from './signatures/signer.ts'

export interface OutboxOptions {
  readonly store: Store
  readonly delivery: Pick<Delivery, 'resume' | 'close'>
  readonly events: Pick<Events, 'emit'>
  readonly self: Pick<Self, 'keys'>
  readonly signer: Pick<Signer, 'said'>
}

export class Outbox implements Feature {
  readonly #options: OutboxOptions

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Resumes what did not reach every recipient before. */
  start(): void {
    const { store, events } = this.#options
    const unsettled = store.unsettled().filter(({ waiting }) => waiting.length > 0)
    if (unsettled.length === 0) return
    const messages = unsettled.map(({ message, waiting }) => ({ id: message.id, waiting }))
    events.emit({ kind: 'resumed', messages })
    this.#resume(unsettled)
  }

  stop(): void {
    this.#options.delivery.close()
  }

  /** Tries failed messages again; returns how many there are. */
  retry(): number {
    const unsettled = this.#options.store.retry()
    this.#resume(unsettled)
    return unsettled.length
  }

  #resume(unsettled: readonly PendingMessage[]): void {
    const { delivery, signer } = this.#options
    const pending = unsettled.map((each) => this.#asSent(each))
    delivery.resume(pending)
    for (const { message, waiting } of pending)
      if (message.signature === undefined) signer.said(message, waiting)
  }

  /**
   * A message from before this peer had a key names it now. A direct message to a program without a key names the identity
   * that it is for, so that another program at that address refuses it. The store keeps it with the recipient.
   */
  #asSent(pending: PendingMessage): PendingMessage {
    const { message, waiting } = pending
    const [to] = message.channel === DIRECT ? waiting : []
    const from = { ...message.from, key: this.#options.self.keys.id }
    if (to === undefined || to.key !== undefined || to.identity === undefined)
      return { ...pending, message: { ...message, from } }
    return { ...pending, message: { ...message, from, recipient: to.identity } }
  }
}
