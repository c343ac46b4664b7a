/** How connections end: half-close, lingering close, resets, streams that fail, graceful close. */
import { createReadStream } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { echo, readEcho, serve } from './support.ts'
import { promise, turn } from '../support/wait.ts'
import { ManualClock } from '../support/clock.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { complete, readAnswers, statuses } from '../support/answers.ts'
import { TCP } from '../../src/http/transport/tcp.ts'
import { NoAnswer, type Handler, type HeaderFields, type Response } from '../../src/http/message.ts'
import type { ServerOptions } from '../../src/http/server.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const later: Handler = async (request) => {
  for (let i = 0; i < 5; i++) await turn()
  return echo(request)
}

describe('half-close', () => {
  test.each<[string, Handler]>([
    ['at once', echo],
    ['later', later],
  ])('a client that sends FIN with its requests is answered %s', async (_name, handler) => {
    await using server = await serve(handler)
    const { answers } = readAnswers(
      await raw(server.address.port, get('/1') + get('/2') + get('/3'), { fin: true }),
    )
    expect(answers.map((answer) => readEcho(answer).path)).toEqual(['/1', '/2', '/3'])
  })

  test('a client that sends FIN while its answer is being made gets it', async () => {
    const answer = promise<Response>()
    await using server = await serve(() => answer.promise)
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/'))
    client.finish()
    for (let i = 0; i < 20; i++) await turn()
    answer.resolve({ status: 200, body: 'at last' })
    expect(readAnswers(await client.untilEnd()).answers.map(({ body }) => body)).toEqual(['at last'])
  })

  test('a client that sends FIN and reads slowly gets everything, and then the connection ends', async () => {
    const body = 'x'.repeat(1_000_000)
    await using server = await serve(() => ({ status: 200, body }))
    await using client = await RawSocket.connect(server.address.port)
    client.socket.pause()
    await client.send(get('/').repeat(20))
    client.finish()
    for (let i = 0; i < 50; i++) await turn()
    client.socket.resume()
    expect(readAnswers(await client.untilEnd()).answers.map((answer) => answer.body.length)).toEqual(
      Array(20).fill(1_000_000),
    )
    await expect.poll(() => server.connections).toBe(0)
  })
})

describe('a handler that gives no answer', () => {
  const silent = (): never => {
    throw new NoAnswer('for the test')
  }
  test.each<[string, Handler, ServerOptions]>([
    ['at once', silent, {}],
    [
      'later',
      async () => {
        await turn()
        return silent()
      },
      {},
    ],
    ['before the body has come', echo, { onHead: silent }],
  ])('%s: the connection ends without a byte, and it is no mistake', async (_name, handler, options) => {
    await using server = await serve(handler, options)
    const bytes = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n'
    const isWhole = options.onHead === undefined
    expect(await raw(server.address.port, isWhole ? `${bytes}hello` : bytes)).toBe('')
    await expect.poll(() => server.connections).toBe(0)
  })

  test('what was asked before it is answered', async () => {
    await using server = await serve((request) => (request.path === '/2' ? silent() : echo(request)))
    const { answers } = readAnswers(await raw(server.address.port, get('/1') + get('/2') + get('/3')))
    expect(answers.map((answer) => readEcho(answer).path)).toEqual(['/1'])
  })
})

describe('the last answer is read before the connection goes', () => {
  /** Uploads everything before it reads a byte, as simple clients do. */
  async function upload(port: number, bytes: string): Promise<RawSocket> {
    const client = await RawSocket.connect(port)
    client.socket.pause()
    for (let at = 0; at < bytes.length; at += 10_000) {
      await client.send(bytes.slice(at, at + 10_000))
      if (at % 30_000 === 0) await turn()
    }
    client.socket.resume()
    await client.untilClosed()
    return client
  }

  test.each([
    ['a length', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`, 413],
    [
      'chunks',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n${'x'.repeat(300_000)}\r\n0\r\n\r\n`,
      413,
    ],
    ['a field', `POST / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(300_000)}\r\n\r\n`, 431],
    ['a bad head', `POST / HTTP/1.1\r\nHost : a\r\n\r\n${'x'.repeat(300_000)}`, 400],
  ])('a client that uploads 300 KB first: %s', async (_name, bytes, status) => {
    // However long the upload takes.
    await using server = await serve(echo, { timeouts: { linger: 45_000 } })
    for (let run = 0; run < 15; run++) {
      await using client = await upload(server.address.port, bytes)
      expect(statuses(client.received)).toEqual([status])
    }
  })

  test('a client that never stops uploading is cut', async () => {
    await using server = await serve(echo, { timeouts: { linger: 100 } })
    await using client = await RawSocket.connect(server.address.port)
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n')
    // Its FIN never comes: this end stays open after the FIN of the server.
    client.socket.allowHalfOpen = true
    while (!client.closed) {
      client.socket.write('x'.repeat(10_000))
      await turn()
    }
    await expect.poll(() => server.connections).toBe(0)
  })

  test('of many clients that upload too much at the same time some are cut', async () => {
    // A second that does not end.
    const platform = { network: TCP, clock: new ManualClock() }
    await using server = await serve(echo, { timeouts: { linger: 600_000 } }, platform)
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => RawSocket.connect(server.address.port)),
    )
    await expect.poll(() => server.connections).toBe(10)
    for (const { socket } of clients) {
      socket.allowHalfOpen = true
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n')
      socket.write('x'.repeat(1_000_000))
    }
    try {
      await expect.poll(() => server.connections).toBeLessThan(10)
    } finally {
      for (const { socket } of clients) socket.destroy()
    }
  })

  test('a client that neither reads nor closes is cut', async () => {
    await using server = await serve(echo, { timeouts: { linger: 100 } })
    await using client = await RawSocket.connect(server.address.port)
    client.socket.allowHalfOpen = true
    await client.send('nonsense\r\n')
    await client.untilEnd()
    await expect.poll(() => server.connections).toBe(0)
  })
})

