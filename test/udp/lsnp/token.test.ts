import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from './samples.ts'
import {
  formatToken,
  ownScopesOf,
  parseToken,
  scopeOf,
  tokenProblem,
  type Scope,
  type TokenCheck,
} from '../../../src/udp/lsnp/token.ts'

describe('parseToken', () => {
  test.each([
    ['as the RFC has it', 'mai@10.77.0.11|1795307852|chat', 'mai@10.77.0.11', 1795307852, 'chat'],
    ['xandrei: fractions of a second', 'a@b|1795304216.937183|chat', 'a@b', 1795304216.937183, 'chat'],
    ['a name with the separator', 'a|b@c|5|file', 'a|b@c', 5, 'file'],
    ['blanks around the parts', 'a@b | 5 | game', 'a@b', 5, 'game'],
    ['a scope of another program', 'a@b|0|like', 'a@b', 0, 'like'],
  ])('%s', (_name, text, userId, expiry, scope) => {
    expect(parseToken(text)).toEqual({ userId, expiry, scope })
  })

  test.each([
    ['nothing', ''],
    ['a word', 'chat'],
    ['two parts', 'a@b|5'],
    ['no user', '|5|chat'],
    ['no expiry', 'a@b||chat'],
    ['no scope', 'a@b|5|'],
    ['separators only', '||'],
    ['more separators', '||||'],
    ['an expiry in words', 'a@b|soon|chat'],
    ['an expiry below zero', 'a@b|-5|chat'],
    ['an expiry with an exponent', 'a@b|1e9|chat'],
    ['an expiry of 16 digits', 'a@b|1000000000000000|chat'],
    ['parts in another order', 'chat|a@b|5'],
  ])('is none: %s', (_name, text) => {
    expect(parseToken(text)).toBeUndefined()
  })
})

describe('formatToken', () => {
  test('user, expiry, scope', () => {
    expect(formatToken({ userId: 'mai@10.77.0.11', expiry: 1795307852, scope: 'chat' })).toBe(
      'mai@10.77.0.11|1795307852|chat',
    )
  })

  test.each([
    ['a fraction of a second', 'a@b', 5.5, 'chat'],
    ['an expiry below zero', 'a@b', -5, 'chat'],
    ['no number', 'a@b', NaN, 'chat'],
    ['no user', '', 5, 'chat'],
    ['a user with white space outside', ' a@b', 5, 'chat'],
    ['no scope', 'a@b', 5, ''],
    ['a scope with the separator', 'a@b', 5, 'chat|file'],
  ])('TypeError: %s', (_name, userId, expiry, scope) => {
    expect(() => formatToken({ userId, expiry, scope })).toThrow(TypeError)
  })

  test('what is formatted is parsed', () => {
    const userId = fc
      .string({ unit: fc.constantFrom(...Array.from('ab|@. é')), maxLength: 20 })
      .map((name) => `u${name}@host`)
    fc.assert(
      fc.property(userId, fc.nat(), fc.constantFrom('chat', 'game'), (user, expiry, scope) => {
        expect(parseToken(formatToken({ userId: user, expiry, scope }))).toEqual({
          userId: user,
          expiry,
          scope,
        })
      }),
    )
  })
})

describe('tokenProblem', () => {
  const check: TokenCheck = { scope: 'chat', user: 'mai@h', now: 1000, revoked: () => false }

  test.each<[string, string | undefined, Partial<TokenCheck>, string | undefined]>([
    ['in order', 'mai@h|2000|chat', {}, undefined],
    ['in its last second', 'mai@h|1000|chat', {}, undefined],
    ['one second late', 'mai@h|999|chat', {}, 'the token has expired'],
    ['a fraction of a second late', 'mai@h|999.9|chat', {}, 'the token has expired'],
    ['missing', undefined, {}, 'there is no token'],
    ['empty', '', {}, 'there is no token'],
    ['malformed', 'mai@h|chat', {}, 'the token is not user|expiry|scope'],
    ['for something else', 'mai@h|2000|file', {}, 'the token is for file, not for chat'],
    ['for something unheard of', 'mai@h|2000|CHAT', {}, 'the token is for CHAT, not for chat'],
    ['revoked', 'mai@h|2000|chat', { revoked: () => true }, 'the token has been revoked'],
    ['of another user', 'eve@h|2000|chat', {}, 'the token belongs to eve@h, not to mai@h'],
    ['of any user, in a message without a sender', 'eve@h|2000|chat', { user: undefined }, undefined],
    ['for a game, written in the present', 'mai@h|1000|game', { scope: 'game' }, undefined],
    ['for a game, at the end of the grace', 'mai@h|940|game', { scope: 'game' }, undefined],
    ['for a game, after it', 'mai@h|939|game', { scope: 'game' }, 'the token has expired'],
    ['for a game, shown for a chat, without grace', 'mai@h|999|game', {}, 'the token has expired'],
    [
      'in a scope that is good enough',
      'mai@h|2000|post',
      { scope: 'broadcast', ownScopes: ['post'] },
      undefined,
    ],
    [
      'in the scope itself, where another is good enough',
      'mai@h|2000|chat',
      { ownScopes: ['dm'] },
      undefined,
    ],
    [
      'in neither scope',
      'mai@h|2000|like',
      { scope: 'broadcast', ownScopes: ['post'] },
      'the token is for like, not for broadcast',
    ],
    [
      'expired, in a scope that is good enough',
      'mai@h|999|post',
      { scope: 'broadcast', ownScopes: ['post'] },
      'the token has expired',
    ],
  ])('%s', (_name, token, more, problem) => {
    expect(tokenProblem(token, { ...check, ...more })).toBe(problem)
  })

  test('asks whether it is revoked by the token as it is written', () => {
    const asked: string[] = []
    const revoked = (token: string) => asked.push(token) > 0
    tokenProblem('mai@h|2000.50|chat', { ...check, revoked })
    expect(asked).toEqual(['mai@h|2000.50|chat'])
  })
})

test.each<[string, Scope | undefined]>([
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
  ['TICTACTOE_RESULT', undefined],
  ['PROFILE', undefined],
  ['REVOKE', undefined],
  ['constructor', undefined],
])('the scope of %s is %s', (type, scope) => {
  expect(scopeOf(type)).toBe(scope)
})

test.each([
  ['POST', ['post']],
  ['LIKE', ['like', 'unlike']],
  ['UNFOLLOW', ['unfollow']],
  ['GROUP_MESSAGE', ['group_message']],
])('other scopes for %s are %j', (type, scopes) => {
  expect(ownScopesOf(type)).toEqual(scopes)
})

test.each(EXAMPLES.filter(({ message }) => 'token' in message && message.type !== 'REVOKE'))(
  'the token of the example $name is in order',
  ({ message }) => {
    if (!('token' in message)) throw new Error('has no token')
    const user = 'userId' in message ? message.userId : 'from' in message ? message.from : undefined
    const scope = scopeOf(message.type)
    if (scope === undefined) throw new Error('needs no token')
    expect(
      tokenProblem(message.token, { scope, user, now: 1795307800, revoked: () => false }),
    ).toBeUndefined()
  },
)
