/** DEFAULT_LIMITS: a message at a limit is taken, one over is refused with the status of that limit. */
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, type Limits } from '../../src/http/message.ts'
import { feed } from '../http/feed.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

/** A text of `size` bytes between `start` and `end`, both included. */
function padded(size: number, start: string, end = ''): string {
  return start + 'x'.repeat(size - start.length - end.length) + end
}

/** Field lines of `bytes` in total, CRLFs included; each is short. */
function fields(bytes: number): string {
  const last = 1_000 + (bytes % 1_000)
  const line = (size: number): string => `${padded(size - 2, 'X: ')}\r\n`
  return line(1_000).repeat((bytes - last) / 1_000) + line(last)
}

/** A chunked body with extensions of `bytes` in total; each chunk-size line is short. */
function extensions(bytes: number): string {
  const last = 100 + (bytes % 100)
  const chunk = (size: number): string => `1${padded(size, ';a=')}\r\nx\r\n`
  return `${CHUNKED}${chunk(100).repeat((bytes - last) / 100)}${chunk(last)}0\r\n\r\n`
}

test.each<[keyof Limits, number, (size: number) => string]>([
  ['startLine', 414, (n) => `${padded(n, 'GET /', ' HTTP/1.1')}\r\nHost: a\r\n\r\n`],
  ['fieldLine', 431, (n) => `${GET}${padded(n, 'X: ')}\r\n\r\n`],
  ['head', 431, (n) => `${GET}${fields(n - GET.length - 2)}\r\n`],
  ['fields', 431, (n) => `${GET}${'X: y\r\n'.repeat(n - 1)}\r\n`],
  ['trailers', 431, (n) => `${CHUNKED}0\r\n${fields(n - 2)}\r\n`],
  ['chunkLine', 400, (n) => `${CHUNKED}${padded(n, '1;a=')}\r\nx\r\n0\r\n\r\n`],
  ['chunkExtensions', 400, extensions],
  ['body', 413, (n) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${n}\r\n\r\n${'x'.repeat(n)}`],
  ['body', 413, (n) => `${CHUNKED}${n.toString(16)}\r\n${'x'.repeat(n)}\r\n0\r\n\r\n`],
])('%s: taken at the limit, %i one over', (name, status, message) => {
  const limit = DEFAULT_LIMITS[name]
  expect(feed([message(limit)])).toMatchObject({ requests: [{ host: 'a' }], error: undefined })
  expect(feed([message(limit + 1)])).toEqual({ requests: [], error: status })
})
