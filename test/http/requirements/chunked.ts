/** Section 5 of the requirements: chunked coding (RFC 9112 section 7.1). */
import { accepted, refused, show, type Case } from './case.ts'

/** A POST with this chunked body. */
function chunked(body: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`
}

const END = '0\r\n\r\n'
const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

export const CHUNKED: readonly Case[] = [
  accepted('K01', 'one chunk', chunked(`5\r\nhello\r\n${END}`), { body: 'hello', trailers: [] }),
  accepted('K01', 'several chunks', chunked(`5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n${END}`), {
    body: 'hello, world',
  }),
  accepted('K01', 'upper and lower case', chunked(`A\r\n0123456789\r\na\r\n0123456789\r\n${END}`), {
    body: '01234567890123456789',
  }),
  accepted('K01', 'leading zeros', chunked(`00005\r\nhello\r\n0000\r\n\r\n`), { body: 'hello' }),
  accepted('K01', 'an empty body', chunked(END), { body: '' }),
  accepted('K01', 'a chunk that looks like the end', chunked(`5\r\n0\r\n\r\n\r\n${END}`), {
    body: '0\r\n\r\n',
  }),
  accepted(
    'K01',
    'every byte value',
    chunked(`100\r\n${Buffer.from([...Array(256).keys()]).toString('latin1')}\r\n${END}`),
  ),
  {
    id: 'K01',
    name: 'another request follows',
    bytes: chunked(`5\r\nhello\r\n${END}${NEXT}`),
    requests: [{ body: 'hello' }, { path: '/next', body: '' }],
  },
  ...[
    '0x5',
    '+5',
    '-5',
    '5_0',
    ' 5',
    '5 ',
    '5\t',
    '\t5',
    '',
    '5g',
    'g',
    '5.',
    '5,',
    '\xa05',
    '5\0',
    '5h',
    '٥',
    ' ',
  ].map((size) =>
    refused(
      'K02',
      `chunk size ${show(size)}`,
      chunked(`${Buffer.from(size).toString('latin1')}\r\nhello\r\n${END}`),
    ),
  ),
  ...['20000000000001', '100000005', 'f'.repeat(15)].map((size) =>
    refused('K03', `chunk size ${show(size)}`, chunked(`${size}\r\nhello\r\n${END}`), 413),
  ),
  ...['f'.repeat(16), '10000000000000005', 'f'.repeat(250), '0'.repeat(15) + '5', '0'.repeat(16)].map(
    (size) =>
      refused(
        'K03',
        `chunk size of more than 15 digits ${show(size)}`,
        chunked(`${size}\r\nhello\r\n${END}`),
      ),
  ),
  refused('K03', 'a chunk over the limit for bodies', chunked('10001\r\n'), 413),
  accepted('K03', 'leading zeros', chunked(`${'0'.repeat(14)}5\r\nhello\r\n${END}`), { body: 'hello' }),
  ...[';ext=val', ';a="q;\\"x"', ';a', ';a;b=c;d="e"', ';a=""', ';a="\t \xff"'].map((extension) =>
    accepted(
      'K04',
      `extension ${show(extension)}`,
      chunked(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`),
      {
        body: 'hello',
      },
    ),
  ),
  ...[
    ';',
    ';;',
    ';a b',
    ';\x01',
    ';a=b\n',
    ';a\r\r',
    ';a="b',
    ';a=b"',
    ';a="b"c',
    ';a="\\',
    ';=b',
    ';a=',
    ';a="\x01"',
    ';a=b\x7f',
    ';a,b',
    ';a==b',
  ].map((extension) =>
    refused('K05', `extension ${show(extension)}`, chunked(`5${extension}\r\nhello\r\n${END}`)),
  ),
  ...[' ; a', '; a', ' ;a', ';a =b', ';a= b', ';a '].map((extension) =>
    refused('K06', `white space: ${show(extension)}`, chunked(`5${extension}\r\nhello\r\n${END}`)),
  ),
  accepted('K07', 'a chunk-size line at the limit', chunked(`5;${'a'.repeat(254)}\r\nhello\r\n${END}`), {
    body: 'hello',
  }),
  refused('K07', 'a chunk-size line one over it', chunked(`5;${'a'.repeat(255)}\r\nhello\r\n${END}`)),
  refused('K07', 'an extension of 64 KiB', chunked(`5;a=${'b'.repeat(65_536)}\r\nhello\r\n${END}`)),
  accepted('K07', 'extensions at the limit', chunked(`1;${'a'.repeat(127)}\r\nx\r\n`.repeat(128) + END), {
    body: 'x'.repeat(128),
  }),
  refused(
    'K07',
    'extensions over it, piece by piece',
    chunked(`1;${'a'.repeat(127)}\r\nx\r\n`.repeat(129) + END),
  ),
  ...[
    `5\r\nhello${END}`,
    `5\r\nhello\n${END}`,
    `5\r\nhello\rX${END}`,
    `5\r\nhello\r\r\n${END}`,
    `5\r\nhello!\r\n${END}`,
    `5\r\nhell\r\n${END}`,
    `4\r\nhello\r\n${END}`,
    `0\r\n\n`,
    `0\n\r\n`,
    `5\nhello\r\n${END}`,
    `0\r\n\rX`,
  ].map((body) => refused('K08', `spill: ${show(body)}`, chunked(body))),

  accepted('K09', 'a trailer', chunked(`5\r\nhello\r\n0\r\nX: y\r\n\r\n`), {
    body: 'hello',
    headers: [
      ['host', 'a'],
      ['transfer-encoding', 'chunked'],
    ],
    trailers: [['x', 'y']],
  }),
  ...['Content-Length', 'Transfer-Encoding', 'Host', 'Authorization', 'Content-Type'].map((name) => ({
    id: 'K09',
    name: `${name} as a trailer changes nothing`,
    bytes: chunked(`0\r\n${name}: 7\r\n\r\n${NEXT}`),
    requests: [
      {
        host: 'a',
        headers: [['host', 'a'] as const, ['transfer-encoding', 'chunked'] as const],
        trailers: [[name.toLowerCase(), '7'] as const],
      },
      { path: '/next', headers: [['host', 'a'] as const], trailers: [] },
    ],
  })),
  ...['X : y', 'X', ': y', ' X: y', 'X: \0', 'X: y\rZ: w', 'X: y\nZ: w'].map((line) =>
    refused('K09', `trailer line ${show(line)}`, chunked(`0\r\n${line}\r\n\r\n`)),
  ),
  refused('K09', 'a trailer that is folded', chunked('0\r\nX: y\r\n z\r\n\r\n')),
  accepted('K09', 'a trailer section at the limit', chunked(`0\r\nX: ${'y'.repeat(8192 - 7)}\r\n\r\n`)),
  refused('K09', 'a trailer section one over it', chunked(`0\r\nX: ${'y'.repeat(8192 - 6)}\r\n\r\n`), 431),
  accepted('K09', '100 trailers', chunked(`0\r\n${'X: y\r\n'.repeat(100)}\r\n`)),
  refused('K09', '101 trailers', chunked(`0\r\n${'X: y\r\n'.repeat(101)}\r\n`), 431),

  refused('K10', 'no last chunk, then FIN', chunked('5\r\nhello\r\n'), 400, { fin: true }),
  refused('K10', 'half a chunk, then FIN', chunked('5\r\nhel'), 400, { fin: true }),
  refused('K10', 'half a trailer section, then FIN', chunked('0\r\nX: y\r\n'), 400, { fin: true }),
  refused('K10', 'an empty line in place of the last chunk', chunked('3\r\nfoo\r\n\r\n')),
  accepted(
    'K11',
    'chunks that add up to the limit',
    chunked(`5\r\nhello\r\n3\r\n wo\r\n${END}`),
    { body: 'hello wo' },
    {
      limits: { body: 8 },
    },
  ),
  refused('K11', 'chunks that pass it', chunked(`5\r\nhello\r\n4\r\n`), 413, { limits: { body: 8 } }),
  accepted(
    'K12',
    '100 000 chunks of one byte',
    chunked('1\r\nx\r\n'.repeat(100_000) + END),
    { body: 'x'.repeat(100_000) },
    { limits: { body: 100_000 } },
  ),
]
