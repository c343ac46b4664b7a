/** Exchanges on one connection: order, the fast path and the slow path, Expect, HEAD, which side closes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { knowsPersistence } from '../../../src/http/codec/request-parser.ts'
import { json } from '../../../src/http/router.ts'
import type { Body, Handler, Response } from '../../../src/http/message.ts'
import { echo, readEcho, serve } from '../support.ts'
import { promise, turn } from '../../support/wait.ts'
import { RawSocket, raw } from '../../support/raw-socket.ts'
import { complete, readAnswers, statuses } from '../../support/answers.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** Answers later: the earlier a request, the longer its answer takes. */
const slow: Handler = async (request) => {
  await sleep(request.path === '/1' ? 40 : request.path === '/2' ? 20 : 0)
  return echo(request)
}

async function* pieces(...all: readonly string[]): AsyncGenerator<string> {
  for (const piece of all) {
    await turn()
    yield piece
  }
}

describe('order', () => {
  test('answers of slow handlers come in the order of the requests', async () => {
    await using server = await serve(slow)
    const { answers } = readAnswers(await raw(server.address.port, get('/1') + get('/2') + get('/3') + LAST))
    expect(answers.map((answer) => readEcho(answer).path)).toEqual(['/1', '/2', '/3', '/last'])
  })

  test('handlers that answer at once, later, and piece by piece take turns', async () => {
    const handler: Handler = (request) => {
      if (request.path === '/later') return slow(request, context)
      return request.path === '/stream' ? { status: 200, body: pieces('a', '', 'bc') } : echo(request)
    }
    const context = {} as Parameters<Handler>[1]
    await using server = await serve(handler)
    const asked = ['/now', '/later', '/stream', '/now', '/stream', '/later', '/now']
    const { answers, rest } = readAnswers(await raw(server.address.port, asked.map(get).join('') + LAST))
    expect(answers.map((answer) => (answer.body === 'abc' ? '/stream' : readEcho(answer).path))).toEqual([
      ...asked,
      '/last',
    ])
    expect(rest).toBe('')
  })

  test('one exchange at a time: the next handler is called when the answer before has left', async () => {
    const first = promise<Response>()
    const called: string[] = []
    await using server = await serve((request) => {
      called.push(request.path)
      return request.path === '/1' ? first.promise : echo(request)
    })
    await using client = await RawSocket.connect(server.address.port)
    await client.send(get('/1') + get('/2'))
    await expect.poll(() => called).toEqual(['/1'])
    for (let i = 0; i < 20; i++) await turn()
    expect(called).toEqual(['/1'])
    first.resolve({ status: 200 })
    await client.until(complete(2))
    expect(called).toEqual(['/1', '/2'])
  })

  test.each<[string, Handler]>([
    ['at once', echo],
    [
      'later',
      async (request): Promise<Response> => {
        await turn()
        return echo(request)
      },
    ],
  ])('1000 requests in one segment, answered %s', async (_name, handler) => {
    await using server = await serve(handler)
    const requests = Array.from({ length: 1000 }, (_, n) => get(`/n${n}`)).join('')
    const { answers } = readAnswers(await raw(server.address.port, requests))
    expect(answers.map((answer) => readEcho(answer).path)).toEqual(
      Array.from({ length: 1000 }, (_, n) => `/n${n}`),
    )
    // The default of maxRequests.
    expect(answers.at(-1)?.fields['connection']).toBe('close')
  })

  test('bytes after a request that closes are ignored', async () => {
    await using server = await serve()
    expect(statuses(await raw(server.address.port, `${LAST}\x00 not HTTP at all`))).toEqual([200])
    expect(statuses(await raw(server.address.port, LAST + get('/2')))).toEqual([200])
    expect(statuses(await raw(server.address.port, `${LAST}GET /half`, { fin: true }))).toEqual([200])
  })

  test('answers larger than the socket takes at once keep their order', async () => {
    const body = 'x'.repeat(300_000)
    await using server = await serve(({ path }) => ({ status: 200, body: path + body }))
    await using client = await RawSocket.connect(server.address.port)
    client.socket.pause()
    await client.send(['/1', '/2', '/3', '/4', '/5', '/6'].map(get).join('') + LAST)
    client.socket.resume()
    const { answers } = readAnswers(await client.untilEnd())
    expect(answers.map((answer) => answer.body.slice(0, -body.length))).toEqual([
      '/1',
      '/2',
      '/3',
      '/4',
      '/5',
      '/6',
      '/last',
    ])
  })
})

