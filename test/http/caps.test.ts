/** Too many connections: 503 with Retry-After for a new connection, or for a silent one that is closed for it. */
import { describe, expect, test } from 'vitest'
import { echo, serve } from './support.ts'
import { RawSocket, raw } from '../support/raw-socket.ts'
import { complete, readAnswers, statuses } from '../support/answers.ts'
import type { Server } from '../../src/http/server.ts'
import type { Timeouts } from '../../src/http/timeouts.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const PATIENT: Partial<Timeouts> = { opening: 600_000, idle: 600_000, head: 600_000 }

/** Connections that are closed at the end of a test, whatever happens. */
class Crowd implements AsyncDisposable {
  readonly members: RawSocket[] = []

  /** The server meets its clients in the order in which they connect. */
  async join(server: Server): Promise<RawSocket> {
    const member = await RawSocket.connect(server.address.port)
    this.members.push(member)
    return member
  }

  /** Connects and has been answered once. */
  async speak(server: Server): Promise<RawSocket> {
    const member = await this.join(server)
    await member.send(REQUEST)
    await member.until(complete(1))
    return member
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) member.socket.destroy()
    await Promise.all(this.members.map((member) => member.untilClosed()))
  }
}

async function expectTurnedAway(client: RawSocket): Promise<void> {
  const { answers, rest } = readAnswers(await client.untilEnd())
  const [answer] = answers.slice(-1)
  expect(answer).toMatchObject({ status: 503, fields: { 'retry-after': '1', connection: 'close' } })
  expect(rest).toBe('')
}

async function expectServed(client: RawSocket): Promise<void> {
  const before = statuses(client.received).length
  await client.send(REQUEST)
  expect(statuses(await client.until(complete(before + 1))).at(-1)).toBe(200)
}

/** Has spoken, and is in the middle of another request. */
async function busy(crowd: Crowd, server: Server): Promise<RawSocket> {
  const member = await crowd.speak(server)
  await member.send('GET / HTTP/1.1\r\n')
  return member
}

const REST = 'Host: a\r\n\r\n'

describe('connections that have sent a request', () => {
  test.each([
    ['from one address', { perLoopback: 3 }],
    ['in total', { total: 3 }],
  ])('are kept while they are at work, and a new one gets 503: %s', async (_name, caps) => {
    await using server = await serve(echo, { caps, timeouts: PATIENT })
    await using crowd = new Crowd()
    const speakers = [await busy(crowd, server), await busy(crowd, server), await busy(crowd, server)]
    await expectTurnedAway(await crowd.join(server))
    await expectTurnedAway(await crowd.join(server))
    for (const speaker of speakers) {
      await speaker.send(REST)
      expect(statuses(await speaker.until(complete(2)))).toEqual([200, 200])
    }

    speakers[0]?.finish()
    await speakers[0]?.untilClosed()
    await expect.poll(() => server.connections).toBe(2)
    expect(statuses(await raw(server.address.port, LAST))).toEqual([200])
  })

  test.each([
    ['from one address', { perLoopback: 3 }],
    ['in total', { total: 3 }],
  ])('the one that is idle for longest is closed for a new one: %s', async (_name, caps) => {
    await using server = await serve(echo, { caps, timeouts: PATIENT })
    await using crowd = new Crowd()
    const first = await crowd.speak(server)
    const second = await crowd.speak(server)
    const third = await busy(crowd, server)
    await expectServed(first)
    await expectServed(await crowd.join(server))
    expect(statuses(await second.untilEnd())).toEqual([200])
    await expectServed(first)
    expect(third.ended).toBe(false)
  })

  test('as many as there may be, all of them idle, do not keep a new one out', async () => {
    await using server = await serve(echo, { timeouts: PATIENT })
    await using crowd = new Crowd()
    for (let n = 0; n < 128; n++) await crowd.speak(server)
    for (let n = 0; n < 10; n++) await crowd.speak(server)
    expect(server.connections).toBeLessThanOrEqual(128 + 10)
  })
})

describe('connections that are silent', () => {
  test.each([
    ['of all silent ones', { silent: 3, silentAfter: 0 }],
    ['from one address', { perLoopback: 3 }],
    ['in total', { total: 3 }],
  ])('the oldest is closed for a new one: %s', async (_name, caps) => {
    await using server = await serve(echo, { caps, timeouts: PATIENT })
    await using crowd = new Crowd()
    const [first, second, third] = [
      await crowd.join(server),
      await crowd.join(server),
      await crowd.join(server),
    ]
    const fourth = await crowd.join(server)
    await expectTurnedAway(first)
    for (const client of [second, third, fourth]) await expectServed(client)
  })

  test('half a request is silence', async () => {
    await using server = await serve(echo, { caps: { silent: 1, silentAfter: 0 }, timeouts: PATIENT })
    await using crowd = new Crowd()
    const half = await crowd.join(server)
    await half.send('GET / HTTP/1.1\r\nHost: a\r\n')
    const newcomer = await crowd.speak(server)
    await expectTurnedAway(half)
    await expectServed(newcomer)
  })

  test('connections that have sent a request are not silent, however many there are', async () => {
    await using server = await serve(echo, { caps: { silent: 2 }, timeouts: PATIENT })
    await using crowd = new Crowd()
    const speakers = []
    for (let n = 0; n < 10; n++) speakers.push(await crowd.speak(server))
    for (const speaker of speakers) await expectServed(speaker)
  })

  test('a burst has some time to send before it counts as silent', async () => {
    await using server = await serve(echo, { caps: { silent: 1, silentAfter: 60_000 }, timeouts: PATIENT })
    await using crowd = new Crowd()
    const burst = await Promise.all(Array.from({ length: 20 }, () => crowd.join(server)))
    for (const client of burst) await expectServed(client)
  })

  test('300 of them do not keep a new one waiting', async () => {
    await using server = await serve(echo, { caps: { silentAfter: 0 }, timeouts: PATIENT })
    await using crowd = new Crowd()
    const connecting = Array.from({ length: 300 }, () => crowd.join(server))
    await Promise.all(connecting)
    expect(statuses(await raw(server.address.port, LAST))).toEqual([200])
    // The silent ones that remain are within their cap; the others got 503.
    await expect.poll(() => server.connections).toBeLessThanOrEqual(64)
    const refused = crowd.members.filter(({ received }) => received.startsWith('HTTP/1.1 503 '))
    expect(refused.length).toBeGreaterThanOrEqual(300 - 64)
  })
})

test('a rejected connection that does not close is not kept either', async () => {
  await using server = await serve(echo, { caps: { total: 2 }, timeouts: { ...PATIENT, linger: 600_000 } })
  await using crowd = new Crowd()
  const speakers = [await busy(crowd, server), await busy(crowd, server)]
  for (let n = 0; n < 10; n++) {
    const client = await crowd.join(server)
    client.socket.allowHalfOpen = true
    await client.untilEnd()
  }
  expect(server.connections).toBeLessThanOrEqual(2 * 2 + 1)
  for (const speaker of speakers) {
    await speaker.send(REST)
    await speaker.until(complete(2))
  }
  await server.close(0)
})

test('60 clients that connect at once and send at once are all answered', async () => {
  await using server = await serve()
  const all = await Promise.all(Array.from({ length: 60 }, () => raw(server.address.port, LAST)))
  expect(all.map((bytes) => statuses(bytes)[0])).toEqual(Array(60).fill(200))
})
