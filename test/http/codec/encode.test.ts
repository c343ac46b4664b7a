import { describe, expect, test } from 'vitest'
import {
  LAST_CHUNK,
  byteLength,
  encodeChunk,
  encodeRequest,
  encodeResponse,
  encodeStreamHead,
  isStream,
  type Exchange,
} from '../../../src/http/codec/encode.ts'
import type { Response } from '../../../src/http/message.ts'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const GET: Exchange = { method: 'GET', version: '1.1', close: false, date: DATE }

const text = (encoded: string | Buffer): string =>
  typeof encoded === 'string' ? encoded : encoded.toString('latin1')
const OK = `HTTP/1.1 200 OK\r\nDate: ${DATE}\r\n`

describe('encodeResponse', () => {
  test.each<[string, Response, string | Uint8Array, Exchange, string]>([
    ['a text', { status: 200 }, 'hello', GET, `${OK}Content-Length: 5\r\n\r\nhello`],
    ['nothing', { status: 200 }, '', GET, `${OK}Content-Length: 0\r\n\r\n`],
    ['text as UTF-8', { status: 200 }, 'é☃', GET, `${OK}Content-Length: 5\r\n\r\n\xc3\xa9\xe2\x98\x83`],
    ['bytes', { status: 200 }, Uint8Array.of(0, 255), GET, `${OK}Content-Length: 2\r\n\r\n\0\xff`],
    [
      'fields in order',
      { status: 200, headers: { B: '1', A: ['2', '3'] } },
      '',
      GET,
      `${OK}B: 1\r\nA: 2\r\nA: 3\r\nContent-Length: 0\r\n\r\n`,
    ],
    ['a field of no values', { status: 200, headers: { A: [] } }, '', GET, `${OK}Content-Length: 0\r\n\r\n`],
    [
      'a Latin-1 value',
      { status: 200, headers: { A: 'é' } },
      'x',
      GET,
      `${OK}A: \xe9\r\nContent-Length: 1\r\n\r\nx`,
    ],
    [
      'a Latin-1 value beside UTF-8',
      { status: 200, headers: { A: 'é' } },
      'é',
      GET,
      `${OK}A: \xe9\r\nContent-Length: 2\r\n\r\n\xc3\xa9`,
    ],
    ['HEAD', { status: 200 }, 'hello', { ...GET, method: 'HEAD' }, `${OK}Content-Length: 5\r\n\r\n`],
    ['204', { status: 204 }, 'ignored', GET, `HTTP/1.1 204 No Content\r\nDate: ${DATE}\r\n\r\n`],
    [
      '304',
      { status: 304, headers: { ETag: '"x"' } },
      '',
      GET,
      `HTTP/1.1 304 Not Modified\r\nDate: ${DATE}\r\nETag: "x"\r\n\r\n`,
    ],
    [
      'the last',
      { status: 200 },
      '',
      { ...GET, close: true },
      `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    ],
    [
      'to HTTP/1.0',
      { status: 200 },
      '',
      { ...GET, version: '1.0' },
      `${OK}Connection: keep-alive\r\nContent-Length: 0\r\n\r\n`,
    ],
    [
      'the last to HTTP/1.0',
      { status: 200 },
      '',
      { ...GET, version: '1.0', close: true },
      `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    ],
    [
      'an unknown status',
      { status: 599 },
      '',
      GET,
      `HTTP/1.1 599 \r\nDate: ${DATE}\r\nContent-Length: 0\r\n\r\n`,
    ],
  ])('%s', (_name, response, body, exchange, expected) => {
    expect(text(encodeResponse(response, body, exchange))).toBe(expected)
  })

  test.each([100, 101, 199, 600, 1000, 0, -200, 200.5, NaN, Infinity])('status %d is none', (status) => {
    expect(() => encodeResponse({ status }, '', GET)).toThrow(TypeError)
  })

  test.each(['Content-Length', 'TRANSFER-ENCODING', 'connection', 'Date', 'Upgrade', 'Trailer', 'Host'])(
    '%s is not for the application',
    (name) => {
      expect(() => encodeResponse({ status: 200, headers: { [name]: 'x' } }, '', GET)).toThrow(TypeError)
    },
  )

  test('frozen fields are written the same the second time', () => {
    const headers = Object.freeze({ A: '1', B: '2' })
    const first = encodeResponse({ status: 200, headers }, '', GET)
    expect(encodeResponse({ status: 200, headers }, '', GET)).toBe(first)
    expect(first).toContain('A: 1\r\nB: 2\r\n')
  })

  test('fields that are not frozen may change', () => {
    const headers: Record<string, string> = { A: '1' }
    encodeResponse({ status: 200, headers }, '', GET)
    headers['A'] = '2'
    expect(encodeResponse({ status: 200, headers }, '', GET)).toContain('A: 2\r\n')
  })
})

