/** The guard of the web port: Host, Origin, content type and token. */
import { describe, expect, test } from 'vitest'
import { Guard, isPage, secured } from '../../../src/peer/local-api/guard.ts'
import { hostNames } from '../../../src/http/csrf.ts'
import { DEFAULT_LIMITS, type Request } from '../../../src/http/message.ts'
import { RequestParser } from '../../../src/http/codec/request-parser.ts'
import { ChatError } from '../../../src/chat/errors.ts'

const TOKEN = 'right'
const LOCAL = { host: '127.0.0.1', port: 8080 }
const REMOTE = { host: '127.0.0.1', port: 50_000 }
const NOON = 1_763_771_234_000

function guard(): Guard {
  return new Guard({ isToken: (candidate) => candidate === TOKEN })
}

/** A request line and header lines; a body when there is one. */
function parsed(lines: readonly string[], body = ''): Request {
  const parser = new RequestParser(DEFAULT_LIMITS)
  const framing = body === '' ? [] : [`Content-Length: ${body.length}`]
  parser.push(Buffer.from(`${[...lines, ...framing].join('\r\n')}\r\n\r\n${body}`, 'latin1'))
  const request = parser.next()
  if (request === undefined) throw new Error('half a request')
  return request
}

/** The code of the refusal, or `passes`. */
function fate(request: Request, given = guard(), local = LOCAL, remote = REMOTE, now = NOON): string {
  const refused = given.refusal(request, { local, remote }, now)
  return refused === undefined ? 'passes' : `${refused.status} ${refused.code}`
}

const HOST = '421 misdirected'
const ORIGIN = '403 forbidden_origin'
const SITE = '403 forbidden_site'
const TYPE = '415 unsupported_media_type'
const OWN_ORIGIN = 'http://127.0.0.1:8080'
const JSON_TYPE = 'application/json'
const NONE = undefined

