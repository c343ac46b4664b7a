/**
 * The two meanings of when something happened: its place in the order of the store (store time), and the date that users
 * are shown (the wall clock at that time).
 *
 * A date is `place + clockShift`. Nearly always the two agree, and there is no `clockShift`.
 */
import type { Clock } from './clock.ts'

/** Dates, in Unix milliseconds. */
export interface Dated {
  readonly at: number
  readonly receivedAt: number
  /** How far the wall clock was ahead of store time, in milliseconds; undefined when they agreed. */
  readonly clockShift?: number | undefined
}

/** Clocks agree if they differ by at most this, in milliseconds. */
const AGREES = 5_000

/**
 * To 1/1024 ms. Then a place and a shift, which is in whole milliseconds, add up without a rounding error, and messages
 * that were put at one place stay there.
 */
function exact(ms: number): number {
  return Math.round(ms * 1024) / 1024
}

/** The dates of a message that arrives now and was said `age` milliseconds ago. `now()` of the clock is store time. */
export function momentOf(clock: Pick<Clock, 'now' | 'wall'>, age = 0): Dated {
  const now = exact(clock.now())
  const said = now - exact(age)
  const clockShift = Math.round(clock.wall() - now)
  if (Math.abs(clockShift) <= AGREES) return { at: said, receivedAt: now }
  return { at: said + clockShift, receivedAt: now + clockShift, clockShift }
}

/** The place in its conversation, in milliseconds of store time. */
export function placeOf({ at, clockShift = 0 }: Pick<Dated, 'at' | 'clockShift'>): number {
  return at - clockShift
}

/** The place in the order of arrival, in milliseconds of store time. */
export function arrivalOf({ receivedAt, clockShift = 0 }: Pick<Dated, 'receivedAt' | 'clockShift'>): number {
  return receivedAt - clockShift
}

/** A message that took longer than this, in milliseconds, came late. */
const LATE = 60_000

/** Whether a message that was said at `at` came late at `receivedAt`, both in milliseconds. */
export function cameLate(at: number, receivedAt: number): boolean {
  return receivedAt - at > LATE
}
