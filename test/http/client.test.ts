/** The client: what it sends, when it uses a connection again, when it repeats, how it fails. */
import { describe, expect, test } from 'vitest'
import { Client, DEFAULT_CLIENT_TIMEOUTS, type ClientRequest } from '../../src/http/client.ts'
import { ClientConnection, ClientError, authority, prepare } from '../../src/http/client-connection.ts'
import { Deadlines } from '../../src/http/connection/deadlines.ts'
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { byteByByte } from './feed.ts'
import { echo, serve } from './support.ts'
import { promise, turn } from '../support/wait.ts'
import { FakeServer, type RawSocket } from '../support/raw-socket.ts'
import { freePort } from '../support/ports.ts'

const GET: ClientRequest = { method: 'GET', target: '/' }
const POST: ClientRequest = { method: 'POST', target: '/', body: 'x' }
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Requests without or with a one-byte body that have arrived. */
function asked(peer: RawSocket): number {
  return peer.received.match(/\r\n\r\nx?/g)?.length ?? 0
}

/** Answers each request of a connection with the next of these texts; undefined cuts the connection. */
function answering(...answers: readonly (string | undefined)[]): (peer: RawSocket) => Promise<void> {
  return async (peer) => {
    for (const [index, answer] of answers.entries()) {
      await peer.until(() => asked(peer) > index).catch(() => undefined)
      if (answer === undefined) peer.reset()
      else await peer.send(answer)
    }
  }
}

const rejection = (code: string): object => ({ name: 'ClientError', code })

