/** Limits how often each host may send requests: one token bucket per key. */

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  at: number
}

/** Sums of fractions are seldom exact: ten tenths of a token count as one. */
const ROUNDING = 1e-9

export class RateLimit {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** As take() with one token, but takes nothing. */
  wait(key: string, now: number): number {
    const bucket = this.#filled(key, now)
    return bucket.tokens < 1 - ROUNDING ? ((1 - bucket.tokens) / this.#rate.perSecond) * 1000 : 0
  }

  /** Takes `cost` tokens and returns 0; if there are fewer, takes none and returns the milliseconds until there are enough. */
  take(key: string, now: number, cost = 1): number {
    const bucket = this.#filled(key, now)
    if (bucket.tokens < cost - ROUNDING) return ((cost - bucket.tokens) / this.#rate.perSecond) * 1000
    bucket.tokens -= cost
    return 0
  }

  #filled(key: string, now: number): Bucket {
    const { perSecond, burst } = this.#rate
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)
    return bucket
  }

  /** Removes buckets that are full again. */
  sweep(now: number): void {
    const { perSecond, burst } = this.#rate
    for (const [key, { at }] of this.#buckets) {
      if (now - at > (burst / perSecond) * 1000) this.#buckets.delete(key)
    }
  }
}