describe('the fast path and the slow path', () => {
  const REQUESTS = [
    get('/1') + get('/2'),
    'HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\xff\xe9',
    'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    get('/204') + get('/304') + get('/404') + get('/bytes') + get('/unicode') + get('/big'),
    'POST /6 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    'POST /7 HTTP/1.1\r\nHost: a\r\nExpect: foo\r\nContent-Length: 1\r\n\r\nx',
    LAST,
  ].join('')

  const ANSWERS: Readonly<Record<string, Response>> = {
    '/204': { status: 204 },
    '/304': { status: 304, headers: { ETag: '"x"' } },
    '/404': json(404, { error: 'not_found' }),
    '/bytes': { status: 200, body: Uint8Array.of(0, 127, 128, 255) },
    '/unicode': { status: 200, headers: { 'Set-Cookie': ['a=1', 'b=2'] }, body: 'grüße, 世界' },
    '/big': { status: 200, body: 'b'.repeat(200_000) },
  }
  const atOnce: Handler = (request) => ANSWERS[request.path] ?? echo(request)
  const later: Handler = async (request, context) => {
    await turn()
    return atOnce(request, context)
  }
  const withoutDate = (bytes: string): string => bytes.replaceAll(/^Date: .*$/gm, 'Date: …')

  test('write the same bytes for the same requests', async () => {
    await using short = await serve(atOnce)
    await using long = await serve(later)
    const bytes = withoutDate(await raw(short.address.port, REQUESTS))
    expect(withoutDate(await raw(long.address.port, REQUESTS))).toBe(bytes)
    const methods = ['GET', 'GET', 'HEAD']
    expect(statuses(bytes, methods)).toEqual([
      200, 200, 200, 200, 501, 204, 200, 204, 304, 404, 200, 200, 200, 200, 417, 200,
    ])
  })

  test('and the same when the requests come byte by byte', async () => {
    await using server = await serve(atOnce)
    const whole = withoutDate(await raw(server.address.port, REQUESTS))
    await using client = await RawSocket.connect(server.address.port)
    for (const byte of REQUESTS) await client.send(byte)
    expect(withoutDate(await client.untilEnd())).toBe(whole)
  })
})

