/**
 * Standard output of a program that cannot wait for its reader: what a slow reader has not taken is kept up to a limit,
 * and what is printed above it is left out and counted.
 */
import type { Writable } from 'node:stream'

/** Characters that may wait for the reader. */
const MOST_WAITING = 16 * 1024 * 1024

export class Reader {
  readonly #output: Writable
  readonly #most: number
  readonly #onLeftOut: (sentence: string) => void
  #leftOut = 0

  /** `onLeftOut` is told in a sentence when the reader has caught up. */
  constructor(output: Writable, onLeftOut: (sentence: string) => void, most = MOST_WAITING) {
    this.#output = output
    this.#onLeftOut = onLeftOut
    this.#most = most
    output.on('drain', () => {
      this.tell()
    })
  }

  readonly print = (text: string): void => {
    if (this.#output.writableLength + text.length > this.#most) this.#leftOut++
    else this.#output.write(`${text}\n`)
  }

  /** Says what was left out so far. */
  tell(): void {
    if (this.#leftOut === 0) return
    const count = this.#leftOut
    this.#leftOut = 0
    this.#onLeftOut(
      `${count} lines were not printed: standard output was not read; the messages are in the history`,
    )
  }
}
