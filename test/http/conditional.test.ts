import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluate, httpDate, preferredCoding, requestedRange } from '../../src/http/conditional.ts'
import { request } from './values.ts'

const NOW = Date.UTC(2026, 5, 15, 12, 0, 0)
const MODIFIED = Date.UTC(2026, 0, 31, 8, 49, 37)
const VALIDATORS = { etag: '"abc"', lastModified: MODIFIED }
const SAME = 'Sat, 31 Jan 2026 08:49:37 GMT'
const BEFORE = 'Sat, 31 Jan 2026 08:49:36 GMT'
const AFTER = 'Sat, 31 Jan 2026 08:49:38 GMT'
const FUTURE = 'Sun, 15 Jun 2036 12:00:01 GMT'

type Fields = Readonly<Record<string, string | readonly string[]>>

describe('evaluate', () => {
  test.each<[string, Fields, number]>([
    ['no condition', {}, 200],

    ['If-None-Match: the same', { 'If-None-Match': '"abc"' }, 304],
    ['If-None-Match: another', { 'If-None-Match': '"abd"' }, 200],
    ['If-None-Match: another case', { 'If-None-Match': '"ABC"' }, 200],
    ['If-None-Match: weak is as good', { 'If-None-Match': 'W/"abc"' }, 304],
    ['If-None-Match: in a list', { 'If-None-Match': '"x", W/"y" ,"abc"' }, 304],
    ['If-None-Match: in several lines', { 'If-None-Match': ['"x"', '"abc"'] }, 304],
    ['If-None-Match: a list without it', { 'If-None-Match': '"x", "y"' }, 200],
    ['If-None-Match: a comma inside', { 'If-None-Match': '"x,abc"' }, 200],
    ['If-None-Match: anything', { 'If-None-Match': '*' }, 304],
    ['If-None-Match: without quotes is malformed', { 'If-None-Match': 'abc' }, 200],
    ['If-None-Match: half a tag', { 'If-None-Match': '"abc' }, 200],
    ['If-None-Match: empty', { 'If-None-Match': '' }, 200],

    ['If-Modified-Since: the same', { 'If-Modified-Since': SAME }, 304],
    ['If-Modified-Since: later', { 'If-Modified-Since': AFTER }, 304],
    ['If-Modified-Since: earlier', { 'If-Modified-Since': BEFORE }, 200],
    ['If-Modified-Since: not yet', { 'If-Modified-Since': FUTURE }, 200],
    ['If-Modified-Since: no date', { 'If-Modified-Since': 'yesterday' }, 200],
    ['If-Modified-Since: an ISO date', { 'If-Modified-Since': '2026-01-31T08:49:37Z' }, 200],
    ['If-Modified-Since: two dates', { 'If-Modified-Since': [SAME, SAME] }, 200],
    ['If-Modified-Since: rfc850-date', { 'If-Modified-Since': 'Saturday, 31-Jan-26 08:49:37 GMT' }, 304],
    ['If-Modified-Since: asctime-date', { 'If-Modified-Since': 'Sat Jan 31 08:49:37 2026' }, 304],

    [
      'If-None-Match beats If-Modified-Since: 200',
      { 'If-None-Match': '"x"', 'If-Modified-Since': AFTER },
      200,
    ],
    [
      'If-None-Match beats If-Modified-Since: 304',
      { 'If-None-Match': '"abc"', 'If-Modified-Since': BEFORE },
      304,
    ],
    ['a malformed If-None-Match beats it too', { 'If-None-Match': 'x', 'If-Modified-Since': AFTER }, 200],

    ['If-Match: the same', { 'If-Match': '"abc"' }, 200],
    ['If-Match: in a list', { 'If-Match': '"x", "abc"' }, 200],
    ['If-Match: anything', { 'If-Match': '*' }, 200],
    ['If-Match: another', { 'If-Match': '"x"' }, 412],
    ['If-Match: weak is not good enough', { 'If-Match': 'W/"abc"' }, 412],
    ['If-Match: malformed', { 'If-Match': 'abc' }, 412],
    ['If-Match: empty', { 'If-Match': '' }, 412],
    ['If-Match, then If-None-Match', { 'If-Match': '"abc"', 'If-None-Match': '"abc"' }, 304],

    ['If-Unmodified-Since: the same', { 'If-Unmodified-Since': SAME }, 200],
    ['If-Unmodified-Since: later', { 'If-Unmodified-Since': AFTER }, 200],
    ['If-Unmodified-Since: earlier', { 'If-Unmodified-Since': BEFORE }, 412],
    ['If-Unmodified-Since: no date', { 'If-Unmodified-Since': 'x' }, 200],
    ['If-Match beats If-Unmodified-Since: 200', { 'If-Match': '"abc"', 'If-Unmodified-Since': BEFORE }, 200],
    ['If-Match beats If-Unmodified-Since: 412', { 'If-Match': '"x"', 'If-Unmodified-Since': AFTER }, 412],
    [
      'If-Unmodified-Since, then If-Modified-Since',
      { 'If-Unmodified-Since': SAME, 'If-Modified-Since': SAME },
      304,
    ],
  ])('%s', (_name, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      expect(evaluate(request({ method, headers }), VALIDATORS, NOW)).toBe(status)
    }
  })

  test.each<[string, Fields, number]>([
    ['If-None-Match: *, which means "create it"', { 'If-None-Match': '*' }, 412],
    ['If-None-Match: the same', { 'If-None-Match': '"abc"' }, 412],
    ['If-None-Match: another', { 'If-None-Match': '"x"' }, 200],
    ['If-Modified-Since says nothing', { 'If-Modified-Since': AFTER }, 200],
    ['If-Match: another', { 'If-Match': '"x"' }, 412],
  ])('of a PUT: %s', (_name, headers, status) => {
    expect(evaluate(request({ method: 'PUT', headers }), VALIDATORS, NOW)).toBe(status)
  })
})

