/**
 * The time of this machine, as the Clock that everything else is given.
 *
 * Not that on the wall, which jumps when somebody sets it: leases would run out, or never end. Not the one that only
 * counts either: on Linux it stands still while the machine sleeps, and all that is said afterwards would be dated too
 * early. So it counts, and catches up when the one on the wall is far ahead; who looks after leases takes such a leap
 * for the sleep that it is.
 */
import { TIMES } from '../chat/limits.ts'
import type { Clock } from '../chat/clock.ts'

/** Both in milliseconds: Unix time, which may jump, and time since some moment, which does not. */
export function steadyTime(wall: () => number, counted: () => number): () => number {
  let beginning = wall() - counted()
  return () => {
    const elapsed = counted()
    const seen = wall()
    if (seen - (beginning + elapsed) > TIMES.asleep) beginning = seen - elapsed
    return beginning + elapsed
  }
}

export const systemClock: Clock = {
  now: steadyTime(
    () => Date.now(),
    () => performance.now(),
  ),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
