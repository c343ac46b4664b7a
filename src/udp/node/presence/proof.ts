/**
 * Proof that a peer of our own kind is at the address its datagrams name: it repeats a number (NONCE, ECHO) that was
 * sent to that address alone. A sender that forges a source address does not see what is sent there. Pure.
 *
 * Programs of other kinds prove the same by acknowledging a message that only they were sent.
 */
import { LAN_LIMITS } from '../limits.ts'

/** The state of one peer, by address. */
export class Proofs {
  /** The numbers that were sent there. */
  readonly #asked = new Map<string, string>()
  readonly #proved = new Set<string>()
  /** The numbers that it has asked us to repeat, by the address it asked from. */
  readonly #toRepeat = new Map<string, string>()

  has(ip: string): boolean {
    return this.#proved.has(ip)
  }

  /** Whether a number was sent to this address. */
  isAsked(ip: string): boolean {
    return this.#asked.has(ip)
  }

  /** Whether any address is proved. */
  get any(): boolean {
    return this.#proved.size > 0
  }

  /** The number for this address; `make` makes a new one. */
  nonceFor(ip: string, make: () => string): string {
    const known = this.#asked.get(ip)
    if (known !== undefined) return known
    if (this.#asked.size >= LAN_LIMITS.addresses) this.#forgetUnproved()
    const nonce = make()
    // With all places taken by proved addresses, this one cannot be proved.
    if (this.#asked.size < LAN_LIMITS.addresses) this.#asked.set(ip, nonce)
    return nonce
  }

  #forgetUnproved(): void {
    const oldest = [...this.#asked.keys()].find((ip) => !this.#proved.has(ip))
    if (oldest !== undefined) this.#asked.delete(oldest)
  }

  /** Whether this is the number that was sent to this address. */
  isRepeated(ip: string, echo: string | undefined): boolean {
    return echo !== undefined && this.#asked.get(ip) === echo
  }

  prove(ip: string): void {
    this.#proved.add(ip)
  }

  /** It is not heard there any more. */
  forget(ip: string): void {
    this.#proved.delete(ip)
  }

  /** It has asked us, from this address, to repeat this number. */
  asks(ip: string, nonce: string): void {
    if (this.#toRepeat.size < LAN_LIMITS.addresses || this.#toRepeat.has(ip)) this.#toRepeat.set(ip, nonce)
  }

  toRepeat(ip: string): string | undefined {
    return this.#toRepeat.get(ip)
  }
}
