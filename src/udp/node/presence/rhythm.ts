/**
 * How often a program of another kind announces itself by its own clock, and how long it may be silent for that. Pure.
 *
 * Programs of this family announce themselves each second, each 10 s, 30 s or 300 s. A program is given up after three
 * announcements of its own that did not come, but never within `foreignLeaseLeast`, and never later than `foreignLease`.
 * What was asked for, or said by a user, has no rhythm: it must not be noted here.
 */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'

/** So many intervals of silence: three announcements missed, and time for the third to be late. */
const SILENT_INTERVALS = 3.3

/** An announcement is due when so much of an interval has passed. */
const DUE = { from: 0.8, to: 1.5 }

/** From so many intervals on one that is much longer than the others is taken for a loss. */
const MANY = 4

export class LanRhythm {
  #beganAt = 0
  #notedAt: number | undefined
  /** The last intervals in milliseconds, the oldest first, and when each ended. */
  readonly #intervals: { readonly ms: number; readonly endedAt: number }[] = []

  /** An announcement that nobody asked for. */
  note(now: number): void {
    const interval = now - (this.#notedAt ?? -Infinity)
    // Several at once are one, which began with the first of them.
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

  /** Whether an announcement is due now by this rhythm; one that is not may be that of a start. */
  isDue(now: number): boolean {
    const usual = this.#usualInterval
    if (usual === undefined || this.#notedAt === undefined) return false
    const passed = (now - this.#notedAt) / usual
    return passed >= DUE.from && passed <= DUE.to
  }

  /** For how long it is believed to be there after it was heard, in milliseconds. */
  get lease(): number {
    const interval = this.#interval
    if (interval === undefined) return LAN_TIMES.foreignLease
    const lease = Math.max(LAN_TIMES.foreignLeaseLeast, SILENT_INTERVALS * interval)
    return Math.min(LAN_TIMES.foreignLease, lease)
  }

  /** Less time has passed since an interval than it took: shorter ones may be forged, and do not count against it. */
  #isFresh({ ms, endedAt }: { readonly ms: number; readonly endedAt: number }): boolean {
    return (this.#notedAt ?? endedAt) - endedAt < ms
  }

  /** The longest, or of many the second longest; undefined until enough was seen. */
  get #interval(): number | undefined {
    const [longest, second] = this.#seenIntervals
    const isLoss = this.#intervals.length >= MANY && longest !== undefined && !this.#isFresh(longest)
    return (isLoss ? second : longest)?.ms
  }

  /** The one in the middle: a single announcement that was lost, or asked for, changes no beat. */
  get #usualInterval(): number | undefined {
    const intervals = this.#seenIntervals
    return intervals[Math.floor(intervals.length / 2)]?.ms
  }

  /** The longest first; none until enough was seen: a few in a row may be a fast start, or forged. */
  get #seenIntervals(): readonly { readonly ms: number; readonly endedAt: number }[] {
    const seen = (this.#notedAt ?? 0) - this.#beganAt
    if (this.#intervals.length < 2 || seen < LAN_TIMES.observed) return []
    return this.#intervals.toSorted((a, b) => b.ms - a.ms)
  }
}
