/**
 * Time as an argument. Nothing in src/chat, the tracker's registry or the peer reads a clock or starts a timer itself,
 * so tests and simulations decide what time it is.
 */
export interface Clock {
  /**
   * Milliseconds, for durations and order: Unix time when the clock started, counted monotonically from there. It never
   * goes back, and setting the clock of the machine does not move it. It leaps forward when the machine slept.
   */
  now(): number
  /** Unix time in milliseconds by the clock of the machine, for display only: it may be wrong and may leap either way. */
  wall(): number
  /** Calls `task` once after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, task: () => void): () => void
}

/** Exponential backoff: doubles from `first` to `most` with each attempt, plus or minus 20 % so that peers spread out. */
export function backOff(attempt: number, first: number, most: number, random: () => number): number {
  return Math.min(most, first * 2 ** attempt) * (0.8 + 0.4 * random())
}
