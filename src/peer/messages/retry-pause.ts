/** How long a message waits between two attempts. */
import { backOff } from '../../chat/clock.ts'

const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000

/** In milliseconds, after so many attempts before. `random`: between 0 and 1. */
export function retryPause(attempts: number, random: () => number): number {
  return backOff(attempts, FIRST_PAUSE, LONGEST_PAUSE, random)
}
