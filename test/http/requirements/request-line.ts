/** Section 1 of the requirements: octets, lines, the request line (RFC 9112 sections 2 and 3). */
import { accepted, refused, show, type Case } from './case.ts'

const AFTER = ' HTTP/1.1\r\nHost: a\r\n\r\n'
const FIELDS = '\r\nHost: a\r\n\r\n'

export const REQUEST_LINE: readonly Case[] = [
  accepted('R01', 'a plain request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', {
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    host: 'a',
    version: '1.1',
    keepAlive: true,
    headers: [['host', 'a']],
    body: '',
    trailers: [],
  }),
  accepted(
    'R01',
    'a request with everything',
    'POST /p/q?r=s&t HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n5\r\nhello\r\n0\r\nY: 2\r\n\r\n',
    { method: 'POST', path: '/p/q', query: 'r=s&t', host: 'a:80', body: 'hello', trailers: [['y', '2']] },
  ),
  accepted(
    'R01',
    'a body with CRLFs in it',
    'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n',
    {
      body: '\r\n\r\n\r\n\r\n',
    },
  ),
  accepted(
    'R01',
    'a target with all its characters',
    "GET /-._~:/?[]@!$&'()*+,;=%20aZ09 HTTP/1.1\r\nHost: a\r\n\r\n",
    {
      path: '/-._~:/',
      query: "[]@!$&'()*+,;=%20aZ09",
    },
  ),

  accepted('R02', 'one empty line before the request', '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  accepted('R02', 'two empty lines before the request', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('R02', 'three empty lines before the request', '\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  {
    id: 'R02',
    name: 'an empty line between two requests',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
    requests: [{ body: 'hi' }, { path: '/2' }],
  },

  refused('R03', 'LF alone everywhere', 'GET / HTTP/1.1\nHost: a\n\n'),
  refused('R03', 'LF alone after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'),
  refused('R03', 'LF alone after a field', 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n'),
  refused('R03', 'LF alone as the empty line', 'GET / HTTP/1.1\r\nHost: a\r\n\n'),
  refused('R03', 'LF alone before the request', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'),

  refused('R04', 'CR alone in the request line', 'GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('R04', 'CR alone in a field name', 'GET / HTTP/1.1\r\nHost: a\r\nX\rY: b\r\n\r\n'),
  refused('R04', 'CR alone in a field value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n'),
  refused(
    'R04',
    'CR alone hides a field',
    'GET / HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n',
  ),
  refused('R04', 'CR CR LF after a field', 'GET / HTTP/1.1\r\nHost: a\r\r\n\r\n'),
  refused('R04', 'CR CR LF as the empty line', 'GET / HTTP/1.1\r\nHost: a\r\n\r\r\n'),
  refused('R04', 'CR X as the empty line', 'GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n'),
  refused(
    'R04',
    'CR alone in a chunk-size line',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n',
  ),

  ...[
    'GET  / HTTP/1.1',
    'GET /  HTTP/1.1',
    'GET / HTTP/1.1 ',
    'GET / HTTP/1.1\t',
    'GET\t/ HTTP/1.1',
    'GET /\tHTTP/1.1',
    ' GET / HTTP/1.1',
    '\tGET / HTTP/1.1',
    'GET / x HTTP/1.1',
  ].map((line) => refused('R05', `spaces: ${show(line)}`, line + FIELDS)),

  refused('R06', 'HTTP/0.9', 'GET /\r\n'),
  refused('R06', 'HTTP/0.9 with a space', 'GET / \r\n\r\n'),
  refused('R06', 'no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('R06', 'a method alone', 'GET\r\nHost: a\r\n\r\n'),

  ...[
    'HTTP/1',
    'HTTP/1.',
    'HTTP/.1',
    'HTTP/1.1.1',
    'http/1.1',
    'Http/1.1',
    'HTTP/01.1',
    'HTTP /1.1',
    'HTTP/ 1.1',
    'HTTP/1.32',
    'HTTP/11',
    'HTTP/1,1',
    'HTTP/1.x',
    'HTTP/x.1',
    'HTTP-1.1',
    'HTTPS/1.1',
    'HTTP/+1.1',
    'HTTP/1.1x',
    'XHTTP/1.1',
    'HTTP/\xb9.1',
  ].map((version) => refused('R07', `version ${show(version)}`, `GET / ${version}${FIELDS}`)),

  ...['HTTP/2.0', 'HTTP/9.9', 'HTTP/0.9', 'HTTP/3.0'].map((version) =>
    refused('R08', `version ${version}`, `GET / ${version}${FIELDS}`, 505),
  ),
  refused('R08', 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),

  ...['HTTP/1.2', 'HTTP/1.9'].map((version) =>
    accepted('R09', `${version} is answered as HTTP/1.1`, `GET / ${version}${FIELDS}`, { version: '1.1' }),
  ),

  ...['GE(T', 'G\tT', 'G\0T', ':GET', '{}', 'G"T', 'G/T', 'G@T', 'G\x7fT', 'G\xe9T', '[', ''].map((method) =>
    refused('R10', `method ${show(method)}`, `${method} /${AFTER}`),
  ),

  accepted(
    'R11',
    'an unknown method',
    'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
    { method: 'FOO' },
    { answers: [501] },
  ),
  accepted(
    'R11',
    'a method of every token character',
    "!#$%&'*+-.^_`|~09aZ / HTTP/1.1\r\nHost: a\r\n\r\n",
    {},
    {
      answers: [501],
    },
  ),
  accepted(
    'R12',
    'methods are case-sensitive',
    'get / HTTP/1.1\r\nHost: a\r\n\r\n',
    { method: 'get' },
    { answers: [501] },
  ),
  refused('R13', 'a method of 100 000 bytes', `${'G'.repeat(100_000)} / HTTP/1.1\r\nHost: a\r\n\r\n`),
  refused(
    'R13',
    'a method as long as a request line may be',
    `${'G'.repeat(8193)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
  ),

  accepted('R14', 'a target of 7900 bytes', `GET /${'x'.repeat(7899)} HTTP/1.1\r\nHost: a\r\n\r\n`, {
    target: `/${'x'.repeat(7899)}`,
  }),
  accepted('R14', 'a request line at the limit', `GET /${'x'.repeat(8192 - 14)} HTTP/1.1\r\nHost: a\r\n\r\n`),
  refused(
    'R14',
    'a request line one over it',
    `GET /${'x'.repeat(8192 - 13)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    414,
  ),
  refused('R14', 'a target of 100 000 bytes', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414),
  refused('R14', 'a long target without an end', `GET /${'x'.repeat(9000)}`, 414),
  refused('R14', 'a long line that begins with a space is noise', ` ${'x'.repeat(9000)}`),

  ...['/a b', '/\x01', '/\x1f', '/\x7f', '/\x80', '/\xe9', '/\xff', '/\0', '/\t'].map((target) =>
    refused('R15', `target ${show(target)}`, `GET ${target}${AFTER}`),
  ),
  ...['/"', '/<', '/>', '/\\', '/^', '/`', '/{', '/|', '/}', '/#frag', '/a#', '#'].map((target) =>
    refused('R16', `target ${show(target)}`, `GET ${target}${AFTER}`),
  ),
  ...[
    'foo',
    '!',
    '../x',
    '?q',
    'a:80',
    'ftp://a/',
    'http:/a',
    'http://',
    'http:///x',
    'http://u@a/',
    'http://a:x/',
  ].map((target) => refused('R17', `target ${show(target)}`, `GET ${target}${AFTER}`)),

  accepted('R18', 'absolute-form: its authority is the host', 'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n', {
    target: 'http://b/x',
    host: 'b',
    path: '/x',
    query: '',
  }),
  accepted('R18', 'absolute-form with port and query', 'GET HTTP://b:81/x?y=/ HTTP/1.1\r\nHost: a\r\n\r\n', {
    host: 'b:81',
    path: '/x',
    query: 'y=/',
  }),
  accepted('R18', 'absolute-form without a path', 'GET http://b HTTP/1.1\r\nHost: a\r\n\r\n', {
    host: 'b',
    path: '/',
  }),
  accepted('R18', 'absolute-form with a query alone', 'GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n', {
    path: '/',
    query: 'q',
  }),
  refused('R18', 'absolute-form still needs Host', 'GET http://b/x HTTP/1.1\r\n\r\n'),

  accepted('R19', 'OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { path: '*' }, { answers: [204] }),
  refused('R20', 'GET *', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'),
  refused('R20', 'POST *', 'POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'),
  refused('R20', 'OPTIONS **', 'OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n'),
  accepted(
    'R21',
    'CONNECT',
    'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n',
    { method: 'CONNECT', path: '', host: 'h:443' },
    { answers: [405], closes: true },
  ),
  refused('R21', 'CONNECT with a path', 'CONNECT /x HTTP/1.1\r\nHost: h:443\r\n\r\n'),

  ...[
    '/%zz',
    '/%',
    '/%2',
    '/a%2',
    '/?%zz',
    '/?a=%',
    '/%00',
    '/?%00',
    '/%0d',
    '/%0A',
    '/?a=b%0d%0ac',
    'http://b/%0a',
    '/%%20',
  ].map((target) =>
    refused('R15', `percent-encoding in ${target}`, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`),
  ),
  ...['/%20', '/?a=%C3%A9', '/%0b', '/%ff', '/%250d', '/%2500'].map((target) =>
    accepted('R15', `percent-encoding in ${target}`, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, { target }),
  ),
  ...['https://a/x', 'HTTPS://a', 'https://b:443/?q'].map((target) =>
    refused('R18', `absolute-form ${target}`, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, 421),
  ),

  refused('R22', 'the hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x88\x11'),
  refused('R22', 'noise', '\x00\xff\xfe\x81\x9c\x00\r\n\r\n'),
  refused('R22', 'noise of high bytes', '\xff\xfe\xfd'),
  refused('R22', 'a line of white space', ' \r\n'),
  refused('R22', 'SSH', 'SSH-2.0-OpenSSH_9.7\r\n'),
  refused('R22', 'a colon and nothing', ':\r\n\r\n'),
  { id: 'R22', name: 'FIN and nothing else', bytes: '', fin: true, requests: [], closes: true },
  { id: 'R22', name: 'an empty line and FIN', bytes: '\r\n', fin: true, requests: [], closes: true },
  refused('R22', 'half a request line, then FIN', 'GET / HT', 400, { fin: true }),
  refused('R22', 'half a head, then FIN', 'GET / HTTP/1.1\r\nHost: a\r\n', 400, { fin: true }),
]
