/**
 * What the tests of a peer share: a clock driven by hand that lets promises take their turn, running peers that
 * write down what they were told, and trackers that answer whatever a test wants.
 */
import { createServer, type AddressInfo, type Server } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/cli/system/clock.ts'
import { ChatPeer, type PeerOptions } from '../../src/peer/peer.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { freePort } from '../../scripts/free-port.ts'
import { until } from '../support/wait.ts'
import type { Clock } from '../../src/chat/clock.ts'
import type { ChatEvent, Peer } from '../../src/chat/model.ts'
import type { Store } from '../../src/store/store.ts'

export { freePort }

/** Nobody listens there: programs begin at 8000, and peers of tests at 10 100. */
export const ALICE: Peer = { ip: '127.0.0.1', port: 7001, name: 'alice' }
export const BOB: Peer = { ip: '127.0.0.1', port: 7002, name: 'bob' }
export const CAROL: Peer = { ip: '127.0.0.1', port: 7003, name: 'carol' }

/** A store that is gone with the test. */
export async function memoryStore(clock: Clock = systemClock): Promise<Store> {
  const store = await openStore({
    path: ':memory:',
    clock,
    random: Math.random,
    defer: setImmediate,
    keepHistory: true,
  })
  onTestFinished(() => {
    store.close()
  })
  return store
}

/** A peer of a test, and everything it was told. */
export interface Watched {
  readonly peer: ChatPeer
  readonly events: readonly ChatEvent[]
  /** Texts it was sent, in order, with who said them: `bob: hello`. */
  readonly heard: () => string[]
}

type Wanted = Partial<PeerOptions> & Pick<PeerOptions, 'name'>

/** A running peer on a free port of 127.0.0.1; stopped when the test is over. */
export async function startPeer(options: Wanted): Promise<Watched> {
  const events: ChatEvent[] = []
  const peer = await ChatPeer.start({
    host: '127.0.0.1',
    port: await freePort(),
    clock: systemClock,
    store: await memoryStore(options.clock),
    onEvent: (event) => {
      events.push(event)
    },
    onError: (error) => {
      throw new Error('a mistake of ours', { cause: error })
    },
    ...options,
  })
  onTestFinished(() => peer.close())
  const heard = (): string[] =>
    events.flatMap((event) =>
      event.kind === 'message' && !event.own ? [`${event.message.from.name}: ${event.message.text}`] : [],
    )
  return { peer, events, heard }
}

/** Waits until this peer knows that these are the others in a channel. */
export async function knows({ peer }: Watched, channel: string, names: readonly string[]): Promise<void> {
  const wanted = [...names].sort().join()
  const members = (): string =>
    peer
      .members(channel)
      .map(({ name }) => name)
      .sort()
      .join()
  await until(() => members() === wanted, `${peer.self.name} sees ${wanted} in #${channel}, not ${members()}`)
}

/** A request to a scripted tracker. */
export interface Asked {
  readonly method: string
  readonly target: string
  /** The body as JSON; an empty object when there is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** It came in one piece, as whoever reads with one recv() needs it. */
  readonly whole: boolean
}

/** A status and JSON; or the bytes of an answer, as they are. */
export type Scripted = readonly [status: number, body: unknown] | string

export interface ScriptedTracker {
  readonly port: number
  readonly asked: readonly Asked[]
}

/** A tracker that says what its test tells it. It reads once, answers once and closes, as the first programs do. */
export async function scriptedTracker(
  answer: (asked: Asked) => Scripted,
  port = 0,
): Promise<ScriptedTracker> {
  const asked: Asked[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      const request = readOnce(bytes.toString())
      asked.push(request)
      socket.end(encode(answer(request)))
    })
  })
  await listening(server, port)
  onTestFinished(() => {
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

/** A port of 127.0.0.1 where GET /p2p/hello is answered as a peer does. */
export async function answeringPeer(hello: object = {}): Promise<number> {
  const { port } = await scriptedTracker(() => [200, { app: 'parley', name: 'bob', port, ...hello }])
  return port
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

function readOnce(text: string): Asked {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [method = '', target = ''] = head.split(' ')
  const length = Number(/^content-length: ([0-9]+)/im.exec(head)?.[1] ?? 0)
  const whole = text.includes('\r\n\r\n') && Buffer.byteLength(body) === length
  return { method, target, whole, body: whole && length > 0 ? (JSON.parse(body) as Asked['body']) : {} }
}

function encode(scripted: Scripted): string {
  if (typeof scripted === 'string') return scripted
  const [status, value] = scripted
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  const head = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`
  return `${head}\r\nConnection: close\r\n\r\n${body}`
}
