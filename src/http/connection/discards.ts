/**
 * How much input a server reads only to throw it away, after the last answers of its connections.
 *
 * Invariant: at most so much a second, whatever many clients upload. Node has a new buffer for each read, and some tens of
 * them start a full garbage collection: clients that upload too much on purpose would stop the whole process with it.
 */
import type { Deadlines } from './deadlines.ts'

/** In bytes, of all connections together. */
const MAX_PER_SECOND = 8 * 1024 * 1024

export class Discards {
  readonly #deadlines: Pick<Deadlines, 'now'>
  /** When the present second began, in milliseconds of the Deadlines, and the bytes of that second. */
  #since = -Infinity
  #bytes = 0

  constructor(deadlines: Pick<Deadlines, 'now'>) {
    this.#deadlines = deadlines
  }

  /** Counts bytes that were thrown away. Returns whether more may follow in this second. */
  add(bytes: number): boolean {
    const now = this.#deadlines.now()
    if (now - this.#since >= 1_000) {
      this.#since = now
      this.#bytes = 0
    }
    this.#bytes += bytes
    return this.#bytes <= MAX_PER_SECOND
  }
}
