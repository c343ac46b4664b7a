/**
 * The condition variable of one connection: a function waits until a condition holds, and events wake it to look again.
 *
 * Every event that can make a condition true calls notify(), and no wait outlives the transport. One function waits at
 * a time.
 */
import type { Transport } from '../transport/transport.ts'

export class Condition {
  readonly #transport: Pick<Transport, 'isClosed'>
  #wake: (() => void) | undefined

  constructor(transport: Pick<Transport, 'isClosed'>) {
    this.#transport = transport
  }

  /** Resolves when the condition holds, or the transport is closed. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#transport.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  readonly notify = (): void => {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
