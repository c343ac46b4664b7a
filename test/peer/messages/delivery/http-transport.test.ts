/** What the answer of a peer means for the message. */
import { asContent } from '../../../../src/chat/content.ts'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LIMITS } from '../../../../src/chat/limits.ts'
import { messageBody } from '../../../../src/chat/wire/messages.ts'
import { Client } from '../../../../src/http/client.ts'
import { Headers } from '../../../../src/http/headers.ts'
import { freePort } from '../../../support/ports.ts'
import { Routes } from '../../../../src/peer/contacts/routes.ts'
import { HttpTransport } from '../../../../src/peer/messages/delivery/http-transport.ts'
import { ManualClock } from '../../../support/clock.ts'
import { scriptedServer, type Scripted } from '../../../support/scripted-server.ts'
import { NO_CLOSED } from '../../parts.ts'
import type { Address } from '../../../../src/http/message.ts'
import type { HttpClient, HttpLine } from '../../../../src/http/network.ts'
import type { ChatMessage, Peer } from '../../../../src/chat/model.ts'
import type { DeliveryResult, QueuedMessage } from '../../../../src/peer/messages/delivery/delivery-result.ts'

const SAID: ChatMessage = {
  id: '1',
  from: { ip: '127.0.0.1', port: 8000, name: 'alice' },
  channel: 'general',
  content: { kind: 'text', text: 'hi' },
  sentAt: 0,
}

function transmit(to: Partial<Peer> = {}): (port: number, body: string) => Promise<DeliveryResult> {
  const client = new Client()
  onTestFinished(() => {
    client.close()
  })
  const transport = new HttpTransport(client, new Routes(), new ManualClock(), NO_CLOSED.entrances)
  return async (port, body) => {
    const queued = { message: SAID, hops: undefined, body, saidAt: new ManualClock().now() }
    const bob: Peer = { ip: '127.0.0.1', port, name: 'bob', ...to }
    const [result, ...others] = await transport.send(bob, [queued], 0)
    expect(others).toEqual([])
    return result ?? { ok: false, final: true, reason: 'no result' }
  }
}

test('a message is posted as JSON, whole', async () => {
  const bob = await scriptedServer(() => [200, { status: 'ok' }])
  expect(await transmit()(bob.port, '{"message":"hi"}')).toEqual({ ok: true })
  expect(bob.asked).toEqual([
    { method: 'POST', target: '/p2p/receive', body: { message: 'hi' }, whole: true },
  ])
})

test.each<[name: string, answer: Scripted, result: DeliveryResult]>([
  ['a double is delivered too', [200, { status: 'duplicate_ignored' }], { ok: true }],
  ['whatever is in a 200', [200, 'thanks'], { ok: true }],
  [
    'not in the channel',
    [404, { error: 'not_joined', detail: 'bob is not in #ops' }],
    { ok: false, final: true, reason: 'refused with 404: bob is not in #ops', isNotJoined: true },
  ],
  [
    'not in the channel any more',
    [404, { error: 'left', detail: 'bob has left #ops' }],
    { ok: false, final: true, reason: 'refused with 404: bob has left #ops' },
  ],
  [
    'another status with the same code',
    [409, { error: 'not_joined' }],
    { ok: false, final: true, reason: 'refused with 409' },
  ],
  ['too large', [413, {}], { ok: false, final: true, reason: 'refused with 413' }],
  ['a conflict', [409, { detail: 7 }], { ok: false, final: true, reason: 'refused with 409' }],
  ['a redirect', [302, 'elsewhere'], { ok: false, final: true, reason: 'refused with 302' }],
  ['created, which is no promise', [201, {}], { ok: false, final: true, reason: 'refused with 201' }],
  ['too slow', [408, {}], { ok: false, final: false, reason: 'refused with 408' }],
  ['too much', [429, { detail: 'slowly' }], { ok: false, final: false, reason: 'refused with 429: slowly' }],
  ['in trouble', [500, ''], { ok: false, final: false, reason: 'refused with 500' }],
  ['too many', [503, {}], { ok: false, final: false, reason: 'refused with 503' }],
  [
    'a sentence without end',
    [400, { detail: 'x'.repeat(1_000) }],
    { ok: false, final: true, reason: `refused with 400: ${'x'.repeat(200)}` },
  ],
])('%s', async (_name, answer, result) => {
  const bob = await scriptedServer(() => answer)
  expect(await transmit()(bob.port, '{}')).toEqual(result)
})

