/**
 * Store time: the time by which a store keeps, orders and deletes messages.
 *
 * It is the time of the clock unless the clock contradicts the messages in the store. Invariant: it never goes back, not
 * even over a restart, and while the program runs only elapsed time moves it. At a start it follows the clock, but not by
 * more than TIMES.longestBreak, so a clock that is years ahead makes nothing years old.
 */
import { TIMES } from '../chat/limits.ts'
import { numberIn } from './rows.ts'
import type { Clock } from '../chat/clock.ts'
import type { Database } from './file/sqlite.ts'

/** What a break that is too long to be believed counts as: peers are sent nothing from before it. */
const DOUBTED_BREAK = TIMES.caughtUp
/** In milliseconds. */
const LONG_BREAK = 3_600_000
const DOUBTED_FOR = 24 * 3_600_000
/** Store time is the time of the clock as long as they differ by less than this, in milliseconds. */
const ALIKE = 5_000

export class StoreTime {
  /** How long the program did not run since the store was last used, as far as that is believed, in milliseconds. */
  readonly break: number
  readonly #clock: Clock
  readonly #lead: number
  readonly #begun: number

  /** `last`: store time at its last use; undefined for a new store. */
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

  /** now() at this start. */
  get begun(): number {
    return this.#begun
  }

  /** The time by which messages are deleted. A break of more than an hour counts only after the program has run for a day. */
  certain(): number {
    const now = this.now()
    const isDoubted = this.break > LONG_BREAK && now - this.#begun < DOUBTED_FOR
    return isDoubted ? now - this.break : now
  }
}

/** Store time at a start. `wall` and `last` in milliseconds. */
export function beginning(wall: number, last: number | undefined): number {
  if (last === undefined || !Number.isFinite(last)) return wall
  if (wall - last > TIMES.longestBreak) return last + DOUBTED_BREAK
  return Math.max(wall, last)
}

/** Store time at the last use of a store; undefined for a new one. */
export function lastUsed(database: Database, noted: string | undefined): number | undefined {
  const newest = ['main.message', 'outgoing'].flatMap((table) =>
    database.prepare(`SELECT received_at FROM ${table} ORDER BY number DESC LIMIT 1`).all(),
  )
  const times = [
    noted === undefined ? NaN : Number(noted),
    ...newest.map((row) => numberIn(row, 'received_at')),
  ]
  const known = times.filter(Number.isFinite)
  return known.length === 0 ? undefined : Math.max(...known)
}
