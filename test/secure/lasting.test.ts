/** How long secure connections last: idle, by requests, by records, by the hour; and how the next one takes over. */
import { describe, expect, test } from 'vitest'
import { TCP } from '../../src/http/transport/tcp.ts'
import { DEFAULT_TIMEOUTS } from '../../src/http/timeouts.ts'
import { SECURE_LIMITS } from '../../src/secure/limits.ts'
import { ManualClock } from '../support/clock.ts'
import { PATIENCE } from '../support/wait.ts'
import { WHO, alice, asking, bobAt, serving, whoAsks, type Who } from './by-hand.ts'
import type { Platform } from '../../src/http/transport/platform.ts'

const MINUTE = 60_000

/** Real sockets, and time that a test moves. */
function manual(): Platform & { readonly clock: ManualClock } {
  return { network: TCP, clock: new ManualClock() }
}

describe('a proved connection that is idle', () => {
  test('is used again after nine minutes, and is closed after ten', async () => {
    const platform = manual()
    const server = await serving(platform)
    const client = asking(platform)
    const first = await whoAsks(client, bobAt(server))
    await platform.clock.advance(9 * MINUTE)
    expect(await whoAsks(client, bobAt(server))).toEqual(first)
    await platform.clock.advance(10 * MINUTE + 1_000)
    await expect.poll(() => server.connections).toBe(0)
  })

  test('is kept by the server for longer than by the client, and then closed by it, too', async () => {
    const platform = manual()
    const server = await serving(platform)
    // This client keeps its connections for good.
    const client = asking(platform, { timeouts: { provedIdle: 1e9 } })
    await whoAsks(client, bobAt(server))
    // Deadlines are kept to a quarter of a second.
    await platform.clock.advance(DEFAULT_TIMEOUTS.provedIdle - 250)
    expect(server.connections).toBe(1)
    await platform.clock.advance(500)
    await expect.poll(() => server.connections).toBe(0)
  })

  test('is closed after half a minute when it is in clear', async () => {
    const platform = manual()
    const server = await serving(platform)
    await whoAsks(asking(platform), server.address)
    await platform.clock.advance(31_000)
    await expect.poll(() => server.connections).toBe(0)
  })
})

test('1100 requests go over one proved connection; in clear the server ends it before', async () => {
  const server = await serving()
  const client = asking()
  const ports = async (target: Parameters<typeof whoAsks>[1]): Promise<number> => {
    const seen = new Set<number>()
    for (let count = 0; count < 1_100; count++) seen.add((await whoAsks(client, target)).port)
    return seen.size
  }
  expect(await ports(bobAt(server))).toBe(1)
  expect(await ports(server.address)).toBe(2)
})

