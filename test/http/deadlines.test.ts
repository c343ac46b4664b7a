/** Deadlines by a clock that is moved by hand: which wait has which deadline, and what extends it. */
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Connection, type Timeouts } from '../../src/http/connection.ts'
import { Deadlines, tickFor, type Waiting } from '../../src/http/deadlines.ts'
import { KnownHeads } from '../../src/http/known-heads.ts'
import { DEFAULT_LIMITS } from '../../src/http/message.ts'
import { RawSocket, complete, echo, promise, turn } from './support.ts'

const TIMEOUTS: Timeouts = { opening: 1, idle: 10, head: 100, body: 1_000, send: 10_000, linger: 100_000 }
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Time stands still until tick(). */
class HandClock extends Deadlines {
  readonly waiting = new Set<Waiting>()
  time = 0

  constructor() {
    super(1_000)
  }

  override now(): number {
    return this.time
  }

  override add(waiting: Waiting): void {
    this.waiting.add(waiting)
  }

  override delete(waiting: Waiting): void {
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
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.resolve(
      new Connection(socket, {
        limits: DEFAULT_LIMITS,
        timeouts: TIMEOUTS,
        deadlines: clock,
        knownHeads: new KnownHeads(),
        maxRequests: 100,
      }),
    )
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const client = await RawSocket.connect((listener.address() as AddressInfo).port)
  const connection = await accepted.promise
  const dispose = async (): Promise<void> => {
    connection.destroy()
    client.socket.destroy()
    await new Promise((resolve) => listener.close(resolve))
  }
  return { clock, client, connection, [Symbol.asyncDispose]: dispose }
}

describe('the deadline of a connection', () => {
  test('follows what is waited for, and bytes do not move it', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const loop = connection.exchanges(echo)
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
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.deadline).toBe(60 + 1_000)

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

  test('there is none while a handler works; sending has its own, and then reading again', async () => {
    await using both = await pair()
    const { clock, client, connection } = both
    const loop = connection.exchanges(() => new Promise<never>(() => undefined))
    await client.send(`${REQUEST}GET /2 HT`)
    const { value: exchange } = await loop.next()
    expect(exchange?.request.path).toBe('/')
    expect(connection.deadline).toBe(Infinity)
    clock.tick(1e9)
    await client.send('TP/1.1\r\n')
    for (let i = 0; i < 20; i++) await turn()
    expect(connection.deadline).toBe(Infinity)

    if (exchange === undefined) throw new Error('no exchange')
    const sent = connection.send(exchange, { status: 200, body: 'x' })
    expect(connection.deadline).toBe(1e9 + 10_000)
    await sent
    expect(connection.deadline).toBe(Infinity)
    const next = loop.next()
    expect(connection.deadline).toBe(1e9 + 100)
    clock.tick(1e9 + 100)
    await expect(next).rejects.toMatchObject({ name: 'ProtocolError', status: 408 })
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
    const over = both.connection.exchanges(echo).next()
    both.clock.tick(0.9)
    both.clock.tick(1)
    expect(await over).toEqual({ done: true, value: undefined })
  })
})

describe('Deadlines', () => {
  test('tells who is late, and nobody else', async () => {
    const deadlines = new Deadlines(10)
    const told: string[] = []
    const waiting = (name: string, deadline: number): Waiting => ({ deadline, late: () => told.push(name) })
    const late = waiting('late', deadlines.now())
    const early = waiting('early', Infinity)
    const left = waiting('left', deadlines.now())
    for (const each of [late, early, left]) deadlines.add(each)
    deadlines.delete(left)
    await expect.poll(() => told.length).toBeGreaterThan(1)
    expect(new Set(told)).toEqual(new Set(['late']))
    deadlines.delete(late)
    deadlines.delete(early)
    const before = told.length
    for (let i = 0; i < 20; i++) await turn()
    expect(told).toHaveLength(before)
  })

  test('date() is the current second as an IMF-fixdate', () => {
    const deadlines = new Deadlines(1_000)
    const before = Math.floor(Date.now() / 1000) * 1000
    const date = deadlines.date()
    expect(date).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/)
    expect(Date.parse(date)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(date)).toBeLessThanOrEqual(Date.now())
  })

  test('date() goes on with the time', async () => {
    const deadlines = new Deadlines(1_000)
    const first = deadlines.date()
    await expect.poll(() => deadlines.date(), { timeout: 10_000 }).not.toBe(first)
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
