/** Deadlines by a clock that is moved by hand: which wait has which deadline, and what extends it. */
import { describe, expect, test } from 'vitest'
import { SYSTEM_CLOCK } from '../../../src/http/transport/clock.ts'
import { ClientConnection, prepare } from '../../../src/http/client-connection.ts'
import { Connection, type Responder } from '../../../src/http/connection/connection.ts'
import type { Timeouts } from '../../../src/http/timeouts.ts'
import { Deadlines, tickFor, type Timed } from '../../../src/http/connection/deadlines.ts'
import { Discards } from '../../../src/http/connection/discards.ts'
import { HeadCache } from '../../../src/http/codec/head-cache.ts'
import { DEFAULT_LIMITS } from '../../../src/http/message.ts'
import { TCP } from '../../../src/http/transport/tcp.ts'
import type { RequestHead } from '../../../src/http/codec/request-parser.ts'
import { ManualClock } from '../../support/clock.ts'
import { echo } from '../support.ts'
import { promise, turn } from '../../support/wait.ts'
import { FakeServer, RawSocket } from '../../support/raw-socket.ts'
import { complete } from '../../support/answers.ts'

const TIMEOUTS: Timeouts = {
  opening: 1,
  idle: 10,
  provedIdle: 10,
  head: 100,
  body: 1_000,
  send: 10_000,
  linger: 100_000,
  handler: 1_000_000,
  sendAhead: 60_000,
}
/** Answers at once what it is asked. */
const ECHO: Responder = { respond: echo, early: () => undefined }
/** 8 KiB a second, in bytes a millisecond. */
const LEAST_RATE = (8 * 1024) / 1000
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Time stands still until tick(). */
class HandClock extends Deadlines {
  readonly waiting = new Set<Timed>()
  time = 0

  constructor() {
    super(SYSTEM_CLOCK, 1_000)
  }

  override now(): number {
    return this.time
  }

  override add(waiting: Timed): void {
    this.waiting.add(waiting)
  }

  override delete(waiting: Timed): void {
    this.waiting.delete(waiting)
  }

  tick(time: number): void {
    this.time = time
    for (const waiting of this.waiting) if (time >= waiting.deadline) waiting.late()
  }
}

interface Pair {
  readonly clock: HandClock
  readonly client: RawSocket
  readonly connection: Connection
  [Symbol.asyncDispose](): Promise<void>
}

/** A Connection and the raw client at its other end. */
async function pair(): Promise<Pair> {
  const clock = new HandClock()
  const accepted = promise<Connection>()
  const options = {
    limits: DEFAULT_LIMITS,
    timeouts: TIMEOUTS,
    deadlines: clock,
    discards: new Discards(clock),
    knownHeads: new HeadCache<RequestHead>(),
    maxRequests: 100,
    mayPersist: () => true,
  }
  const listener = await TCP.listen(
    { host: '127.0.0.1', port: 0 },
    {
      accept: (transport) => {
        accepted.resolve(new Connection(transport, options))
      },
      failed: (error) => {
        throw error
      },
    },
  )
  const client = await RawSocket.connect(listener.address.port)
  const connection = await accepted.promise
  const dispose = async (): Promise<void> => {
    connection.destroy()
    client.socket.destroy()
    listener.close()
    await client.untilClosed()
  }
  return { clock, client, connection, [Symbol.asyncDispose]: dispose }
}

