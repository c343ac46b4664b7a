/** What the web port refuses before any handler sees it, byte by byte: protected like every other answer. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { RawSocket } from '../../support/raw-socket.ts'
import { startWeb, TOKEN, type RunningWeb } from './support.ts'

const PROTECTION = [
  'X-Content-Type-Options: nosniff',
  'Referrer-Policy: no-referrer',
  'Cross-Origin-Resource-Policy: same-origin',
  'X-Frame-Options: DENY',
  'Cache-Control: no-store',
]
const POLICY = /^Content-Security-Policy: default-src 'none'; .*frame-ancestors 'none'/m

async function connected({ port }: RunningWeb): Promise<RawSocket> {
  const socket = await RawSocket.connect(port)
  onTestFinished(() => socket[Symbol.asyncDispose]())
  return socket
}

/** Of the one answer that came: its status, when it has every field that protects it, each once. */
function protectedStatus(answer: string): number {
  const [, status = ''] = /^HTTP\/1\.1 ([0-9]{3}) /.exec(answer) ?? []
  const [head = ''] = answer.split('\r\n\r\n')
  const lines = head.split('\r\n')
  for (const line of PROTECTION) expect(lines, answer).toContain(line)
  expect(head.match(/^cache-control:/gim)).toHaveLength(1)
  expect(head.match(/^x-content-type-options:/gim)).toHaveLength(1)
  expect(head).toMatch(POLICY)
  expect(answer).not.toContain(TOKEN)
  return Number(status)
}

const HOST = 'Host: 127.0.0.1\r\n'

describe('refused by the server itself', () => {
  test.each<[what: string, bytes: string, status: number]>([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no Host', 'GET /chat HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', `GET /chat HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
    ['a space before a colon', `GET /chat HTTP/1.1\r\n${HOST}X : y\r\n\r\n`, 400],
    [
      'two ways to frame a body',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ['a method that would be a tunnel', `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`, 405],
    ['a method that echoes', `TRACE / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 405],
    ['a body over the limit', `POST /api/messages HTTP/1.1\r\n${HOST}Content-Length: 99999999\r\n\r\n`, 413],
    ['an endless target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
    ['an expectation', `GET / HTTP/1.1\r\n${HOST}Expect: more\r\nConnection: close\r\n\r\n`, 417],
    ['a head over the limit', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an unknown method', `BREW / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 501],
    ['a coding that is not known', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 400],
    ['another version', `GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
  ])('%s: %s', async (_, bytes, status) => {
    const socket = await connected(await startWeb({ name: 'alice' }))
    await socket.send(bytes)
    expect(protectedStatus(await socket.untilEnd())).toBe(status)
  })

  test('what OPTIONS * answers', async () => {
    const socket = await connected(await startWeb({ name: 'alice' }))
    await socket.send(`OPTIONS * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    expect(protectedStatus(await socket.untilEnd())).toBe(204)
  })

  test('half a head, for too long: 408', async () => {
    const web = await startWeb({ name: 'alice' }, { server: { timeouts: { head: 50 } } })
    const socket = await connected(web)
    await socket.send('GET /chat HT')
    expect(protectedStatus(await socket.untilEnd())).toBe(408)
  })

  test('half a body, for too long: 408', async () => {
    const web = await startWeb({ name: 'alice' }, { server: { timeouts: { body: 50 } } })
    const socket = await connected(web)
    const fields = `Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 9`
    await socket.send(`POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1:${web.port}\r\n${fields}\r\n\r\n{`)
    expect(protectedStatus(await socket.untilEnd())).toBe(408)
  })

  test('one connection too many: 503', async () => {
    const web = await startWeb({ name: 'alice' }, { server: { caps: { perLoopback: 1 } } })
    const [first, second] = [await connected(web), await connected(web)]
    // A connection without a request makes room for a new one.
    expect(protectedStatus(await first.untilEnd())).toBe(503)
    expect(second.ended).toBe(false)
  })

  test('an internal error: 500 without its reason', async () => {
    const errors: unknown[] = []
    const web = await startWeb(
      { name: 'alice' },
      { onError: (error) => errors.push(error), pages: '/nonexistent' },
    )
    web.peer.search = () => {
      throw new Error('the reason')
    }
    const socket = await connected(web)
    const host = `Host: 127.0.0.1:${web.port}\r\n`
    await socket.send(`GET /api/search?words=x HTTP/1.1\r\n${host}Authorization: Bearer ${TOKEN}\r\n\r\n`)
    const answer = await socket.untilEnd()
    expect(protectedStatus(answer)).toBe(500)
    expect(answer).not.toContain('the reason')
    expect(errors).toHaveLength(1)
  })
})

test('refused by the guard: another Host, 421', async () => {
  const socket = await connected(await startWeb({ name: 'alice' }))
  await socket.send('GET /chat HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  expect(protectedStatus(await socket.untilEnd())).toBe(421)
})