describe('a program that takes a message and does not answer', () => {
  const RETRIED: DeliveryResult = { ok: false, final: false, reason: 'the connection was closed' }
  const OTHER = 'RECEIVED {"type":"ack"}\r\n\r\n'

  test.each([
    ['closes without a word', ''],
    ['answers in another language', OTHER],
  ])('is sent it once, and marked: it %s', async (_name, said) => {
    const bob = await scriptedServer(() => said)
    const send = transmit()
    expect(await send(bob.port, '{}')).toEqual({ ok: true, unconfirmed: true })
    expect(await send(bob.port, '{}')).toEqual({ ok: true, unconfirmed: true })
    const asked = bob.asked.map(({ method, target }) => `${method} ${target}`)
    expect(asked).toEqual(['POST /p2p/receive', 'GET /healthz', 'POST /p2p/receive'])
  })

  test('is tried again when it answers a question', async () => {
    const bob = await scriptedServer(({ method }) => (method === 'GET' ? [404, {}] : ''))
    expect(await transmit()(bob.port, '{}')).toEqual(RETRIED)
  })

  test('is tried again when it has answered before', async () => {
    let count = 0
    const bob = await scriptedServer(() => (count++ === 0 ? [200, {}] : ''))
    const send = transmit()
    expect(await send(bob.port, '{}')).toEqual({ ok: true })
    expect(await send(bob.port, '{}')).toEqual(RETRIED)
  })

  test('is tried again when it is a Parley', async () => {
    const bob = await scriptedServer(() => '')
    expect(await transmit({ identity: 'f'.repeat(32) })(bob.port, '{}')).toEqual(RETRIED)
  })
})

test('no listener', async () => {
  const reason = 'connection refused: nothing listens there'
  expect(await transmit()(await freePort(), '{}')).toEqual({ ok: false, final: false, reason })
})

