/** The tokens of LSNP (RFC draft, section 10): those that this node issues, and those that were revoked. */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import { senderOf } from '../../lsnp/messages.ts'
import { formatToken, ownScopesOf, scopeOf, tokenProblem } from '../../lsnp/token.ts'
import type { Dialect, LsnpMessage } from '../../lsnp/codec.ts'

const DEFAULT_TTL = 3_600

export class Tokens {
  /** How long a token is valid that this node issues, in seconds. */
  ttl = DEFAULT_TTL
  /** Tokens of this node that are still valid, with their expiry in Unix seconds. */
  readonly #issued = new Map<string, number>()
  /** The host that revoked each token. */
  readonly #revoked = new BoundedMap<string, string>(LAN_LIMITS.revoked, (_token, host) => host)

  get sizes() {
    return { issued: this.#issued.size, revoked: this.#revoked.size }
  }

  /** Why the token of a message is not accepted; undefined if it is. `now` in Unix seconds. */
  problem(message: LsnpMessage, dialect: Dialect, now: number): string | undefined {
    const scope = scopeOf(message.type)
    const token = 'token' in message ? message.token : undefined
    // Legacy clients have no tokens.
    if (scope === undefined || (token === undefined && dialect === 'seed')) return undefined
    const timestamp = 'timestamp' in message ? message.timestamp : undefined
    return tokenProblem(token, {
      scope,
      ownScopes: ownScopesOf(message.type),
      user: senderOf(message),
      revoked: (each) => this.#revoked.has(each),
      now: senderTime(timestamp, now),
    })
  }

  /** `now` in Unix seconds. */
  issue(userId: string, scope: string, now: number): string {
    for (const [token, expiry] of this.#issued) if (expiry < now) this.#issued.delete(token)
    const token = this.unlisted(userId, scope, now)
    if (this.#issued.size < LAN_LIMITS.revoked) this.#issued.set(token, now + this.ttl)
    return token
  }

  /** A token for an answer that no user asked for. It cannot be revoked: other hosts could fill the list. */
  unlisted(userId: string, scope: string, now: number): string {
    return formatToken({ userId, expiry: now + this.ttl, scope })
  }

  /** Removes and returns the tokens of this node that are still valid. */
  takeIssued(): string[] {
    const tokens = [...this.#issued.keys()]
    this.#issued.clear()
    return tokens
  }

  /** Revokes a token of a user at `host`. The oldest are forgotten: most of them have expired. */
  revoke(token: string, host: string): void {
    this.#revoked.set(token, host)
  }

  isRevoked(token: string): boolean {
    return this.#revoked.has(token)
  }
}

/** Unix seconds by the clock of the sender, which may be up to LAN_TIMES.plausible behind ours. */
function senderTime(timestamp: number | undefined, present: number): number {
  return Math.min(present, Math.max(timestamp ?? present, present - LAN_TIMES.plausible / 1000))
}
