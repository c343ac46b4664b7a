/**
 * The anti-amplification limit: without a user asking for it, a node sends no address more bytes than came from there.
 *
 * The source of a datagram can be forged, and its answer goes to the owner of that address, who asked for nothing
 * (RFC 9000, section 8, has the same problem). So the bytes that came from an address are its credit, and pay for every
 * datagram to it that no user asked for; without enough credit it is not sent.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'

interface Account {
  bytes: number
  /** When a datagram last came from there. */
  at: number
}

export class AnswerCredit {
  /** By IP address, in the order of their last datagrams. */
  readonly #accounts = new BoundedMap<string, Account>(LAN_LIMITS.creditors)

  get size(): number {
    return this.#accounts.size
  }

  /** Bytes of payload that may be sent to this address now. */
  left(host: string): number {
    return this.#accounts.get(host)?.bytes ?? 0
  }

  /** A datagram came from this address. */
  earn(host: string, bytes: number, now: number): void {
    const sum = Math.min(LAN_LIMITS.credit, this.left(host) + bytes)
    this.#accounts.set(host, { bytes: sum, at: now })
  }

  /** Takes this many bytes. Returns false, and takes nothing, if there are fewer. */
  spend(host: string, bytes: number): boolean {
    const account = this.#accounts.get(host)
    if (account === undefined || account.bytes < bytes) return false
    account.bytes -= bytes
    return true
  }

  /** Takes up to this many bytes, and returns how many there were. */
  take(host: string, bytes: number): number {
    const taken = Math.min(Math.max(0, bytes), this.left(host))
    this.spend(host, taken)
    return taken
  }

  /** Forgets addresses that have been silent for a minute. */
  sweep(now: number): void {
    for (const [host, { at }] of this.#accounts) {
      if (now - at < LAN_TIMES.credit) return
      this.#accounts.delete(host)
    }
  }
}
