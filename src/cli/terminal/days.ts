/** Lines say the time of day only: a line of its own says the day, wherever it changes. Pure. */

/** `Fri Nov 27 2026`, local time. */
export function dayOf(at: number): string {
  return new Date(at).toDateString()
}

/** Milliseconds from then to the next midnight, local time. */
export function untilMidnight(at: number): number {
  return new Date(at).setHours(24, 0, 0, 0) - at
}

/** The day of what is on the screen; at first the one on which the program was started. */
export class Days {
  #shown: string

  constructor(now: number) {
    this.#shown = dayOf(now)
  }

  /** Something of that time is shown next: the day, if it is another one than that of the line before. */
  next(at: number): string | undefined {
    const day = dayOf(at)
    if (day === this.#shown) return undefined
    this.#shown = day
    return day
  }

  /** The last line was of that time. */
  shown(at: number): void {
    this.#shown = dayOf(at)
  }
}