describe('the deadline of a connection', () => {
  test('follows what is waited for; bytes of a head do not move it, bytes of a body a little', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const loop = connection.exchanges(ECHO)
    const over = loop.next()
    expect(connection.deadline).toBe(1)

    clock.time = 0.5
    await client.send('GET / HT')
    await expect.poll(() => connection.deadline).toBe(0.5 + 100)
    clock.time = 50
    await client.send('TP/1.1\r\nHost: a\r\n')
    await client.send('X: y\r\n')
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.deadline).toBe(0.5 + 100)

    clock.time = 60
    await client.send('Content-Length: 4\r\n\r\n')
    await expect.poll(() => connection.deadline).toBe(60 + 1_000)
    clock.time = 200
    await client.send('he')
    await expect.poll(() => connection.deadline).toBe(60 + 1_000 + 2 / LEAST_RATE)

    clock.time = 300
    await client.send('y!')
    await client.until(complete(1))
    expect(connection.deadline).toBe(300 + 10)

    clock.time = 305
    await client.send(`${REQUEST}GET / HT`)
    await client.until(complete(2))
    expect(connection.deadline).toBe(305 + 100)
    clock.time = 310
    await client.send(`TP/1.1\r\nHost: a\r\n\r\n${REQUEST}`)
    await client.until(complete(4))
    expect(connection.deadline).toBe(310 + 10)

    clock.tick(319)
    clock.tick(320)
    expect(await over).toEqual({ done: true, value: undefined })
  })

  test('a handler has its own, sending has its own, and then reading again', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const never = new Promise<never>(() => undefined)
    const loop = connection.exchanges({ respond: () => never, early: () => undefined })
    await client.send(`${REQUEST}GET /2 HT`)
    const { value: exchange } = await loop.next()
    expect(exchange?.request.path).toBe('/')
    expect(connection.deadline).toBe(TIMEOUTS.handler)
    clock.tick(1_000)
    await client.send('TP/1.1\r\n')
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.deadline).toBe(TIMEOUTS.handler)

    if (exchange === undefined) throw new Error('no exchange')
    const sent = connection.send(exchange, { status: 200, body: 'x' })
    expect(connection.deadline).toBe(1_000 + 10_000)
    await sent
    expect(connection.deadline).toBe(Infinity)
    const next = loop.next()
    expect(connection.deadline).toBe(1_000 + 100)
    clock.tick(1_000 + 100)
    await expect(next).rejects.toMatchObject({ name: 'ProtocolError', status: 408 })
  })

  test.each([
    ['a client that waits', false],
    ['a client that has left', true],
  ])('a handler that takes too long is given up: %s', async (_name, hasLeft) => {
    await using both = await pair()
    const { clock, client, connection } = both
    const never = new Promise<never>(() => undefined)
    const loop = connection.exchanges({ respond: () => never, early: () => undefined })
    await client.send(REQUEST)
    const { value: exchange } = await loop.next()
    if (exchange === undefined) throw new Error('no exchange')
    const answered = connection.answered(exchange)
    const { signal } = connection
    if (hasLeft) {
      client.reset()
      await expect.poll(() => signal.aborted).toBe(true)
    }
    clock.tick(TIMEOUTS.handler - 1)
    expect(signal.aborted).toBe(hasLeft)
    clock.tick(TIMEOUTS.handler)
    await expect(answered).rejects.toThrow('no answer to GET / in time')
    expect(signal.aborted).toBe(true)
    void connection.hangUp()
    client.socket.destroy()
    await expect.poll(() => clock.waiting.size).toBe(0)
  })

  /** An answer that is larger than all buffers on its way, to a client that reads when the test lets it. */
  async function largeAnswer({ client, connection }: Pair) {
    const loop = connection.exchanges({ respond: () => LARGE, early: () => undefined })
    client.socket.pause()
    await client.send(REQUEST)
    const { value: exchange } = await loop.next()
    if (exchange === undefined) throw new Error('no exchange')
    return connection.send(exchange, LARGE)
  }
  const LARGE = { status: 200, body: Buffer.alloc(24 * 1024 * 1024, 'x') }

  test('a reader that takes a little now and then gets a large answer whole', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const sent = largeAnswer(both)
    while (client.received.length < LARGE.body.length) {
      // As late as may be, and then the buffers on the way are emptied once.
      clock.tick(Math.max(clock.time, Math.min(connection.deadline, Number.MAX_VALUE) - 1))
      expect(connection.gone).toBe(false)
      const before = client.received.length
      client.socket.resume()
      await client.until(({ length }) => length >= Math.min(before + 6_000_000, LARGE.body.length))
      client.socket.pause()
      await turn()
    }
    await sent
    expect(client.received.length - client.received.indexOf('\r\n\r\n') - 4).toBe(LARGE.body.length)
  })

  test('a reader that takes nothing is cut, however much the system took for it', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const sent = largeAnswer(both)
    await expect.poll(() => connection.deadline).toBe(TIMEOUTS.sendAhead)
    clock.tick(TIMEOUTS.sendAhead - 1)
    expect(connection.gone).toBe(false)
    clock.tick(TIMEOUTS.sendAhead)
    await sent
    expect(connection.gone).toBe(true)
    client.socket.resume()
    await client.untilClosed()
    expect(client.received.length).toBeLessThan(LARGE.body.length)
  })

  test('hanging up has one for the last answer and one for its reader', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    client.socket.allowHalfOpen = true
    await connection.refuse({ status: 400, body: 'no' })
    const gone = connection.hangUp()
    await client.untilEnd()
    await expect.poll(() => connection.deadline).toBe(100_000)
    await client.send('more, and more')
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.gone).toBe(false)
    clock.tick(100_000)
    await gone
    expect(connection.gone).toBe(true)
    expect(clock.waiting.size).toBe(0)
  })

  test('the first that passes is the opening', async () => {
    await using both = await pair()
    const over = both.connection.exchanges(ECHO).next()
    both.clock.tick(0.9)
    both.clock.tick(1)
    expect(await over).toEqual({ done: true, value: undefined })
  })
})

