/**
 * Whose turn it is to be met. Invariant: a host whose addresses do not answer, however many of them it names, keeps the
 * meetings at other hosts waiting no longer than one of its own takes. Pure.
 *
 * A few meetings are under way at a time, so that deliveries find a place to dial. One host gets half of the places at
 * most, and the next place goes to the host that has the fewest.
 */
import { LIMITS } from '../../chat/limits.ts'
import { hostKey, isLoopback } from '../../http/ip.ts'

/** Meetings under way at a time, and those of one host. */
const PLACES = 8
const PLACES_PER_HOST = 4
/** Meetings that wait; one more is refused. */
const MAX_WAITING = 2 * LIMITS.peersPerLoopback

interface Waiting {
  readonly host: string
  readonly begin: () => void
}

export class Turns {
  /** Places taken, by host. */
  readonly #taken = new Map<string, number>()
  readonly #waiting = new Set<Waiting>()
  #places = PLACES

  /** Whether it is the turn of this address, now or later; false when too many wait. Who has a turn calls end() once. */
  take(ip: string): boolean | Promise<true> {
    const host = hostKey(ip)
    if (this.#places > 0 && this.#takenBy(host) < PLACES_PER_HOST) return this.#begin(host)
    const perHost = isLoopback(ip) ? LIMITS.peersPerLoopback : LIMITS.peersPerHost
    const ofHost = [...this.#waiting].filter((each) => each.host === host)
    if (ofHost.length >= perHost || this.#waiting.size >= MAX_WAITING) return false
    return new Promise((resolve) => {
      const begin = (): void => {
        resolve(true)
      }
      this.#waiting.add({ host, begin })
    })
  }

  end(ip: string): void {
    const host = hostKey(ip)
    const left = this.#takenBy(host) - 1
    if (left > 0) this.#taken.set(host, left)
    else this.#taken.delete(host)
    this.#places++
    const next = this.#next()
    if (next === undefined) return
    this.#waiting.delete(next)
    this.#begin(next.host)
    next.begin()
  }

  /** Lets all begin that wait: nothing is met any more. */
  flush(): void {
    for (const { begin } of this.#waiting) begin()
    this.#waiting.clear()
  }

  #begin(host: string): true {
    this.#places--
    this.#taken.set(host, this.#takenBy(host) + 1)
    return true
  }

  /** Of the hosts with the fewest places, the one that has waited longest. */
  #next(): Waiting | undefined {
    const [first] = [...this.#waiting]
      .filter(({ host }) => this.#takenBy(host) < PLACES_PER_HOST)
      .sort((one, other) => this.#takenBy(one.host) - this.#takenBy(other.host))
    return first
  }

  #takenBy(host: string): number {
    return this.#taken.get(host) ?? 0
  }
}
