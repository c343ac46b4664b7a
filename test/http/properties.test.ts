/**
 * Properties that hold for all bytes. The invariant of src/http/codec/message-parser.ts: any bytes, cut anywhere, give messages
 * or a ProtocolError, never another error, the same however they are cut. And: what the encoder writes, the
 * parser reads; no value can smuggle a line into a head.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeChunk,
  encodeRequest,
  encodeResponse,
  encodeStreamHead,
  LAST_CHUNK,
} from '../../src/http/codec/encode.ts'
import { DEFAULT_LIMITS, ProtocolError, type HeaderFields, type Limits } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { ResponseParser } from '../../src/http/codec/response-parser.ts'
import { byteByByte, feed } from './feed.ts'
import { CASES } from './requirements/index.ts'
import { RESPONSES } from './responses.ts'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

/** Limits so low that random messages reach them. */
const LOW: Limits = {
  startLine: 40,
  fieldLine: 40,
  head: 120,
  fields: 4,
  trailers: 40,
  chunkLine: 12,
  chunkExtensions: 16,
  body: 24,
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))

/** Pieces of messages: near enough to HTTP that a random row of them comes far. */
const fragment = fc.constantFrom(
  ...[
    'GET ',
    'POST ',
    '/',
    '/x?y',
    '*',
    ' HTTP/1.1',
    ' HTTP/1.0',
    '\r\n',
    '\r\n\r\n',
    '\r',
    '\n',
    ' ',
    '\t',
    ':',
    ';',
    '0',
    '5',
    'a',
  ],
  ...[
    'GET / HTTP/1.1\r\nHost: a\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 103 E\r\n\r\n',
    'HTTP/1.1 204',
  ],
  ...[
    'Host: a\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
  ],
  ...[
    'hello',
    '5\r\nhello\r\n',
    '1;a=b\r\nx\r\n',
    '0\r\n\r\n',
    '0\r\nX: y\r\n',
    'X: y\r\n',
    'x'.repeat(30),
    '\0',
    '\xff',
  ],
)
const noise = fc
  .array(fc.oneof({ weight: 6, arbitrary: fragment }, byte), { maxLength: 14 })
  .map((parts) => parts.join(''))

/** A row of the requirements with a few bytes changed, left out or put in. */
function mutated(rows: readonly { readonly bytes: string }[]): fc.Arbitrary<string> {
  const short = rows.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 600)
  const change = fc.record({
    at: fc.nat(600),
    drop: fc.nat(2),
    put: fc.oneof(byte, fragment, fc.constant('')),
  })
  return fc
    .tuple(fc.constantFrom(...short), fc.array(change, { maxLength: 3 }))
    .map(([bytes, changes]) =>
      changes.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), bytes),
    )
}

/** Bytes in pieces, cut at random places. */
function inPieces(bytes: fc.Arbitrary<string>): fc.Arbitrary<readonly [bytes: string, pieces: string[]]> {
  return fc.tuple(bytes, fc.array(fc.nat(400), { maxLength: 8 })).map(([text, cuts]) => {
    const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
    return [text, at.slice(1).map((end, index) => text.slice(at[index], end))] as const
  })
}