describe('requestedRange', () => {
  const range = (headers: Fields, length = 10, method = 'GET', now = NOW) =>
    requestedRange(request({ method, headers }), VALIDATORS, length, now)

  test.each([
    ['the first byte', 'bytes=0-0', { first: 0, last: 0 }],
    ['some bytes', 'bytes=2-5', { first: 2, last: 5 }],
    ['the last byte', 'bytes=9-9', { first: 9, last: 9 }],
    ['to the end', 'bytes=3-', { first: 3, last: 9 }],
    ['all of it', 'bytes=0-', { first: 0, last: 9 }],
    ['beyond the end', 'bytes=5-100', { first: 5, last: 9 }],
    ['far beyond the end', `bytes=5-${'9'.repeat(100)}`, { first: 5, last: 9 }],
    ['the last three', 'bytes=-3', { first: 7, last: 9 }],
    ['more than there are', 'bytes=-100', { first: 0, last: 9 }],
    ['leading zeros', 'bytes=002-0005', { first: 2, last: 5 }],
    ['units in another case', 'Bytes=2-5', { first: 2, last: 5 }],
    ['behind the end', 'bytes=10-', 'unsatisfiable'],
    ['far behind the end', `bytes=${'9'.repeat(100)}-`, 'unsatisfiable'],
    ['behind the end, both', 'bytes=20-30', 'unsatisfiable'],
    ['the last none', 'bytes=-0', 'unsatisfiable'],
    ['backwards', 'bytes=5-2', undefined],
    ['nothing', 'bytes=-', undefined],
    ['nothing at all', 'bytes=', undefined],
    ['another unit', 'lines=2-5', undefined],
    ['no unit', '2-5', undefined],
    ['white space', 'bytes= 2-5', undefined],
    ['white space inside', 'bytes=2 - 5', undefined],
    ['signs', 'bytes=+2-5', undefined],
    ['hexadecimal', 'bytes=0x2-5', undefined],
    ['fractions', 'bytes=2.0-5', undefined],
    ['two dashes', 'bytes=2--5', undefined],
    ['two ranges', 'bytes=0-1,3-4', undefined],
    ['many ranges', `bytes=${Array(100).fill('0-').join(',')}`, undefined],
    ['other digits', 'bytes=٢-٥', undefined],
  ])('%s', (_name, value, expected) => {
    expect(range({ Range: value })).toEqual(expected)
  })

  test('nothing was asked for', () => {
    expect(range({})).toBeUndefined()
  })

  test('of an empty file there is none', () => {
    for (const value of ['bytes=0-', 'bytes=-1', 'bytes=5-9'])
      expect(range({ Range: value }, 0)).toBeUndefined()
  })

  test.each(['HEAD', 'POST', 'PUT'])('%s has no ranges', (method) => {
    expect(range({ Range: 'bytes=0-1' }, 10, method)).toBeUndefined()
  })

  test.each([
    ['the same tag', '"abc"', true],
    ['another tag', '"x"', false],
    ['weak is not good enough', 'W/"abc"', false],
    ['a list is none', '"abc", "x"', false],
    ['anything is none', '*', false],
    ['the same date', SAME, true],
    ['the same date, asctime', 'Sat Jan 31 08:49:37 2026', true],
    ['an earlier date', BEFORE, false],
    ['a later date', AFTER, false],
    ['no date', 'x', false],
  ])('If-Range: %s', (_name, value, kept) => {
    const expected = kept ? { first: 2, last: 5 } : undefined
    expect(range({ Range: 'bytes=2-5', 'If-Range': value })).toEqual(expected)
  })

  test('If-Range: a date whose second was not over is no strong validator', () => {
    const headers = { Range: 'bytes=2-5', 'If-Range': SAME }
    expect(range(headers, 10, 'GET', MODIFIED + 999)).toBeUndefined()
    expect(range(headers, 10, 'GET', MODIFIED + 1000)).toEqual({ first: 2, last: 5 })
  })

  test('any range of any length lies inside, or there is none', () => {
    const position = fc.oneof(fc.constant(''), fc.nat(30).map(String))
    fc.assert(
      fc.property(position, position, fc.nat(25), (from, to, length) => {
        const found = range({ Range: `bytes=${from}-${to}` }, length)
        if (typeof found !== 'object') return
        expect(found.first).toBeGreaterThanOrEqual(0)
        expect(found.last).toBeGreaterThanOrEqual(found.first)
        expect(found.last).toBeLessThan(length)
      }),
    )
  })
})

