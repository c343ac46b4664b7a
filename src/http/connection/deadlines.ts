/**
 * The deadlines of many connections, kept by one coarse timer: a timer a server instead of several a request.
 *
 * A connection says until when it may wait, in milliseconds of now(). At each tick late() of those whose deadline has
 * passed is called, so a deadline is kept to within one tick.
 */
import type { Clock } from '../transport/clock.ts'

/** A body that is sent or taken more slowly is given up: bytes a millisecond, 8 KiB a second. */
const MIN_RATE = (8 * 1024) / 1000

/** A deadline after `bytes` of progress: later by the time they take at the least rate, up to `latest`. */
export function extended(deadline: number, bytes: number, latest: number): number {
  return Math.max(deadline, Math.min(deadline + bytes / MIN_RATE, latest))
}

export interface Timed {
  /** In milliseconds of now(); Infinity: nothing is waited for. */
  readonly deadline: number
  late(): void
}

export class Deadlines {
  readonly #waiting = new Set<Timed>()
  readonly #clock: Clock
  readonly #tick: number
  #cancelTick: (() => void) | undefined
  #date = ''
  #dateUntil = 0

  /** `tick` in milliseconds. */
  constructor(clock: Clock, tick: number) {
    this.#clock = clock
    this.#tick = tick
  }

  /** Monotonic, in milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** IMF-fixdate (RFC 9110 section 5.6.7), written anew when the second is over. */
  date(): string {
    const now = this.#clock.wall()
    if (now >= this.#dateUntil || now < this.#dateUntil - 1000) {
      this.#date = new Date(now).toUTCString()
      this.#dateUntil = now - (now % 1000) + 1000
    }
    return this.#date
  }

  add(waiting: Timed): void {
    this.#waiting.add(waiting)
    if (this.#cancelTick === undefined) this.#planTick()
  }

  delete(waiting: Timed): void {
    this.#waiting.delete(waiting)
    if (this.#waiting.size > 0) return
    this.#cancelTick?.()
    this.#cancelTick = undefined
  }

  #planTick(): void {
    this.#cancelTick = this.#clock.after(this.#tick, () => {
      this.#planTick()
      this.#notifyLate()
    })
  }

  #notifyLate(): void {
    const now = this.now()
    for (const waiting of this.#waiting) {
      if (now >= waiting.deadline) waiting.late()
    }
  }
}

/** A tick fine enough for the shortest of these times, between 10 ms and 250 ms. */
export function tickFor(times: Iterable<number>): number {
  return Math.min(250, Math.max(10, Math.min(...times) / 4))
}
