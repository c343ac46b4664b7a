/** The time of this machine, as the Clock that everything else is given. */
import type { Clock } from '../chat/clock.ts'

export const systemClock: Clock = {
  // Not Date.now(): that jumps when somebody sets the clock, and leases would run out or never end.
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