/** Of a POST with the right token. */
const COMBINATIONS: readonly (readonly [
  host: string,
  origin: string | undefined,
  site: string | undefined,
  type: string | undefined,
  fate: string,
])[] = [
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', JSON_TYPE, 'passes'],
  ['127.0.0.1:8080', NONE, NONE, JSON_TYPE, 'passes'],
  ['127.0.0.1:8080', NONE, 'none', JSON_TYPE, 'passes'],
  ['127.0.0.1:8080', OWN_ORIGIN, NONE, 'application/json; charset=utf-8', 'passes'],
  ['127.0.0.1:8080', OWN_ORIGIN, NONE, 'Application/JSON', 'passes'],
  ['localhost:8080', 'http://localhost:8080', 'same-origin', JSON_TYPE, 'passes'],
  ['LOCALHOST:8080', NONE, NONE, JSON_TYPE, 'passes'],
  ['[::1]:8080', 'http://[::1]:8080', 'same-origin', JSON_TYPE, 'passes'],
  ['127.0.0.1', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1:', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1:80', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1:8081', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1:08080', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.2:8080', NONE, NONE, JSON_TYPE, HOST],
  ['127.1:8080', NONE, NONE, JSON_TYPE, HOST],
  ['2130706433:8080', NONE, NONE, JSON_TYPE, HOST],
  ['0.0.0.0:8080', NONE, NONE, JSON_TYPE, HOST],
  ['10.0.0.5:8080', NONE, NONE, JSON_TYPE, HOST],
  ['localhost.:8080', NONE, NONE, JSON_TYPE, HOST],
  ['localhost.evil.example:8080', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1.nip.io:8080', NONE, NONE, JSON_TYPE, HOST],
  ['rebound.evil.example:8080', 'http://rebound.evil.example:8080', 'same-origin', JSON_TYPE, HOST],
  ['[::ffff:127.0.0.1]:8080', NONE, NONE, JSON_TYPE, HOST],
  ['127.0.0.1:8080', 'http://127.0.0.1', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'http://127.0.0.1:8081', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'http://localhost:8080', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'https://127.0.0.1:8080', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080/', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080.evil.example', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'https://evil.example', 'cross-site', JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', 'null', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', '', NONE, JSON_TYPE, ORIGIN],
  ['127.0.0.1:8080', NONE, 'cross-site', JSON_TYPE, SITE],
  ['127.0.0.1:8080', NONE, 'same-site', JSON_TYPE, SITE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-site', JSON_TYPE, SITE],
  ['127.0.0.1:8080', OWN_ORIGIN, '', JSON_TYPE, SITE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', NONE, TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', 'text/plain', TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', 'text/plain; application/json', TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', 'application/x-www-form-urlencoded', TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', 'multipart/form-data; boundary=x', TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', 'application/jsonp', TYPE],
  ['127.0.0.1:8080', OWN_ORIGIN, 'same-origin', '', TYPE],
]

test.each(COMBINATIONS)(
  'Host %s, Origin %s, Sec-Fetch-Site %s, Content-Type %s: %s',
  (host, origin, site, type, expected) => {
    const fields = { Origin: origin, 'Sec-Fetch-Site': site, 'Content-Type': type }
    const given = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    )
    const lines = ['POST /api/messages HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${TOKEN}`, ...given]
    expect(fate(parsed(lines, '{}'))).toBe(expected)
  },
)

describe('under which names', () => {
  test.each([
    ['10.0.0.5', '10.0.0.5:8080', 'passes'],
    ['10.0.0.5', '127.0.0.1:8080', 'passes'],
    ['10.0.0.5', '10.0.0.6:8080', HOST],
    ['fd00::5', '[fd00::5]:8080', 'passes'],
  ])('who connected to %s asks for %s: %s', (host, asked, expected) => {
    expect(fate(parsed(['GET /chat HTTP/1.1', `Host: ${asked}`]), guard(), { host, port: 8080 })).toBe(
      expected,
    )
  })

  test('port 80 may be left out', () => {
    const local = { host: '127.0.0.1', port: 80 }
    expect(fate(parsed(['GET /chat HTTP/1.1', 'Host: localhost']), guard(), local)).toBe('passes')
    expect(fate(parsed(['GET /chat HTTP/1.1', 'Host: localhost:80']), guard(), local)).toBe('passes')
  })

  test('nobody, and a request-target with an authority of its own', () => {
    expect(fate(parsed(['GET /chat HTTP/1.0']))).toBe(HOST)
    const lines = ['GET http://evil.example/chat HTTP/1.1', 'Host: 127.0.0.1:8080']
    expect(fate(parsed(lines))).toBe(HOST)
  })

  test('two origins are refused', () => {
    const lines = [
      'GET /chat HTTP/1.1',
      'Host: 127.0.0.1:8080',
      `Origin: ${OWN_ORIGIN}`,
      'Origin: http://evil.example',
    ]
    expect(fate(parsed(lines))).toBe(ORIGIN)
  })
})

describe('what needs the token', () => {
  const UNAUTHORIZED = '401 unauthorized'

  test.each([
    ['/', 'passes'],
    ['/chat', 'passes'],
    ['/chat/', 'passes'],
    ['/chat/assets/index.js', 'passes'],
    ['/healthz', 'passes'],
    ['/api/state', UNAUTHORIZED],
    ['/%61pi/state', UNAUTHORIZED],
    ['/api', UNAUTHORIZED],
    ['/chats', UNAUTHORIZED],
    ['/healthz/', UNAUTHORIZED],
    ['/elsewhere', UNAUTHORIZED],
  ])('%s: %s', (path, expected) => {
    expect(fate(parsed([`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1:8080']))).toBe(expected)
  })

  test.each([
    ['Bearer right', 'passes'],
    ['bearer right', 'passes'],
    ['Bearer   right', 'passes'],
    ['Bearer wrong', UNAUTHORIZED],
    ['Bearer', UNAUTHORIZED],
    ['Bearer right wrong', UNAUTHORIZED],
    ['Basic cmlnaHQ=', UNAUTHORIZED],
    ['right', UNAUTHORIZED],
  ])('Authorization: %s: %s', (authorization, expected) => {
    const lines = ['GET /api/state HTTP/1.1', 'Host: 127.0.0.1:8080', `Authorization: ${authorization}`]
    expect(fate(parsed(lines))).toBe(expected)
  })

  test('two tokens count as none', () => {
    const lines = ['GET /api/state HTTP/1.1', 'Host: 127.0.0.1:8080']
    const tokens = ['Authorization: Bearer right', 'Authorization: Bearer right']
    expect(fate(parsed([...lines, ...tokens]))).toBe(UNAUTHORIZED)
  })

  test('a DELETE without a body needs no type', () => {
    const lines = ['DELETE /api/channels/ops HTTP/1.1', 'Host: 127.0.0.1:8080', 'Authorization: Bearer right']
    expect(fate(parsed(lines))).toBe('passes')
    expect(fate(parsed(lines, 'x'))).toBe(TYPE)
  })
})

describe('names of this machine, and allowed ones', () => {
  const named = new Guard({
    isToken: (candidate) => candidate === TOKEN,
    hosts: hostNames(['pc7', 'chat.example']),
  })

  test.each([
    ['pc7:8080', 'http://pc7:8080', 'passes'],
    ['PC7.:8080', NONE, 'passes'],
    ['chat.example', 'http://chat.example', 'passes'],
    ['chat.example:8443', NONE, 'passes'],
    ['chat.example', 'http://evil.example', ORIGIN],
    ['chat.example.evil.example', NONE, HOST],
    ['evil.example:8080', 'http://evil.example:8080', HOST],
    ['10.0.0.5:8080', NONE, HOST],
  ])('Host %s, Origin %s: %s', (host, origin, wanted) => {
    const lines = [`Host: ${host}`, `Authorization: Bearer ${TOKEN}`]
    if (origin !== undefined) lines.push(`Origin: ${origin}`)
    expect(fate(parsed(['GET /api/state HTTP/1.1', ...lines]), named)).toBe(wanted)
  })
})

describe('wrong tokens', () => {
  const WRONG = parsed(['GET /api/state HTTP/1.1', 'Host: 127.0.0.1:8080', 'Authorization: Bearer wrong'])
  const RIGHT = parsed(['GET /api/state HTTP/1.1', 'Host: 127.0.0.1:8080', 'Authorization: Bearer right'])

  test('ten in a minute, then 429; the right token still passes', () => {
    const given = guard()
    for (let count = 0; count < 10; count++) expect(fate(WRONG, given)).toBe('401 unauthorized')
    expect(fate(WRONG, given)).toBe('429 too_many_requests')
    expect(fate(RIGHT, given)).toBe('passes')
    const other = { host: '10.0.0.9', port: 1 }
    expect(fate(WRONG, given, LOCAL, other), 'another host').toBe('401 unauthorized')
  })

  test('Retry-After says when the next attempt is allowed', () => {
    const given = guard()
    for (let count = 0; count < 10; count++) fate(WRONG, given)
    const refused = given.refusal(WRONG, { local: LOCAL, remote: REMOTE }, NOON)
    expect(refused).toBeInstanceOf(ChatError)
    expect(refused?.headers?.['Retry-After']).toBe('6')
    given.sweep(NOON + 6_000)
    expect(fate(WRONG, given, LOCAL, REMOTE, NOON + 6_000)).toBe('401 unauthorized')
  })

  test('addresses of one /64 share their ten attempts', () => {
    const guard = new Guard({ isToken: (candidate) => candidate === TOKEN })
    const statusFor = (host: string): number | undefined =>
      guard.refusal(WRONG, { local: { host: '127.0.0.1', port: 8080 }, remote: { host, port: 5000 } }, 0)
        ?.status
    const statuses = Array.from({ length: 11 }, (_, n) => statusFor(`2a00:1450::${(n + 1).toString(16)}`))
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
    expect(statusFor('2a00:1450:0:1::1')).toBe(401)
  })

  test('a missing token is not a wrong one', () => {
    const given = guard()
    const without = parsed(['GET /api/state HTTP/1.1', 'Host: 127.0.0.1:8080'])
    for (let count = 0; count < 20; count++) expect(fate(without, given)).toBe('401 unauthorized')
  })
})

test('isPage: the paths that are free', () => {
  const paths = ['/', '/chat', '/chat/', '/chat/assets/a.js', '/chat2', '/api/state', '//chat/', '']
  expect(paths.filter(isPage)).toEqual(['/', '/chat', '/chat/', '/chat/assets/a.js'])
})

test('secured: the fields of an answer win over the common ones', () => {
  const { headers } = secured({ status: 200, headers: { 'Cache-Control': 'no-cache' }, body: 'x' })
  expect(headers).toEqual({
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Frame-Options': 'DENY',
    'Content-Security-Policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    'Cache-Control': 'no-cache',
  })
  expect(secured({ status: 204, close: true })).toMatchObject({ status: 204, close: true })
})
