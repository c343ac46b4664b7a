/** REVOKE: a token that is no longer valid; without a token a goodbye. And how long our own tokens are valid. */
import { ChatError } from '../../../chat/errors.ts'
import { LAN_LIMITS } from '../limits.ts'
import { parseToken } from '../../lsnp/token.ts'
import { DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { userIdParts } from '../../lsnp/codec.ts'
import type { MessagingContext } from './messaging-context.ts'
import type { CommandHandlers, DropReason, MessageKind, SignalHandlers } from '../handlers.ts'
import type { LanLiveness } from '../presence/liveness.ts'
import type { Address } from '../../../http/message.ts'

export class Revocations implements MessageKind {
  readonly #context: MessagingContext
  readonly #liveness: LanLiveness
  /** Tokens of this node whose revocation is still to be sent. */
  readonly #toRevoke: string[] = []

  constructor(context: MessagingContext, liveness: LanLiveness) {
    this.#context = context
    this.#liveness = liveness
  }

  readonly signals: SignalHandlers<'REVOKE'> = {
    REVOKE: ({ token, userId }, { from, now }) => {
      if (token !== undefined) return this.#revoked(token, from)
      const { table } = this.#context
      const sender = userId === undefined ? table.at(from) : table.namedAt(userId, from.host)
      this.#liveness.goodbye(sender, now)
      return undefined
    },
  }

  readonly commands: CommandHandlers<'revoke' | 'ttl'> = {
    revoke: (_command, now) => {
      this.#toRevoke.push(...this.#context.tokens.takeIssued())
      this.tick(now)
    },
    ttl: ({ seconds }) => {
      this.#setTtl(seconds)
    },
  }

  get sizes() {
    return { ...this.#context.tokens.sizes, toRevoke: this.#toRevoke.length }
  }

  /** Sends the next revocations: not all at once, because others limit how many datagrams of a host they read. */
  tick(now: number): void {
    const { lan } = this.#context
    for (const token of this.#toRevoke.splice(0, LAN_LIMITS.revokedAtOnce)) {
      for (const host of lan.addresses.broadcasts)
        lan.send({ host, port: DISCOVERY_PORT }, { type: 'REVOKE', token }, 'polyglot', now)
    }
  }

  /**
   * Tokens can be guessed, so only the host of their user revokes them: the address that the user id names, if the user is
   * seen there. For a user id without an address, the address where the user is seen.
   */
  #revoked(token: string, { host }: Address): DropReason {
    const { table, tokens, lan } = this.#context
    const userId = parseToken(token)?.userId
    if (userId === undefined) return 'it revokes what is no token'
    const named = userIdParts(userId).host
    const areBothOwn = lan.addresses.isOwn(named) && lan.addresses.isOwn(host)
    const isElsewhere = /^[0-9.]+$/.test(named) && named !== host && !areBothOwn
    if (isElsewhere || table.find(userId)?.seenAt.has(host) !== true)
      return `${userId} is not seen at this address`
    tokens.revoke(token, host)
    return undefined
  }

  #setTtl(seconds: number): void {
    const most = LAN_LIMITS.tokenSeconds
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > most)
      throw new ChatError(422, 'invalid_ttl', `a token is good for 1 to ${most} whole seconds`)
    this.#context.tokens.ttl = seconds
  }
}
