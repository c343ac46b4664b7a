/** Server and client over a transport that is wrapped: records over TCP, as encryption would be. */
import { describe, expect, test } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import { SYSTEM_CLOCK } from '../../../src/http/transport/clock.ts'
import { Server } from '../../../src/http/server.ts'
import { TCP } from '../../../src/http/transport/tcp.ts'
import { promise, turn } from '../../support/wait.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { echo, readEcho } from '../support.ts'
import type { Address, Handler } from '../../../src/http/message.ts'
import type { Platform } from '../../../src/http/transport/platform.ts'
import type {
  Bytes,
  Transport,
  TransportError,
  TransportHolder,
  TransportNetwork,
} from '../../../src/http/transport/transport.ts'

/** In bytes. */
const HEADER = 2
const MAX_RECORD = 10_000
const KEY = 0x5a

/** Records: two bytes of length, then as many bytes, each of them changed. An empty record says that the stream ends. */
class Records implements Transport, TransportHolder {
  readonly #inner: Transport
  #holder: TransportHolder | undefined
  #received = Buffer.alloc(0)
  #hasEnded = false

  /** `rest`: bytes that came before and belong to the records. */
  constructor(inner: Transport, rest = Buffer.alloc(0)) {
    this.#inner = inner
    this.#received = rest
    inner.attach(this)
  }

  get remote(): Address {
    return this.#inner.remote
  }
  get local(): Address {
    return this.#inner.local
  }
  get unsent(): number {
    return this.#inner.unsent
  }
  get isPaused(): boolean {
    return this.#inner.isPaused
  }
  get isDestroyed(): boolean {
    return this.#inner.isDestroyed
  }
  get isClosed(): boolean {
    return this.#inner.isClosed
  }

  attach(holder: TransportHolder): void {
    this.#holder = holder
    queueMicrotask(() => {
      this.#read()
    })
  }
  write(bytes: Bytes, taken?: () => void): boolean {
    const plain = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    const records: Buffer[] = []
    for (let at = 0; at < plain.length; at += MAX_RECORD)
      records.push(record(plain.subarray(at, at + MAX_RECORD)))
    return this.#inner.write(Buffer.concat(records), taken)
  }
  end(taken?: () => void): void {
    this.#inner.write(record(Buffer.alloc(0)))
    this.#inner.end(taken)
  }
  destroy(): void {
    this.#inner.destroy()
  }
  reset(): void {
    this.#inner.reset()
  }
  pause(): void {
    this.#inner.pause()
  }
  resume(): void {
    this.#inner.resume()
    queueMicrotask(() => {
      this.#read()
    })
  }

  connected(): void {
    this.#holder?.connected()
  }
  received(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    this.#read()
  }
  ended(): void {
    // The stream was cut: the records do not say that they are over.
    if (!this.#hasEnded) this.destroy()
    else this.#holder?.ended()
  }
  drained(): void {
    this.#holder?.drained()
  }
  closed(error?: TransportError): void {
    this.#holder?.closed(error)
  }

  #read(): void {
    while (!this.isPaused && !this.isDestroyed && this.#received.length >= HEADER) {
      const end = HEADER + this.#received.readUInt16BE()
      if (this.#received.length < end) return
      const plain = changed(this.#received.subarray(HEADER, end))
      this.#received = this.#received.subarray(end)
      if (plain.length === 0) this.#hasEnded = true
      else this.#holder?.received(plain)
    }
  }
}

function record(plain: Buffer): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUInt16BE(plain.length)
  return Buffer.concat([header, changed(plain)])
}

function changed(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ KEY))
}

const network: TransportNetwork = {
  connect: (address) => new Records(TCP.connect(address)),
  listen: (address, { accept, failed }) =>
    TCP.listen(address, {
      accept: (transport) => {
        accept(new Records(transport))
      },
      failed,
    }),
}
const PLATFORM: Platform = { network, clock: SYSTEM_CLOCK }

