/** Interoperability: node:http and fetch ask this server, this client asks a server of node:http. */
import http, { type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Client } from '../../src/http/client.ts'
import { json } from '../../src/http/router.ts'
import { echo, serve, type Echo } from './support.ts'
import { turn } from '../support/wait.ts'
import type { Server } from '../../src/http/server.ts'
import type { Address, Handler } from '../../src/http/message.ts'

async function* pieces(...all: readonly string[]): AsyncGenerator<string> {
  for (const piece of all) {
    await turn()
    yield piece
  }
}

const handler: Handler = async (request) => {
  if (request.path === '/stream') return { status: 200, body: pieces('one ', 'two ', 'grüße') }
  if (request.path === '/none') return { status: 204 }
  if (request.path === '/fail') return json(418, { error: 'teapot' }, { 'X-Reason': 'short and stout' })
  await turn()
  return echo(request)
}

function url({ address }: Server, path = '/'): string {
  return `http://127.0.0.1:${address.port}${path}`
}

describe('fetch asks our server', () => {
  test('GET', async () => {
    await using server = await serve(handler)
    const response = await fetch(url(server, '/a%20b?c=d'))
    expect([response.status, response.statusText]).toEqual([200, 'OK'])
    expect((await response.json()) as Echo).toMatchObject({ method: 'GET', path: '/a%20b', query: 'c=d' })
  })

  test('POST with a text, with bytes and with a stream', async () => {
    await using server = await serve(handler)
    const stream = new ReadableStream({
      start(controller) {
        for (const part of ['str', 'ea', 'm']) controller.enqueue(Buffer.from(part))
        controller.close()
      },
    })
    for (const [body, expected] of [
      ['text', 'text'],
      [Buffer.from([0, 255]), '\0\xff'],
      [stream, 'stream'],
      ['', ''],
    ] as const) {
      const response = await fetch(url(server), { method: 'POST', body, duplex: 'half' })
      expect(((await response.json()) as Echo).body).toBe(expected)
    }
  })

  test('HEAD, 204, an error, a stream', async () => {
    await using server = await serve(handler)
    const head = await fetch(url(server), { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    const none = await fetch(url(server, '/none'))
    expect([none.status, await none.text(), none.headers.get('content-length')]).toEqual([204, '', null])
    const fail = await fetch(url(server, '/fail'))
    expect([fail.status, await fail.json(), fail.headers.get('x-reason')]).toEqual([
      418,
      { error: 'teapot' },
      'short and stout',
    ])
    expect(await (await fetch(url(server, '/stream'))).text()).toBe('one two grüße')
  })

  test('many at once', async () => {
    await using server = await serve(handler)
    const bodies = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => (await (await fetch(url(server, `/${n}`))).json()) as Echo),
    )
    expect(bodies.map(({ path }) => path)).toEqual(Array.from({ length: 50 }, (_, n) => `/${n}`))
  })
})

async function text(message: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of message.setEncoding('utf8')) all += chunk as string
  return all
}

/** Asks with node:http; `write` writes the body. */
function ask(
  target: string,
  options: http.RequestOptions,
  write: (request: http.ClientRequest) => void = (request) => {
    request.end()
  },
): Promise<{ message: IncomingMessage; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(target, options, (message) => {
      text(message).then((body) => {
        resolve({ message, body })
      }, reject)
    })
    request.on('error', reject)
    write(request)
  })
}

