/**
 * Time as an argument. Nothing in src/chat, the tracker's registry or the peer reads a clock or starts a
 * timer by itself, so that tests and simulations decide what time it is.
 */
export interface Clock {
  /**
   * Milliseconds, for durations and for order: Unix time when the clock began, and counted from there. It never goes
   * back, and setting the clock of the machine does not move it. It leaps forward when the machine slept.
   */
  now(): number
  /** Unix time in milliseconds, as the machine shows it now. It may be wrong, and may leap in either direction: to be shown, not to be compared. */
  wall(): number
  /** Calls `task` once in `ms` milliseconds; the answer cancels it. */
  after(ms: number, task: () => void): () => void
}

/** Doubles from `first` to `most` with each attempt, plus or minus 20 % so that many do not come at once. */
export function backOff(attempt: number, first: number, most: number, random: () => number): number {
  return Math.min(most, first * 2 ** attempt) * (0.8 + 0.4 * random())
}