describe('httpDate', () => {
  const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

  test.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
    ['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
    ['asctime-date', 'Sun Nov  6 08:49:37 1994', EXAMPLE],
    ['asctime-date with two digits', 'Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
    ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['a leap day', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['two digits: 50 years from now', 'Monday, 15-Jun-76 12:00:00 GMT', Date.UTC(2076, 5, 15, 12)],
    ['two digits: more is in the past', 'Monday, 16-Jun-76 12:00:00 GMT', Date.UTC(1976, 5, 16, 12)],
    ['two digits: this century', 'Monday, 15-Jun-26 12:00:00 GMT', Date.UTC(2026, 5, 15, 12)],
  ])('%s', (_name, text, expected) => {
    expect(httpDate(text, NOW)).toBe(expected)
  })

  test.each([
    '',
    'x',
    '0',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Xyz, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Now 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun, 06-Nov-94 08:49:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('%j is none', (text) => {
    expect(httpDate(text, NOW)).toBeUndefined()
  })

  test('reads what toUTCString() writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
        expect(httpDate(new Date(seconds * 1000).toUTCString(), NOW)).toBe(seconds * 1000)
      }),
    )
  })
})

describe('preferredCoding', () => {
  test.each<[string | undefined, string]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', 'identity'],
    ['identity', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['br;q=0', 'identity'],
    ['br;q=0, *', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.5', 'br'],
    ['br ; q=0.001', 'br'],
    ['gzip;q=0.5, identity', 'identity'],
    ['gzip;q=0.5, identity;q=0.5', 'gzip'],
    ['gzip;q=0.5, identity;q=0', 'gzip'],
    ['identity;q=0', 'identity'],
    ['br;q=1.5, gzip', 'gzip'],
    ['br;q=x', 'identity'],
    ['br;level=9', 'identity'],
    [',,gzip,,', 'gzip'],
    ['bro, gzipped', 'identity'],
  ])('%j: %s', (header, expected) => {
    expect(preferredCoding(header, ['br', 'gzip'])).toBe(expected)
  })

  test('nothing else is on offer', () => {
    expect(preferredCoding('gzip, br', [])).toBe('identity')
  })
})
