/** How much one host may send to a peer, and ask of it. Pure; time is an argument. */
import { isLoopback } from '../chat/address.ts'
import { LIMITS } from '../chat/limits.ts'
import { RateLimit, type Rate } from '../chat/rate-limit.ts'
import { Refused } from '../chat/refused.ts'

/** So many messages, or questions, of one host at a time; programs of this machine have more of it. */
export class Spending {
  readonly #limits = {
    messages: new RateLimit(LIMITS.messages),
    ownMessages: new RateLimit(LIMITS.ownMessages),
    history: new RateLimit(LIMITS.historyRequests),
    ownHistory: new RateLimit(tenfold(LIMITS.historyRequests)),
  }

  /** Throws Refused 429. */
  spend(on: 'messages' | 'history', host: string, count: number, now: number): void {
    const own = on === 'messages' ? this.#limits.ownMessages : this.#limits.ownHistory
    const wait = (isLoopback(host) ? own : this.#limits[on]).take(host, now, count)
    if (wait === 0) return
    const headers = { 'Retry-After': String(Math.ceil(wait / 1000)) }
    throw new Refused(429, 'too_many_requests', 'too much at once; try again in a moment', { headers })
  }

  sweep(now: number): void {
    for (const limit of Object.values(this.#limits)) limit.sweep(now)
  }
}

function tenfold({ perSecond, burst }: Rate): Rate {
  return { perSecond: 10 * perSecond, burst: 10 * burst }
}
