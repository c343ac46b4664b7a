/** Sections 6 and 7 of the requirements, as far as bytes show them: persistent connections, Expect, Upgrade. */
import { accepted, type Case } from './case.ts'

const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

export const CONNECTION: readonly Case[] = [
  {
    id: 'C01',
    name: 'three requests in one segment',
    bytes:
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\nHost: a\r\n\r\n',
    requests: [{ path: '/1' }, { path: '/2', body: 'hi' }, { path: '/3' }],
  },
  {
    id: 'C01',
    name: '100 requests in one segment',
    bytes: NEXT.repeat(100),
    requests: Array.from({ length: 100 }, () => ({ path: '/next' })),
  },
  accepted('C02', 'HTTP/1.1 is kept', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', { keepAlive: true }),
  accepted('C02', 'and with an unknown option too', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\n\r\n', {
    keepAlive: true,
  }),
  accepted(
    'C02',
    'an option that only contains close',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n',
    {
      keepAlive: true,
    },
  ),
  ...[
    'close',
    'Close',
    '\tclose',
    'CLOSE ',
    'keep-alive, close',
    'close, te',
    ',close,',
    'x,\tclose',
    'close\r\nConnection: x',
  ].map((option) =>
    accepted(
      'C03',
      `Connection: ${JSON.stringify(option)}`,
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: ${option}\r\n\r\n`,
      { keepAlive: false },
      { closes: true },
    ),
  ),
  accepted(
    'C04',
    'HTTP/1.0 is closed',
    'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    { keepAlive: false },
    { closes: true },
  ),
  accepted(
    'C05',
    'HTTP/1.0 that wants to be kept',
    'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    { version: '1.0', keepAlive: true },
    { closes: false },
  ),
  accepted(
    'C05',
    'HTTP/1.0 that wants both',
    'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n',
    { keepAlive: false },
    { closes: true },
  ),
  {
    id: 'C06',
    name: 'an invalid request after a valid one',
    bytes: 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nBad Name: x\r\n\r\n',
    requests: [{ path: '/1' }],
    error: 400,
  },
  {
    id: 'C06',
    name: 'noise after a valid request',
    bytes: `${NEXT}\x00\x01\x02`,
    requests: [{ path: '/next' }],
    error: 400,
  },
  {
    id: 'C06',
    name: 'half a request after a valid one, then FIN',
    bytes: `${NEXT}GET /2 HT`,
    fin: true,
    requests: [{ path: '/next' }],
    error: 400,
  },
  accepted(
    'C08',
    'FIN right after a request',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    {},
    { fin: true, closes: true },
  ),
  {
    id: 'C08',
    name: 'FIN right after two requests',
    bytes: NEXT + NEXT,
    fin: true,
    requests: [{ path: '/next' }, { path: '/next' }],
    closes: true,
  },
  accepted(
    'E02',
    'Expect with an empty body',
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
  ),
  accepted(
    'E02',
    'Expect with the body here',
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi',
    {
      body: 'hi',
    },
  ),
  accepted('E02', 'Expect without a body', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n'),
  accepted(
    'E02',
    'Expect in HTTP/1.0',
    'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
    { body: 'hi' },
    { closes: true },
  ),
  ...['', ',', '100-continue, 100-Continue', '100-continue\r\nExpect: 100-continue'].map((expectation) =>
    accepted(
      'E02',
      `Expect: ${JSON.stringify(expectation)}`,
      `POST / HTTP/1.1\r\nHost: a\r\nExpect: ${expectation}\r\nContent-Length: 2\r\n\r\nhi`,
      { body: 'hi' },
    ),
  ),
  ...['foo', '100-continue, foo', '100', '100-continue\r\nExpect: foo'].map((expectation) =>
    accepted(
      'E03',
      `Expect: ${JSON.stringify(expectation)}`,
      `POST / HTTP/1.1\r\nHost: a\r\nExpect: ${expectation}\r\nContent-Length: 2\r\n\r\nhi`,
      { body: 'hi' },
      { answers: [417] },
    ),
  ),
  ...[
    'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 99\r\n',
    'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    'Upgrade: TLS/1.0\r\nConnection: upgrade\r\n',
    'Upgrade: websocket\r\n',
  ].map((lines) => ({
    id: 'E04',
    name: `no upgrade: ${lines.slice(0, lines.indexOf('\r'))} (${lines.length})`,
    bytes: `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${NEXT}`,
    requests: [{ path: '/' }, { path: '/next' }],
  })),
  accepted('M01', 'HEAD', 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'HEAD' }),
  {
    id: 'M01',
    name: 'HEAD, then GET',
    bytes: `HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${NEXT}`,
    requests: [{ method: 'HEAD' }, { path: '/next' }],
  },
  accepted(
    'M03',
    'TRACE',
    'TRACE / HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n',
    { method: 'TRACE' },
    { answers: [405] },
  ),
]
