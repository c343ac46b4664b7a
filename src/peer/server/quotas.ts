/** How much one host may send to a peer, and ask of it. Pure; time is an argument. */
import { hostKey, isLoopback } from '../../http/ip.ts'
import { LIMITS } from '../../chat/limits.ts'
import { RateLimit, type Rate } from '../../chat/rate-limit.ts'
import { ChatError } from '../../chat/errors.ts'

/** On what a host spends: messages, questions for what was said or whether it can be reached, greetings, refused requests. */
export type QuotaKind = 'messages' | 'history' | 'checks' | 'greetings' | 'refusals'

/** So many messages, or questions, of one host at a time; programs of this machine have more of most. */
export class Quotas {
  readonly #limits = {
    messages: new RateLimit(LIMITS.messages),
    history: new RateLimit(LIMITS.historyRequests),
    checks: new RateLimit(LIMITS.checks),
    greetings: new RateLimit(LIMITS.greetings),
    refusals: new RateLimit(LIMITS.refusals),
  }
  readonly #ownLimits = {
    messages: new RateLimit(LIMITS.ownMessages),
    history: new RateLimit(tenfold(LIMITS.historyRequests)),
    checks: new RateLimit(LIMITS.checks),
    greetings: new RateLimit(LIMITS.ownGreetings),
    refusals: new RateLimit(LIMITS.ownRefusals),
  }

  /** Throws Refused 429. */
  spend(on: QuotaKind, host: string, count: number, now: number): void {
    refuseUntil(this.#of(host)[on].take(hostKey(host), now, count))
  }

  /** A request of this host was refused for what is in it. */
  refused(host: string, now: number): void {
    this.#of(host).refusals.take(hostKey(host), now)
  }

  /** Throws Refused 429 for a host whose requests were refused too often: the next is not read. */
  checkRefusals(host: string, now: number): void {
    refuseUntil(this.#of(host).refusals.wait(hostKey(host), now))
  }

  #of(host: string): Record<QuotaKind, RateLimit> {
    return isLoopback(host) ? this.#ownLimits : this.#limits
  }
  sweep(now: number): void {
    for (const limits of [this.#limits, this.#ownLimits])
      for (const limit of Object.values(limits)) limit.sweep(now)
  }
}

/** Throws Refused 429 when there is something to wait for, in milliseconds. */
function refuseUntil(wait: number): void {
  if (wait === 0) return
  const headers = { 'Retry-After': String(Math.ceil(wait / 1000)) }
  throw new ChatError(429, 'too_many_requests', 'too much at once; try again in a moment', { headers })
}

function tenfold({ perSecond, burst }: Rate): Rate {
  return { perSecond: 10 * perSecond, burst: 10 * burst }
}
