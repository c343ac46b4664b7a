/**
 * The tracker's routes without a socket, for what loopback cannot show: requests from other hosts.
 */
import { EventFeed } from '../../src/http/events.ts'
import { Headers } from '../../src/http/headers.ts'
import { Router } from '../../src/http/router.ts'
import { trackerRoutes } from '../../src/tracker/routes/routes.ts'
import { Counters } from '../../src/chat/counters.ts'
import { RateLimit, type Rate } from '../../src/chat/rate-limit.ts'
import { Registry, type RegistryChange } from '../../src/tracker/registry.ts'
import { type Json } from '../support/ask.ts'
import { ManualClock } from '../support/clock.ts'
import type { Peer } from '../../src/chat/model.ts'
import type { KeyId } from '../../src/identity/public-key.ts'
import type { Request } from '../../src/http/message.ts'

export interface DirectOptions {
  readonly requests?: Rate
  readonly registrations?: Rate
  readonly allowAnnounce?: readonly string[]
}

/** A host whose connection proved a key. */
export interface Proved {
  readonly host: string
  readonly key: KeyId
}

const PLENTY: Rate = { perSecond: 1, burst: 1e9 }

/** Routes, what they forwarded, and a way to ask them from any address. */
export class DirectTracker {
  readonly clock = new ManualClock()
  /** What happened in channels. */
  readonly changes: RegistryChange[] = []
  readonly registry = new Registry((change) => this.changes.push(change))
  readonly counters = new Counters()
  readonly forwarded: { readonly peer: Peer; readonly body: Json }[] = []
  readonly #router: Router

  constructor(options: DirectOptions = {}) {
    const routes = trackerRoutes({
      counters: this.counters,
      registry: this.registry,
      feed: new EventFeed('test', this.clock),
      now: () => this.clock.now(),
      wall: () => this.clock.wall(),
      requests: new RateLimit(options.requests ?? PLENTY),
      registrations: new RateLimit(options.registrations ?? PLENTY),
      allowAnnounce: options.allowAnnounce ?? [],
      forward: async (peer, body) => {
        this.forwarded.push({ peer, body: JSON.parse(body) as Json })
        return Promise.resolve({ peer: peer.name, ok: true })
      },
    })
    this.#router = new Router(routes)
  }

  /** A request from a host: 'POST /path' with a body, or 'GET /path'. Rejects when the handler throws. */
  async ask(from: string | Proved, route: string, body?: unknown, signal = new AbortController().signal) {
    const { host, key } = typeof from === 'string' ? { host: from, key: undefined } : from
    const context = {
      signal,
      remote: { host, port: 50_000 },
      local: { host: '10.0.0.1', port: 9001 },
      peer: key === undefined ? undefined : { id: key, kind: 'peer' as const },
    }
    const response = await this.#router.handle(requestOf(route, body), context)
    const json = typeof response.body === 'string' ? (JSON.parse(response.body) as Json) : {}
    return { status: response.status, headers: response.headers ?? {}, json }
  }
}

function requestOf(route: string, body: unknown): Request {
  const [method = '', target = ''] = route.split(' ')
  const [path = '', query = ''] = target.split('?')
  return {
    method,
    target,
    path,
    query,
    host: '10.0.0.1:9001',
    version: '1.1',
    headers: Headers.of([['User-Agent', 'curl/8']]),
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    trailers: Headers.none,
    keepAlive: true,
  }
}
