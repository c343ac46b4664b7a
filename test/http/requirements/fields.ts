/** Section 3 of the requirements: field lines (RFC 9112 section 5, RFC 9110 section 5). */
import { accepted, refused, show, type Case } from './case.ts'

/** A request with these field lines after its Host; each line comes with its CRLF. */
function fields(lines: string): string {
  return `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`
}

function value(id: string, name: string, bytes: string, expected: string): Case {
  return accepted(id, name, fields(`X:${bytes}\r\n`), {
    headers: [
      ['host', 'a'],
      ['x', expected],
    ],
  })
}

/** 0x00 to 0x1f without HTAB, LF and CR, and DEL: what no field value may hold. */
const CONTROLS = [...Array(0x20).keys(), 0x7f]
  .filter((code) => ![0x09, 0x0a, 0x0d].includes(code))
  .map((code) => String.fromCharCode(code))

const HEAD_OVERHEAD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.length

export const FIELDS: readonly Case[] = [
  ...['Name : v', 'Name\t: v', 'Content-Length : 5', 'Host : b', 'Transfer-Encoding : chunked'].map((line) =>
    refused('F01', `white space before the colon: ${show(line)}`, fields(`${line}\r\n`)),
  ),
  refused('F02', 'a space after the request line', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n'),
  refused('F02', 'a tab after the request line', 'GET / HTTP/1.1\r\n\tHost: a\r\n\r\n'),
  refused('F02', 'a line of spaces after the request line', 'GET / HTTP/1.1\r\n  \r\nHost: a\r\n\r\n'),
  refused('F03', 'obs-fold with a space', fields('X: a\r\n b\r\n')),
  refused('F03', 'obs-fold with a tab', fields('X: a\r\n\tb\r\n')),
  refused('F03', 'obs-fold hides chunked', fields('Transfer-Encoding:\r\n chunked\r\n')),
  ...['nocolon', ': v', ':', '::', ' ', 'a b c'].map((line) =>
    refused('F04', `no name or no colon: ${show(line)}`, fields(`${line}\r\n`)),
  ),
  ...[
    'Bad[',
    'A space',
    'a\x80',
    'a\xff',
    'a\x00',
    '(',
    'a"',
    'a,b',
    'a/b',
    'a=b',
    'a?',
    'a@b',
    'a{',
    '\x7f',
    'a\\',
  ].map((name) => refused('F05', `field name ${show(name)}`, fields(`${name}: v\r\n`))),
  accepted('F05', 'a name of every token character', fields("!#$%&'*+-.^_`|~09: v\r\n"), {
    headers: [
      ['host', 'a'],
      ["!#$%&'*+-.^_`|~09", 'v'],
    ],
  }),
  ...CONTROLS.map((control) => refused('F06', `value with ${show(control)}`, fields(`X: a${control}b\r\n`))),
  ...['\x0b', '\x0c', '\0'].map((control) =>
    refused('F06', `value that begins with ${show(control)}`, fields(`X:${control}v\r\n`)),
  ),
  value('F07', 'a tab inside', ' a\tb', 'a\tb'),
  value('F07', 'every high byte', ` ${latin1(0x80, 0xff)}`, latin1(0x80, 0xff)),
  value('F07', 'every printable byte', ` ${latin1(0x21, 0x7e)}`, latin1(0x21, 0x7e)),
  value('F08', 'spaces and tabs around', ' \t v \t ', 'v'),
  value('F08', 'no white space around', 'v', 'v'),
  value('F08', 'NBSP stays', ' \xa0v\xa0 ', '\xa0v\xa0'),
  value('F08', 'NEL stays', '\x85v\x85', '\x85v\x85'),
  value('F08', 'spaces inside stay', ' a  b ', 'a  b'),
  value('F09', 'an empty value', '', ''),
  value('F09', 'a value of white space', ' \t ', ''),
  value('F09', 'a colon in the value', ' a:b: c', 'a:b: c'),
  accepted('F09', 'a repeated field keeps its order', fields('x: 1\r\nY: 2\r\nX: 3\r\n'), {
    headers: [
      ['host', 'a'],
      ['x', '1'],
      ['y', '2'],
      ['x', '3'],
    ],
  }),
  refused('F10', 'a value of 100 000 bytes', fields(`X: ${'v'.repeat(100_000)}\r\n`), 431),
  refused('F10', 'a name of 100 000 bytes', fields(`${'x'.repeat(100_000)}: v\r\n`), 431),
  accepted('F10', 'a field line at the limit', fields(`X: ${'v'.repeat(8192 - 3)}\r\n`)),
  refused('F10', 'a field line one over it', fields(`X: ${'v'.repeat(8192 - 2)}\r\n`), 431),
  accepted('F10', 'a head at the limit', fields(longHead(16 * 1024))),
  refused('F10', 'a head one over it', fields(longHead(16 * 1024 + 1)), 431),
  accepted('F11', '100 fields', fields('X: v\r\n'.repeat(99))),
  refused('F11', '101 fields', fields('X: v\r\n'.repeat(100)), 431),
  refused('F11', '10 000 fields', fields('X: v\r\n'.repeat(9_999)), 431),
  ...['Content_Length: 99', 'Content_length: 2', 'Transfer_Encoding: chunked', 'TRANSFER_ENCODING: x'].map(
    (line) => refused('F12', `${line} beside the real one`, fields(`${line}\r\nContent-Length: 0\r\n`)),
  ),
  refused(
    'F13',
    'two Content-Type',
    fields('Content-Type: text/plain\r\nContent-Type: application/json\r\n'),
  ),
  refused(
    'F13',
    'two equal Content-Type',
    fields('Content-Type: text/plain\r\nX: y\r\ncontent-type: text/plain\r\n'),
  ),
  ...['Content-Length-: 9', 'XContent-Length: 9'].map((line) => ({
    id: 'F12',
    name: `${line} is no framing`,
    bytes: `POST / HTTP/1.1\r\nHost: a\r\n${line}\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.1\r\nHost: a\r\n\r\n`,
    requests: [{ body: 'hi' }, { path: '/2', body: '' }],
  })),
  accepted('F14', 'names that objects have', fields('__proto__: 1\r\nconstructor: 2\r\ntoString: 3\r\n'), {
    headers: [
      ['host', 'a'],
      ['__proto__', '1'],
      ['constructor', '2'],
      ['tostring', '3'],
    ],
  }),
]

function latin1(from: number, to: number): string {
  return Buffer.from(Array.from({ length: to - from + 1 }, (_, index) => from + index)).toString('latin1')
}

/** Field lines that make the head `size` bytes long, none of them near its own limit. */
function longHead(size: number): string {
  const line = `X: ${'v'.repeat(4091)}\r\n`
  const last = size - HEAD_OVERHEAD - 3 * line.length - 'Y: \r\n'.length
  return `${line.repeat(3)}Y: ${'w'.repeat(last)}\r\n`
}
