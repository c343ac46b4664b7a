/**
 * Tokens, `user|expiry|scope`: what a user may do, and how long (LSNP RFC, section 3).
 *
 * They are not signed, so they prove nothing. They are checked because the protocol requires it.
 */
export type Scope = 'chat' | 'broadcast' | 'follow' | 'file' | 'group' | 'game'

export interface Token {
  /** `name@host` */
  readonly userId: string
  /** Unix time in seconds. */
  readonly expiry: number
  /** A Scope, or what another program writes in its place. */
  readonly scope: string
}

/** Game tokens are valid this many seconds longer: some programs write the present as their expiry. */
const GAME_GRACE = 60

const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ['DM', 'chat'],
  ['POST', 'broadcast'],
  ['LIKE', 'broadcast'],
  ['FOLLOW', 'follow'],
  ['UNFOLLOW', 'follow'],
  ['FILE_OFFER', 'file'],
  ['FILE_CHUNK', 'file'],
  ['GROUP_CREATE', 'group'],
  ['GROUP_UPDATE', 'group'],
  ['GROUP_MESSAGE', 'group'],
  ['TICTACTOE_INVITE', 'game'],
  ['TICTACTOE_MOVE', 'game'],
])

/**
 * The scope that a message of this type requires; undefined if it needs no token. TICTACTOE_RESULT needs none, though some
 * programs add one of scope game.
 */
export function scopeOf(type: string): Scope | undefined {
  return SCOPES.get(type)
}

/**
 * What some programs write in the place of that scope: the type in lower case, such as `post` for `broadcast`; for a LIKE
 * that is taken back also `unlike`.
 */
export function ownScopesOf(type: string): readonly string[] {
  return type === 'LIKE' ? ['like', 'unlike'] : [type.toLowerCase()]
}

/** The parts of a token; undefined if it is none. It is split from the end, because a user name may contain `|`. */
export function parseToken(text: string): Token | undefined {
  const beforeScope = text.lastIndexOf('|')
  const beforeExpiry = text.lastIndexOf('|', beforeScope - 1)
  if (beforeExpiry < 1 || beforeExpiry === beforeScope) return undefined
  const expiry = text.slice(beforeExpiry + 1, beforeScope).trim()
  const scope = text.slice(beforeScope + 1).trim()
  if (!/^[0-9]{1,15}(?:\.[0-9]{1,15})?$/.test(expiry) || scope === '') return undefined
  return { userId: text.slice(0, beforeExpiry).trim(), expiry: Number(expiry), scope }
}

/** Throws TypeError for what makes no token: an expiry that is not whole seconds, an empty part. */
export function formatToken({ userId, expiry, scope }: Token): string {
  const text = `${userId}|${expiry}|${scope}`
  const token = parseToken(text)
  if (token?.userId !== userId || token.scope !== scope || !Number.isInteger(expiry))
    throw new TypeError(`${text} is no token: user|whole seconds|scope`)
  return text
}

export interface TokenCheck {
  /** The scope that the message requires: scopeOf(type). */
  readonly scope: Scope
  /** Other scopes that are accepted: ownScopesOf(type). */
  readonly ownScopes?: readonly string[]
  /** The user id that the message says it is from; undefined if it does not say. */
  readonly user: string | undefined
  /** The time by the sender's clock, as far as it is known. Unix time in seconds. */
  readonly now: number
  /** Whether this token, as it was written, has been revoked. */
  readonly revoked: (token: string) => boolean
}

/** Why a message with this token is not accepted; undefined if it is. */
export function tokenProblem(
  text: string | undefined,
  { scope, ownScopes = [], user, now, revoked }: TokenCheck,
): string | undefined {
  if (text === undefined || text === '') return 'there is no token'
  const token = parseToken(text)
  if (token === undefined) return 'the token is not user|expiry|scope'
  const grace = scope === 'game' ? GAME_GRACE : 0
  if (now > token.expiry + grace) return 'the token has expired'
  if (token.scope !== scope && !ownScopes.includes(token.scope))
    return `the token is for ${token.scope}, not for ${scope}`
  if (revoked(text)) return 'the token has been revoked'
  if (user !== undefined && token.userId !== user)
    return `the token belongs to ${token.userId}, not to ${user}`
  return undefined
}
