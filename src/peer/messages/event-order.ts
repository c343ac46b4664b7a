/**
 * Tells what happens, in the right order: a message when it is kept, so that whoever is killed and comes back does not
 * tell it again; how a message fares after the message; everything else at once.
 */
import type { ChatEvent } from '../../chat/model.ts'

export interface TellerOptions {
  readonly onEvent: (event: ChatEvent) => void
  /** Settles when all that was done so far is kept, or cannot be. */
  readonly saved: () => Promise<void>
}

export class EventOrder {
  readonly #options: TellerOptions
  /** Messages that are not told yet, and when the last of them is. */
  #untold = 0
  #told: Promise<void> = Promise.resolve()

  constructor(options: TellerOptions) {
    this.#options = options
  }

  /** Settles when all messages and receipts so far are told. */
  get told(): Promise<void> {
    return this.#told
  }

  readonly tell = (event: ChatEvent): void => {
    const { onEvent, saved } = this.#options
    const tell = (): void => {
      onEvent(event)
    }
    if (event.kind === 'message') {
      this.#untold++
      this.#told = saved().then(tell, tell)
      void this.#told.finally(() => this.#untold--)
    } else if (event.kind === 'receipt') {
      // Its message may still come in this turn.
      queueMicrotask(() => {
        if (this.#untold > 0) this.#told = this.#told.then(tell)
        else tell()
      })
    } else tell()
  }
}