describe('node:http asks our server', () => {
  test('one connection, many requests of every kind', async () => {
    await using server = await serve(handler)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'POST']) {
        const { message, body } = await ask(url(server, '/x'), { agent, method })
        expect([message.statusCode, message.httpVersion, (JSON.parse(body) as Echo).method]).toEqual([
          200,
          '1.1',
          method,
        ])
      }
      const chunked = await ask(url(server), { agent, method: 'POST' }, (request) => {
        request.write('chun')
        setImmediate(() => request.end('ked'))
      })
      expect((JSON.parse(chunked.body) as Echo).body).toBe('chunked')
      const streamed = await ask(url(server, '/stream'), { agent })
      expect([streamed.message.headers['transfer-encoding'], streamed.body]).toEqual([
        'chunked',
        'one two grüße',
      ])
      const head = await ask(url(server), { agent, method: 'HEAD' })
      expect(head.body).toBe('')
      expect(server.connections).toBe(1)
    } finally {
      agent.destroy()
    }
  })

  test('Expect: 100-continue', async () => {
    await using server = await serve(handler)
    let continued = 0
    const headers = { Expect: '100-continue', 'Content-Length': 4 }
    const { body } = await ask(url(server), { method: 'POST', headers }, (request) => {
      request.flushHeaders()
      request.on('continue', () => {
        continued++
        request.end('body')
      })
    })
    expect([continued, (JSON.parse(body) as Echo).body]).toEqual([1, 'body'])
  })

  test('an upgrade that is not offered is answered as if it had not been asked for', async () => {
    await using server = await serve(handler)
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
    const { message } = await ask(url(server), { headers })
    expect(message.statusCode).toBe(200)
  })

  test('more than we take: 413', async () => {
    await using server = await serve(handler)
    const { message } = await ask(url(server), { method: 'POST' }, (request) =>
      request.end('x'.repeat(300_000)),
    )
    expect(message.statusCode).toBe(413)
  })
})

/** A server of node:http on a free port. */
async function serveNode(
  listener: RequestListener,
): Promise<AsyncDisposable & { address: Address; sockets: number }> {
  const server = http.createServer(listener)
  let sockets = 0
  server.on('connection', () => sockets++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { address: host, port } = server.address() as AddressInfo
  return {
    address: { host, port },
    get sockets() {
      return sockets
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('our client asks node:http', () => {
  test('one connection, many requests of every kind', async () => {
    await using server = await serveNode((request, response) => {
      void text(request).then((body) =>
        response.setHeader('X-Method', request.method ?? '').end(`${request.url ?? ''} ${body}`),
      )
    })
    await using client = new Client()
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const sent = method === 'GET' || method === 'OPTIONS' ? {} : { body: 'grüße' }
      const response = await client.request(server.address, { method, target: `/${method}?q=1`, ...sent })
      expect([response.status, response.headers.get('x-method')]).toEqual([200, method])
      expect(Buffer.from(response.body).toString()).toBe(`/${method}?q=1 ${sent.body ?? ''}`)
    }
    expect(server.sockets).toBe(1)
  })

  test('chunks, trailers, no body, interim answers', async () => {
    await using server = await serveNode((request, response) => {
      if (request.method === 'HEAD') response.setHeader('Content-Length', 3).end()
      else if (request.url === '/none') response.writeHead(204).end()
      else if (request.url === '/same') response.writeHead(304, { ETag: '"x"' }).end()
      else if (request.url === '/early')
        response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('late'))
      else {
        response.writeHead(200, { Trailer: 'X-Sum' })
        response.write('a')
        response.write('bc')
        response.addTrailers({ 'X-Sum': '3' })
        response.end()
      }
    })
    await using client = new Client()
    const get = (target: string, method = 'GET') => client.request(server.address, { method, target })
    const chunked = await get('/')
    expect([Buffer.from(chunked.body).toString(), chunked.trailers.get('x-sum')]).toEqual(['abc', '3'])
    expect((await get('/', 'HEAD')).body).toHaveLength(0)
    expect((await get('/none')).status).toBe(204)
    expect([(await get('/same')).status, (await get('/same')).headers.get('etag')]).toEqual([304, '"x"'])
    const early = await get('/early')
    expect([early.status, Buffer.from(early.body).toString()]).toEqual([200, 'late'])
    expect(server.sockets).toBe(1)
  })

  test('a server that closes after each answer', async () => {
    await using server = await serveNode((_request, response) =>
      response.setHeader('Connection', 'close').end('bye'),
    )
    await using client = new Client()
    for (let n = 0; n < 5; n++) {
      expect((await client.request(server.address, { method: 'POST', target: '/', body: 'x' })).status).toBe(
        200,
      )
    }
    expect(server.sockets).toBe(5)
  })

  test('a stream', async () => {
    await using server = await serveNode((_request, response) => {
      response.write('one ')
      setTimeout(() => response.end('two'), 20)
    })
    await using client = new Client()
    const response = await client.stream(server.address, { method: 'GET', target: '/' })
    let body = ''
    for await (const piece of response.pieces) body += piece.toString()
    expect([response.status, body]).toEqual([200, 'one two'])
  })
})