describe('streams', () => {
  test('a head with chunks, and without', () => {
    expect(encodeStreamHead({ status: 200 }, GET, true)).toBe(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
    expect(encodeStreamHead({ status: 200 }, { ...GET, close: true }, false)).toBe(
      `${OK}Connection: close\r\n\r\n`,
    )
  })

  test.each<[string, string | Uint8Array, string]>([
    ['a text', 'hello', '5\r\nhello\r\n'],
    ['16 bytes', 'x'.repeat(16), `10\r\n${'x'.repeat(16)}\r\n`],
    ['UTF-8', 'é', '2\r\n\xc3\xa9\r\n'],
    ['bytes', Uint8Array.of(255), '1\r\n\xff\r\n'],
    ['nothing, which would end the body', '', ''],
    ['no bytes', new Uint8Array(0), ''],
  ])('a chunk of %s', (_name, piece, expected) => {
    expect(text(encodeChunk(piece))).toBe(expected)
  })

  test('the last chunk', () => {
    expect(LAST_CHUNK).toBe('0\r\n\r\n')
  })

  test.each([
    ['a text', 'x', false],
    ['bytes', new Uint8Array(1), false],
    ['nothing', undefined, false],
    [
      'an async iterable',
      (async function* () {
        await Promise.resolve()
        yield 'x'
      })(),
      true,
    ],
  ])('isStream: %s', (_name, body, expected) => {
    expect(isStream(body)).toBe(expected)
  })

  test('byteLength counts UTF-8', () => {
    expect([byteLength('é☃'), byteLength(Uint8Array.of(1, 2))]).toEqual([5, 2])
  })
})

describe('encodeRequest', () => {
  test.each([
    ['GET has no framing', 'GET', undefined, ''],
    ['DELETE has none', 'DELETE', undefined, ''],
    ['GET with a body', 'GET', 'x', 'Content-Length: 1\r\n'],
    ['POST says that there is nothing', 'POST', undefined, 'Content-Length: 0\r\n'],
    ['PUT too', 'PUT', undefined, 'Content-Length: 0\r\n'],
    ['PATCH too', 'PATCH', undefined, 'Content-Length: 0\r\n'],
    ['POST of bytes', 'POST', Uint8Array.of(1, 2), 'Content-Length: 2\r\n'],
  ])('%s', (_name, method, body, framing) => {
    const encoded = encodeRequest({ method, target: '/x', ...(body === undefined ? {} : { body }) }, 'a:1')
    expect(text(encoded).slice(0, text(encoded).indexOf('\r\n\r\n') + 2)).toBe(
      `${method} /x HTTP/1.1\r\nHost: a:1\r\n${framing}`,
    )
  })

  test.each([
    '',
    ' ',
    'x',
    '*',
    'http://a/',
    '/ ',
    '/\r\n',
    '/é',
    '/#',
    '/"',
    '/<',
    '/|',
    '/{',
    '/\\',
    '/^',
    '/`',
    '/\0',
  ])('target %j is none', (target) => {
    expect(() => encodeRequest({ method: 'GET', target }, 'a')).toThrow(TypeError)
  })
})
