/** The tokens of LSNP: those we give out, and those that were revoked (RFC draft, section 10). Pure. */
import { LAN_LIMITS } from '../limits.ts'
import { formatToken } from '../../lsnp/token.ts'

const DEFAULT_TTL = 3_600

export class Tokens {
  /** How long a token of ours is good, in seconds. */
  ttl = DEFAULT_TTL
  /** Ours that are still good, with their expiry in Unix seconds. */
  readonly #issued = new Map<string, number>()
  readonly #revoked = new Set<string>()

  get sizes() {
    return { issued: this.#issued.size, revoked: this.#revoked.size }
  }

  /** `now` in Unix seconds. */
  issue(userId: string, scope: string, now: number): string {
    for (const [token, expiry] of this.#issued) if (expiry < now) this.#issued.delete(token)
    const token = this.unlisted(userId, scope, now)
    if (this.#issued.size < LAN_LIMITS.revoked) this.#issued.set(token, now + this.ttl)
    return token
  }

  /** For an answer that no user asked for: it is not kept to be revoked, or strangers could fill that list. */
  unlisted(userId: string, scope: string, now: number): string {
    return formatToken({ userId, expiry: now + this.ttl, scope })
  }

  /** Ours that are still good; they are forgotten. */
  takeIssued(): string[] {
    const tokens = [...this.#issued.keys()]
    this.#issued.clear()
    return tokens
  }

  /** The oldest are forgotten: an expired token is refused anyway. */
  revoke(token: string): void {
    this.#revoked.add(token)
    for (const oldest of this.#revoked) {
      if (this.#revoked.size <= LAN_LIMITS.revoked) return
      this.#revoked.delete(oldest)
    }
  }

  readonly isRevoked = (token: string): boolean => this.#revoked.has(token)
}
