/**
 * Long work in slices: between two of them the event loop does whatever else is to be done. A slice ends when it has
 * taken its time or its share of the rows, whichever is first; so it ends also where the clock stands still.
 */
import type { Clock } from '../chat/clock.ts'

/** Of one slice: milliseconds, and rows. */
const SLICE = { ms: 5, rows: 200 }

export class Slices {
  readonly #clock: Clock
  readonly #pause: () => Promise<void>
  #began: number
  #rows = 0

  /** `pause` resolves in a later turn of the event loop. */
  constructor(clock: Clock, pause: () => Promise<void>) {
    this.#clock = clock
    this.#pause = pause
    this.#began = clock.now()
  }

  /** One more row was worked on: whether the slice is over, and next() is to be awaited before the next row. */
  isOver(): boolean {
    this.#rows += 1
    return this.#rows >= SLICE.rows || this.#clock.now() - this.#began >= SLICE.ms
  }

  async next(): Promise<void> {
    await this.#pause()
    this.#rows = 0
    this.#began = this.#clock.now()
  }
}
