/**
 * How often a foreign LSNP program announces itself by its own clock, and how long it may be silent therefore.
 *
 * LSNP programs announce themselves every second, every 10 s, 30 s or 300 s. A program is removed after three missed
 * announcements, but never within `foreignLeaseLeast`, and never later than `foreignLease`. Only unsolicited announcements
 * are noted: answers and messages of users follow no clock.
 */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'

/** The lease in intervals: three missed announcements, and time for the third to be late. */
const SILENT_INTERVALS = 3.3

/** An announcement is due when this part of an interval has passed. */
const DUE = { from: 0.8, to: 1.5 }

/** With this many intervals, one that is much longer than the others is taken for a lost announcement. */
const ENOUGH_FOR_A_LOSS = 4

export class LanRhythm {
  #beganAt = 0
  #notedAt: number | undefined
  /** The last intervals, in milliseconds, and when each ended; the oldest first. */
  readonly #intervals: { readonly ms: number; readonly endedAt: number }[] = []

  /** Notes an unsolicited announcement. */
  note(now: number): void {
    const interval = now - (this.#notedAt ?? -Infinity)
    // Several at once count as one, at the time of the first.
    if (interval < LAN_TIMES.together) return
    this.#notedAt = now
    if (interval === Infinity) {
      this.#beganAt = now
      return
    }
    this.#intervals.push({ ms: interval, endedAt: now })
    if (this.#intervals.length <= LAN_LIMITS.intervals) return
    const old = this.#intervals.findIndex((each) => !this.#isFresh(each))
    this.#intervals.splice(Math.max(0, old), 1)
  }

  /** Whether an announcement is due now. One that is not due may be that of a restart. */
  isDue(now: number): boolean {
    const usual = this.#usualInterval
    if (usual === undefined || this.#notedAt === undefined) return false
    const passed = (now - this.#notedAt) / usual
    return passed >= DUE.from && passed <= DUE.to
  }

  /** How long the program counts as present after it was seen, in milliseconds. */
  get lease(): number {
    const interval = this.#interval
    if (interval === undefined) return LAN_TIMES.foreignLease
    const lease = Math.max(LAN_TIMES.foreignLeaseLeast, SILENT_INTERVALS * interval)
    return Math.min(LAN_TIMES.foreignLease, lease)
  }

  /** Whether less time has passed since an interval than it took: shorter intervals, which may be forged, do not replace it. */
  #isFresh({ ms, endedAt }: { readonly ms: number; readonly endedAt: number }): boolean {
    return (this.#notedAt ?? endedAt) - endedAt < ms
  }

  /** The longest interval, or the second longest if the longest is a loss; undefined until enough was seen. */
  get #interval(): number | undefined {
    const [longest, second] = this.#seenIntervals
    const isLoss =
      this.#intervals.length >= ENOUGH_FOR_A_LOSS && longest !== undefined && !this.#isFresh(longest)
    return (isLoss ? second : longest)?.ms
  }

  /** The median: one announcement that was lost, or solicited, does not change it. */
  get #usualInterval(): number | undefined {
    const intervals = this.#seenIntervals
    return intervals[Math.floor(intervals.length / 2)]?.ms
  }

  /** The longest first; empty until enough was seen, since a few in a row may be a fast start, or forged. */
  get #seenIntervals(): readonly { readonly ms: number; readonly endedAt: number }[] {
    const seen = (this.#notedAt ?? 0) - this.#beganAt
    if (this.#intervals.length < 2 || seen < LAN_TIMES.observed) return []
    return this.#intervals.toSorted((a, b) => b.ms - a.ms)
  }
}
