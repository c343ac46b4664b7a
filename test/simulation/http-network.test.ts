/** The real client and server over simulated TCP: what a request meets when the network, a machine or a program fails. */
import { describe, expect, it, test } from 'vitest'
import { ClientError } from '../../src/http/client-connection.ts'
import { EventStreamParser } from '../../src/http/event-stream.ts'
import { EventFeed } from '../../src/http/events.ts'
import { Rng } from './rng.ts'
import { networkFor } from './http-network.ts'
import { Life } from './life.ts'
import { Machine } from './machine.ts'
import { VirtualTime } from './virtual-time.ts'
import { CALM, Wire } from './wire.ts'
import type { Handler, Response } from '../../src/http/message.ts'

const REQUEST = { method: 'POST', target: '/', body: 'hello', repeatable: true }
const PORT = 8_000

function start(seed = 1) {
  const time = new VirtualTime()
  const wire = new Wire(time, new Rng(seed))
  const [client, server] = ['192.168.1.2', '192.168.1.3'].map(
    (ip, index) => new Machine({ name: `pc${index}`, ip, time }),
  ) as [Machine, Machine]
  const internet = { machines: [client, server], wire }
  const onError = (error: unknown): void => {
    throw new Error('a mistake of the program', { cause: error })
  }
  const lives = { client: new Life(client, onError), server: new Life(server, onError) }
  /** Bodies of requests with messages. */
  const sent: string[] = []
  const network = networkFor(
    lives.client,
    internet,
    () => undefined,
    (_, messages) => sent.push(messages),
  )
  const http = network.client()
  const listen = (handler: Handler) =>
    networkFor(lives.server, internet, () => undefined).listen(handler, { host: server.ip, port: PORT })
  /** The outcome of each request, and its time. */
  const outcomes: string[] = []
  const note = (what: string): void => void outcomes.push(`${Math.round(time.now / 100) / 10} s: ${what}`)
  const ask = (): void => {
    http.request({ host: server.ip, port: PORT }, REQUEST).then(
      ({ status, body }) => {
        note(`${status} ${body.toString()}`)
      },
      (error: unknown) => {
        note(codeOf(error))
      },
    )
  }
  return { time, wire, client, server, lives, http, listen, ask, outcomes, sent }
}

function codeOf(error: unknown): string {
  return error instanceof ClientError ? error.code : String(error)
}

type World = ReturnType<typeof start>

const echo: Handler = ({ body }) => ({ status: 200, body })

