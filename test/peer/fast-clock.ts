/** The time of this machine, so many times as fast: what waits for seconds is over at once. */
import { systemClock } from '../../src/cli/system/clock.ts'
import type { Clock } from '../../src/chat/clock.ts'

const START = systemClock.now()

/** All clocks of one speed show the same time. */
export function fast(times: number): Clock {
  const now = (): number => START + (systemClock.now() - START) * times
  return {
    ...{ now, wall: now },
    after: (ms, task) => systemClock.after(ms / times, task),
  }
}