describe('any bytes, cut anywhere', () => {
  test.each([
    ['noise', noise, DEFAULT_LIMITS],
    ['noise against low limits', noise, LOW],
    ['rows of the requirements, changed', mutated(CASES), DEFAULT_LIMITS],
    ['rows of the requirements, changed, against low limits', mutated(CASES), LOW],
  ])('requests or a ProtocolError, always the same: %s', (_name, bytes, limits) => {
    fc.assert(
      fc.property(inPieces(bytes), fc.boolean(), ([text, pieces], fin) => {
        const whole = feed([text], { fin, limits })
        expect(feed(pieces, { fin, limits })).toEqual(whole)
        expect(feed(byteByByte(text), { fin, limits })).toEqual(whole)
      }),
      { numRuns: 500 },
    )
  })

  /** Status and body of each answer, then 'error' if it ended in one. Whatever is no ProtocolError is thrown. */
  function answers(pieces: Iterable<string>, method: string, limits: Limits): unknown[] {
    const parser = new ResponseParser(limits)
    const seen: unknown[] = []
    parser.expect(method)
    try {
      for (const piece of pieces) {
        parser.push(Buffer.from(piece, 'latin1'))
        for (let response = parser.next(); response !== undefined; response = parser.next()) {
          seen.push([response.status, Buffer.from(response.body).toString('latin1')])
          parser.expect(method)
        }
      }
      const last = parser.end()
      if (last !== undefined) seen.push([last.status, Buffer.from(last.body).toString('latin1')])
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      seen.push('error')
    }
    return seen
  }

  test.each([
    ['noise', noise, DEFAULT_LIMITS],
    ['noise against low limits', noise, LOW],
    ['answers of the table, changed', mutated(RESPONSES), DEFAULT_LIMITS],
    ['answers of the table, changed, against low limits', mutated(RESPONSES), LOW],
  ])('answers or a ProtocolError, always the same: %s', (_name, bytes, limits) => {
    fc.assert(
      fc.property(inPieces(bytes), fc.constantFrom('GET', 'HEAD'), ([text, pieces], method) => {
        const whole = answers([text], method, limits)
        expect(answers(pieces, method, limits)).toEqual(whole)
        expect(answers(byteByByte(text), method, limits)).toEqual(whole)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    [
      'a body by length',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n${'x'.repeat(65_536)}`,
      1,
    ],
    [
      'one chunk',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n${'x'.repeat(65_536)}\r\n0\r\n\r\n`,
      1,
    ],
    ['a head', `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'y'.repeat(8_000)}\r\n`.repeat(2)}\r\n`, 1],
    ['a head of many short lines', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(99)}\r\n`, 1],
    ['many heads', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4_000), 4_000],
    [
      'a value of white space',
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: a${' '.repeat(8_000)}b\r\n\r\n`.repeat(20),
      20,
    ],
  ])('byte by byte in linear time: %s', (_name, bytes, count) => {
    expect(feed(byteByByte(bytes)).requests).toHaveLength(count)
  })
})

const tokenCharacter = fc.constantFrom(...Array.from("!#$%&'*+-.^_`|~0123456789abcXYZ"))
const token = fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 12 })
const OWN_FIELDS = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'date',
  'host',
  'trailer',
  'upgrade',
  'expect',
])
const fieldName = token.filter((name) => !OWN_FIELDS.has(name.toLowerCase()))
const fieldValue = fc
  .string({
    unit: fc.oneof(
      byte.filter((c) => /[\t\x20-\x7e\x80-\xff]/.test(c)),
      fc.constantFrom('a', ' '),
    ),
    maxLength: 20,
  })
  .map((value) => value.replace(/^[\t ]+|[\t ]+$/g, ''))
const fields: fc.Arbitrary<HeaderFields> = fc.dictionary(
  fieldName,
  fc.oneof(fieldValue, fc.array(fieldValue, { maxLength: 3 })),
  {
    maxKeys: 5,
    noNullPrototype: true,
  },
)
const body = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.uint8Array({ maxLength: 60 }))

/** The field lines that these fields become, names in lower case. */
function lines(headers: HeaderFields): (readonly [string, string])[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => [name.toLowerCase(), each] as const),
  )
}

function bytesOf(encoded: string | Buffer): Buffer {
  return typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded
}

/** Pushes the bytes in two pieces. */
function pushed<Parser extends { push(chunk: Buffer): void }>(
  parser: Parser,
  encoded: string | Buffer,
  cut: number,
): Parser {
  const bytes = bytesOf(encoded)
  const at = cut % (bytes.length + 1)
  parser.push(bytes.subarray(0, at))
  parser.push(bytes.subarray(at))
  return parser
}