describe('a worn connection', () => {
  /** The server lets it end after 40 records, the client makes a new one after 20. */
  const [SERVER, CLIENT] = [
    { records: 40, age: 60 * MINUTE },
    { records: 20, age: 55 * MINUTE },
  ]

  test('finishes its exchange, and the next request has another one', async () => {
    const platform = manual()
    const server = await serving(platform, { wear: SERVER })
    const client = asking(platform, {}, CLIENT)
    const ports: number[] = []
    for (let count = 0; count < 60; count++) ports.push((await whoAsks(client, bobAt(server))).port)
    expect(new Set(ports).size).toBe(3)
  })

  test('is ended by the server where the client does not care', async () => {
    const platform = manual()
    const server = await serving(platform, { wear: { records: 10, age: 60 * MINUTE } })
    const client = asking(platform)
    const ask = () => client.request(bobAt(server), WHO)
    for (let count = 1; count < 10; count++) expect((await ask()).headers.get('connection')).toBeUndefined()
    expect((await ask()).headers.get('connection')).toBe('close')
    await expect.poll(() => server.connections).toBe(0)
  })

  test('by its age, for the client', async () => {
    const platform = manual()
    const server = await serving(platform)
    const client = asking(platform)
    const begin = platform.clock.now()
    const first = await whoAsks(client, bobAt(server))
    const advanceTo = (age: number) => platform.clock.advance(begin + age - platform.clock.now())
    for (let minutes = 9; minutes < 55; minutes += 9) {
      await advanceTo(minutes * MINUTE)
      expect(await whoAsks(client, bobAt(server))).toEqual(first)
    }
    await advanceTo(SECURE_LIMITS.clientWear.age - 1)
    expect(await whoAsks(client, bobAt(server))).toEqual(first)
    await advanceTo(SECURE_LIMITS.clientWear.age)
    expect((await whoAsks(client, bobAt(server))).port).not.toBe(first.port)
  })

  test('by its age, for the server where the client does not care', async () => {
    const platform = manual()
    const server = await serving(platform)
    const client = asking(platform, {}, { records: Infinity, age: Infinity })
    const begin = platform.clock.now()
    const ends = async (age: number): Promise<boolean> => {
      await platform.clock.advance(begin + age - platform.clock.now())
      return (await client.request(bobAt(server), WHO)).headers.get('connection') === 'close'
    }
    for (let minutes = 0; minutes < 60; minutes += 9) expect(await ends(minutes * MINUTE)).toBe(false)
    expect(await ends(SECURE_LIMITS.wear.age - 1)).toBe(false)
    expect(await ends(SECURE_LIMITS.wear.age)).toBe(true)
  })

  test('is worn for the client before it is for the server', () => {
    const { wear, clientWear } = SECURE_LIMITS
    expect(clientWear.age).toBeLessThan(wear.age)
    expect(clientWear.records).toBeLessThan(wear.records)
    expect(wear.records).toBe(2 ** 20)
  })

  test.each([1, 2])('is changed by a line with %i requests in flight, and none fails', async (inFlight) => {
    const server = await serving(undefined, { wear: SERVER })
    const line = asking(undefined, { timeouts: { answer: PATIENCE } }, CLIENT).line(bobAt(server))
    const seen: Who[] = []
    const send = async (): Promise<void> => {
      for (let count = 0; count < 100; count++) {
        const { body } = await line.request(WHO)
        seen.push(JSON.parse(body.toString()) as Who)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, send))
    expect(seen).toHaveLength(100 * inFlight)
    expect(seen.every(({ id }) => id === alice.keys.id)).toBe(true)
    expect(new Set(seen.map(({ port }) => port)).size).toBeGreaterThan(2)
    expect(line.isOver).toBe(false)
  })
})

describe('idle connections in all', () => {
  test('are bounded, and the least recently used is closed first', async () => {
    const servers = await Promise.all(Array.from({ length: 6 }, () => serving()))
    // Sixteen files leave place for four.
    const client = asking(undefined, { openFiles: 16 })
    const open = (): number[] => servers.map(({ connections }) => connections)
    for (const server of servers.slice(0, 4)) await whoAsks(client, bobAt(server))
    const [first, second, , , fifth, sixth] = servers
    if (first === undefined || second === undefined || fifth === undefined || sixth === undefined)
      throw new Error('six servers')
    await whoAsks(client, bobAt(first))
    await whoAsks(client, bobAt(fifth))
    await expect.poll(open).toEqual([1, 0, 1, 1, 1, 0])
    await client.line(bobAt(sixth)).request(WHO)
    await expect.poll(open).toEqual([1, 0, 0, 1, 1, 1])
  })

  test('of a line count, and one at work is not closed', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => serving()))
    const client = asking(undefined, { openFiles: 16 })
    const lines = servers.map((server) => client.line(bobAt(server)))
    for (const line of lines.slice(0, 4)) await line.request(WHO)
    // The oldest is at work when the fifth becomes idle: the second is closed.
    const [oldest, , , , fifth] = lines
    const answers = await Promise.all([fifth?.request(WHO), oldest?.request(WHO)])
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200])
    await expect.poll(() => servers.filter(({ connections }) => connections > 0).length).toBe(4)
  })
})
