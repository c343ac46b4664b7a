/**
 * Proof that a Parley peer is at the address its datagrams come from: it repeats a number (NONCE, ECHO) that was sent to
 * that address alone. A sender that forges its source address does not see what is sent there.
 *
 * A foreign program proves the same by acknowledging a message that it alone was sent.
 */
import { LAN_LIMITS } from '../limits.ts'

/** The proofs of one peer, by address. */
export class Proofs {
  /** The nonces that were sent there. */
  readonly #sent = new Map<string, string>()
  readonly #proved = new Set<string>()
  /** The nonces that it wants repeated, by the address it asked from. */
  readonly #toRepeat = new Map<string, string>()

  has(ip: string): boolean {
    return this.#proved.has(ip)
  }

  /** Whether a nonce was sent to this address. */
  isAsked(ip: string): boolean {
    return this.#sent.has(ip)
  }

  /** Whether any address is proved. */
  get any(): boolean {
    return this.#proved.size > 0
  }

  /** The nonce for this address; `make` makes a new one. */
  nonceFor(ip: string, make: () => string): string {
    const known = this.#sent.get(ip)
    if (known !== undefined) return known
    if (this.#sent.size >= LAN_LIMITS.addresses) this.#forgetUnproved()
    const nonce = make()
    // If proved addresses have taken all places, this one cannot be proved.
    if (this.#sent.size < LAN_LIMITS.addresses) this.#sent.set(ip, nonce)
    return nonce
  }

  #forgetUnproved(): void {
    const oldest = [...this.#sent.keys()].find((ip) => !this.#proved.has(ip))
    if (oldest !== undefined) this.#sent.delete(oldest)
  }

  /** Whether this is the nonce that was sent to this address. */
  isRepeated(ip: string, echo: string | undefined): boolean {
    return echo !== undefined && this.#sent.get(ip) === echo
  }

  prove(ip: string): void {
    this.#proved.add(ip)
  }

  /** The peer is no longer seen there. */
  forget(ip: string): void {
    this.#proved.delete(ip)
  }

  /** The peer has asked us, from this address, to repeat this nonce. */
  asks(ip: string, nonce: string): void {
    if (this.#toRepeat.size < LAN_LIMITS.addresses || this.#toRepeat.has(ip)) this.#toRepeat.set(ip, nonce)
  }

  toRepeat(ip: string): string | undefined {
    return this.#toRepeat.get(ip)
  }
}
