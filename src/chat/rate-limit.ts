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

  /** Takes `cost` tokens. Returns 0 when they were there, else the milliseconds until they are. */
  take(key: string, now: number, cost = 1): number {
    const { perSecond, burst } = this.#rate
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)
    if (bucket.tokens < cost - ROUNDING) return ((cost - bucket.tokens) / perSecond) * 1000
    bucket.tokens -= cost
    return 0
  }

  /** Forgets who has been quiet long enough to have a full bucket. */
  sweep(now: number): void {
    const { perSecond, burst } = this.#rate
    for (const [key, { at }] of this.#buckets) {
      if (now - at > (burst / perSecond) * 1000) this.#buckets.delete(key)
    }
  }
}
