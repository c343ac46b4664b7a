/**
 * One coarse clock for many connections: a timer a server instead of several a request.
 *
 * A connection says until when it may wait, in milliseconds of now(); at each tick those that are late are
 * told. A deadline is kept to within one tick.
 */
/** A body that comes, or is taken, more slowly is given up: bytes a millisecond, 8 KiB a second. */
const LEAST_RATE = (8 * 1024) / 1000

/** A deadline after `bytes` of progress: later by the time they take at the least rate, up to `latest`. */
export function extended(deadline: number, bytes: number, latest: number): number {
  return Math.max(deadline, Math.min(deadline + bytes / LEAST_RATE, latest))
}

export interface Timed {
  /** In milliseconds of now(); Infinity: nothing is waited for. */
  readonly deadline: number
  late(): void
}

export class Deadlines {
  readonly #waiting = new Set<Timed>()
  readonly #tick: number
  #timer: NodeJS.Timeout | undefined
  #date = ''
  #dateUntil = 0

  /** `tick` in milliseconds. */
  constructor(tick: number) {
    this.#tick = tick
  }

  /** Monotonic, in milliseconds. */
  now(): number {
    return performance.now()
  }

  /** IMF-fixdate (RFC 9110 section 5.6.7), written anew when the second is over. */
  date(): string {
    const now = Date.now()
    if (now >= this.#dateUntil || now < this.#dateUntil - 1000) {
      this.#date = new Date(now).toUTCString()
      this.#dateUntil = now - (now % 1000) + 1000
    }
    return this.#date
  }

  add(waiting: Timed): void {
    this.#waiting.add(waiting)
    this.#timer ??= setInterval(() => {
      this.#tellLate()
    }, this.#tick).unref()
  }

  delete(waiting: Timed): void {
    this.#waiting.delete(waiting)
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tellLate(): void {
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
