/** How long a message waits between two attempts. */
import { backOff } from '../../../chat/clock.ts'

const MIN_BACKOFF = 500
const MAX_BACKOFF = 30_000

/** Milliseconds, after so many attempts before. `random`: between 0 and 1. */
export function retryPause(attempts: number, random: () => number): number {
  return backOff(attempts, MIN_BACKOFF, MAX_BACKOFF, random)
}
