/**
 * The time by which a store keeps, orders and deletes messages. Pure.
 *
 * It is the time of the clock unless the clock contradicts what the store has. It never goes back, not even over a
 * restart, and while a program runs nothing but the time that passes moves it. At a start it follows the clock, but
 * not further than TIMES.longestBreak: a clock that is years ahead makes nothing years old.
 */
import { TIMES } from '../chat/limits.ts'
import type { Clock } from '../chat/clock.ts'

/** What is counted of a break that is longer than can be believed: nobody is told any more what was said before it. */
const DOUBTED_BREAK = TIMES.caughtUp
/** In milliseconds. */
const LONG_BREAK = 3_600_000
const DOUBTED_FOR = 24 * 3_600_000
/** As long as they differ by less, in milliseconds, the store goes by the clock itself. */
const ALIKE = 5_000

export class StoreTime {
  /** For how long the program did not run since the store was used last, as far as that is believed: milliseconds. */
  readonly break: number
  readonly #clock: Clock
  readonly #lead: number
  readonly #begun: number

  /** `last`: the time of this store when it was used last; undefined when it never was. */
  constructor(clock: Clock, last: number | undefined) {
    const begin = beginning(clock.wall(), last)
    const now = clock.now()
    const isAlike = Math.abs(begin - now) < ALIKE && now >= (last ?? -Infinity)
    this.#clock = clock
    this.#lead = isAlike ? 0 : begin - now
    this.break = last === undefined ? 0 : Math.max(0, begin - last)
    this.#begun = this.now()
  }

  /** Milliseconds, near Unix time. */
  now(): number {
    return this.#clock.now() + this.#lead
  }

  /** What now() was at this start. */
  get begun(): number {
    return this.#begun
  }

  /** The time by which messages are deleted: a break of more than an hour counts when the program has run for a day. */
  certain(): number {
    const now = this.now()
    const isDoubted = this.break > LONG_BREAK && now - this.#begun < DOUBTED_FOR
    return isDoubted ? now - this.break : now
  }
}

/** Where the time of a store goes on. `wall` and `last` in milliseconds. */
export function beginning(wall: number, last: number | undefined): number {
  if (last === undefined || !Number.isFinite(last)) return wall
  if (wall - last > TIMES.longestBreak) return last + DOUBTED_BREAK
  return Math.max(wall, last)
}
