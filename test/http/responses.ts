/**
 * Section 9 of the requirements as a table: bytes from a server, and what the client makes of them
 * (RFC 9112 sections 4 and 6.3).
 */
import type { Limits } from '../../src/http/message.ts'

export interface ResponseCase {
  readonly id: string
  readonly name: string
  readonly bytes: string
  /** The method asked with; GET unless said. */
  readonly method?: string
  /** The server closes after the bytes. */
  readonly fin?: boolean
  readonly limits?: Partial<Limits>
  /** Undefined: an error, never an answer. */
  readonly response?: {
    readonly status: number
    readonly reason?: string
    readonly headers?: readonly (readonly [name: string, value: string])[]
    readonly body?: string
    readonly trailers?: readonly (readonly [name: string, value: string])[]
  }
  /** Whether the connection carries another request afterwards. */
  readonly reused?: boolean
}

type More = Partial<ResponseCase>

/** A row that is answered; the connection is kept unless the row says otherwise. */
function good(
  id: string,
  name: string,
  bytes: string,
  response: ResponseCase['response'],
  more: More = {},
): ResponseCase {
  return { id, name, bytes, response: { status: 200, ...response }, reused: more.fin !== true, ...more }
}

function bad(id: string, name: string, bytes: string, more: More = {}): ResponseCase {
  return { id, name, bytes, ...more }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const HELLO = `${OK}Content-Length: 5\r\n\r\nhello`
const CHUNKS = '3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n'
const FIVE = { status: 200, body: 'hello' }

export const RESPONSES: readonly ResponseCase[] = [
  good('L02', 'a plain answer', HELLO, {
    ...FIVE,
    reason: 'OK',
    headers: [['content-length', '5']],
    trailers: [],
  }),
  ...['100 Continue', '102 Processing', '103 Early Hints', '199 Whatever'].map((interim) =>
    good('L02', `${interim} comes first`, `HTTP/1.1 ${interim}\r\nLink: </x>\r\n\r\n${HELLO}`, FIVE),
  ),
  good('L02', 'a few interim answers', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(4) + HELLO, FIVE),
  good(
    'L02',
    'an interim answer with a length has no body',
    `HTTP/1.1 103 E\r\nContent-Length: 9\r\n\r\n${HELLO}`,
    FIVE,
  ),
  bad('L02', 'interim answers without end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(5) + HELLO),
  bad('L02', 'switching protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
  bad('L02', 'an interim answer and nothing else', 'HTTP/1.1 100 Continue\r\n\r\n', { fin: true }),

  good(
    'L03',
    'HEAD with a length',
    `${OK}Content-Length: 5\r\n\r\n`,
    { status: 200, body: '' },
    { method: 'HEAD' },
  ),
  good(
    'L03',
    'HEAD with chunked',
    `${OK}Transfer-Encoding: chunked\r\n\r\n`,
    { status: 200, body: '' },
    { method: 'HEAD' },
  ),
  good('L03', '204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', {
    status: 204,
    body: '',
  }),
  good('L03', '304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', {
    status: 304,
    body: '',
  }),
  good('L03', '304 with chunked', 'HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n', {
    status: 304,
    body: '',
  }),

  good('L04', 'chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`, FIVE),
  good('L04', 'Chunked in another case', `${OK}transfer-encoding: CHUNKED\r\n\r\n${CHUNKS}`, FIVE),
  good('L04', 'a trailer', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n`, {
    status: 200,
    body: '',
    trailers: [['x', 'y']],
  }),
  good('L04', 'until the close', `${OK}\r\nhello`, FIVE, { fin: true }),
  good('L04', 'until the close, and nothing comes', `${OK}\r\n`, { status: 200, body: '' }, { fin: true }),
  ...[
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'chunked\r\nTransfer-Encoding: chunked',
    'x-chunked',
    '',
    'identity',
  ].map((coding) =>
    bad(
      'L04',
      `Transfer-Encoding: ${JSON.stringify(coding)}`,
      `${OK}Transfer-Encoding: ${coding}\r\n\r\n${CHUNKS}`,
      {
        fin: true,
      },
    ),
  ),
  good('L04', 'a length of 0', `${OK}Content-Length: 0\r\n\r\n`, { status: 200, body: '' }),
  good('L04', 'a body of CRLFs', `${OK}Content-Length: 4\r\n\r\n\r\n\r\n`, { status: 200, body: '\r\n\r\n' }),

  bad('L05', 'chunked and a length', `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${CHUNKS}`),
  bad('L05', 'another coding and a length', `${OK}Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\nhello`),
  ...['-5', '+5', '5x', '', '5, 6', '5, 5', '0x5', '5.0', '1e1', '99999999999999999999'].map((length) =>
    bad('L06', `Content-Length: ${JSON.stringify(length)}`, `${OK}Content-Length: ${length}\r\n\r\nhello`, {
      fin: true,
    }),
  ),
  bad('L06', 'two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`),

  bad('L07', 'nothing at all', '', { fin: true }),
  bad('L07', 'half a status line', 'HTTP/1.1 20', { fin: true }),
  bad('L07', 'half a head', `${OK}Content-Le`, { fin: true }),
  bad('L07', 'a head without its empty line', OK, { fin: true }),
  bad('L07', 'less than the length', `${OK}Content-Length: 5\r\n\r\nhell`, { fin: true }),
  bad('L07', 'no last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, { fin: true }),
  bad('L07', 'half a chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`, { fin: true }),
  bad('L07', 'half a trailer section', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`, { fin: true }),
  ...['0x5', '5 ', '-1', '', 'g', '5;'].map((size) =>
    bad(
      'L07',
      `chunk size ${JSON.stringify(size)}`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n0\r\n\r\n`,
    ),
  ),

  ...[
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 abc OK',
    'HTTP/1.1 -200 OK',
    'HTTP/1.1 +200 OK',
    'HTTP/1.1 001 OK',
    'HTTP/1.1 0x0 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1',
    'HTTP/1.1 ',
    'HTTP/1 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/1.11 200 OK',
    'http/1.1 200 OK',
    'HEAT/1.1 200 OK',
    'ICE/1.1 200 OK',
    ' HTTP/1.1 200 OK',
    'GET / HTTP/1.1',
    'SSH-2.0-x',
    '',
  ].map((line) => bad('L08', `status line ${JSON.stringify(line)}`, `${line}\r\nContent-Length: 0\r\n\r\n`)),
  ...['HTTP/1.2', 'HTTP/1.9'].map((version) =>
    good('L08', `${version} is read as 1.1`, `${version} 200 OK\r\nContent-Length: 5\r\n\r\nhello`, FIVE),
  ),
  good('L09', 'no reason', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', { status: 200, reason: '' }),
  good('L09', 'no reason and no space', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', {
    status: 200,
    reason: '',
  }),
  good('L09', 'a reason of many words', 'HTTP/1.1 404 Nicht  da\xdf\r\nContent-Length: 0\r\n\r\n', {
    status: 404,
    reason: 'Nicht  da\xdf',
  }),
  good('L09', 'an unknown status', 'HTTP/1.1 799 What\r\nContent-Length: 0\r\n\r\n', { status: 799 }),

  bad('L10', 'NUL in the status line', 'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n'),
  bad('L10', 'CR alone in the status line', 'HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n'),
  bad('L10', 'LF alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
  bad('L10', 'NUL in a field', `${OK}X: a\0b\r\nContent-Length: 0\r\n\r\n`),
  bad('L10', 'CR alone in a field', `${OK}X: a\rb\r\nContent-Length: 0\r\n\r\n`),
  bad('L10', 'white space before a colon', `${OK}Content-Length : 0\r\n\r\n`),
  bad('L10', 'an empty line first', `\r\n${HELLO}`),

  bad('L11', 'a head over the limit', `${OK}${'X: y\r\n'.repeat(3000)}\r\n`),
  bad('L11', 'a field over the limit', `${OK}X: ${'y'.repeat(9000)}\r\n\r\n`),
  bad('L11', 'too many fields', `${OK}${'X: y\r\n'.repeat(101)}Content-Length: 0\r\n\r\n`),
  bad('L11', 'a length over the limit', `${OK}Content-Length: 9\r\n\r\n`, { limits: { body: 8 } }),
  bad('L11', 'chunks over the limit', `${OK}Transfer-Encoding: chunked\r\n\r\n9\r\n`, {
    limits: { body: 8 },
  }),
  bad('L11', 'a body over the limit until the close', `${OK}\r\n123456789`, { limits: { body: 8 } }),
  good(
    'L11',
    'a body at the limit',
    `${OK}Content-Length: 8\r\n\r\n12345678`,
    { status: 200, body: '12345678' },
    {
      limits: { body: 8 },
    },
  ),

  good('L12', 'bytes after a complete answer', `${HELLO}x`, FIVE, { reused: false }),
  good('L12', 'another answer after it', HELLO + HELLO, FIVE, { reused: false }),
  good(
    'L12',
    'a body where none may be',
    'HTTP/1.1 204 N\r\n\r\nhello',
    { status: 204, body: '' },
    { reused: false },
  ),
  good('L12', 'a body after HEAD', HELLO, { status: 200, body: '' }, { method: 'HEAD', reused: false }),

  good('L13', 'Connection: close', `${OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello`, FIVE, {
    reused: false,
  }),
  good('L13', 'close in a list', `${OK}Connection: x, Close\r\nContent-Length: 5\r\n\r\nhello`, FIVE, {
    reused: false,
  }),
  good('L13', 'HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', FIVE, { reused: false }),
  good(
    'L13',
    'HTTP/1.0 that is kept',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
    FIVE,
  ),
  // RFC 9112 section 6.1: an HTTP/1.0 message with Transfer-Encoding is faulty; the connection is closed.
  good(
    'L13',
    'HTTP/1.0 with chunks is not kept, whatever it says',
    `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    FIVE,
    { reused: false },
  ),
  bad('L15', 'obs-fold', `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`),
]