test('a kept connection that the peer has just closed: to be sent again at once, on another', async () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
  let connections = 0
  const server = createServer((socket) => {
    const isFirst = ++connections === 1
    let requests = 0
    socket.on('data', () => {
      if (isFirst && ++requests > 1) socket.destroy()
      else socket.write(ok)
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const send = transmit()
  expect(await send(port, '{}')).toEqual({ ok: true })
  expect(await send(port, '{}')).toMatchObject({ ok: false, final: false, immediate: true })
  expect(await send(port, '{}')).toEqual({ ok: true })
  expect(connections).toBe(2)
})

describe('several messages', () => {
  const TAKES_BATCHES: Scripted = [200, { status: 'ok', batch: LIMITS.batch }]

  /** Who answers one message, and several. */
  async function bobWho(one: Scripted, several: Scripted) {
    const clock = new ManualClock()
    const client = new Client()
    onTestFinished(() => {
      client.close()
    })
    const bob = await scriptedServer(({ target }) => (target === '/p2p/batch' ? several : one))
    const transport = new HttpTransport(client, new Routes(), clock, NO_CLOSED.entrances)
    const to: Peer = { ip: '127.0.0.1', port: bob.port, name: 'bob' }
    const queued = (text: string, saidAt = clock.now()): QueuedMessage => {
      const message = { ...SAID, content: asContent(text) }
      return { message, hops: undefined, body: messageBody(message), saidAt }
    }
    const send = (...messages: QueuedMessage[]): Promise<readonly DeliveryResult[]> =>
      transport.send(to, messages, 0)
    const asked = (): string[] => bob.asked.map(({ target }) => target)
    const supportsBatch = (): boolean => transport.supportsBatch(to)
    return { bob, clock, send, queued, asked, transport, supportsBatch, to }
  }

  test.each<[name: string, answer: Scripted, expected: boolean]>([
    ['no peer that has not said so', [200, { status: 'ok' }], false],
    ['a peer that has said so', TAKES_BATCHES, true],
    ['no peer that has said so in a refusal', [404, { batch: 64 }], false],
  ])('are taken by %s', async (_name, answer, expected) => {
    const { send, queued, supportsBatch } = await bobWho(answer, [200, {}])
    expect(supportsBatch()).toBe(false)
    await send(queued('a'))
    expect(supportsBatch()).toBe(expected)
  })

  test('go together to a peer that supports it, and each has its result', async () => {
    const results = [
      { code: 200, status: 'ok' },
      { code: 404, error: 'not_joined', detail: 'not in #ops' },
      { code: 500, detail: 'in trouble' },
    ]
    const { bob, send, queued, asked } = await bobWho(TAKES_BATCHES, [200, { results }])
    await send(queued('a'))
    expect(await send(queued('b'), queued('c'), queued('d'))).toEqual([
      { ok: true },
      { ok: false, final: true, reason: 'refused with 404: not in #ops', isNotJoined: true },
      { ok: false, final: false, reason: 'refused with 500: in trouble' },
    ])
    expect(asked()).toEqual(['/p2p/receive', '/p2p/batch'])
    const { messages } = bob.asked[1]?.body as { messages: { message: string }[] }
    expect(messages.map(({ message }) => message)).toEqual(['b', 'c', 'd'])
  })

  test.each<[name: string, answer: Scripted]>([
    ['a path that it does not know', [404, { detail: 'no such path' }]],
    ['a refusal for good', [413, {}]],
    ['a refusal for now', [429, {}]],
  ])('%s: to be tried again, one by one', async (_name, answer) => {
    const { send, queued, supportsBatch } = await bobWho(TAKES_BATCHES, answer)
    await send(queued('a'))
    expect(await send(queued('b'), queued('c'))).toMatchObject([{ ok: false, final: false }])
    expect(supportsBatch()).toBe(false)
  })

  test.each<[name: string, answer: Scripted]>([
    ['no results', [200, {}]],
    ['results that are none', [200, { results: 'ok' }]],
    ['an empty list', [200, { results: [] }]],
    ['results that say nothing', [200, { results: [null, 7] }]],
  ])('%s is no delivery', async (_name, answer) => {
    const { send, queued } = await bobWho(TAKES_BATCHES, answer)
    await send(queued('a'))
    const results = await send(queued('b'), queued('c'))
    expect(results[0]).toMatchObject({ ok: false, final: false })
    expect(results.length).toBeLessThanOrEqual(2)
  })

  test('more results than messages are left out', async () => {
    const results = Array(5).fill({ code: 200 })
    const { send, queued } = await bobWho(TAKES_BATCHES, [200, { results }])
    await send(queued('a'))
    expect(await send(queued('b'), queued('c'))).toHaveLength(2)
  })

  test('one behind another that did not get there does not get there either', async () => {
    let isFirst = true
    const { bob, queued, transport, to } = await bobWho(TAKES_BATCHES, [200, {}])
    const busy = await scriptedServer(() => {
      const answer: Scripted = isFirst
        ? 'HTTP/1.1 429 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
        : [200, {}]
      isFirst = false
      return answer
    })
    const there = { ...to, port: busy.port }
    const results = await Promise.all([
      transport.send(there, [queued('a')], 0),
      transport.send(there, [queued('b')], 1),
      transport.send(there, [queued('c')], 2),
    ])
    expect(results.flat()).toMatchObject([
      { ok: false, reason: 'refused with 429' },
      { ok: false, final: false, immediate: true },
      { ok: false, final: false, immediate: true },
    ])
    expect(busy.asked).toHaveLength(1)
    expect(await transport.send(there, [queued('d')], 3)).toMatchObject([{ ok: false, immediate: true }])
    expect(await transport.send(there, [queued('a')], 0)).toEqual([{ ok: true }])
    expect(bob.asked).toEqual([])
  })

  test('what has waited says for how long', async () => {
    const { bob, clock, send, queued } = await bobWho([200, {}], [200, {}])
    const waited = queued('a', clock.now() - 90_500)
    await send(waited)
    await send(queued('b', clock.now() - 999))
    expect(bob.asked.map(({ body }) => body['age'])).toEqual([90.5, undefined])
  })
})

test.each<[name: string, field: string, after: number | undefined]>([
  ['seconds', '7', 7_000],
  ['longer than a peer can make this one wait', '61', undefined],
  ['a date', 'Fri, 21 Nov 2025 12:00:00 GMT', undefined],
  ['nothing', '0', undefined],
])('when to try again: %s', async (_name, field, after) => {
  const bob = await scriptedServer(
    () => `HTTP/1.1 429 X\r\nRetry-After: ${field}\r\nContent-Length: 0\r\n\r\n`,
  )
  const result = { ok: false, final: false, reason: 'refused with 429' }
  expect(await transmit()(bob.port, '{}')).toEqual(after === undefined ? result : { ...result, after })
})

describe('requests to one peer stay on one connection while one is in flight', () => {
  /** Lines whose requests a test answers. */
  class Lines {
    readonly made: Address[] = []
    readonly answers = new Map<number, () => void>()

    line(address: Address): HttpLine {
      this.made.push(address)
      const inFlight = new Set<() => void>()
      const { answers } = this
      return {
        isOver: false,
        get isIdle() {
          return inFlight.size === 0
        },
        request: () =>
          new Promise((resolve) => {
            const answer = (): void => {
              inFlight.delete(answer)
              resolve({
                ...{ status: 200, reason: '', version: '1.1', body: Buffer.from('{}'), keepAlive: true },
                ...{ headers: Headers.none, trailers: Headers.none },
              })
            }
            inFlight.add(answer)
            answers.set(address.port, answer)
          }),
      }
    }
  }

  function start() {
    const lines = new Lines()
    const unused = (): never => {
      throw new Error('not used')
    }
    const client: HttpClient = {
      ...{ request: unused, stream: unused, close: unused, hasAnswered: () => true },
      line: (address) => lines.line(address),
    }
    const transport = new HttpTransport(client, new Routes(), new ManualClock(), NO_CLOSED.entrances)
    const queued: QueuedMessage = { message: SAID, hops: undefined, body: '{}', saidAt: 0 }
    const send = (port: number, inFlight = 0): Promise<readonly DeliveryResult[]> =>
      transport.send({ ip: '10.0.0.2', port, name: 'bob' }, [queued], inFlight)
    const linesTo = (port: number): number => lines.made.filter((address) => address.port === port).length
    return { send, answer: (port: number) => lines.answers.get(port)?.(), linesTo }
  }

  /** More peers than lines are kept for. */
  const MANY = 4_200

  test('however many other peers are written to meanwhile', async () => {
    const { send, answer, linesTo } = start()
    const first = send(8_000)
    for (let port = 10_000; port < 10_000 + MANY; port++) {
      const other = send(port)
      answer(port)
      await other
    }
    void send(8_000, 1)
    expect(linesTo(8_000)).toBe(1)
    answer(8_000)
    void first
  })

  test('and all others are in flight as well', () => {
    const { send, linesTo } = start()
    void send(8_000)
    for (let port = 10_000; port < 10_000 + MANY; port++) void send(port)
    void send(8_000, 1)
    expect(linesTo(8_000)).toBe(1)
  })

  test('a line that is used is not the first to be forgotten', async () => {
    const { send, answer, linesTo } = start()
    for (let port = 10_000; port < 10_000 + MANY; port++) {
      for (const to of [8_000, port]) {
        const sent = send(to)
        answer(to)
        await sent
      }
    }
    expect([linesTo(8_000), linesTo(10_000)]).toEqual([1, 1])
    const sent = send(10_000)
    answer(10_000)
    await sent
    expect(linesTo(10_000)).toBe(2)
  })
})
