/** How long to wait before the next attempt. */

/** The first wait and the longest, in milliseconds. */
export const WAITS = { first: 1_000, longest: 3_000 } as const

/** Doubles with each attempt. Between half of that and the whole, so that not all tabs come back at once; `random` is from 0 to 1. */
export function backOff(attempts: number, random: number): number {
  const whole = Math.min(WAITS.longest, WAITS.first * 2 ** Math.min(attempts, 10))
  return Math.round(whole * (0.5 + random / 2))
}
