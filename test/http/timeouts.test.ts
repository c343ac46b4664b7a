/**
 * Deadlines of a connection: 408 when part of a request came, silence when nothing did, and bytes now and
 * then buy no time. A deadline that does not work lets its test run into the limit of the test runner.
 */
import { describe, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { echo, serve } from './support.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { readAnswers, statuses } from '../support/answers.ts'
import type { Timeouts } from '../../src/http/timeouts.ts'

/** Longer than a test may take: a deadline that must not be the one that passes. */
const NEVER = 600_000
const NO_DEADLINE: Timeouts = {
  opening: NEVER,
  idle: NEVER,
  provedIdle: NEVER,
  head: NEVER,
  body: NEVER,
  handler: NEVER,
  send: NEVER,
  sendAhead: NEVER,
  linger: 100,
}
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const BODY = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n'
const CHUNKS = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

function serveWith(timeouts: Partial<Timeouts>) {
  return serve(echo, { timeouts: { ...NO_DEADLINE, ...timeouts } })
}

/** Sends `bytes` again and again, a little at a time, until the server has had enough. */
async function trickle(client: RawSocket, bytes: string): Promise<string> {
  for (let at = 0; !client.ended && !client.closed; at++) {
    client.socket.write(bytes.charAt(at % bytes.length), 'latin1')
    await sleep(5)
  }
  return client.received
}

describe('nothing came: closed without a word', () => {
  test('from the start', async () => {
    await using server = await serveWith({ opening: 100 })
    expect(await raw(server.address.port, '')).toBe('')
  })

  test('after an answer', async () => {
    await using server = await serveWith({ idle: 100 })
    const { answers, rest } = readAnswers(await raw(server.address.port, REQUEST))
    expect(answers.map(({ status, fields }) => [status, fields['connection']])).toEqual([[200, undefined]])
    expect(rest).toBe('')
  })

  test('but an empty line', async () => {
    await using server = await serveWith({ opening: 100 })
    expect(await raw(server.address.port, '\r\n')).toBe('')
  })
})

describe('part of a request came: 408 and close', () => {
  test.each<[string, Partial<Timeouts>, string, number[]]>([
    ['a byte', { head: 100 }, 'G', [408]],
    ['half a head', { head: 100 }, 'GET / HTTP/1.1\r\nHost: a\r\n', [408]],
    ['half a head after a request', { head: 100 }, `${REQUEST}GET / HT`, [200, 408]],
    ['no byte of a body', { body: 100 }, BODY, [408]],
    ['half a body', { body: 100 }, `${BODY}xxx`, [408]],
    ['half a chunk', { body: 100 }, `${CHUNKS}5\r\nhe`, [408]],
    ['no last chunk', { body: 100 }, `${CHUNKS}5\r\nhello\r\n`, [408]],
    ['half a trailer section', { body: 100 }, `${CHUNKS}0\r\nX: y\r\n`, [408]],
    ['half a body after a request', { body: 100 }, `${REQUEST}${BODY}xxx`, [200, 408]],
  ])('%s', async (_name, timeouts, bytes, expected) => {
    await using server = await serveWith(timeouts)
    const { answers, rest } = readAnswers(await raw(server.address.port, bytes))
    expect(answers.map(({ status }) => status)).toEqual(expected)
    expect(answers.at(-1)?.fields['connection']).toBe('close')
    expect(rest).toBe('')
  })

  test('a body that was invited by 100 Continue and never comes', async () => {
    await using server = await serveWith({ body: 100 })
    const expecting = BODY.replace('Host', 'Expect: 100-continue\r\nHost')
    expect(statuses(await raw(server.address.port, expecting))).toEqual([100, 408])
  })
})

describe('a trickle buys no time', () => {
  test.each<[string, Partial<Timeouts>, string, string]>([
    ['in the request line', { head: 150 }, '', 'G'],
    ['in the fields', { head: 150 }, 'GET / HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n'],
    ['in a body', { body: 150 }, BODY, 'x'],
    ['in chunks', { body: 150 }, CHUNKS, '1\r\nx\r\n'],
  ])('%s', async (_name, timeouts, start, again) => {
    await using server = await serveWith(timeouts)
    await using client = await RawSocket.connect(server.address.port)
    await client.send(start)
    expect(statuses(await trickle(client, again))).toEqual([408])
  })

  test('nor does one that begins while the answer before is being made', async () => {
    await using server = await serve(
      async (request) => {
        await sleep(50)
        return echo(request)
      },
      { timeouts: { ...NO_DEADLINE, head: 150 } },
    )
    await using client = await RawSocket.connect(server.address.port)
    await client.send(`${REQUEST}GET / HTTP/1.1\r\n`)
    expect(statuses(await trickle(client, 'X: y\r\n'))).toEqual([200, 408])
  })
})

describe('a client that does not read', () => {
  test.each([
    ['a large answer', 'later'],
    ['large answers at once', 'at once'],
  ])('is cut: %s', async (_name, way) => {
    const answer = { status: 200, body: 'x'.repeat(8_000_000) }
    await using server = await serve(() => (way === 'later' ? Promise.resolve(answer) : answer), {
      timeouts: { ...NO_DEADLINE, send: 100, sendAhead: 100 },
    })
    await using client = await RawSocket.connect(server.address.port)
    client.socket.pause()
    await client.send(REQUEST.repeat(3))
    await expect.poll(() => server.connections).toBe(0)
    client.socket.resume()
    await client.untilClosed()
    expect(client.received.length).toBeLessThan(3 * answer.body.length)
  })

  test('is not read from either while it does not read: its input waits in its own kernel', async () => {
    await using server = await serve(() => ({ status: 200, body: 'x'.repeat(1_000_000) }), {
      timeouts: NO_DEADLINE,
    })
    await using client = await RawSocket.connect(server.address.port)
    client.socket.pause()
    const many = REQUEST.repeat(2_000)
    let taken = 0
    // 200 MB of requests would be answered by a server without back-pressure.
    for (let n = 0; n < 4_000 && client.socket.writableLength < 1_000_000; n++) {
      client.socket.write(many, 'latin1', () => taken++)
      await sleep(0)
    }
    expect(client.socket.writableLength).toBeGreaterThanOrEqual(1_000_000)
    expect(taken * many.length).toBeLessThan(100_000_000)
    await server.close(0)
  })
})
