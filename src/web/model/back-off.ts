/** How long to wait before the next attempt. Pure: the dice are an argument. */

/** In milliseconds: the first wait, and the longest. */
export const WAITS = { first: 1_000, longest: 3_000 } as const

/** Doubling, and between half of that and the whole of it, so that not all come back in the same moment. */
export function backOff(attempts: number, random: number): number {
  const whole = Math.min(WAITS.longest, WAITS.first * 2 ** Math.min(attempts, 10))
  return Math.round(whole * (0.5 + random / 2))
}
