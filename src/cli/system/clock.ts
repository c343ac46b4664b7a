/**
 * The clock of this machine.
 *
 * Durations come from a counter that setting the clock does not move. On Linux that counter stops while the machine
 * sleeps, and os.uptime() does not: the difference is the sleep. Reading the uptime is slow, so a jump of the wall clock
 * says when to read it.
 */
import { uptime } from 'node:os'
import { TIMES } from '../../chat/limits.ts'
import type { Clock } from '../../chat/clock.ts'

/** The clocks of a machine, in milliseconds. */
export interface Clocks {
  /** Unix time. It may jump. */
  readonly wall: () => number
  /** Time since some moment. It may stop while the machine sleeps. */
  readonly counted: () => number
  /** Time since the machine was switched on, with sleep; in whole seconds on some systems. May throw. */
  readonly uptime: () => number
}

/** The uptime may be rounded by this, in milliseconds. */
const ROUNDING = 2_000

/** A function for Clock.now(). */
export function steadyTime(clocks: Clocks): () => number {
  const { wall, counted } = clocks
  const beginning = wall()
  const countedAtFirst = counted()
  const upAtFirst = uptimeOf(clocks)
  let distance = beginning - countedAtFirst
  let slept = 0
  return () => {
    const seen = counted()
    const elapsed = seen - countedAtFirst
    if (Math.abs(wall() - seen - distance) > TIMES.asleep) {
      distance = wall() - seen
      const asleep = uptimeOf(clocks) - upAtFirst - elapsed
      if (asleep - slept > ROUNDING) slept = asleep
    }
    return beginning + elapsed + slept
  }
}

/** NaN if unknown. */
function uptimeOf({ uptime: read }: Clocks): number {
  try {
    return read()
  } catch {
    return NaN
  }
}

export const systemClock: Clock = {
  now: steadyTime({
    wall: () => Date.now(),
    counted: () => performance.now(),
    uptime: () => uptime() * 1000,
  }),
  wall: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
