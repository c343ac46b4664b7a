/**
 * When something happens, in both of its meanings: the place that it has in the order of what is kept (the time of
 * the store), and the date that people are shown (the wall clock as it is then). Pure.
 *
 * A date is `place + clockShift`. Nearly always they are the same, and there is no `clockShift`.
 */
import type { Clock } from './clock.ts'

/** Dates, in Unix milliseconds. */
export interface Dated {
  readonly at: number
  readonly receivedAt: number
  /** How far the wall clock was ahead of the time of the store, in milliseconds; not there when they agreed. */
  readonly clockShift?: number | undefined
}

/** A clock that differs by at most this, in milliseconds, agrees. */
const AGREES = 5_000

/** Of what happens now, and was said `age` milliseconds ago. `now()` of the clock is the time of the store. */
export function momentOf(clock: Pick<Clock, 'now' | 'wall'>, age = 0): Dated {
  const now = clock.now()
  const clockShift = Math.round(clock.wall() - now)
  if (Math.abs(clockShift) <= AGREES) return { at: now - age, receivedAt: now }
  const receivedAt = now + clockShift
  return { at: receivedAt - age, receivedAt, clockShift }
}

/** The place in its conversation, in milliseconds of the time of the store. */
export function placeOf({ at, clockShift = 0 }: Pick<Dated, 'at' | 'clockShift'>): number {
  return at - clockShift
}

/** The place among all that has arrived. */
export function arrivalOf({ receivedAt, clockShift = 0 }: Pick<Dated, 'receivedAt' | 'clockShift'>): number {
  return receivedAt - clockShift
}

/** A message that took longer than this, in milliseconds, came late. */
const LATE = 60_000

/** Whether a message that was said at `at` came late at `receivedAt`, both in milliseconds. */
export function cameLate(at: number, receivedAt: number): boolean {
  return receivedAt - at > LATE
}
