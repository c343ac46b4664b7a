/** Section 4 of the requirements: which body follows (RFC 9112 section 6), or how requests are smuggled. */
import { accepted, refused, show, type Case } from './case.ts'

/** A POST with these framing lines, then `hello`, which no reader may take for a request. */
function framed(lines: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\nhello`
}

const CHUNKED = '5\r\nhello\r\n0\r\n\r\n'
const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

export const FRAMING: readonly Case[] = [
  ...[
    '+5',
    '-5',
    '0x5',
    '5e0',
    '5.0',
    '5_0',
    '',
    '5 5',
    'abc',
    '1e1',
    '\xd9\xa3',
    '-0',
    '5;',
    '"5"',
    '\xa05',
    '5\xa0',
  ].map((length) =>
    refused('B01', `Content-Length: ${show(length)}`, framed(`Content-Length: ${length}\r\n`)),
  ),
  ...[
    '9007199254740993',
    '9223372036854775808',
    '18446744073709551616',
    '18446744073709551621',
    '9'.repeat(100),
  ].map((length) =>
    refused('B02', `Content-Length: ${show(length)}`, framed(`Content-Length: ${length}\r\n`)),
  ),
  refused('B02', 'Content-Length of 15 digits', framed('Content-Length: 999999999999999\r\n'), 413),
  refused('B02', 'Content-Length of 2^32 + 5', framed('Content-Length: 4294967301\r\n'), 413),
  refused('B03', 'a list of equal lengths', framed('Content-Length: 5, 5\r\n')),
  refused('B03', 'two equal lines', framed('Content-Length: 5\r\nContent-Length: 5\r\n')),
  refused('B04', 'a list of different lengths', framed('Content-Length: 5, 6\r\n')),
  refused('B04', 'two different lines', framed('Content-Length: 5\r\nX: y\r\ncontent-length: 0\r\n')),
  refused('B04', 'an empty line and a length', framed('Content-Length:\r\nContent-Length: 5\r\n')),
  refused('B04', 'an empty element', framed('Content-Length: 5,\r\n')),
  accepted('B05', 'leading zeros are decimal', framed('Content-Length: 005\r\n'), { body: 'hello' }),

  ...[
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'tRANSFER-eNCODING: ChUnKeD\r\nCONTENT-LENGTH: 5\r\n',
  ].map((lines) =>
    refused('B06', `both ${show(lines)}`, `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${CHUNKED}`),
  ),
  refused('B06', 'both, the length 0', framed('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n')),

  ...[
    'xchunked',
    'chunkedchunked',
    'chunkedx',
    'identity',
    'gzip',
    '"chunked"',
    'chunk',
    '=?utf-8?B?Y2h1bmtlZA==?=',
    'chunked;q=1',
    'chunked chunked',
    'chun ked',
  ].map((coding) =>
    refused('B07', `Transfer-Encoding: ${show(coding)}`, framed(`Transfer-Encoding: ${coding}\r\n`), 501),
  ),
  refused(
    'B07',
    'an unknown coding and a length',
    framed('Transfer-Encoding: gzip\r\nContent-Length: 5\r\n'),
  ),
  refused('B07', 'an empty coding', framed('Transfer-Encoding:\r\n')),
  refused('B07', 'an empty coding and a length', framed('Transfer-Encoding:\r\nContent-Length: 5\r\n')),
  ...['chunked, gzip', 'chunked, identity', 'gzip, chunked', 'identity, chunked'].map((coding) =>
    refused('B08', `Transfer-Encoding: ${coding}`, framed(`Transfer-Encoding: ${coding}\r\n`)),
  ),
  refused('B08', 'two lines', framed('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n')),
  refused(
    'B08',
    'two lines, chunked last',
    framed('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n'),
  ),
  ...['chunked, chunked', ',chunked', 'chunked,', ', chunked', 'chunked ,'].map((coding) =>
    refused('B09', `Transfer-Encoding: ${show(coding)}`, framed(`Transfer-Encoding: ${coding}\r\n`)),
  ),
  refused(
    'B09',
    'two lines of chunked',
    framed('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'),
  ),
  refused('B09', 'an empty line and chunked', framed('Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n')),
  ...[
    '\x0bchunked',
    '\xa0chunked',
    'chunked\xa0',
    'chunked\0',
    '\x0cchunked',
    '\x85chunked',
    'chun\xe9ed',
  ].map((coding) =>
    refused('B10', `Transfer-Encoding: ${show(coding)}`, framed(`Transfer-Encoding: ${coding}\r\n`)),
  ),
  // U+212A, the Kelvin sign, is a "k" to toLowerCase(); as UTF-8 on the wire it is three bytes.
  refused('B10', 'a Kelvin sign for the k', framed('Transfer-Encoding: chun\xe2\x84\xaaed\r\n')),
  ...['Chunked', 'CHUNKED', '\tchunked\t', 'chunked  '].map((coding) =>
    accepted(
      'B10',
      `Transfer-Encoding: ${show(coding)} is chunked`,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n${CHUNKED}`,
      { body: 'hello' },
    ),
  ),
  refused(
    'B11',
    'chunked in HTTP/1.0',
    `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`,
  ),
  refused(
    'B11',
    'chunked in HTTP/1.0 that is kept alive',
    `POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`,
  ),

  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) => ({
    id: 'B12',
    name: `${method} without framing has no body`,
    bytes: `${method} / HTTP/1.1\r\nHost: a\r\n\r\n${NEXT}`,
    requests: [{ method, body: '' }, { path: '/next' }],
  })),
  ...['GET', 'HEAD', 'OPTIONS', 'DELETE'].flatMap((method) => [
    {
      id: 'B13',
      name: `${method} with a Content-Length`,
      bytes: `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${NEXT}`,
      requests: [{ method, body: 'hello' }, { path: '/next' }],
    },
    {
      id: 'B13',
      name: `${method} with a chunked body`,
      bytes: `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}${NEXT}`,
      requests: [{ method, body: 'hello' }, { path: '/next' }],
    },
  ]),
  {
    id: 'B13',
    name: 'a body that looks like a request',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${NEXT.length}\r\n\r\n${NEXT}${NEXT}`,
    requests: [{ path: '/', body: NEXT }, { path: '/next' }],
  },
  refused(
    'B14',
    'a body shorter than its length, then FIN',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell',
    400,
    {
      fin: true,
    },
  ),
  refused('B14', 'no body at all, then FIN', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n', 400, {
    fin: true,
  }),
  {
    id: 'B15',
    name: 'a refusal by the server leaves the body no chance to be a request',
    bytes: `FOO / HTTP/1.1\r\nHost: a\r\nContent-Length: ${NEXT.length}\r\n\r\n${NEXT}${NEXT}`,
    requests: [{ method: 'FOO', body: NEXT }, { path: '/next' }],
    answers: [501, 200],
  },
  accepted(
    'B15',
    'a body at the limit',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n${'x'.repeat(65_536)}`,
  ),
  refused(
    'B15',
    'a body one over it is refused before it comes',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n',
    413,
  ),
  refused(
    'B15',
    'a body over the limit that comes all the same',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n${NEXT.repeat(2000)}`,
    413,
  ),
]
