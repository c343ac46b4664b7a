/** Requests that follow each other on one connection, over real sockets. */
import { describe, expect, test } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { PipelinedConnection } from '../../../src/http/connection/pipeline.ts'
import { byteByByte } from '../feed.ts'
import { serve } from '../support.ts'
import { promise } from '../../support/wait.ts'
import { FakeServer, type RawSocket } from '../../support/raw-socket.ts'
import { freePort } from '../../support/ports.ts'

const get = (target: string): { method: string; target: string } => ({ method: 'GET', target })

/** An answer whose body is this. */
function ok(body: string, fields = ''): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** Waits for the requests, then calls `then`. */
function after(requests: number, then: (peer: RawSocket) => unknown): (peer: RawSocket) => void {
  return (peer) => {
    const here = (): boolean => (peer.received.match(/\r\n\r\n/g)?.length ?? 0) >= requests
    peer.when(here, () => then(peer))
  }
}

/** The bodies of answers, or why there was none. */
async function outcomes(requests: readonly Promise<{ readonly body: Buffer }>[]): Promise<string[]> {
  const settled = await Promise.allSettled(requests)
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value.body.toString()
    const { code, stale } = one.reason as { code: string; stale: boolean }
    return stale ? `${code}, stale` : code
  })
}

describe('in order on one connection', () => {
  test('all leave before the first is answered', async () => {
    await using server = await FakeServer.listen(after(3, (peer) => peer.send(ok('a') + ok('b') + ok('c'))))
    await using client = new Client()
    const line = client.line(server.address)
    expect(await outcomes(['/1', '/2', '/3'].map((target) => line.request(get(target))))).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(server.peers).toHaveLength(1)
    expect(server.peers[0]?.received.match(/GET \/\d/g)).toEqual(['GET /1', 'GET /2', 'GET /3'])
    expect(line.isOver).toBe(false)
  })

  test('also those that are made while the first one waits for the connection', async () => {
    for (let ticks = 0; ticks < 20; ticks++) {
      await using server = await FakeServer.listen(after(3, (peer) => peer.send(ok('a') + ok('b') + ok('c'))))
      await using client = new Client()
      const line = client.line(server.address)
      const asked = [line.request(get('/1')), line.request(get('/2'))]
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      expect(line.isIdle).toBe(false)
      asked.push(line.request(get('/3')))
      await outcomes(asked)
      expect(server.peers[0]?.received.match(/GET \/\d/g), `${ticks}`).toEqual(['GET /1', 'GET /2', 'GET /3'])
      expect(line.isIdle).toBe(true)
    }
  })

  test('the answers come in pieces of one byte', async () => {
    const answers = byteByByte(ok('a') + ok('') + ok('c'))
    await using server = await FakeServer.listen(
      after(3, async (peer) => {
        for (const byte of answers) await peer.send(byte)
      }),
    )
    await using client = new Client()
    const line = client.line(server.address)
    expect(await outcomes(['/1', '/2', '/3'].map((target) => line.request(get(target))))).toEqual([
      'a',
      '',
      'c',
    ])
  })

  test('the server answers them in order, whichever is ready first', async () => {
    const slow = promise()
    await using server = await serve(async ({ path }) => {
      if (path === '/slow') await slow.promise
      return { status: 200, body: path }
    })
    await using client = new Client()
    const line = client.line(server.address)
    const answers = outcomes(['/slow', '/fast'].map((target) => line.request(get(target))))
    slow.resolve()
    expect(await answers).toEqual(['/slow', '/fast'])
    expect(server.connections).toBe(1)
  })

  test('HEAD has no body, whatever its answer says', async () => {
    await using server = await serve(() => ({ status: 200, body: 'text' }))
    await using client = new Client()
    const line = client.line(server.address)
    const asked = [{ method: 'HEAD', target: '/' }, get('/'), { method: 'HEAD', target: '/' }]
    expect(await outcomes(asked.map((request) => line.request(request)))).toEqual(['', 'text', ''])
  })

  test('begins with a connection that is kept, and does not give it back', async () => {
    await using server = await serve()
    await using client = new Client()
    await client.request(server.address, get('/'))
    const line = client.line(server.address)
    await line.request(get('/'))
    expect(server.connections).toBe(1)
    await client.request(server.address, get('/'))
    expect(server.connections).toBe(2)
    await line.request(get('/'))
    expect(server.connections).toBe(2)
  })
})

