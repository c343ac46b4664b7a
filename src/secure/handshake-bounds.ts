/**
 * How many handshakes may begin: a handshake costs 0.65 ms, and nothing of it is known to be honest before its end.
 *
 * They are counted per host and in all. Strangers never use all that there is: hosts which have completed a handshake
 * lately keep a part, so that a flood of strangers does not keep peers from one another. Programs of this machine have
 * larger bounds, and count for themselves. Pure.
 */
import { RateLimit } from '../chat/rate-limit.ts'
import { hostKey, isLoopback } from '../http/ip.ts'
import { SECURE_LIMITS } from './limits.ts'

/** Why a handshake may not begin now. */
export type Excess = 'too-many-a-second' | 'too-many-open'

export class HandshakeBounds {
  readonly #rates = {
    host: new RateLimit(SECURE_LIMITS.perHost),
    loopback: new RateLimit(SECURE_LIMITS.perLoopback),
    all: new RateLimit(SECURE_LIMITS.inAll),
    strangers: new RateLimit(SECURE_LIMITS.ofStrangers),
  }
  /** Handshakes that are open, by host. */
  readonly #open = new Map<string, number>()
  #openInAll = 0
  /** When hosts have completed a handshake, the latest last. */
  readonly #proved = new Map<string, number>()

  /** Counts a handshake that this address wants to begin. `now` in milliseconds. */
  take(ip: string, now: number): Excess | undefined {
    const host = keyOf(ip)
    return this.#hasRoom(host, now) ? this.#rate(host, now) : 'too-many-open'
  }

  opened(ip: string): void {
    const host = keyOf(ip)
    this.#open.set(host, (this.#open.get(host) ?? 0) + 1)
    if (!isLoopback(host)) this.#openInAll++
  }

  /** A handshake has ended; `isProved`: with a proof. */
  closed(ip: string, isProved: boolean, now: number): void {
    const host = keyOf(ip)
    const left = (this.#open.get(host) ?? 1) - 1
    if (left > 0) this.#open.set(host, left)
    else this.#open.delete(host)
    if (isLoopback(host)) return
    this.#openInAll--
    if (isProved) this.#remember(host, now)
  }

  /** Forgets hosts that have asked for nothing lately. */
  sweep(now: number): void {
    for (const rate of Object.values(this.#rates)) rate.sweep(now)
    for (const [host, at] of this.#proved) if (now - at > SECURE_LIMITS.lately) this.#proved.delete(host)
  }

  #hasRoom(host: string, now: number): boolean {
    const open = this.#open.get(host) ?? 0
    if (isLoopback(host)) return open < SECURE_LIMITS.openPerLoopback
    const inAll = this.#isKnown(host, now) ? SECURE_LIMITS.openInAll : SECURE_LIMITS.openOfStrangers
    return open < SECURE_LIMITS.openPerHost && this.#openInAll < inAll
  }

  #rate(host: string, now: number): Excess | undefined {
    const { loopback, host: perHost, all, strangers } = this.#rates
    const isTaken = isLoopback(host)
      ? loopback.take(host, now) === 0
      : perHost.take(host, now) === 0 &&
        (this.#isKnown(host, now) || strangers.take('', now) === 0) &&
        all.take('', now) === 0
    return isTaken ? undefined : 'too-many-a-second'
  }

  #isKnown(host: string, now: number): boolean {
    const at = this.#proved.get(host)
    return at !== undefined && now - at <= SECURE_LIMITS.lately
  }

  #remember(host: string, now: number): void {
    this.#proved.delete(host)
    this.#proved.set(host, now)
    if (this.#proved.size <= SECURE_LIMITS.hosts) return
    for (const oldest of this.#proved.keys()) {
      this.#proved.delete(oldest)
      return
    }
  }
}

/** A loopback address counts for itself. */
function keyOf(ip: string): string {
  return isLoopback(ip) ? ip : hostKey(ip)
}
