/**
 * Standard output of a program that cannot wait for its reader. Output that a slow reader has not taken is kept up to a
 * limit; lines above it are dropped and counted.
 */
import type { Writable } from 'node:stream'

/** Characters that may wait for the reader. */
const MAX_WAITING = 16 * 1024 * 1024

export class Reader {
  readonly #output: Writable
  readonly #max: number
  readonly #onDropped: (sentence: string) => void
  #dropped = 0

  /** `onDropped` gets a sentence when the reader has caught up. */
  constructor(output: Writable, onDropped: (sentence: string) => void, max = MAX_WAITING) {
    this.#output = output
    this.#onDropped = onDropped
    this.#max = max
    output.on('drain', () => {
      this.report()
    })
  }

  readonly print = (text: string): void => {
    if (this.#output.writableLength + text.length > this.#max) this.#dropped++
    else this.#output.write(`${text}\n`)
  }

  /** Reports the lines dropped so far. */
  report(): void {
    if (this.#dropped === 0) return
    const count = this.#dropped
    this.#dropped = 0
    this.#onDropped(
      `${count} lines were not printed: standard output was not read; the messages are in the history`,
    )
  }
}
