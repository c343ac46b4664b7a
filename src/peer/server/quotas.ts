/** How much each host may send to this peer, and ask of it. Programs of this machine have more of most. */
import { hostKey, isLoopback } from '../../http/ip.ts'
import { LIMITS } from '../../chat/limits.ts'
import { RateLimit, type Rate } from '../../chat/rate-limit.ts'
import { ChatError } from '../../chat/errors.ts'
import type { Clock } from '../../chat/clock.ts'

/** What is counted: messages, requests for history, reach checks, greetings, requests about closed channels, refused requests. */
export type QuotaKind = 'messages' | 'history' | 'checks' | 'greetings' | 'closed' | 'refusals'

export class Quotas {
  readonly #clock: Pick<Clock, 'now'>
  readonly #limits = {
    messages: new RateLimit(LIMITS.messages),
    history: new RateLimit(LIMITS.historyRequests),
    checks: new RateLimit(LIMITS.checks),
    greetings: new RateLimit(LIMITS.greetings),
    closed: new RateLimit(LIMITS.closedRequests),
    refusals: new RateLimit(LIMITS.refusals),
  }
  readonly #ownLimits = {
    messages: new RateLimit(LIMITS.ownMessages),
    history: new RateLimit(tenfold(LIMITS.historyRequests)),
    checks: new RateLimit(LIMITS.checks),
    greetings: new RateLimit(LIMITS.ownGreetings),
    closed: new RateLimit(LIMITS.ownClosedRequests),
    refusals: new RateLimit(LIMITS.ownRefusals),
  }

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Takes `count` from what this host has left now. Throws ChatError 429 when that is less. */
  consume(kind: QuotaKind, host: string, count = 1): void {
    refuseUntil(this.#of(host)[kind].take(hostKey(host), this.#clock.now(), count))
  }

  /** A request of this host was refused for its content. */
  refused(host: string): void {
    this.#of(host).refusals.take(hostKey(host), this.#clock.now())
  }

  /** Throws ChatError 429 for a host whose requests were refused too often: its next request is not read. */
  checkRefusals(host: string): void {
    refuseUntil(this.#of(host).refusals.wait(hostKey(host), this.#clock.now()))
  }

  sweep(now: number): void {
    for (const limits of [this.#limits, this.#ownLimits])
      for (const limit of Object.values(limits)) limit.sweep(now)
  }

  #of(host: string): Record<QuotaKind, RateLimit> {
    return isLoopback(host) ? this.#ownLimits : this.#limits
  }
}

/** Throws ChatError 429 unless `wait`, in milliseconds, is 0. */
function refuseUntil(wait: number): void {
  if (wait === 0) return
  const headers = { 'Retry-After': String(Math.ceil(wait / 1000)) }
  throw new ChatError(429, 'too_many_requests', 'too much at once; try again in a moment', { headers })
}

function tenfold({ perSecond, burst }: Rate): Rate {
  return { perSecond: 10 * perSecond, burst: 10 * burst }
}