describe('Expect: 100-continue', () => {
  const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: '

  test('gets 100 Continue before the body comes, once', async () => {
    await using server = await serve()
    await using client = await RawSocket.connect(server.address.port)
    await client.send(`${HEAD}4\r\n\r\n`)
    expect(await client.until((bytes) => bytes.includes('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    await client.send('he')
    await client.send('y!')
    const { answers } = readAnswers(await client.until(complete(2)))
    expect(answers.map(({ status }) => status)).toEqual([100, 200])
    expect(readEcho(answers[1]).body).toBe('hey!')
  })

  test('gets 100 Continue after the answer to the request before', async () => {
    await using server = await serve(slow)
    await using client = await RawSocket.connect(server.address.port)
    await client.send(`${get('/1')}${HEAD}2\r\n\r\n`)
    await client.until(complete(2))
    await client.send('hi')
    expect(statuses(await client.until(complete(3)))).toEqual([200, 100, 200])
  })

  test('of a body that is too large is refused at once, without a 100', async () => {
    await using server = await serve()
    expect(statuses(await raw(server.address.port, `${HEAD}65537\r\n\r\n`))).toEqual([413])
  })

  test('with the whole body, or from HTTP/1.0, gets no 100', async () => {
    await using server = await serve()
    const old = 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
    await using client = await RawSocket.connect(server.address.port)
    await client.send(old)
    await turn()
    await client.send('hi')
    expect(statuses(await client.untilEnd())).toEqual([200])
    expect(statuses(await raw(server.address.port, `${HEAD}2\r\n\r\nhi${LAST}`))).toEqual([200, 200])
  })
})

describe('answers on the wire', () => {
  test.each<[string, Body]>([
    ['a text', 'hello'],
    ['bytes', Buffer.from('hello')],
    ['a text that is not ASCII', 'héllo ☃'],
  ])('HEAD has the head of GET: %s', async (_name, body) => {
    await using server = await serve(() => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body }))
    const { answers } = readAnswers(
      await raw(server.address.port, `HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${LAST}`),
      ['HEAD'],
    )
    const [head, whole] = answers
    expect({ ...head?.fields, connection: 'close', date: '' }).toEqual({ ...whole?.fields, date: '' })
    expect(head?.fields['content-length']).toBe(String(Buffer.byteLength(body as string)))
    expect(head?.body).toBe('')
  })

  test('HEAD of a stream has its head and no chunk', async () => {
    await using server = await serve(() => ({ status: 200, body: pieces('never', 'sent') }))
    const bytes = await raw(server.address.port, `HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${LAST}`)
    const { answers, rest } = readAnswers(bytes, ['HEAD'])
    expect(answers.map(({ body }) => body)).toEqual(['', 'neversent'])
    expect(answers[0]?.fields['transfer-encoding']).toBe('chunked')
    expect(rest).toBe('')
  })

  test('a stream goes to HTTP/1.0 without chunks, and the connection is its end', async () => {
    await using server = await serve(() => ({ status: 200, body: pieces('he', 'llo') }))
    const bytes = await raw(server.address.port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    const [answer] = readAnswers(bytes).answers
    expect(answer?.body).toBe('hello')
    expect(answer?.fields).toMatchObject({ connection: 'close' })
    expect(answer?.fields['transfer-encoding']).toBeUndefined()
  })

  test.each([204, 304])('%d never has a body, nor framing', async (status) => {
    const all: Body[] = ['text', Buffer.from('bytes'), pieces('a', 'stream')]
    await using server = await serve(({ query }) => ({ status, body: all[Number(query)] ?? '' }))
    const bytes = await raw(server.address.port, `${get('/?0')}${get('/?1')}${get('/?2')}${LAST}`)
    const { answers, rest } = readAnswers(bytes)
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status, status])
    expect(rest).toBe('')
    for (const { fields } of answers) {
      expect(fields['content-length']).toBeUndefined()
      expect(fields['transfer-encoding']).toBeUndefined()
    }
  })

  test('an unknown status keeps the space before its empty reason', async () => {
    await using server = await serve(() => ({ status: 299 }))
    expect(await raw(server.address.port, LAST)).toMatch(/^HTTP\/1\.1 299 \r\n/)
  })

  test('a small answer arrives in one piece', async () => {
    await using server = await serve()
    await using client = await RawSocket.connect(server.address.port)
    const sizes: number[] = []
    client.socket.on('data', (chunk: Buffer) => sizes.push(chunk.length))
    await client.send(get('/'))
    await client.until(complete(1))
    expect(sizes).toEqual([client.received.length])
  })

  test('a handler may ask to close', async () => {
    await using server = await serve(() => ({ status: 200, body: 'bye', close: true }))
    const { answers } = readAnswers(await raw(server.address.port, get('/') + get('/')))
    expect(answers.map(({ fields }) => fields['connection'])).toEqual(['close'])
  })

  test('maxRequests closes after as many answers', async () => {
    await using server = await serve(echo, { maxRequests: 3 })
    const { answers } = readAnswers(await raw(server.address.port, get('/').repeat(5)))
    expect(answers.map(({ fields }) => fields['connection'])).toEqual([undefined, undefined, 'close'])
  })

  test('an error of the protocol does not show what was sent', async () => {
    await using server = await serve()
    const bytes = await raw(server.address.port, 'GET /<script>alert(1)</script> HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(statuses(bytes)).toEqual([400])
    expect(bytes).not.toContain('script')
    expect(bytes).toContain('Content-Type: text/plain')
  })
})

describe('mistakes of the program', () => {
  test.each<[string, Handler]>([
    [
      'a handler that throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['a handler that rejects', () => Promise.reject(new Error('secret'))],
    [
      'a handler that rejects later',
      async () => {
        await turn()
        throw new Error('secret')
      },
    ],
    [
      'an answer with a line break in a field',
      () => ({ status: 200, headers: { Location: '/\r\nX: secret' } }),
    ],
    ['the same, later', () => Promise.resolve({ status: 200, headers: { X: 'secret\0' } })],
    [
      'a stream with such a field',
      () => ({ status: 200, headers: { 'X\r\n': 'secret' }, body: pieces('a') }),
    ],
    ['an interim status', () => ({ status: 101 })],
    ['a status that is none', () => ({ status: NaN, body: 'secret' })],
    [
      'framing by the application',
      () => ({ status: 200, headers: { 'Content-Length': '6' }, body: 'secret' }),
    ],
  ])('%s: 500, close, reported once', async (_name, handler) => {
    const errors: unknown[] = []
    const onError = (error: unknown): unknown => errors.push(error)
    await using server = await serve(
      (request, context) => (request.path === '/' ? handler(request, context) : echo(request)),
      { onError },
    )
    const bytes = await raw(server.address.port, get('/before') + get('/') + get('/after'))
    const { answers } = readAnswers(bytes)
    expect(answers.map(({ status }) => status)).toEqual([200, 500])
    expect(answers[1]?.fields['connection']).toBe('close')
    expect(bytes).not.toContain('secret')
    expect(errors).toHaveLength(1)
    expect(statuses(await raw(server.address.port, get('/alive') + 'GET /x HTTP/1.0\r\n\r\n'))).toEqual([
      200, 200,
    ])
  })
})

test('1000 requests on one connection leave no listener behind', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error): unknown => warnings.push(warning)
  process.on('warning', warn)
  try {
    await using server = await serve(
      async (request, { signal }) => {
        await turn()
        return { status: signal.aborted ? 500 : 200, body: request.path }
      },
      { maxRequests: 2_000 },
    )
    await using client = await RawSocket.connect(server.address.port)
    for (let n = 0; n < 1000; n++) {
      await client.send(get(`/${n}`))
      await client.until((bytes) => bytes.endsWith(`\r\n\r\n/${n}`))
      client.received = ''
    }
    await turn()
    expect(warnings).toEqual([])
  } finally {
    process.off('warning', warn)
  }
})

test('a handler knows both ends of the connection', async () => {
  await using server = await serve((_request, { remote, local }) => json(200, { remote, local }))
  await using client = await RawSocket.connect(server.address.port)
  await client.send(get('/'))
  const [answer] = readAnswers(await client.until(complete(1))).answers
  expect(JSON.parse(answer?.body ?? '')).toEqual({
    remote: { host: '127.0.0.1', port: client.socket.localPort },
    local: server.address,
  })
})

test.each([
  ['neither a User-Agent nor keep-alive', '', true],
  ['a User-Agent', 'User-Agent: x\r\n', false],
  ['keep-alive', 'Connection: Keep-Alive\r\n', false],
  ['another option', 'Connection: x\r\n', true],
])('where only clients that know persistence may use it: %s', async (_name, fields, closes) => {
  await using server = await serve(echo, { mayPersist: knowsPersistence })
  await using client = await RawSocket.connect(server.address.port)
  await client.send(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
  const [answer] = readAnswers(await (closes ? client.untilEnd() : client.until(complete(1)))).answers
  expect([answer?.status, answer?.fields['connection']]).toEqual([200, closes ? 'close' : undefined])
})