describe('clients that go away', () => {
  test('a reset in the middle of an answer harms no other client', async () => {
    await using server = await serve((request) =>
      request.path === '/' ? { status: 200, body: 'x'.repeat(5_000_000) } : echo(request),
    )
    for (let run = 0; run < 10; run++) {
      await using client = await RawSocket.connect(server.address.port)
      await client.send(get('/'))
      await client.until((bytes) => bytes.length > 1000)
      client.reset()
      await client.untilClosed()
    }
    expect(statuses(await raw(server.address.port, get('/alive'), { fin: true }))).toEqual([200])
    await expect.poll(() => server.connections).toBe(0)
  })

  test('the signal of a handler is aborted, and its failure then is not reported', async () => {
    const called = promise()
    const aborted = promise()
    const handler: Handler = (_request, { signal }) =>
      new Promise<Response>((_resolve, reject) => {
        called.resolve()
        signal.addEventListener('abort', () => {
          aborted.resolve()
          reject(new Error('gave up'))
        })
      })
    await using server = await serve(handler)
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/'))
    await called.promise
    client.reset()
    await aborted.promise
    await expect.poll(() => server.connections).toBe(0)
  })

  test.each([
    [
      'resets',
      (client: RawSocket): void => {
        client.reset()
      },
    ],
    [
      'sends FIN',
      (client: RawSocket): void => {
        client.finish()
      },
    ],
  ])('an endless answer ends when its reader %s', async (_name, leave) => {
    let ended = false
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          await turn()
          yield 'tick\n'
        }
      } finally {
        ended = true
      }
    }
    await using server = await serve(() => ({ status: 200, body: endless(), endless: true }))
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/'))
    await client.until((bytes) => bytes.includes('tick'))
    leave(client)
    await expect.poll(() => [ended, server.connections]).toEqual([true, 0])
  })

  test.each([
    ['before the answer begins', 5],
    ['while it is sent', 0],
  ])('a client that half-closes gets a stream whole: %s', async (_name, turnsBefore) => {
    await using server = await serve(async () => {
      for (let n = 0; n < turnsBefore; n++) await turn()
      return { status: 200, body: fivePieces() }
    })
    const [answer] = readAnswers(await raw(server.address.port, get('/'), { fin: true })).answers
    expect(answer).toMatchObject({ status: 200, body: 'p0p1p2p3p4' })
  })

  async function* fivePieces(): AsyncGenerator<string> {
    for (let n = 0; n < 5; n++) {
      for (let turns = 0; turns < 5; turns++) await turn()
      yield `p${n}`
    }
  }

  test('an endless answer to a client that had half-closed before has its first piece, and ends', async () => {
    async function* endless(): AsyncGenerator<string> {
      yield 'state\n'
      await new Promise<never>(() => undefined)
    }
    await using server = await serve(async () => {
      for (let n = 0; n < 20; n++) await turn()
      return { status: 200, body: endless(), endless: true }
    })
    expect(await raw(server.address.port, get('/'), { fin: true })).toContain('state')
  })

  test('an answer whose stream fails is reset for HTTP/1.0, where a FIN would end it like a whole one', async () => {
    // libuv reports a reset as an end when it comes together with bytes.
    const read = promise()
    async function* failing(): AsyncGenerator<string> {
      yield 'half'
      await read.promise
      throw new Error('out of ink')
    }
    await using server = await serve(() => ({ status: 200, body: failing() }), { onError: () => undefined })
    await using client = await RawSocket.connect(server.address.port)
    await client.send('GET / HTTP/1.0\r\n\r\n')
    await client.until((bytes) => bytes.endsWith('half'))
    read.resolve()
    await client.untilClosed()
    expect([client.ended, client.error]).toEqual([false, 'ECONNRESET'])
  })

  test('an answer whose stream fails is cut, never completed', async () => {
    const errors: unknown[] = []
    const failure = new Error('out of ink')
    async function* failing(): AsyncGenerator<string> {
      yield 'half of '
      await turn()
      throw failure
    }
    const onError = (error: unknown): unknown => errors.push(error)
    await using server = await serve(() => ({ status: 200, body: failing() }), { onError })
    const bytes = await raw(server.address.port, get('/') + get('/'))
    expect(errors).toEqual([failure])
    expect(readAnswers(bytes).answers).toEqual([])
    expect(bytes).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n8\r\nhalf of \r\n$/)
  })
})

