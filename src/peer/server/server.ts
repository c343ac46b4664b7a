/**
 * The port for peers: listens, takes the routes of the features, limits what each host may send, counts what was
 * accepted and refused, and shows the counts to programs of this machine.
 */
import { hostname } from 'node:os'
import { hostNames, machineNames, rejectNamedHost, type HostNames } from '../../http/csrf.ts'
import { knowsPersistence, type RequestHead } from '../../http/codec/request-parser.ts'
import { Router, type Routes } from '../../http/router.ts'
import { statsRoutes, type Gauges } from '../../metrics/stats.ts'
import { onlySentence, refuseAlike, refuseStrangers } from '../../secure/closed.ts'
import { listenAnywhere } from '../self/listen.ts'
import { VERSION } from '../self/version.ts'
import { peerPage } from './port-page.ts'
import type { Counters } from '../../chat/counters.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Context, Handler, Response } from '../../http/message.ts'
import type { HttpNetwork, HttpServer } from '../../http/network.ts'
import type { Store } from '../../store/store.ts'
import type { Entrances } from '../closed/entrances.ts'
import type { Channels } from '../channels.ts'
import type { Events } from '../events.ts'
import type { Feature } from '../feature.ts'
import type { Hush } from '../hush/hush.ts'
import type { PeerOptions } from '../options.ts'
import type { Self } from '../self/self.ts'
import { provedKey } from './request-rules.ts'
import type { Quotas } from './quotas.ts'

/** Status codes of requests that are refused for their body. */
const FAULTY = new Set([400, 413, 415, 422])

/** Where messages arrive: what a blocked person sends there is counted. */
const MESSAGES = new Set(['/p2p/receive', '/p2p/batch', '/receive', '/receive-message', '/send-peer'])

/** Exchanges in progress may finish within this time when the peer stops: milliseconds. */
const GRACE = 1_000

/** Setting: the port of the last run. */
const PORT = 'port'

export interface PeerServerOptions {
  readonly options: PeerOptions
  readonly network: HttpNetwork
  readonly self: Self
  readonly channels: Channels
  readonly presence: PresenceView
  readonly store: Store
  readonly events: Events
  readonly quotas: Quotas
  readonly counters: Counters
  readonly hush: Pick<Hush, 'refuseProved'>
  readonly entrances: Pick<Entrances, 'refuseOutdated'>
}

export class PeerServer implements Feature {
  readonly #options: PeerServerOptions
  readonly #hosts: HostNames
  #server: HttpServer | undefined

  constructor(options: PeerServerOptions) {
    this.#options = options
    this.#hosts = hostNames([...machineNames(hostname()), ...(options.options.allowHosts ?? [])])
  }

  /** From now on `self` has an address. Rejects with the error of listen(2). */
  async listen(routes: Routes): Promise<void> {
    const { options, network, self, store, events } = this.#options
    const { host, port, hasFallback = false, server, onError } = options
    const router = this.#router(routes)
    const listening = await listenAnywhere(
      { host, port, hasFallback, before: Number(store.setting(PORT) ?? NaN) },
      (at) =>
        network.listen(this.#charged(router.handle), {
          ...server,
          ...(onError === undefined ? {} : { onError }),
          ...at,
          onRefused: this.#count,
          onHead: router.early,
          onlyAnswer: onlySentence(options.secure),
          mayPersist: knowsPersistence,
        }),
    )
    this.#server = listening.server
    self.listensAt(listening.server.address)
    store.set(PORT, String(self.address.port))
    if (listening.host === host) return
    const text = `WARNING: this machine has no address ${host}; listening on ${listening.host} instead: every network can reach this peer`
    events.emit({ kind: 'notice', text })
  }

  async stop(): Promise<void> {
    await this.#server?.close(GRACE)
  }

  sweep(now: number): void {
    this.#options.quotas.sweep(now)
  }

  #router(routes: Routes): Router {
    const { quotas, counters, options, hush, entrances } = this.#options
    const stats = statsRoutes({ counters, gauges: this.#gauges, version: VERSION, hosts: this.#hosts })
    const guard = (head: RequestHead, context: Context): Response | undefined => {
      const answer = refuseStrangers(options.secure, head, context)
      refuseAlike(options.secure, context, () => {
        rejectNamedHost(head, this.#hosts)
      })
      quotas.checkRefusals(context.remote.host)
      const key = provedKey(context)
      if (key !== undefined) hush.refuseProved(key, MESSAGES.has(head.path))
      entrances.refuseOutdated(context)
      return answer
    }
    return new Router({ ...routes, ...stats }, { onRefused: this.#count, guard, page: peerPage })
  }

  /** Counts faulty requests against their host: reading them costs as much as reading others. */
  #charged(handle: Handler): Handler {
    const charge = (answer: Response, from: string): Response => {
      if (FAULTY.has(answer.status)) this.#options.quotas.refused(from)
      return answer
    }
    return (request, context) => {
      const answer = handle(request, context)
      const from = context.remote.host
      return answer instanceof Promise
        ? answer.then((settled) => charge(settled, from))
        : charge(answer, from)
    }
  }

  readonly #count = (code: string): void => {
    this.#options.counters.count(`refused.${code}`)
  }

  get #gauges(): Gauges {
    const { presence, channels, store } = this.#options
    return {
      connections: () => this.#server?.connections ?? 0,
      peers: () => presence.peers.length,
      channels: () => channels.joined.length,
      'outbox.waiting': () => store.unsettled().filter(({ waiting }) => waiting.length > 0).length,
      'outbox.failed': () => store.unsettled().filter(({ failed }) => failed.length > 0).length,
      'store.problem': () => (store.problem === undefined ? 0 : 1),
    }
  }
}
