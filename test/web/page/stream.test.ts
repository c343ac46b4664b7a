/** The event stream of the page: it reads on after a break, and says when events may be missing. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Refusal, Unreachable, type Api } from '../../../src/web/net/api.ts'
import { Stream } from '../../../src/web/net/stream.ts'

/** The server side of one connection. */
class Connection {
  readonly lastId: string
  readonly #controller: ReadableStreamDefaultController<Uint8Array>
  isAborted = false

  constructor(lastId: string, controller: ReadableStreamDefaultController<Uint8Array>) {
    this.lastId = lastId
    this.#controller = controller
  }

  send(id: string, event = 'message', data = '{}'): void {
    this.#controller.enqueue(new TextEncoder().encode(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`))
  }

  beat(): void {
    this.#controller.enqueue(new TextEncoder().encode(': beat\n\n'))
  }

  end(): void {
    this.#controller.close()
  }

  abort(): void {
    this.isAborted = true
    this.#controller.error(new Error('aborted'))
  }
}

class Events {
  readonly connections: Connection[] = []
  /** Instead of the next connections. */
  error: Error | undefined

  events(lastId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    if (this.error !== undefined) return Promise.reject(this.error)
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const connection = new Connection(lastId, controller)
        this.connections.push(connection)
        signal.addEventListener('abort', () => {
          connection.abort()
        })
      },
    })
    return Promise.resolve(body)
  }

  get last(): Connection {
    const last = this.connections.at(-1)
    if (last === undefined) throw new Error('no connection yet')
    return last
  }
}

let server: Events
let log: string[]
let stream: Stream

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('window', globalThis)
  server = new Events()
  log = []
  stream = new Stream(server as unknown as Api, 'e-0', {
    opened: () => log.push('opened'),
    alive: () => undefined,
    event: ({ event, id }, isGap) => log.push(`${event} ${id}${isGap ? ' gap' : ''}`),
    lost: (attempts) => log.push(`lost ${attempts}`),
    refused: () => log.push('refused'),
  })
})

afterEach(() => {
  stream.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

test('events arrive in order; after a break it asks for those since the last one', async () => {
  void stream.run()
  await after(0)
  server.last.send('e-1')
  server.last.send('e-2')
  await after(0)
  server.last.end()
  await after(1_000)
  expect(server.connections.map(({ lastId }) => lastId)).toEqual(['e-0', 'e-2'])
  expect(log).toEqual(['opened', 'message e-1', 'message e-2', 'lost 1', 'opened'])
})

test('a state that comes first means that events may be missing; a later one does not', async () => {
  void stream.run()
  await after(0)
  server.last.send('e-7', 'state')
  server.last.send('e-8', 'state')
  await after(0)
  expect(log).toEqual(['opened', 'state e-7 gap', 'state e-8'])
})

test('it tries again with growing pauses, and counts the attempts', async () => {
  server.error = new Unreachable()
  void stream.run()
  await after(0)
  expect(log).toEqual(['lost 1'])
  await after(10_000)
  const attempts = log.length
  expect(attempts).toBeGreaterThan(2)
  expect(log.at(-1)).toBe(`lost ${attempts}`)
  expect(attempts, 'pauses of at least half a second').toBeLessThan(20)
})

test('wake() ends the pause', async () => {
  server.error = new Unreachable()
  void stream.run()
  await after(0)
  server.error = undefined
  stream.wake()
  await after(0)
  expect(log).toEqual(['lost 1', 'opened'])
})

test('a stream that lasted begins to count anew', async () => {
  void stream.run()
  for (const lasts of [0, 0, 6_000]) {
    await after(lasts)
    server.last.end()
    await after(3_000)
  }
  expect(log.filter((line) => line.startsWith('lost'))).toEqual(['lost 1', 'lost 2', 'lost 1'])
})

test('a silent stream is given up; heartbeats keep it', async () => {
  void stream.run()
  await after(0)
  const [first] = server.connections
  for (let beats = 0; beats < 4; beats++) {
    await after(15_000)
    first?.beat()
    await after(0)
  }
  expect(first?.isAborted).toBe(false)
  await after(40_000)
  expect(first?.isAborted).toBe(true)
  await after(1_000)
  expect(server.connections).toHaveLength(2)
})

test('a wrong token ends it for good', async () => {
  server.error = new Refusal(401, { text: 'wrong', field: undefined })
  await stream.run()
  stream.wake()
  await after(60_000)
  expect(log).toEqual(['refused'])
})

test('another refusal does not', async () => {
  server.error = new Refusal(503, { text: 'busy', field: undefined })
  void stream.run()
  await after(0)
  server.error = undefined
  await after(1_000)
  expect(log).toEqual(['lost 1', 'opened'])
})

test('stop() closes the connection and makes no other', async () => {
  const running = stream.run()
  await after(0)
  stream.stop()
  await running
  await after(60_000)
  expect([server.last.isAborted, server.connections.length]).toEqual([true, 1])
  expect(log).toEqual(['opened'])
})