describe('over', () => {
  test.each<[name: string, requests: number, act: (peer: RawSocket) => unknown, outcome: string[]]>([
    [
      'an answer that is the last',
      3,
      (peer) => peer.send(ok('a') + ok('b', 'Connection: close\r\n')),
      ['a', 'b', 'closed, stale'],
    ],
    [
      'a reset before the first answer',
      2,
      (peer) => {
        peer.reset()
      },
      ['closed', 'closed'],
    ],
    [
      'a connection that ends between two answers',
      2,
      async (peer) => {
        await peer.send(ok('a'))
        peer.finish()
      },
      ['a', 'closed, stale'],
    ],
    [
      'half an answer',
      3,
      async (peer) => {
        await peer.send(`${ok('a')}HTTP/1.1 200`)
        peer.finish()
      },
      ['a', 'protocol', 'protocol'],
    ],
    ['no HTTP', 2, (peer) => peer.send('hello\r\n\r\n'), ['protocol', 'protocol']],
    ['an answer without a request', 1, (peer) => peer.send(ok('a') + ok('b')), ['a']],
  ])('%s: nothing follows it, and nothing is sent twice', async (_name, requests, act, expected) => {
    await using server = await FakeServer.listen(after(requests, act))
    await using client = new Client()
    const line = client.line(server.address)
    const asked = Array.from({ length: requests }, (_, number) => line.request(get(`/${number}`)))
    expect(await outcomes(asked)).toEqual(expected)
    await expect.poll(() => line.isOver).toBe(true)
    expect(await outcomes([line.request(get('/late'))])).toEqual(['closed, stale'])
    expect(server.peers).toHaveLength(1)
  })

  test('nothing listens', async () => {
    await using client = new Client()
    const line = client.line({ host: '127.0.0.1', port: await freePort() })
    expect(await outcomes([line.request(get('/')), line.request(get('/'))])).toEqual(['refused', 'refused'])
    expect(line.isOver).toBe(true)
  })

  test('no such address', async () => {
    await using client = new Client()
    const line = client.line({ host: 'nowhere', port: 80 })
    expect(await outcomes([line.request(get('/'))])).toEqual(['unreachable'])
    expect(line.isOver).toBe(true)
  })

  test('no answer in time: each has its time from when it is its turn', async () => {
    await using server = await FakeServer.listen(after(2, (peer) => peer.send(ok('a'))))
    await using client = new Client({ timeouts: { answer: 100 } })
    const line = client.line(server.address)
    expect(await outcomes([line.request(get('/')), line.request(get('/'))])).toEqual(['a', 'timeout'])
  })

  test('unused for too long', async () => {
    await using server = await serve()
    await using client = new Client({ timeouts: { idle: 50 } })
    const line = client.line(server.address)
    await line.request(get('/'))
    await expect.poll(() => line.isOver).toBe(true)
  })

  test('with the client', async () => {
    await using server = await FakeServer.listen(() => undefined)
    const client = new Client()
    const line = client.line(server.address)
    const asked = outcomes([line.request(get('/'))])
    await expect.poll(() => server.peers.length).toBe(1)
    client.close()
    expect(await asked).toEqual(['closed'])
    expect(await outcomes([client.line(server.address).request(get('/'))])).toEqual(['closed'])
  })
})

describe('another connection before this one ends', () => {
  const get500 = async (line: PipelinedConnection): Promise<void> => {
    for (let number = 1; number <= 500; number++) await line.request(get('/'))
  }

  test('after 500 requests, asked once; the last one is closed', async () => {
    const probes: string[] = []
    await using server = await serve(({ path }) => {
      if (path !== '/') probes.push(path)
      return { status: 200 }
    })
    await using client = new Client()
    const line = client.line(server.address)
    await get500(line)
    await expect.poll(() => server.connections).toBe(2)
    const connections = async (): Promise<number> => {
      await line.request(get('/'))
      return server.connections
    }
    await expect.poll(connections).toBe(1)
    expect(probes).toEqual(['/healthz'])
  })

  test('a server that ends each after 1000 rejects none', async () => {
    await using server = await serve(() => ({ status: 200 }), { maxRequests: 1_000 })
    await using client = new Client()
    const line = client.line(server.address)
    for (let round = 1; round <= 5; round++) await get500(line)
    expect(line.isOver).toBe(false)
  })

  test('nothing on it overtakes what has no answer yet', async () => {
    const slow = promise()
    const paths: string[] = []
    await using server = await serve(async ({ path }) => {
      paths.push(path)
      if (path === '/slow') await slow.promise
      return { status: 200, body: path }
    })
    await using client = new Client()
    const line = client.line(server.address)
    for (let number = 1; number < 500; number++) await line.request(get('/'))
    const answers = outcomes([line.request(get('/slow'))])
    await expect.poll(() => paths).toContain('/healthz')
    const behind = outcomes([line.request(get('/behind'))])
    expect(paths).not.toContain('/behind')
    slow.resolve()
    expect([await answers, await behind]).toEqual([['/slow'], ['/behind']])
  })

  test('when none can be had, the line goes on', async () => {
    let accepted = 0
    await using server = await FakeServer.listen((peer) => {
      if (++accepted > 1) peer.socket.destroy()
      let answered = 0
      peer.socket.on('data', () => {
        for (const all = peer.received.match(/\r\n\r\n/g)?.length ?? 0; answered < all; answered++)
          void peer.send(ok('a'))
      })
    })
    await using client = new Client()
    const line = client.line(server.address)
    await get500(line)
    await expect.poll(() => accepted).toBe(2)
    expect(await outcomes([line.request(get('/'))])).toEqual(['a'])
    expect(line.isOver).toBe(false)
  })
})
