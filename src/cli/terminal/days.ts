/** Days of the lines on the screen: lines have the time of day only, so a separate line says the day where it changes. */

/** `Fri Nov 27 2026`, local time. */
export function dayOf(at: number): string {
  return new Date(at).toDateString()
}

/** Milliseconds from `at` to the next midnight, local time. */
export function untilMidnight(at: number): number {
  return new Date(at).setHours(24, 0, 0, 0) - at
}

/** The day of the last line on the screen; at first the day of the start. */
export class Days {
  #shown: string

  constructor(now: number) {
    this.#shown = dayOf(now)
  }

  /** The day to print above a line of that time; undefined: it is that of the line before. */
  next(at: number): string | undefined {
    const day = dayOf(at)
    if (day === this.#shown) return undefined
    this.#shown = day
    return day
  }

  /** The last line on the screen is of that time. */
  shown(at: number): void {
    this.#shown = dayOf(at)
  }
}