describe('what it sends', () => {
  test.each<[string, ClientRequest, string]>([
    ['a GET', { method: 'GET', target: '/a?b=c' }, 'GET /a?b=c HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    [
      'fields after Host',
      { ...GET, headers: { Accept: '*/*', X: ['1', '2'] } },
      'GET / HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\nX: 1\r\nX: 2\r\n\r\n',
    ],
    ['a text', { ...POST, body: 'hi' }, 'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nhi'],
    [
      'text as UTF-8',
      { ...POST, body: 'é' },
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n\xc3\xa9',
    ],
    [
      'bytes',
      { ...POST, body: Uint8Array.of(255, 0) },
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n\xff\0',
    ],
    ['an empty body', { ...POST, body: '' }, 'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n'],
    [
      'a POST without a body says so',
      { method: 'POST', target: '/' },
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s', async (_name, request, expected) => {
    await using server = await FakeServer.listen(() => undefined)
    await using client = new Client()
    void client.request(server.address, request).catch(() => undefined)
    const bytes = expected.replace('HOST', `127.0.0.1:${server.address.port}`)
    await expect.poll(() => server.peers[0]?.received).toBe(bytes)
  })

  test.each<[string, ClientRequest]>([
    ['a space in the target', { method: 'GET', target: '/a b' }],
    ['a line break in the target', { method: 'GET', target: '/\r\nX: y' }],
    ['no target', { method: 'GET', target: '' }],
    ['a fragment', { method: 'GET', target: '/#x' }],
    ['a target of another host', { method: 'GET', target: 'http://b/' }],
    ['a line break in the method', { method: 'GET\r\nX: y', target: '/' }],
    ['a line break in a field', { ...GET, headers: { X: 'a\r\nY: b' } }],
    ['a line break in a field name', { ...GET, headers: { 'X\r\nY': 'b' } }],
    ['framing by the application', { ...GET, headers: { 'content-length': '5' } }],
    ['another Host', { ...GET, headers: { Host: 'b' } }],
  ])('%s is a TypeError, fresh or kept, and costs no connection', async (_name, request) => {
    await using server = await FakeServer.listen(answering(OK, OK))
    await using client = new Client({ dials: 1 })
    await expect(client.request(server.address, request)).rejects.toThrow(TypeError)
    await client.request(server.address, GET)
    await expect(client.request(server.address, request)).rejects.toThrow(TypeError)
    await expect(client.stream(server.address, request)).rejects.toThrow(TypeError)
    await client.request(server.address, GET)
    expect(server.peers).toHaveLength(1)
    expect(server.peers[0]?.received).toBe(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.address.port}\r\n\r\n`.repeat(2),
    )
  })
})

describe('connections', () => {
  test('one is kept and used again', async () => {
    await using server = await serve()
    await using client = new Client()
    for (let n = 0; n < 50; n++) {
      const { status } = await client.request(server.address, { method: 'GET', target: `/${n}` })
      expect(status).toBe(200)
    }
    expect(server.connections).toBe(1)
  })

  test('requests at the same time have one each; as many as allowed are kept', async () => {
    await using server = await serve()
    await using client = new Client({ kept: 3 })
    await Promise.all(Array.from({ length: 10 }, () => client.request(server.address, GET)))
    await expect.poll(() => server.connections).toBe(3)
  })

  test('only as many as allowed are being opened at a time, and all requests are served', async () => {
    await using server = await serve()
    await using client = new Client({ dials: 2 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        client.request(server.address, { method: 'GET', target: `/${n}` }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  })

  test('a failed dial makes room for the next', async () => {
    const port = await freePort()
    await using server = await serve()
    await using client = new Client({ dials: 1 })
    const refused = Array.from({ length: 5 }, () =>
      client.request({ host: '127.0.0.1', port }, GET).catch((error: unknown) => error),
    )
    const answer = client.request(server.address, GET)
    for (const error of await Promise.all(refused)) expect(error).toMatchObject(rejection('refused'))
    expect((await answer).status).toBe(200)
  })

  test('an idle one is closed when its time has come', async () => {
    await using server = await serve()
    await using client = new Client({ timeouts: { idle: 50 } })
    await client.request(server.address, GET)
    await expect.poll(() => server.connections).toBe(0)
    expect((await client.request(server.address, GET)).status).toBe(200)
  })

  test('one that the server closed while it was idle is not used, for any method', async () => {
    await using server = await FakeServer.listen(answering(OK))
    await using client = new Client()
    await client.request(server.address, POST)
    server.peers[0]?.finish()
    await server.peers[0]?.untilClosed()
    expect((await client.request(server.address, POST)).status).toBe(200)
    expect(server.peers).toHaveLength(2)
  })

  test.each<[string, string, boolean]>([
    ['after an answer that ends it', OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), true],
    ['after what is no answer', 'nonsense\r\n\r\n', false],
  ])('a request on one that is over is rejected at once: %s', async (_, answer, isStale) => {
    await using server = await FakeServer.listen(answering(answer))
    const deadlines = new Deadlines(SYSTEM.clock, 250)
    const options = { limits: DEFAULT_LIMITS, timeouts: DEFAULT_CLIENT_TIMEOUTS, deadlines }
    const closed = promise()
    const connection = new ClientConnection(SYSTEM.network.connect(server.address), options, {
      ...{ connected: () => undefined, answered: () => undefined, idle: () => undefined },
      closed: closed.resolve,
    })
    const message = prepare(GET, server.address)
    await connection.ask(message).catch(() => undefined)
    const code = isStale ? 'closed' : 'protocol'
    await expect(connection.ask(message)).rejects.toMatchObject({ code, stale: isStale })
    await closed.promise
    await expect(connection.ask(message)).rejects.toMatchObject({ code, stale: isStale })
    await expect(connection.stream(message)).rejects.toMatchObject({ code, stale: isStale })
  })

  test('one that says something unasked is not used', async () => {
    await using server = await FakeServer.listen(answering(OK))
    await using client = new Client()
    await client.request(server.address, POST)
    await server.peers[0]?.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong')
    await server.peers[0]?.untilEnd()
    const { body } = await client.request(server.address, POST)
    expect(Buffer.from(body).toString()).toBe('ok')
    expect(server.peers).toHaveLength(2)
  })
})

describe('a kept connection that fails', () => {
  test.each<[string, ClientRequest]>([
    ['GET', GET],
    ['HEAD', { method: 'HEAD', target: '/' }],
    ['PUT', { method: 'PUT', target: '/', body: 'x' }],
    ['DELETE', { method: 'DELETE', target: '/' }],
    ['POST that the server would recognise', { ...POST, repeatable: true }],
  ])('before any answer: %s is sent once more', async (_name, request) => {
    const answers = [OK.replace(/ok$/, request.method === 'HEAD' ? '' : 'ok')]
    await using server = await FakeServer.listen((peer) => {
      void answering(...(server.peers.length === 1 ? [OK, undefined] : answers))(peer)
    })
    await using client = new Client()
    await client.request(server.address, GET)
    expect((await client.request(server.address, request)).status).toBe(200)
    expect(server.peers).toHaveLength(2)
    expect(server.peers[1]?.received).toMatch(new RegExp(`^${request.method} / `))
  })

  test.each<[string, ClientRequest]>([
    ['POST', POST],
    ['PATCH', { method: 'PATCH', target: '/', body: 'x' }],
  ])('before any answer: a plain %s is not', async (_name, request) => {
    await using server = await FakeServer.listen(answering(OK, undefined))
    await using client = new Client()
    await client.request(server.address, GET)
    await expect(client.request(server.address, request)).rejects.toMatchObject({
      ...rejection('closed'),
      stale: true,
    })
    for (let i = 0; i < 20; i++) await turn()
    expect(server.peers).toHaveLength(1)
  })

  test('after one byte of an answer: nothing is', async () => {
    await using server = await FakeServer.listen((peer) => {
      void answering(
        OK,
        'H',
      )(peer).then(() => {
        peer.finish()
      })
    })
    await using client = new Client()
    await client.request(server.address, GET)
    await expect(client.request(server.address, GET)).rejects.toMatchObject({
      name: 'ClientError',
      stale: false,
    })
    expect(server.peers).toHaveLength(1)
  })

  test('and then the fresh one too: once is enough', async () => {
    await using server = await FakeServer.listen((peer) => {
      void answering(...(server.peers.length === 1 ? [OK, undefined] : [undefined]))(peer)
    })
    await using client = new Client()
    await client.request(server.address, GET)
    await expect(client.request(server.address, GET)).rejects.toMatchObject({
      ...rejection('closed'),
      stale: false,
    })
    expect(server.peers).toHaveLength(2)
  })

  test('a fresh one that fails at once is not tried again', async () => {
    await using server = await FakeServer.listen(answering(undefined))
    await using client = new Client()
    await expect(client.request(server.address, GET)).rejects.toMatchObject(rejection('closed'))
    expect(server.peers).toHaveLength(1)
  })
})

describe('errors', () => {
  test('nothing listens: refused', async () => {
    await using client = new Client()
    const request = client.request({ host: '127.0.0.1', port: await freePort() }, GET)
    await expect(request).rejects.toBeInstanceOf(ClientError)
    await expect(request).rejects.toMatchObject(rejection('refused'))
  })

  test.each([
    ['a name', 'localhost', 80],
    ['half an address', '127.1', 80],
    ['a number', '2130706433', 80],
    ['nothing', '', 80],
    ['port 0', '127.0.0.1', 0],
    ['a port too high', '127.0.0.1', 65_536],
    ['a port that is none', '127.0.0.1', NaN],
    ['a negative port', '127.0.0.1', -1],
  ])('%s is no address to dial: unreachable, and costs no dial', async (_name, host, port) => {
    await using server = await serve()
    await using client = new Client({ dials: 1 })
    for (let n = 0; n < 3; n++)
      await expect(client.request({ host, port }, GET)).rejects.toMatchObject(rejection('unreachable'))
    expect((await client.request(server.address, GET)).status).toBe(200)
  })

  test('no connection in time', async () => {
    await using server = await serve()
    await using client = new Client({ timeouts: { connect: 20 } })
    // In the check phase of the event loop timers come before sockets: the deadline passes, then it connects.
    await turn()
    const request = client.request(server.address, GET)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    await expect(request).rejects.toMatchObject({
      ...rejection('timeout'),
      message: 'no connection within 0.02 s',
    })
  })

  test('a server that accepts and says nothing', async () => {
    await using server = await FakeServer.listen(() => undefined)
    await using client = new Client({ timeouts: { answer: 60 } })
    await expect(client.request(server.address, GET)).rejects.toMatchObject(rejection('timeout'))
    await server.peers[0]?.untilEnd()
  })

  test.each([
    ['fields', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'],
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\nX: '],
    ['a body', 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', 'x'],
    ['a body without end', 'HTTP/1.1 200 OK\r\n\r\n', 'x'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
  ])('a trickle buys no time: %s', async (_name, start, again) => {
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        async () => {
          await peer.send(start)
          for (let at = 0; !peer.closed; at++) {
            peer.socket.write(again.charAt(at % again.length))
            await new Promise((resolve) => setTimeout(resolve, 5))
          }
        },
      )
    })
    await using client = new Client({ timeouts: { answer: 150 } })
    await expect(client.request(server.address, GET)).rejects.toMatchObject(rejection('timeout'))
  })

  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
  ])('an answer that is cut anywhere is never a success: %s', async (_name, answer) => {
    let length = 0
    const cut: ((peer: RawSocket) => void)[] = [
      (peer) => {
        peer.finish()
      },
      (peer) => {
        peer.reset()
      },
    ]
    let how = 0
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        async () => {
          await peer.send(answer.slice(0, length))
          cut[how]?.(peer)
        },
      )
    })
    await using client = new Client()
    for (how = 0; how < cut.length; how++) {
      for (length = 0; length < answer.length; length++) {
        const outcome = await client.request(server.address, GET).catch((error: unknown) => error)
        expect(outcome, `cut at ${length}`).toMatchObject({
          name: 'ClientError',
          code: expect.stringMatching(/^(?:closed|protocol)$/) as string,
        })
      }
    }
  })
})

test('redirects are not followed', async () => {
  await using elsewhere = await FakeServer.listen(answering(OK))
  const location = `http://127.0.0.1:${elsewhere.address.port}/`
  await using server = await FakeServer.listen(
    answering(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
  )
  await using client = new Client()
  const { status, headers } = await client.request(server.address, GET)
  expect([status, headers.get('location')]).toEqual([302, location])
  for (let i = 0; i < 20; i++) await turn()
  expect(elsewhere.peers).toHaveLength(0)
})

describe('a server that answers before it has read everything', () => {
  test('its answer counts, and the connection is not used again', async () => {
    const answer = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        (received) => received.includes('\r\n\r\n'),
        async () => {
          peer.socket.pause()
          await peer.send(answer)
          peer.finish()
        },
      )
    })
    await using client = new Client()
    const response = await client.request(server.address, {
      method: 'POST',
      target: '/',
      body: 'x'.repeat(20_000_000),
    })
    expect(response.status).toBe(413)
    void client.request(server.address, GET).catch(() => undefined)
    await expect.poll(() => server.peers.length).toBe(2)
  })

  test('so does the server of this project', async () => {
    await using server = await serve()
    await using client = new Client()
    for (let n = 0; n < 20; n++) {
      const { status } = await client.request(server.address, {
        method: 'POST',
        target: '/',
        body: 'x'.repeat(300_000),
      })
      expect(status).toBe(413)
    }
    expect((await client.request(server.address, { ...POST, body: 'x'.repeat(65_536) })).status).toBe(200)
  })
})

describe('close()', () => {
  test('rejects what is under way, what waits for a dial, and what comes later', async () => {
    await using server = await FakeServer.listen(() => undefined)
    const client = new Client({ dials: 1 })
    const underWay = client.request(server.address, GET)
    await expect.poll(() => server.peers.length).toBe(1)
    const dialling = client.request(server.address, GET)
    const waiting = client.request(server.address, GET)
    client.close()
    const later = client.request(server.address, GET)
    const stream = client.stream(server.address, GET)
    const outcomes = await Promise.allSettled([underWay, dialling, waiting, later, stream])
    const rejected = { status: 'rejected', reason: rejection('closed') }
    expect(outcomes).toMatchObject([rejected, rejected, rejected, rejected, rejected])
    for (let i = 0; i < 50; i++) await turn()
    expect(server.peers.length).toBeLessThanOrEqual(2)
    for (const peer of server.peers) await peer.untilEnd()
  })

  test('closes idle connections', async () => {
    await using server = await serve()
    const client = new Client()
    await client.request(server.address, GET)
    client.close()
    await expect.poll(() => server.connections).toBe(0)
  })
})

describe('stream()', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'

  async function collect(pieces: AsyncIterable<Buffer>): Promise<string> {
    let text = ''
    for await (const piece of pieces) text += piece.toString()
    return text
  }

  test('resolves with the head; pieces come as they come', async () => {
    const more = promise()
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        async () => {
          await peer.send(`${HEAD}3\r\none\r\n`)
          await more.promise
          await peer.send('3\r\ntwo\r\n0\r\n\r\n')
        },
      )
    })
    await using client = new Client()
    const { status, headers, pieces } = await client.stream(server.address, GET)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const seen: string[] = []
    for await (const piece of pieces) {
      seen.push(piece.toString())
      more.resolve()
    }
    expect(seen.join('')).toBe('onetwo')
    await server.peers[0]?.untilEnd()
  })

  test.each([
    ['chunks', `${HEAD}5\r\nhello\r\n0\r\n\r\n`, false],
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', false],
    ['the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nhello', true],
  ])('a body by %s, whole or byte by byte', async (_name, bytes, fin) => {
    for (const pieces of [[bytes], byteByByte(bytes)]) {
      await using server = await FakeServer.listen((peer) => {
        peer.when(
          () => asked(peer) > 0,
          async () => {
            for (const piece of pieces) {
              await peer.send(piece)
              await turn()
            }
            if (fin) peer.finish()
          },
        )
      })
      await using client = new Client()
      const response = await client.stream(server.address, GET)
      expect(await collect(response.pieces)).toBe('hello')
    }
  })

  test('the part of a body that came with its head is handed out at once', async () => {
    await using server = await FakeServer.listen(
      answering('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst'),
    )
    await using client = new Client()
    const { pieces } = await client.stream(server.address, GET)
    for await (const piece of pieces) {
      expect(piece.toString()).toBe('first')
      break
    }
    await server.peers[0]?.untilEnd()
  })

  test('has no limit for the body', async () => {
    const body = 'x'.repeat(3_000_000)
    await using server = await FakeServer.listen(
      answering(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    await using client = new Client({ limits: { body: 1000 } })
    const { pieces } = await client.stream(server.address, GET)
    expect((await collect(pieces)).length).toBe(body.length)
  })

  test('a body that is cut ends in an error, after what came of it', async () => {
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        async () => {
          await peer.send(`${HEAD}3\r\none\r\n`)
          peer.finish()
        },
      )
    })
    await using client = new Client()
    const { pieces } = await client.stream(server.address, GET)
    const seen: string[] = []
    const reading = (async () => {
      for await (const piece of pieces) seen.push(piece.toString())
    })()
    await expect(reading).rejects.toMatchObject({ name: 'ClientError' })
    expect(seen).toEqual(['one'])
  })

  test('leaving the loop closes the connection', async () => {
    await using server = await FakeServer.listen(answering(`${HEAD}3\r\none\r\n`))
    await using client = new Client()
    const { pieces } = await client.stream(server.address, GET)
    for await (const piece of pieces) {
      expect(piece.toString()).toBe('one')
      break
    }
    await server.peers[0]?.untilEnd()
  })

  test('close() ends a loop that waits', async () => {
    await using server = await FakeServer.listen(answering(HEAD))
    await using client = new Client()
    const { pieces, close } = await client.stream(server.address, GET)
    const reading = collect(pieces)
    close()
    await expect(reading).rejects.toMatchObject({ name: 'ClientError' })
    await server.peers[0]?.untilEnd()
  })

  test('silence for too long is an error', async () => {
    await using server = await FakeServer.listen(answering(HEAD))
    await using client = new Client({ timeouts: { silence: 60 } })
    const { pieces } = await client.stream(server.address, GET)
    await expect(collect(pieces)).rejects.toMatchObject(rejection('timeout'))
  })

  test('a pause of the reader is not silence of the server', async () => {
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        () => peer.send(`${HEAD}${`10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(200)}0\r\n\r\n`),
      )
    })
    await using client = new Client({ timeouts: { silence: 500 } })
    const { pieces } = await client.stream(server.address, GET)
    let read = 0
    for await (const piece of pieces) {
      if (read === 0) await new Promise((resolve) => setTimeout(resolve, 900))
      read += piece.length
    }
    expect(read).toBe(200 * 65_536)
  })

  test('a server that sends faster than we read waits', async () => {
    let sent = 0
    await using server = await FakeServer.listen((peer) => {
      peer.when(
        () => asked(peer) > 0,
        async () => {
          await peer.send(HEAD)
          const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
          while (!peer.closed && sent < 1_000) {
            await peer.send(chunk)
            sent++
          }
        },
      )
    })
    await using client = new Client()
    const { pieces } = await client.stream(server.address, GET)
    let before = -1
    // 65 MB fit in no socket buffer: the sender stops when nothing is read.
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(sent).toBeLessThan(1_000)
    let read = 0
    for await (const piece of pieces) {
      read += piece.length
      if (read > 20_000_000) break
    }
    expect(read).toBeGreaterThan(20_000_000)
  })
})

test('server and client of this project: everything that can be asked', async () => {
  await using server = await serve(echo)
  await using client = new Client()
  const { status, reason, version, headers, body } = await client.request(server.address, {
    method: 'PUT',
    target: '/a/b?c=d',
    headers: { 'Content-Type': 'text/plain' },
    body: 'grüße',
  })
  expect([status, reason, version, headers.get('content-type')]).toEqual([
    200,
    'OK',
    '1.1',
    'application/json',
  ])
  expect(JSON.parse(Buffer.from(body).toString())).toEqual({
    method: 'PUT',
    path: '/a/b',
    query: 'c=d',
    host: `127.0.0.1:${server.address.port}`,
    body: Buffer.from('grüße').toString('latin1'),
  })
})

test.each([
  ['127.0.0.1', 80, '127.0.0.1:80'],
  ['::1', 8000, '[::1]:8000'],
  ['fe80::1%eth0', 8000, '[fe80::1]:8000'],
])('authority: %s %d', (host, port, expected) => {
  expect(authority({ host, port })).toBe(expected)
})
