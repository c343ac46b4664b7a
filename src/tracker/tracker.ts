/**
 * A running tracker: registry, routes, server, a timer that sweeps, and metrics.
 */
import { hostname } from 'node:os'
import { TIMES } from '../chat/limits.ts'
import { addressKey, type Peer } from '../chat/model.ts'
import { Counters } from '../chat/counters.ts'
import { ClientError } from '../http/client-connection.ts'
import { EventFeed } from '../http/events.ts'
import { hostNames, machineNames, refuseHosts, rejectCrossSite } from '../http/csrf.ts'
import { AllowedOrigins } from '../http/cors.ts'
import { knowsPersistence, type RequestHead } from '../http/codec/request-parser.ts'
import { Router } from '../http/router.ts'
import { TCP, type HttpClient, type HttpNetwork, type HttpServer } from '../http/network.ts'
import { statsRoutes, type Gauges } from '../metrics/stats.ts'
import { trackerRoutes } from './routes/routes.ts'
import { trackerPage } from './port-page.ts'
import type { Forwarded } from './routes/relay.ts'
import { randomHex, type Random } from '../chat/random.ts'
import { RateLimit, type Rate } from '../chat/rate-limit.ts'
import { Registry, type RegistryChange, type RegistryLimits } from './registry.ts'
import { SecureDoor } from '../secure/door.ts'
import { onlySentence, refuseAlike, refuseStrangers } from '../secure/closed.ts'
import { securedBy } from '../secure/initiator.ts'
import type { SecureSelf } from '../secure/self.ts'
import type { ServerOptions } from '../http/server.ts'
import type { Clock } from '../chat/clock.ts'
import type { Address, Context, Response } from '../http/message.ts'

export interface TrackerOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly random?: Random
  /** Its key, and how it proves it. Undefined: it makes no secure connections. */
  readonly secure?: SecureSelf
  /** Default: TCP. */
  readonly network?: HttpNetwork
  /** Blocks (CIDR) whose hosts may register other addresses than their own. */
  readonly allowAnnounce?: readonly string[]
  /** Host names that requests may name, beside those of this machine. */
  readonly allowHosts?: readonly string[]
  /** Origins whose pages may use this tracker, as browsers send them (RFC 6454 section 6.2). */
  readonly allowOrigins?: readonly string[]
  readonly requests?: Rate
  readonly registrations?: Rate
  /** Overrides of LIMITS. */
  readonly limits?: Partial<RegistryLimits>
  /** Version of the program, for `GET /stats`. */
  readonly version?: string
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits'>
  readonly onChange?: (change: RegistryChange) => void
  readonly onError?: (error: unknown) => void
}

export class Tracker implements AsyncDisposable {
  /** Requests by endpoint, refusals by reason, forwarded messages, internal errors. */
  readonly counters = new Counters()
  readonly #clock: Clock
  readonly #client: HttpClient
  readonly #feed: EventFeed
  readonly #registry: Registry
  readonly #requests: RateLimit
  readonly #registrations: RateLimit
  readonly #door: SecureDoor | undefined
  readonly #checking = new Set<string>()
  #server: HttpServer | undefined
  #cancelSweep: () => void = () => undefined

