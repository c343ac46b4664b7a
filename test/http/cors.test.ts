/** Pages of other sites: allowed origins, preflight answers, and the fields of other answers. */
import { describe, expect, test } from 'vitest'
import { AllowedOrigins } from '../../src/http/cors.ts'
import { DEFAULT_LIMITS, type Request } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'

const PAGE = 'http://10.0.0.5:8080'
const origins = new AllowedOrigins([PAGE, 'https://chat.example'], ['GET', 'POST', 'POST', 'PUT'])

function parsed(method: string, ...fields: readonly string[]): Request {
  const parser = new RequestParser(DEFAULT_LIMITS)
  parser.push(Buffer.from([`${method} /submit-info HTTP/1.1`, 'Host: a', ...fields, '', ''].join('\r\n')))
  const request = parser.next()
  if (request === undefined) throw new Error('half a request')
  return request
}

const WANTED = 'Access-Control-Request-Method: POST'

describe('is let in', () => {
  test.each<[what: string, fields: readonly string[], isLetIn: boolean]>([
    ['an origin of the list', [`Origin: ${PAGE}`], true],
    ['another of the list', ['Origin: https://chat.example'], true],
    ['another port', ['Origin: http://10.0.0.5:8081'], false],
    ['no port', ['Origin: http://10.0.0.5'], false],
    ['another scheme', ['Origin: http://chat.example'], false],
    ['upper case, which no browser sends', ['Origin: HTTPS://chat.example'], false],
    ['a longer name', ['Origin: https://chat.example.evil.example'], false],
    ['a path', [`Origin: ${PAGE}/`], false],
    ['two in one line', [`Origin: ${PAGE} https://chat.example`], false],
    ['two lines', [`Origin: ${PAGE}`, `Origin: ${PAGE}`], false],
    ['null', ['Origin: null'], false],
    ['an empty one', ['Origin:'], false],
    ['none', [], false],
  ])('%s: %s', (_what, fields, isLetIn) => {
    expect(origins.has(parsed('POST', ...fields))).toBe(isLetIn)
  })
})

describe('a browser that asks first', () => {
  const ALLOWED = {
    'Access-Control-Allow-Methods': 'GET, POST, PUT',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '600',
  }
  const PRIVATE = 'Access-Control-Request-Private-Network: true'

  test.each<[what: string, method: string, fields: readonly string[], expected: object | undefined]>([
    ['of the list', 'OPTIONS', [`Origin: ${PAGE}`, WANTED], ALLOWED],
    [
      'of the list, from a public address',
      'OPTIONS',
      [`Origin: ${PAGE}`, WANTED, PRIVATE],
      { ...ALLOWED, 'Access-Control-Allow-Private-Network': 'true' },
    ],
    ['not of the list', 'OPTIONS', ['Origin: http://evil.example', WANTED], undefined],
    ['not of the list, from a public address', 'OPTIONS', ['Origin: null', WANTED, PRIVATE], undefined],
    ['without an origin', 'OPTIONS', [WANTED], undefined],
    ['that asks for no method: it wants Allow', 'OPTIONS', [`Origin: ${PAGE}`], undefined],
    ['that does not ask but sends', 'POST', [`Origin: ${PAGE}`, WANTED], undefined],
  ])('%s', (_what, method, fields, expected) => {
    const answer = origins.preflight(parsed(method, ...fields))
    expect(answer).toEqual(expected === undefined ? undefined : { status: 204, headers: expected })
  })
})

describe('an answer', () => {
  const ANSWER = { status: 403, headers: { Allow: 'GET' }, body: 'no', close: true }

  test('names the origin that may read it, and says that it depends on it', () => {
    expect(origins.addHeaders(ANSWER, parsed('GET', `Origin: ${PAGE}`))).toEqual({
      ...ANSWER,
      headers: {
        Allow: 'GET',
        'Access-Control-Allow-Origin': PAGE,
        'Access-Control-Expose-Headers': 'Retry-After',
        Vary: 'Origin',
      },
    })
  })

  test.each<[what: string, head: Request | undefined]>([
    ['another origin', parsed('GET', 'Origin: http://evil.example')],
    ['two origins', parsed('GET', `Origin: ${PAGE}`, 'Origin: http://evil.example')],
    ['no origin', parsed('GET')],
    ['a request that could not be read', undefined],
  ])('names no origin for %s', (_what, head) => {
    expect(origins.addHeaders(ANSWER, head).headers).toEqual({ Allow: 'GET', Vary: 'Origin' })
  })

  test('keeps what else it depends on', () => {
    const answer = { status: 200, headers: { Vary: 'Accept' } }
    expect(origins.addHeaders(answer, undefined).headers).toEqual({ Vary: 'Accept, Origin' })
  })

  test('is as it was when no origin is let in', () => {
    const none = new AllowedOrigins([], ['GET'])
    expect(none.addHeaders(ANSWER, parsed('GET', `Origin: ${PAGE}`))).toBe(ANSWER)
    expect(none.preflight(parsed('OPTIONS', `Origin: ${PAGE}`, WANTED))).toBeUndefined()
  })
})
