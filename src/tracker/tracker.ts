/**
 * Registry + api + Server + a timer that sweeps = a running tracker.
 */
import { randomBytes } from 'node:crypto'
import { TIMES } from '../chat/limits.ts'
import { peerId, type Peer } from '../chat/model.ts'
import { Client } from '../http/client.ts'
import { ClientError } from '../http/client-connection.ts'
import { EventFeed } from '../http/events.ts'
import { Router } from '../http/router.ts'
import { Server, type ServerOptions } from '../http/server.ts'
import { trackerRoutes, type Forwarded } from './api.ts'
import { RateLimit, type Rate } from '../chat/rate-limit.ts'
import { Registry, type RegistryChange } from './registry.ts'
import type { Clock } from '../chat/clock.ts'
import type { Address } from '../http/message.ts'

export interface TrackerOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  /** Blocks (CIDR) whose hosts may register other addresses than their own. */
  readonly allowAnnounce?: readonly string[]
  readonly requests?: Rate
  readonly registrations?: Rate
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits'>
  readonly onChange?: (change: RegistryChange) => void
  readonly onError?: (error: unknown) => void
}

export class Tracker implements AsyncDisposable {
  readonly #clock: Clock
  readonly #client = new Client({ timeouts: { connect: 2_000, answer: 2_000 } })
  readonly #feed = new EventFeed(randomBytes(6).toString('hex'))
  readonly #registry: Registry
  readonly #requests: RateLimit
  readonly #registrations: RateLimit
  readonly #checking = new Set<string>()
  #server: Server | undefined
  #cancelSweep: () => void = () => undefined

  private constructor(options: TrackerOptions) {
    this.#clock = options.clock
    this.#requests = new RateLimit(options.requests ?? { perSecond: 20, burst: 40 })
    this.#registrations = new RateLimit(options.registrations ?? { perSecond: 1, burst: 10 })
    this.#registry = new Registry((change) => {
      this.#feed.publish(change.channel, change.kind, change)
      options.onChange?.(change)
    })
  }

  /** Rejects with the error of listen(2). */
  static async start(options: TrackerOptions): Promise<Tracker> {
    const tracker = new Tracker(options)
    const routes = trackerRoutes({
      registry: tracker.#registry,
      feed: tracker.#feed,
      now: () => options.clock.now(),
      requests: tracker.#requests,
      registrations: tracker.#registrations,
      allowAnnounce: options.allowAnnounce ?? [],
      forward: (peer, body) => tracker.#forward(peer, body),
    })
    const { host, port, onError } = options
    const server = { ...options.server, host, port, ...(onError === undefined ? {} : { onError }) }
    tracker.#server = await Server.listen(new Router(routes).handle, server)
    tracker.#sweep()
    return tracker
  }

  get address(): Address {
    if (this.#server === undefined) throw new Error('not started')
    return this.#server.address
  }

  get registry(): Registry {
    return this.#registry
  }

  async close(): Promise<void> {
    this.#cancelSweep()
    this.#feed.close()
    await this.#server?.close()
    this.#client.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const peer of this.#registry.sweep(now)) void this.#check(peer)
    this.#requests.sweep(now)
    this.#registrations.sweep(now)
    this.#cancelSweep = this.#clock.after(TIMES.sweep, () => {
      this.#sweep()
    })
  }

  /** A peer that knows no heartbeats stays as long as its port answers in some way. */
  async #check(peer: Peer): Promise<void> {
    const id = peerId(peer)
    if (this.#checking.has(id)) return
    this.#checking.add(id)
    const renewedAt = this.#registry.get(id)?.renewedAt
    const alive = await this.#answers(peer)
    this.#checking.delete(id)
    if (alive) this.#registry.renew(id, this.#clock.now())
    // It may have come back while we asked.
    else if (this.#registry.get(id)?.renewedAt === renewedAt) this.#registry.leave(id, 'timed out')
  }

  async #answers({ ip, port }: Peer): Promise<boolean> {
    try {
      await this.#client.request({ host: ip, port }, { method: 'GET', target: '/p2p/hello', headers: NAMED })
      return true
    } catch (error) {
      // Whatever it was that it said, somebody is there.
      return error instanceof ClientError && (error.code === 'protocol' || error.code === 'closed')
    }
  }

  async #forward(peer: Peer, body: string): Promise<Forwarded> {
    const name = peerId(peer)
    try {
      const request = { method: 'POST', target: '/p2p/receive', headers: JSON_FIELDS, body }
      const { status } = await this.#client.request({ host: peer.ip, port: peer.port }, request)
      return status === 200
        ? { peer: name, ok: true }
        : { peer: name, ok: false, error: `answered ${status}` }
    } catch (error) {
      return { peer: name, ok: false, error: error instanceof Error ? error.message : String(error) }
    }
  }
}

const NAMED = Object.freeze({ 'User-Agent': 'parley/tracker' })
const JSON_FIELDS = Object.freeze({ 'Content-Type': 'application/json', ...NAMED })
