/** What the tests of the local API share: a peer with its web port, requests with its token, readers of its events. */
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { EventReader } from '../../support/event-reader.ts'
import { WebServer, type WebServerOptions } from '../../../src/peer/local-api/server.ts'
import { ask, type Answer, type Question } from '../../support/ask.ts'
import { startPeer } from '../../support/peers.ts'
import { until } from '../../support/wait.ts'
import type { PeerOptions, ChatPeer } from '../../../src/peer/peer.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

export const TOKEN = 'the-token-of-this-peer_0123456789-abcdefghi'

export interface RunningWeb {
  readonly peer: ChatPeer
  readonly web: WebServer
  readonly port: number
  /** What the peer told. */
  readonly events: readonly ChatEvent[]
  /** A request with the token, unless its headers say otherwise; an undefined one is left out. */
  readonly ask: (method: string, target: string, body?: unknown, headers?: Headers) => Promise<Answer>
}

type Headers = Readonly<Record<string, string | undefined>>

/** A peer with a web port on 127.0.0.1; stopped when the test is over. */
export async function startWeb(
  options: Partial<PeerOptions> & Pick<PeerOptions, 'name'>,
  web: Partial<WebServerOptions> = {},
): Promise<RunningWeb> {
  const servers: WebServer[] = []
  const events: ChatEvent[] = []
  const { peer } = await startPeer({
    ...options,
    onEvent: (event) => {
      events.push(event)
      for (const server of servers) server.show(event)
    },
  })
  const server = new WebServer({
    peer,
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    pages: undefined,
    clock: systemClock,
    random: Math.random,
    lan: () => undefined,
    onError: (error) => {
      throw new Error('an internal error', { cause: error })
    },
    ...web,
  })
  servers.push(server)
  for (const event of events) server.show(event)
  await server.listen()
  onTestFinished(() => server.close())
  const { port } = server.address
  return {
    peer,
    web: server,
    port,
    events,
    ask: (method, target, body, headers = {}) => ask(port, question(port, method, target, body, headers)),
  }
}

function question(
  port: number,
  method: string,
  target: string,
  body: unknown,
  { 'Content-Type': type, ...headers }: Headers,
): Question {
  const all: Headers = { Host: `127.0.0.1:${port}`, Authorization: `Bearer ${TOKEN}`, ...headers }
  const given = Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined)
  const text = typeof body === 'object' ? JSON.stringify(body) : (body as string | undefined)
  return {
    method,
    target,
    headers: Object.fromEntries(given),
    body: text,
    type,
  }
}

/** Two peers that know each other, each with a web port. */
export async function startTwo(): Promise<{ alice: RunningWeb; bob: RunningWeb }> {
  const bob = await startWeb({ name: 'bob' })
  const { host, port } = bob.peer.address
  const alice = await startWeb({ name: 'alice', peers: [{ host, port }] })
  await until(() => alice.peer.members('general').length === 1, 'alice sees bob')
  await until(() => bob.peer.members('general').length === 1, 'bob sees alice')
  return { alice, bob }
}

/** A reader of GET /api/events, once the answer has begun. */
export function readEvents(
  { port }: RunningWeb,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const url = `http://127.0.0.1:${port}/api/events${query}`
  return EventReader.open(url, { Authorization: `Bearer ${TOKEN}`, ...headers })
}
