/**
 * The part of an exchange in which its handler works: the wait for the answer, and the signal that is aborted when the
 * wait is over.
 *
 * The signal belongs to the connection: it is aborted once, when the other side is gone or the handler takes too long.
 */
import type { Response } from '../message.ts'

export class Handling {
  #abort: AbortController | undefined
  #giveUp: (error: Error) => void = () => undefined

  /** Aborted already when `isOver`. */
  signal(isOver: boolean): AbortSignal {
    this.#abort ??= new AbortController()
    if (isOver) this.#abort.abort()
    return this.#abort.signal
  }

  /** Waits for the answer of the handler. Rejects with its error, or with that of giveUp(). */
  async answered(response: Response | Promise<Response>): Promise<Response> {
    if (!(response instanceof Promise)) return response
    const late = new Promise<never>((_resolve, reject) => (this.#giveUp = reject))
    return Promise.race([response, late])
  }

  /** The other side is gone. */
  abort(): void {
    this.#abort?.abort()
  }

  /** The handler takes too long. */
  giveUp(error: Error): void {
    this.abort()
    this.#giveUp(error)
  }
}
