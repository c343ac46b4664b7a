/** Hooks for refusals: that of the server for its own, that of the router for those of handlers. */
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../src/http/message.ts'
import { Router, json, refuse } from '../../src/http/router.ts'
import { echo, serve } from './support.ts'
import { request } from './values.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { complete } from '../support/answers.ts'
import type { Context } from '../../src/http/message.ts'
import type { ServerOptions } from '../../src/http/server.ts'

/** A hook and its calls. */
function hook(): { calls: string[]; onRefused: (code: string, status: number) => void } {
  const calls: string[] = []
  return { calls, onRefused: (code, status) => calls.push(`${status} ${code}`) }
}

const LIMITS = { startLine: 100, fieldLine: 100, head: 300, fields: 4, body: 10 }
const TIMES = { head: 40, body: 40 }

describe('the server', () => {
  test.each<[string, string, string]>([
    ['no HTTP at all', 'nonsense\r\n\r\n', '400 bad_request'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', '400 bad_request'],
    ['half a head that never goes on', 'GET / HTTP/1.1\r\nHost', '408 request_timeout'],
    [
      'half a body that never goes on',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx',
      '408 request_timeout',
    ],
    ['a body too large', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n', '413 content_too_large'],
    ['a target too long', `GET /${'x'.repeat(200)} HTTP/1.1\r\nHost: a\r\n\r\n`, '414 uri_too_long'],
    [
      'a field too long',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(200)}\r\n\r\n`,
      '431 request_header_fields_too_large',
    ],
    [
      'an expectation',
      'GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
      '417 expectation_failed',
    ],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', '501 not_implemented'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', '405 method_not_allowed'],
    ['another version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', '505 http_version_not_supported'],
  ])('is called once for %s', async (_name, bytes, expected) => {
    const { calls, onRefused } = hook()
    await using server = await serve(echo, { onRefused, limits: LIMITS, timeouts: TIMES })
    expect(await raw(server.address.port, bytes)).toContain(`HTTP/1.1 ${expected.slice(0, 3)} `)
    expect(calls).toEqual([expected])
  })

  test('is not called for requests that are passed on, nor for those that the server answers itself', async () => {
    const { calls, onRefused } = hook()
    await using server = await serve(() => json(404, {}), { onRefused })
    const bytes =
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    expect(await raw(server.address.port, bytes)).toContain(' 204 ')
    expect(calls).toEqual([])
  })

  test('is not called for mistakes of the program', async () => {
    const { calls, onRefused } = hook()
    const errors: unknown[] = []
    const onError = (error: unknown): unknown => errors.push(error)
    const failing = (): never => {
      throw new Error('a bug')
    }
    await using server = await serve(failing, { onRefused, onError })
    await raw(server.address.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect([calls, errors.length]).toEqual([[], 1])
  })

  /** Three connections that have sent a request, and `newcomers` more. */
  async function crowd(options: ServerOptions, newcomers: number): Promise<void> {
    await using server = await serve(echo, options)
    const members: RawSocket[] = []
    for (let n = 0; n < 3; n++) {
      const speaker = await RawSocket.connect(server.address.port)
      members.push(speaker)
      await speaker.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await speaker.until(complete(1))
      // At work: an idle one would make room.
      await speaker.send('GET ')
    }
    for (let n = 0; n < newcomers; n++) {
      const newcomer = await RawSocket.connect(server.address.port)
      newcomer.socket.allowHalfOpen = true
      members.push(newcomer)
      await newcomer.untilEnd()
    }
    for (const { socket } of members) socket.destroy()
    await server.close(0)
  }

  test('is called for each connection that is rejected, with and without an answer', async () => {
    const { calls, onRefused } = hook()
    await crowd({ onRefused, caps: { total: 3 }, timeouts: { linger: 600_000 } }, 8)
    expect(calls).toEqual(Array(8).fill('503 too_many_connections'))
  })

  test('is called for a silent connection that is closed for a new one', async () => {
    const { calls, onRefused } = hook()
    await using server = await serve(echo, { onRefused, caps: { silent: 1, silentAfter: 0 } })
    await using silent = await RawSocket.connect(server.address.port)
    await using newcomer = await RawSocket.connect(server.address.port)
    await silent.untilEnd()
    expect(newcomer.ended).toBe(false)
    expect(calls).toEqual(['503 too_many_connections'])
  })
})

describe('the router', () => {
  const context: Context = {
    signal: new AbortController().signal,
    remote: { host: '127.0.0.1', port: 1 },
    local: { host: '127.0.0.1', port: 2 },
  }
  const routes = {
    'GET /fine': () => json(200, {}),
    'GET /at-once': () => {
      throw refuse(429, 'slow_down', 'wait')
    },
    'GET /later': () => Promise.reject(refuse(409, 'conflict', 'no')),
    'GET /protocol': () => {
      throw new ProtocolError(413, 'too much')
    },
    'GET /strange': () => {
      throw new ProtocolError(499, 'no such status')
    },
    'GET /bug': () => {
      throw new Error('a bug')
    },
  }

  test.each([
    ['a refusal', 'GET', '/at-once', ['429 slow_down']],
    ['a refusal that comes later', 'GET', '/later', ['409 conflict']],
    ['a ProtocolError', 'GET', '/protocol', ['413 content_too_large']],
    ['a status without a name', 'GET', '/strange', ['499 error']],
    ['an unknown path', 'GET', '/nowhere', ['404 not_found']],
    ['a malformed path', 'GET', '/%zz', ['400 bad_request']],
    ['another method', 'POST', '/fine', ['405 method_not_allowed']],
    ['an answer', 'GET', '/fine', []],
    ['OPTIONS', 'OPTIONS', '/fine', []],
  ])('is called for %s', async (_name, method, path, expected) => {
    const { calls, onRefused } = hook()
    const router = new Router(routes, { onRefused })
    const { status } = await router.handle(request({ method, path }), context)
    expect(calls).toEqual(expected)
    if (expected.length > 0) expect(expected[0]).toContain(String(status))
  })

  test.each<[string, string, string, number | undefined]>([
    ['an unknown path', 'POST', '/nowhere', 404],
    ['another method', 'POST', '/fine', 405],
    ['a path that is not UTF-8', 'POST', '/%ff', 400],
    ['what the handler refuses', 'GET', '/at-once', undefined],
    ['OPTIONS', 'OPTIONS', '/fine', undefined],
    ['a path with a slash at its end', 'GET', '/fine/', undefined],
  ])('knows from the head: %s', (_name, method, path, status) => {
    const { calls, onRefused } = hook()
    expect(new Router(routes, { onRefused }).early(request({ method, path }), context)?.status).toBe(status)
    expect(calls).toHaveLength(status === undefined ? 0 : 1)
  })

  test('is not called for mistakes of the program', () => {
    const { calls, onRefused } = hook()
    const router = new Router(routes, { onRefused })
    expect(() => router.handle(request({ path: '/bug' }), context)).toThrow('a bug')
    expect(calls).toEqual([])
  })
})
