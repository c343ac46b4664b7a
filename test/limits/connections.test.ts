/** DEFAULT_CAPS at the limit and one over; DEFAULT_TIMEOUTS to the millisecond. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ServerOpts } from 'node:net'
import { DEFAULT_TIMEOUTS, type Timeouts } from '../../src/http/timeouts.ts'
import { DEFAULT_CAPS, Server } from '../../src/http/server.ts'
import { echo } from '../http/support.ts'
import { FakeListener, settled, type FakeSocket } from './fake-listener.ts'

const { createServer } = vi.hoisted(() => ({ createServer: vi.fn() }))
vi.mock('node:net', async (original) => ({ ...(await original<object>()), createServer }))

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const BODY = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n'

/** The echo of this body is more than a socket takes at once. */
const LARGE = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`

let listener: FakeListener
let server: Server

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  listener = new FakeListener()
  createServer.mockImplementation((options: ServerOpts) => {
    listener.options = options
    return listener
  })
  server = await Server.listen(
    (request) => {
      if (request.path === '/slow') return new Promise<never>(() => undefined)
      if (request.path === '/large') return { status: 200, body: Buffer.alloc(8 * 1024 * 1024) }
      return echo(request)
    },
    { onError: () => undefined },
  )
})

afterEach(async () => {
  const closed = server.close(0)
  await pass(1)
  await closed
  vi.useRealTimers()
})

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await settled()
}

/** A connection that has had one answer. */
async function speak(host: string): Promise<FakeSocket> {
  const socket = await listener.connect(host)
  await socket.send(REQUEST)
  expect(socket.status).toBe(200)
  return socket
}

describe('DEFAULT_CAPS', () => {
  test.each<['total' | 'perHost' | 'perLoopback', (index: number) => string, string]>([
    ['total', (index) => `10.0.${index >> 8}.${index & 255}`, '10.9.9.9'],
    ['perHost', () => '10.0.0.5', '10.9.9.9'],
    ['perLoopback', () => '127.0.0.1', '127.0.0.2'],
  ])('%s', async (name, host, elsewhere) => {
    for (let index = 0; index < DEFAULT_CAPS[name]; index++) {
      const socket = await speak(host(index))
      // Within a request: an idle connection would be evicted.
      await socket.send('G')
    }
    expect(server.connections).toBe(DEFAULT_CAPS[name])
    const over = await listener.connect(host(0))
    expect([over.status, over.ended]).toEqual([503, true])
    const other = await listener.connect(elsewhere)
    expect(other.ended).toBe(name === 'total')
  })

  /** Opens `count` silent connections from different hosts, waits, opens one more; returns which of them were closed. */
  async function silence(count: number, ms: number): Promise<number[]> {
    const all: FakeSocket[] = []
    for (let index = 0; index < count; index++) all.push(await listener.connect(`10.0.0.${index}`))
    await pass(ms)
    const newcomer = await listener.connect('10.0.1.1')
    expect(newcomer.ended).toBe(false)
    return all.flatMap(({ ended }, index) => (ended ? [index] : []))
  }

  test('silent: at the limit none is closed', async () => {
    expect(await silence(DEFAULT_CAPS.silent - 1, DEFAULT_CAPS.silentAfter)).toEqual([])
  })

  test('silent: one over, the oldest is closed', async () => {
    expect(await silence(DEFAULT_CAPS.silent, DEFAULT_CAPS.silentAfter)).toEqual([0])
  })

  test('silentAfter: a millisecond earlier none is closed', async () => {
    expect(await silence(DEFAULT_CAPS.silent, DEFAULT_CAPS.silentAfter - 1)).toEqual([])
  })
})

describe('DEFAULT_TIMEOUTS', () => {
  test.each<[keyof Timeouts, string, boolean, RegExp]>([
    ['opening', '', false, /^$/],
    ['idle', REQUEST, false, /^HTTP\/1\.1 200 [^]*[}]$/],
    ['head', 'G', false, /^HTTP\/1\.1 408 /],
    ['body', `${BODY}x`, false, /^HTTP\/1\.1 408 /],
    ['send', LARGE, true, /^$/],
  ])('%s', async (name, bytes, isStalled, received) => {
    const socket = await listener.connect('10.0.0.5')
    socket.isStalled = isStalled
    await socket.send(bytes)
    await pass(DEFAULT_TIMEOUTS[name] - 1)
    expect([socket.ended, socket.destroyed]).toEqual([false, false])
    await pass(1)
    expect([socket.ended, socket.destroyed]).toEqual([!isStalled, isStalled])
    expect(socket.received).toMatch(received)
  })

  test('handler', async () => {
    const socket = await listener.connect('10.0.0.5')
    await socket.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
    await pass(DEFAULT_TIMEOUTS.handler - 1)
    expect([socket.received, socket.ended]).toEqual(['', false])
    await pass(1)
    expect([socket.status, socket.ended]).toEqual([500, true])
  })

  test('sendAhead', async () => {
    const socket = await listener.connect('10.0.0.5')
    socket.room = 4 * 1024 * 1024
    await socket.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')
    await pass(DEFAULT_TIMEOUTS.sendAhead - 1)
    expect(socket.destroyed).toBe(false)
    await pass(1)
    expect(socket.destroyed).toBe(true)
  })

  test('linger', async () => {
    const socket = await listener.connect('10.0.0.5')
    await socket.send(LAST)
    expect(socket.ended).toBe(true)
    await pass(DEFAULT_TIMEOUTS.linger - 1)
    expect(socket.destroyed).toBe(false)
    await pass(1)
    expect(socket.destroyed).toBe(true)
  })
})