describe('a request', () => {
  it('is answered', async () => {
    const { time, listen, ask, outcomes } = start()
    await listen(echo)
    ask()
    await time.runUntil(1_000)
    expect(outcomes).toEqual(['0 s: 200 hello'])
  })

  it('is refused where nothing listens', async () => {
    const { time, ask, outcomes } = start()
    ask()
    await time.runUntil(1_000)
    expect(outcomes).toEqual(['0 s: refused'])
  })

  it.each([
    [
      'there is no power',
      ({ server }: World) => {
        server.switchOff()
      },
    ],
    ['there is no way there', ({ wire, client, server }: World) => wire.cut([client], [server])],
    ['there is no way back', ({ wire, client, server }: World) => wire.cut([server], [client])],
  ])('times out after 2 s where %s', async (_, harm) => {
    const world = start()
    await world.listen(echo)
    harm(world)
    world.ask()
    await world.time.runUntil(10_000)
    expect(world.outcomes).toEqual(['2 s: timeout'])
  })

  it('times out after 5 s, at the next tick of the deadlines, where no answer comes', async () => {
    const { time, listen, ask, outcomes } = start()
    await listen(() => new Promise<Response>(() => undefined))
    ask()
    await time.runUntil(10_000)
    expect(outcomes).toEqual(['5.3 s: timeout'])
  })

  it('is closed when the server is killed over it', async () => {
    const { time, listen, ask, outcomes, lives } = start()
    await listen(() => new Promise<Response>(() => undefined))
    ask()
    time.after(1_000, () => {
      lives.server.end()
    })
    await time.runUntil(10_000)
    expect(outcomes).toEqual(['1 s: closed'])
  })

  it('is closed when the client is', async () => {
    const { time, listen, ask, outcomes, http } = start()
    await listen(() => new Promise<Response>(() => undefined))
    ask()
    time.after(1_000, () => {
      http.close()
    })
    await time.runUntil(10_000)
    expect(outcomes).toEqual(['1 s: closed'])
  })

  it('of a client that was killed has no outcome', async () => {
    const { time, listen, ask, outcomes, lives } = start()
    await listen(echo)
    ask()
    lives.client.end()
    await time.runUntil(10_000)
    expect(outcomes).toEqual([])
  })

  it('arrives through losses, later', async () => {
    const { time, wire, listen, ask, outcomes } = start()
    wire.conditions = { ...CALM, loss: 0.4 }
    await listen(echo)
    for (let count = 0; count < 20; count++) ask()
    await time.runUntil(60_000)
    expect(outcomes.filter((outcome) => outcome.endsWith('200 hello')).length).toBeGreaterThan(10)
    expect(outcomes).toHaveLength(20)
  })

  it('may have been handled all the same when its connection breaks, once or twice', async () => {
    const counts = new Map<string, number>()
    for (let seed = 1; seed <= 100; seed++) {
      const { time, wire, listen, ask, outcomes } = start(seed)
      let handled = 0
      await listen((request, context) => {
        handled++
        return echo(request, context)
      })
      ask()
      await time.runUntil(1_000)
      handled = 0
      wire.conditions = { ...CALM, breaks: 0.3 }
      ask()
      await time.runUntil(2_000)
      const key = `${outcomes[1]?.slice(5) ?? ''}, handled ${handled} times`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual([
      '200 hello, handled 1 times',
      '200 hello, handled 2 times',
      'closed, handled 0 times',
      'closed, handled 1 times',
      'closed, handled 2 times',
    ])
  })
})

test('a request with messages is noted, although its program is killed before the answer', async () => {
  const { time, lives, server, http, listen, sent } = start()
  let arrived = 0
  await listen(() => {
    arrived++
    lives.client.end()
    return { status: 200, body: '' }
  })
  void http.request({ host: server.ip, port: PORT }, { ...REQUEST, target: '/p2p/receive' })
  void http.request({ host: server.ip, port: PORT }, { ...REQUEST, target: '/p2p/hello' })
  await time.runUntil(1_000)
  expect([arrived > 0, sent]).toEqual([true, ['hello']])
})

describe('an answer without end', () => {
  async function follow() {
    const world = start()
    let isGone = false
    const feed = new EventFeed('epoch', world.lives.server.clock)
    await world.listen((request, { signal }) => {
      signal.addEventListener('abort', () => (isGone = true))
      return feed.answer(
        request,
        signal,
        () => true,
        () => [],
      )
    })
    const events: string[] = []
    let end = ''
    const reading = async (): Promise<void> => {
      const { pieces } = await world.http.stream(
        { host: world.server.ip, port: PORT },
        { method: 'GET', target: '/' },
      )
      const parser = new EventStreamParser()
      try {
        for await (const piece of pieces)
          events.push(...parser.push(piece.toString()).map(({ data }) => data))
        end = 'end'
      } catch (error) {
        end = `${Math.round(world.time.now / 1_000)} s: ${codeOf(error)}`
      }
    }
    void reading()
    await world.time.runUntil(1_000)
    return { ...world, feed, events, end: () => end, isGone: () => isGone }
  }

  it('comes in order, and lives as long as the wire does', async () => {
    const { time, feed, events, end } = await follow()
    for (let number = 1; number <= 3; number++) {
      feed.publish('topic', 'event', number)
      await time.runUntil(time.now + 200_000)
    }
    expect([events, end()]).toEqual([['1', '2', '3'], ''])
  })

  it('is silent for 40 s when the wire is cut, and then over', async () => {
    const { time, wire, client, server, end, isGone } = await follow()
    wire.cut([client, server], [client, server])
    await time.runUntil(100_000)
    expect([end(), isGone()]).toEqual(['40 s: timeout', false])
    wire.heal()
    await time.runUntil(110_000)
    expect(isGone()).toBe(true)
  })

  it('is over when the server is killed', async () => {
    const { time, lives, end } = await follow()
    lives.server.end()
    await time.runUntil(2_000)
    expect(end()).toBe('1 s: protocol')
  })

  it('is over for the server when the client is killed', async () => {
    const { time, lives, isGone } = await follow()
    lives.client.end()
    await time.runUntil(2_000)
    expect(isGone()).toBe(true)
  })
})
