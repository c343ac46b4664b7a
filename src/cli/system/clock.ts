/**
 * The time of this machine, as the Clock that everything else is given.
 *
 * Durations come from a counter that setting the clock does not move. On Linux that counter stands still while the
 * machine sleeps, and the time since the machine was switched on (os.uptime()) does not: the difference is the sleep.
 * The wall clock only tells when to look, because reading the uptime is slow.
 */
import { uptime } from 'node:os'
import { TIMES } from '../../chat/limits.ts'
import type { Clock } from '../../chat/clock.ts'

/** What a machine has for clocks, in milliseconds. */
export interface Clocks {
  /** Unix time, which may leap. */
  readonly wall: () => number
  /** Time since some moment. It may stand still while the machine sleeps. */
  readonly counted: () => number
  /** Time since the machine was switched on, sleep included; in whole seconds on some systems. May throw. */
  readonly uptime: () => number
}

/** So much may be the rounding of the uptime, in milliseconds. */
const ROUNDING = 2_000

/** As Clock.now(). */
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

/** NaN where the system does not say. */
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