  private constructor(options: TrackerOptions) {
    const { clock, random = Math.random, network = TCP, secure: self } = options
    this.#clock = clock
    const timeouts = { connect: 2_000, answer: 2_000 }
    this.#client = network.client(self === undefined ? { timeouts } : { timeouts, ...securedBy(self) })
    const onFailed = (): void => {
      this.counters.count('refused.handshake')
    }
    this.#door = self === undefined ? undefined : new SecureDoor({ self, clock, onFailed })
    this.#feed = new EventFeed(randomHex(random, 12), clock)
    this.#requests = new RateLimit(options.requests ?? { perSecond: 20, burst: 40 })
    this.#registrations = new RateLimit(options.registrations ?? { perSecond: 1, burst: 10 })
    this.#registry = new Registry((change) => {
      this.#feed.publish(change.channel, change.kind, change)
      options.onChange?.(change)
    }, options.limits)
  }

  /** Rejects with the error of listen(2). */
  static async start(options: TrackerOptions): Promise<Tracker> {
    const tracker = new Tracker(options)
    const { counters } = tracker
    const routes = trackerRoutes({
      counters,
      registry: tracker.#registry,
      feed: tracker.#feed,
      now: () => options.clock.now(),
      wall: () => options.clock.wall(),
      requests: tracker.#requests,
      registrations: tracker.#registrations,
      allowAnnounce: options.allowAnnounce ?? [],
      forward: (peer, body) => tracker.#forward(peer, body),
      key: options.secure?.keys.id,
    })
    const { host, port, allowHosts = [], allowOrigins = [], onError = console.error } = options
    const hosts = hostNames([...machineNames(hostname()), ...allowHosts])
    const stats = statsRoutes({ counters, gauges: tracker.#gauges, version: options.version, hosts })
    const onRefused = (code: string): void => {
      counters.count(`refused.${code}`)
    }
    const methods = Object.keys(routes).map((route) => route.slice(0, route.indexOf(' ')))
    const origins = new AllowedOrigins(allowOrigins, methods)
    // A page of another site may not act in the name of the user who looks at it.
    const guard = (head: RequestHead, context: Context): Response | undefined => {
      const { secure } = options
      const answer = secure && refuseStrangers(secure, head, context)
      if (answer !== undefined) return answer
      refuseAlike(secure, context, () => {
        refuseHosts(head, hosts)
        if (!origins.has(head)) rejectCrossSite(head)
      })
      return origins.preflight(head)
    }
    const router = new Router(
      { ...routes, ...tracker.#door?.routes, ...stats },
      { onRefused, guard, page: trackerPage },
    )
    tracker.#server = await (options.network ?? TCP).listen(router.handle, {
      ...options.server,
      host,
      port,
      onRefused,
      onHead: router.early,
      onlyAnswer: options.secure && onlySentence(options.secure),
      ...(allowOrigins.length === 0 ? {} : { addHeaders: origins.addHeaders }),
      mayPersist: knowsPersistence,
      onError: (error) => {
        counters.count('errors')
        onError(error)
      },
    })
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

  get #gauges(): Gauges {
    return {
      peers: () => this.#registry.size,
      channels: () => this.#registry.channelCount,
      connections: () => this.#server?.connections ?? 0,
      'feed.readers': () => this.#feed.readers,
      'stored.bytes': () => this.#registry.storedBytes,
    }
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const peer of this.#registry.sweep(now)) void this.#check(peer)
    this.#requests.sweep(now)
    this.#registrations.sweep(now)
    this.#door?.sweep(now)
    this.#cancelSweep = this.#clock.after(TIMES.sweep, () => {
      this.#sweep()
    })
  }

  /** Keeps a peer without heartbeats as long as its port answers in any way. */
  async #check(peer: Peer): Promise<void> {
    const id = addressKey(peer)
    if (this.#checking.has(id)) return
    this.#checking.add(id)
    const renewedAt = this.#registry.get(id)?.renewedAt
    const alive = await this.#answers(peer)
    this.#checking.delete(id)
    if (alive) this.#registry.renew(id, this.#clock.now())
    // It may have renewed its lease meanwhile.
    else if (this.#registry.get(id)?.renewedAt === renewedAt) this.#registry.leave(id, 'timed out')
  }

  async #answers({ ip, port }: Peer): Promise<boolean> {
    try {
      await this.#client.request({ host: ip, port }, { method: 'GET', target: '/p2p/hello', headers: NAMED })
      return true
    } catch (error) {
      // Any answer, even a wrong one, shows that a program is there.
      return error instanceof ClientError && (error.code === 'protocol' || error.code === 'closed')
    }
  }

  async #forward(peer: Peer, body: string): Promise<Forwarded> {
    const error = await this.#post(peer, body)
    this.counters.count(error === undefined ? 'forwarded.delivered' : 'forwarded.failed')
    const forwarded = { peer: addressKey(peer), ok: error === undefined }
    return error === undefined ? forwarded : { ...forwarded, error }
  }

  /** Why the message was not delivered; undefined if it was. */
  async #post({ ip, port, key }: Peer, body: string): Promise<string | undefined> {
    try {
      const request = { method: 'POST', target: '/p2p/receive', headers: JSON_FIELDS, body }
      const { status } = await this.#client.request({ host: ip, port, key }, request)
      return status === 200 ? undefined : `answered ${status}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

const NAMED = Object.freeze({ 'User-Agent': 'parley/tracker' })
const JSON_FIELDS = Object.freeze({ 'Content-Type': 'application/json', ...NAMED })