describe('a stream that is not sent is let go of', () => {
  const GONE: HeaderFields = { 'X-Wrong': 'a\nb' }

  test.each<[string, string, number, HeaderFields]>([
    ['HEAD', 'HEAD', 200, {}],
    ['204', 'GET', 204, {}],
    ['205', 'GET', 205, {}],
    ['304', 'GET', 304, {}],
    ['an answer that cannot be written', 'GET', 200, GONE],
  ])('%s', async (_name, method, status, headers) => {
    const file = createReadStream(import.meta.filename)
    let returned = 0
    const own: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
        return: () => Promise.resolve({ done: true, value: returned++ }),
      }),
    }
    await using server = await serve(
      ({ path }) => ({ status, headers, body: path === '/file' ? file : own }),
      { onError: () => undefined },
    )
    const ask = (path: string): string => `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    await raw(server.address.port, ask('/file'))
    await expect.poll(() => file.closed).toBe(true)
    await raw(server.address.port, ask('/own'))
    expect(returned).toBe(1)
  })
})

describe('a body of any size', () => {
  test.each([
    ['text', 'é'.repeat(100_000)],
    ['bytes', Buffer.alloc(300_000, 'x')],
    ['exactly one slice', Buffer.alloc(64 * 1024, 'x')],
    ['one byte more', Buffer.alloc(64 * 1024 + 1, 'x')],
  ])('arrives whole, and the connection goes on: %s', async (_name, body) => {
    await using server = await serve(() => ({ status: 200, body }))
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/1') + get('/2'))
    const { answers } = readAnswers(await client.until(complete(2)))
    for (const answer of answers)
      expect(Buffer.from(answer.body, 'latin1').equals(Buffer.from(body))).toBe(true)
  })

  test('pieces of a stream, too', async () => {
    const piece = Buffer.alloc(200_000, 'x')
    async function* pieces(): AsyncGenerator<Uint8Array> {
      await turn()
      yield piece
      yield piece
    }
    await using server = await serve(() => ({ status: 200, body: pieces() }))
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/'))
    const [answer] = readAnswers(await client.until(complete(1))).answers
    expect(answer?.body.length).toBe(400_000)
  })
})

test('205 has no content, and says so', async () => {
  await using server = await serve(() => ({ status: 205, body: 'x' }))
  await using client = await RawSocket.connect(server.address.port)
  await client.send(get('/'))
  const { answers, rest } = readAnswers(await client.until(complete(1)))
  expect([answers[0]?.status, answers[0]?.fields['content-length'], answers[0]?.body, rest]).toEqual([
    205,
    '0',
    '',
    '',
  ])
})

describe('close()', () => {
  test('lets exchanges finish, ends idle connections at once, accepts nothing new', async () => {
    const answer = promise<Response>()
    const called = promise()
    const server = await serve((request) => {
      if (request.path !== '/slow') return echo(request)
      called.resolve()
      return answer.promise
    })
    const { port } = server.address
    await using idle = await RawSocket.connect(port)
    await idle.send(get('/idle'))
    await idle.until(complete(1))
    await using silent = await RawSocket.connect(port)
    await using half = await RawSocket.connect(port)
    await half.send('GET /half HT')
    await using busy = await RawSocket.connect(port)
    await busy.send(get('/slow') + get('/never'))
    await called.promise
    expect(server.connections).toBe(4)

    const closed = server.close()
    expect(statuses(await idle.untilEnd())).toEqual([200])
    expect(await silent.untilEnd()).toBe('')
    expect(await half.untilEnd()).toBe('')
    await expect(RawSocket.connect(port)).rejects.toThrow('ECONNREFUSED')
    expect(busy.ended).toBe(false)

    answer.resolve({ status: 200, body: 'done' })
    const { answers } = readAnswers(await busy.untilEnd())
    expect(answers).toMatchObject([{ status: 200, body: 'done', fields: { connection: 'close' } }])
    await closed
    expect(server.connections).toBe(0)
  })

  test('cuts what takes longer than the grace, and can be called again', async () => {
    const server = await serve(() => new Promise<never>(() => undefined))
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/'))
    await expect.poll(() => server.connections).toBe(1)
    const first = server.close(50)
    const second = server.close(50)
    expect(await client.untilClosed()).toBe('')
    await Promise.all([first, second])
    await server.close()
    expect(server.connections).toBe(0)
  })
})

test('listen() rejects with the error of the system', async () => {
  await using server = await serve()
  await expect(serve(echo, { port: server.address.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
