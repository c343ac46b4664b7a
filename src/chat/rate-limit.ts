/** How often somebody may ask: a token bucket for each host. Pure; time is an argument. */

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  at: number
}

/** Sums of fractions are seldom exact: ten tenths of a token are one. */
const ROUNDING = 1e-9

export class RateLimit {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** As take(), of one token that stays. */
  wait(key: string, now: number): number {
    const bucket = this.#filled(key, now)
    return bucket.tokens < 1 - ROUNDING ? ((1 - bucket.tokens) / this.#rate.perSecond) * 1000 : 0
  }

  /** Takes `cost` tokens. Returns 0 when they were there, else the milliseconds until they are. */
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

  /** Forgets who has been quiet long enough to have a full bucket. */
  sweep(now: number): void {
    const { perSecond, burst } = this.#rate
    for (const [key, { at }] of this.#buckets) {
      if (now - at > (burst / perSecond) * 1000) this.#buckets.delete(key)
    }
  }
}