describe('the deadline of a client', () => {
  const TIMES = { connect: 1, prove: 1, answer: 100, silence: 1_000, idle: 10, provedIdle: 10 }

  /** Asks a server that says nothing of itself. */
  async function asking(clock: HandClock, server: FakeServer, body: string) {
    const limits = { ...DEFAULT_LIMITS, body: 1_000_000 }
    const connection = new ClientConnection(
      TCP.connect(server.address),
      { limits, timeouts: TIMES, deadlines: clock },
      {
        connected: () => undefined,
        answered: () => undefined,
        idle: () => undefined,
        closed: () => undefined,
      },
    )
    const request = prepare({ method: 'POST', target: '/', body }, server.address)
    const answer = connection.ask(request)
    // Before it is connected the deadline is another one.
    const due = TIMES.answer + request.bytes.length / LEAST_RATE
    await expect.poll(() => [connection.deadline, server.peers.length]).toEqual([due, 1])
    return { connection, answer, due, peer: server.peers[0] }
  }

  test('gives a large request the time that it takes', async () => {
    const clock = new HandClock()
    await using server = await FakeServer.listen(() => undefined)
    const { connection, answer, due } = await asking(clock, server, 'x'.repeat(1_000_000))
    expect(due).toBeGreaterThan(TIMES.answer + 100_000)
    clock.tick(due - 1)
    expect(connection.gone).toBe(false)
    clock.tick(due)
    await expect(answer).rejects.toMatchObject({ code: 'timeout' })
  })

  test('is absolute for the head of an answer, and moves on with its body', async () => {
    const clock = new HandClock()
    await using server = await FakeServer.listen(() => undefined)
    const { connection, answer, due, peer } = await asking(clock, server, '')
    await peer?.send('HTTP/1.1 200 OK\r\nX: y\r\n')
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.deadline).toBe(due)
    clock.tick(50)
    await peer?.send('Content-Length: 200000\r\n\r\n')
    await expect.poll(() => connection.deadline).toBeGreaterThan(due)

    clock.tick(connection.deadline - 1)
    await peer?.send('x'.repeat(100_000))
    await expect.poll(() => connection.deadline).toBe(clock.time + TIMES.answer)
    clock.tick(connection.deadline - 1)
    await peer?.send('x'.repeat(100_000))
    expect((await answer).body.length).toBe(200_000)
    connection.destroy()
  })

  test('a body that stands still is given up', async () => {
    const clock = new HandClock()
    await using server = await FakeServer.listen(() => undefined)
    const { connection, answer, due, peer } = await asking(clock, server, '')
    clock.tick(50)
    await peer?.send('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nx')
    await expect.poll(() => connection.deadline).toBeGreaterThan(due)
    clock.tick(connection.deadline)
    await expect(answer).rejects.toMatchObject({ code: 'timeout' })
  })
})

describe('Deadlines', () => {
  test('calls what is late at the next tick, and nothing else', async () => {
    const clock = new ManualClock()
    const deadlines = new Deadlines(clock, 10)
    const called: string[] = []
    const waiting = (name: string, deadline: number): Timed => ({ deadline, late: () => called.push(name) })
    const late = waiting('late', deadlines.now() + 5)
    const early = waiting('early', Infinity)
    const left = waiting('left', deadlines.now())
    for (const each of [late, early, left]) deadlines.add(each)
    deadlines.delete(left)
    await clock.advance(9)
    expect(called).toEqual([])
    await clock.advance(11)
    expect(called).toEqual(['late', 'late'])
    deadlines.delete(late)
    deadlines.delete(early)
    expect(clock.due).toEqual([])
  })

  test('date() is the current second as an IMF-fixdate, forwards and backwards', () => {
    const clock = new ManualClock(1_763_771_234_000)
    const deadlines = new Deadlines(clock, 1_000)
    expect(deadlines.date()).toBe('Sat, 22 Nov 2025 00:27:14 GMT')
    clock.advanceSync(999)
    expect(deadlines.date()).toBe('Sat, 22 Nov 2025 00:27:14 GMT')
    clock.advanceSync(1)
    expect(deadlines.date()).toBe('Sat, 22 Nov 2025 00:27:15 GMT')
    clock.set(-60_000)
    expect(deadlines.date()).toBe('Sat, 22 Nov 2025 00:26:15 GMT')
  })

  test.each([
    ['a quarter of the shortest', [400, 10_000], 100],
    ['never finer than 10 ms', [1, 500], 10],
    ['never coarser than 250 ms', [5_000, 30_000], 250],
    ['without any deadline', [Infinity], 250],
  ])('tickFor: %s', (_name, times, tick) => {
    expect(tickFor(times)).toBe(tick)
  })
})
