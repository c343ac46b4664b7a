/** Tokens: which are accepted, which are sent, and what a wrong clock does to them. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  NOW,
  ADA,
  MAI,
  EVE,
  FROM_MAI,
  FROM_EVE,
  addForeign,
  ID,
  startLan,
  token,
  dmToAda,
  attempt,
  type Lines,
} from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import { rfc } from '../../stand-ins.ts'
import { LAN_LIMITS } from '../../../../src/udp/node/limits.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

let lan: SimulatedLan
let ada: Station<LanNode>

beforeEach(() => {
  ;({ lan, ada } = startLan())
})

describe('a clock that is set while the node runs', () => {
  test.each([
    ['400 days ahead', 400 * 86_400],
    ['20 years behind', -20 * 365 * 86_400],
  ])('%s: messages have the new time, and no peer is removed', (_name, offset) => {
    lan.command(ada, { kind: 'clock', offset: offset * 1000 })
    lan.step(1_000)
    lan.command(ada, { kind: 'dm', id: ID, to: MAI, text: 'hi' })
    const [sent] = ada.messages('DM')
    const shown = Math.floor(lan.now / 1000) + offset
    expect(sent?.timestamp).toBe(shown)
    expect(sent?.token).toBe(`${ADA}|${shown + 3_600}|chat`)
    expect(ada.eventsOf('left')).toEqual([])
    lan.inject(
      rfc('POST', { USER_ID: MAI, CONTENT: 'x', TTL: 5, TOKEN: token('broadcast', MAI, shown + 5) }),
      FROM_MAI,
      ada,
    )
    expect(ada.eventsOf('post').map(({ sentAt }) => sentAt)).toEqual([lan.now + offset * 1000])
  })
})

describe('tokens', () => {
  const ids = { TIMESTAMP: NOW, MESSAGE_ID: ID }
  const game = { FROM: MAI, TO: ADA, GAMEID: 'g1', SYMBOL: 'X', ...ids }
  const group = { FROM: MAI, GROUP_ID: 'lab', TIMESTAMP: NOW }
  const MESSAGES: readonly (readonly [string, string, Lines, number])[] = [
    ['POST', 'broadcast', { USER_ID: MAI, CONTENT: 'x', TTL: 3600, ...ids }, 0],
    ['DM', 'chat', { FROM: MAI, TO: ADA, CONTENT: 'x', ...ids }, 0],
    ['FOLLOW', 'follow', { FROM: MAI, TO: ADA, ...ids }, 0],
    ['LIKE', 'broadcast', { FROM: MAI, TO: ADA, POST_TIMESTAMP: NOW, ACTION: 'LIKE', TIMESTAMP: NOW }, 0],
    [
      'FILE_OFFER',
      'file',
      { FROM: MAI, TO: ADA, FILENAME: 'a', FILESIZE: 1, FILEID: 'f', TIMESTAMP: NOW },
      0,
    ],
    ['GROUP_CREATE', 'group', { ...group, GROUP_NAME: 'Lab', MEMBERS: `${MAI},${ADA}` }, 0],
    ['TICTACTOE_INVITE', 'game', game, 60],
  ]

  /** Whether the message had an effect. */
  function isAccepted(type: string, fields: Lines): boolean {
    const before = ada.events.filter(({ kind }) => kind !== 'seen').length
    lan.inject(rfc(type, fields), FROM_MAI, ada)
    return ada.events.filter(({ kind }) => kind !== 'seen').length > before
  }

  describe.each(MESSAGES)('%s', (type, scope, fields, grace) => {
    beforeEach(() => {
      lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'our post' })
    })

    test.each<[string, string | undefined, boolean]>([
      ['good', token(scope), true],
      ['at its last moment', token(scope, MAI, NOW - grace), true],
      ['in fractions of seconds', token(scope, MAI, NOW + 60.5), true],
      ['expired', token(scope, MAI, NOW - grace - 1), false],
      ['of another scope', token(scope === 'chat' ? 'follow' : 'chat'), false],
      ['of another user', token(scope, EVE), false],
      ['missing', undefined, false],
      ['in another format', 'secret', false],
    ])('a token that is %s', (_name, text, isGood) => {
      expect(isAccepted(type, text === undefined ? fields : { ...fields, TOKEN: text })).toBe(isGood)
    })

    test.each<[string, behind: number, isGood: boolean]>([
      ['an hour', 3_600, true],
      ['a day, at the limit', 86_400, true],
      ['a day and a second', 86_401, false],
    ])('a token of a user whose clock is behind by %s', (_name, behind, isGood) => {
      const TIMESTAMP = NOW - behind
      const sent = type === 'FILE_OFFER' ? { ...fields, FILEID: `f ${behind}` } : fields
      const atLast = token(scope, MAI, TIMESTAMP - grace)
      expect(isAccepted(type, { ...sent, TIMESTAMP, TOKEN: atLast })).toBe(isGood)
      expect(isAccepted(type, { ...sent, TIMESTAMP, TOKEN: token(scope, MAI, TIMESTAMP - grace - 1) })).toBe(
        false,
      )
    })

    test.each<[string, hours: number, isGood: boolean]>([
      ['a day ahead', 24, true],
      ['two days ahead', 48, false],
      ['20 years behind', -20 * 365 * 24, true],
    ])('a good token, while our clock is %s', (_name, hours, isGood) => {
      lan.command(ada, { kind: 'clock', offset: hours * 3_600_000 })
      expect(isAccepted(type, { ...fields, TOKEN: token(scope) })).toBe(isGood)
      lan.command(ada, { kind: 'clock', offset: 0 })
      const again =
        type === 'FILE_OFFER' ? { ...fields, FILEID: 'again' } : { ...fields, MESSAGE_ID: 'again' }
      if (!isGood) expect(isAccepted(type, { ...again, TOKEN: token(scope) })).toBe(true)
    })

    test('a token that its user revoked is not accepted', () => {
      lan.inject(rfc('REVOKE', { TOKEN: token(scope) }), FROM_MAI, ada)
      expect(isAccepted(type, { ...fields, TOKEN: token(scope) })).toBe(false)
      expect(isAccepted(type, { ...fields, TOKEN: token(scope, MAI, NOW + 7200) })).toBe(true)
    })

    test.each([
      ['another host', undefined],
      ['another host with the same name', 'mai@10.77.0.66'],
      ['another host with the same user id', MAI],
    ])('a token that %s revoked is still accepted', (_name, userId) => {
      const elsewhere = { host: '10.77.0.66', port: 50_999 }
      if (userId !== undefined) lan.inject(rfc('PING', { USER_ID: userId }), elsewhere, ada)
      lan.inject(rfc('REVOKE', { TOKEN: token(scope) }), elsewhere, ada)
      expect(isAccepted(type, { ...fields, TOKEN: token(scope) })).toBe(true)
    })
  })

  test('a host that revokes thousands of its own tokens does not bring back one that another user revoked', () => {
    addForeign(lan, EVE)
    lan.inject(rfc('REVOKE', { TOKEN: token('chat') }), FROM_MAI, ada)
    for (let number = 0; number < 2 * LAN_LIMITS.revoked; number++) {
      if (number % 20 === 0) lan.step(1_000)
      lan.inject(rfc('REVOKE', { TOKEN: token('chat', EVE, NOW + number) }), FROM_EVE, ada)
    }
    expect(ada.program.sizes['revoked']).toBe(LAN_LIMITS.revoked)
    lan.inject(dmToAda({ MESSAGE_ID: 'again' }), FROM_MAI, ada)
    expect(ada.eventsOf('dm')).toEqual([])
  })

  test('another host cannot revoke tokens of a user who is not there yet by claiming its user id', () => {
    const [elsewhere, bob] = [{ host: '10.77.0.66', port: 50_999 }, 'bob@10.77.0.12']
    lan.inject(rfc('PING', { USER_ID: bob }), elsewhere, ada)
    lan.inject(rfc('REVOKE', { TOKEN: token('chat', bob) }), elsewhere, ada)
    lan.inject(dmToAda({ FROM: bob, TOKEN: token('chat', bob) }), { host: '10.77.0.12', port: 50_999 }, ada)
    expect(ada.eventsOf('dm')).toMatchObject([{ text: 'coffee?' }])
  })

  test('ours have the validity that the user sets', () => {
    lan.command(ada, { kind: 'ttl', seconds: 60 })
    lan.command(ada, { kind: 'dm', id: ID, to: MAI, text: 'x' })
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'x' })
    expect(ada.messages('DM')[0]?.token).toBe(`${ADA}|${NOW + 60}|chat`)
    expect(ada.messages('POST')[0]).toMatchObject({ ttl: 60, token: `${ADA}|${NOW + 60}|broadcast` })
  })

  test.each([0, -1, 0.5, NaN, Infinity, 1e12])('a validity of %d seconds is refused', (seconds) => {
    expect(attempt(lan, ada, { kind: 'ttl', seconds })).toBe(
      '422 a token is good for 1 to 31536000 whole seconds',
    )
    lan.command(ada, { kind: 'post', id: ID, to: MAI, text: 'x' })
    expect(ada.messages('POST')[0]?.ttl).toBe(3600)
  })

  test('ours are revoked one after the other, each once', () => {
    for (let second = 0; second < 50; second++) {
      lan.command(ada, { kind: 'follow', to: MAI, following: true })
      lan.step(1_000)
    }
    lan.command(ada, { kind: 'revoke' })
    expect(ada.messages('REVOKE')).toHaveLength(1)
    lan.step(1_000)
    expect(ada.messages('REVOKE').length).toBeLessThan(20)
    lan.step(10_000)
    expect(new Set(ada.messages('REVOKE').map(({ token: revoked }) => revoked)).size).toBe(50)
    expect(ada.messages('REVOKE')).toHaveLength(50)
    lan.command(ada, { kind: 'revoke' })
    lan.step(1_000)
    expect(ada.messages('REVOKE')).toHaveLength(50)
  })
})
