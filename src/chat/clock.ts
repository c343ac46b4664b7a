/**
 * Time as an argument. Nothing in src/chat, the tracker's registry or the peer reads a clock or starts a
 * timer by itself, so that tests and simulations decide what time it is.
 */
export interface Clock {
  /** Unix time in milliseconds. It never goes back, and leaps forward only when the machine slept or its clock was set. */
  now(): number
  /** Calls `task` once in `ms` milliseconds; the answer cancels it. */
  after(ms: number, task: () => void): () => void
}

/** Doubles from `first` to `most` with each attempt, plus or minus 20 % so that many do not come at once. */
export function backOff(attempt: number, first: number, most: number, random: () => number): number {
  return Math.min(most, first * 2 ** attempt) * (0.8 + 0.4 * random())
}