describe('what is encoded is parsed', () => {
  const target = fc
    .string({
      unit: fc.constantFrom(...Array.from("-._~:/?[]@!$&'()*+,;=09azAZ"), '%41', '%20', '%fF'),
      maxLength: 30,
    })
    .map((rest) => `/${rest}`)
  const method = token.filter((name) => name !== 'CONNECT')

  test('requests', () => {
    fc.assert(
      fc.property(
        method,
        target,
        fields,
        fc.option(body, { nil: undefined }),
        fc.nat(),
        (name, path, headers, content, cut) => {
          const request = {
            method: name,
            target: path,
            headers,
            ...(content === undefined ? {} : { body: content }),
          }
          const parsed = pushed(
            new RequestParser(DEFAULT_LIMITS),
            encodeRequest(request, '127.0.0.1:80'),
            cut,
          ).next()
          expect(parsed).toMatchObject({
            method: name,
            target: path,
            host: '127.0.0.1:80',
            version: '1.1',
            keepAlive: true,
          })
          expect(
            [...(parsed?.headers ?? [])].filter(([field]) => field !== 'host' && field !== 'content-length'),
          ).toEqual(lines(headers))
          expect(Buffer.from(parsed?.body ?? [])).toEqual(Buffer.from(content ?? ''))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('answers', () => {
    const exchange = fc.record({
      method: fc.constantFrom('GET', 'POST', 'HEAD'),
      version: fc.constantFrom('1.0' as const, '1.1' as const),
      close: fc.boolean(),
      date: fc.constant(DATE),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fields,
        body,
        exchange,
        fc.nat(),
        (status, headers, content, around, cut) => {
          const parser = new ResponseParser(DEFAULT_LIMITS)
          parser.expect(around.method)
          const parsed = pushed(parser, encodeResponse({ status, headers }, content, around), cut).next()
          const bodiless = around.method === 'HEAD' || [204, 205, 304].includes(status)
          expect(parsed).toMatchObject({ status, keepAlive: !around.close })
          expect([...(parsed?.headers ?? [])].filter(([field]) => !OWN_FIELDS.has(field))).toEqual(
            lines(headers),
          )
          expect(Buffer.from(parsed?.body ?? [])).toEqual(bodiless ? Buffer.alloc(0) : Buffer.from(content))
          expect(parser.buffered).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('answers in pieces', () => {
    const exchange = { method: 'GET', version: '1.1', close: false, date: DATE } as const
    fc.assert(
      fc.property(fields, fc.array(body, { maxLength: 6 }), fc.nat(), (headers, all, cut) => {
        const parser = new ResponseParser(DEFAULT_LIMITS)
        parser.expect('GET')
        const encoded = [
          encodeStreamHead({ status: 200, headers }, exchange, true),
          ...all.map(encodeChunk),
          LAST_CHUNK,
        ]
        const parsed = pushed(parser, Buffer.concat(encoded.map(bytesOf)), cut).next()
        expect(Buffer.from(parsed?.body ?? [])).toEqual(Buffer.concat(all.map((piece) => Buffer.from(piece))))
      }),
      { numRuns: 300 },
    )
  })
})

describe('nothing that would end a line is written', () => {
  const exchange = { method: 'GET', version: '1.1', close: false, date: DATE } as const
  const evil = fc.constantFrom(
    '\r',
    '\n',
    '\0',
    '\r\n',
    '\r\nX: y',
    '\x0b',
    '\x7f',
    '\u0100',
    '\u010a',
    '\u2028',
    '\ud83d\ude00',
  )
  const around = fc.string({ unit: tokenCharacter, maxLength: 8 })
  const spoiled = fc.tuple(around, evil, around).map((parts) => parts.join(''))

  test('in a value', () => {
    fc.assert(
      fc.property(fieldName, spoiled, (name, value) => {
        for (const headers of [
          { [name]: value },
          { [name]: ['fine', value] },
          Object.freeze({ [name]: value }),
        ]) {
          expect(() => encodeResponse({ status: 200, headers }, '', exchange)).toThrow(TypeError)
          expect(() => encodeStreamHead({ status: 200, headers }, exchange, true)).toThrow(TypeError)
          expect(() => encodeRequest({ method: 'GET', target: '/', headers }, 'a')).toThrow(TypeError)
        }
      }),
    )
  })

  test('in a name', () => {
    const wrong = fc.oneof(spoiled, fc.constantFrom('', 'a b', 'a:', ':', 'a(b', 'é', 'X '))
    fc.assert(
      fc.property(wrong, (name) => {
        expect(() => encodeResponse({ status: 200, headers: { [name]: 'v' } }, '', exchange)).toThrow(
          TypeError,
        )
        expect(() => encodeRequest({ method: 'GET', target: '/', headers: { [name]: 'v' } }, 'a')).toThrow(
          TypeError,
        )
      }),
    )
  })

  test('in a method or a target', () => {
    const wrong = fc.oneof(spoiled, fc.constantFrom('', ' ', 'a b', 'é'))
    fc.assert(
      fc.property(wrong, (text) => {
        expect(() => encodeRequest({ method: text, target: '/' }, 'a')).toThrow(TypeError)
        expect(() => encodeRequest({ method: 'GET', target: text }, 'a')).toThrow(TypeError)
        expect(() => encodeRequest({ method: 'GET', target: `/${text} ` }, 'a')).toThrow(TypeError)
      }),
    )
  })
})
