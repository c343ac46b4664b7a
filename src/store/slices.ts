/**
 * Cuts long work into slices, between which the event loop does other work. A slice ends after its time or its number of
 * rows, whichever comes first, so it also ends where the clock stands still.
 */
import type { Clock } from '../chat/clock.ts'

/** Milliseconds and rows of one slice. */
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

  /** To be called after each row. Returns whether the slice is over: then await next() before the next row. */
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