async function pair(handler: Handler) {
  const server = await Server.listen(handler, {}, PLATFORM)
  const client = new Client({}, PLATFORM)
  return {
    ...{ server, client },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await server.close(0)
    },
  }
}

describe('over a wrapped transport', () => {
  test('requests are answered, one after the other on one connection', async () => {
    await using both = await pair(echo)
    for (let number = 0; number < 5; number++) {
      const { status, body } = await both.client.request(both.server.address, {
        ...{ method: 'POST', target: `/${number}`, body: 'é'.repeat(20_000) },
      })
      const answer = { status, reason: '', fields: {}, body: body.toString('latin1') }
      expect([status, readEcho(answer).path]).toEqual([200, `/${number}`])
    }
    expect(both.server.connections).toBe(1)
  })

  test('a pipeline keeps its order', async () => {
    await using both = await pair(echo)
    const line = both.client.line(both.server.address)
    const paths = Array.from({ length: 50 }, (_, number) => `/${number}`)
    const answers = await Promise.all(paths.map((target) => line.request({ method: 'GET', target })))
    expect(answers.map(({ body }) => (JSON.parse(body.toString()) as { path: string }).path)).toEqual(paths)
  })

  test('a large answer comes whole, to a reader that pauses', async () => {
    const body = Buffer.alloc(5_000_000, 'abc')
    await using both = await pair(() => ({ status: 200, body }))
    const { pieces } = await both.client.stream(both.server.address, { method: 'GET', target: '/' })
    const read: Buffer[] = []
    for await (const piece of pieces) {
      if (read.length % 50 === 0) await turn()
      read.push(piece)
    }
    expect(Buffer.concat(read).equals(body)).toBe(true)
  })

  test('what passes over TCP is records and no HTTP', async () => {
    await using both = await pair(echo)
    await using raw = await RawSocket.connect(both.server.address.port)
    await raw.send(record(Buffer.from('GET /secret HTTP/1.1\r\nHost: a\r\n\r\n')).toString('latin1'))
    const answer = await raw.until((bytes) => bytes.length > 100)
    expect(answer).not.toContain('secret')
    expect(changed(Buffer.from(answer, 'latin1')).toString('latin1')).toContain('secret')
  })

  test('an end that the records do not announce is a broken connection, and no half-close', async () => {
    const called = promise()
    await using both = await pair((_request, { signal }) => {
      called.resolve()
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve({ status: 200 })
        })
      })
    })
    await using raw = await RawSocket.connect(both.server.address.port)
    await raw.send(record(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toString('latin1'))
    await called.promise
    raw.finish()
    expect(await raw.untilClosed()).toBe('')
    await expect.poll(() => both.server.connections).toBe(0)
  })
})

test('a transport is taken from its holder by attaching another, which gets all that follows', async () => {
  const seen: string[] = []
  const holder = (name: string): TransportHolder => ({
    connected: () => seen.push(`${name} connected`),
    received: (chunk) => seen.push(`${name} ${chunk.toString()}`),
    ended: () => seen.push(`${name} ended`),
    drained: () => seen.push(`${name} drained`),
    closed: () => seen.push(`${name} closed`),
  })
  const accepted = promise<Transport>()
  const listener = await TCP.listen(
    { host: '127.0.0.1', port: 0 },
    {
      accept: (transport) => {
        transport.attach(holder('old'))
        accepted.resolve(transport)
      },
      failed: (error) => {
        throw error
      },
    },
  )
  await using client = await RawSocket.connect(listener.address.port)
  const transport = await accepted.promise
  await client.send('plain')
  await expect.poll(() => seen.length).toBe(1)
  transport.attach(holder('new'))
  await client.send('more')
  await expect.poll(() => seen.length).toBe(2)
  transport.destroy()
  await client.untilClosed()
  listener.close()
  await expect.poll(() => seen).toEqual(['old plain', 'new more', 'new closed'])
})
