/**
 * Where a peer takes what comes in over HTTP: listens, limits how much one host may send, counts what was taken and
 * what was refused, and shows the counts to programs of this machine.
 */
import { hostname } from 'node:os'
import { Counters } from '../../chat/counters.ts'
import { hostNames, machineNames, rejectNamedHost } from '../../http/csrf.ts'
import { knowsPersistence, type RequestHead } from '../../http/codec/request-parser.ts'
import { Router } from '../../http/router.ts'
import { statsRoutes, type Gauges } from '../../metrics/stats.ts'
import { peerRoutes, type PeerApiOptions } from './routes.ts'
import { listenAnywhere, type ListenWanted } from '../self/listen.ts'
import { peerPage } from './port-page.ts'
import { ReachCheck } from '../self/reach-check.ts'
import { Quotas, type QuotaKind } from './quotas.ts'
import { VERSION } from '../self/version.ts'
import type { HttpNetwork, HttpServer } from '../../http/network.ts'
import type { Context, Handler, Response } from '../../http/message.ts'
import type { ServerOptions } from '../../http/server.ts'

/** Refused for what is in the body. */
const FAULTY = new Set([400, 413, 415, 422])

export interface ReceptionOptions {
  readonly api: Omit<PeerApiOptions, 'check' | 'spend' | 'onRefused'>
  readonly gauges: Gauges
  /** For rates, in milliseconds: as Clock.now(). */
  readonly now: () => number
  /** Unix time in milliseconds, as Clock.wall(). */
  readonly wall: () => number
  readonly network: HttpNetwork
  readonly server: ServerOptions
  readonly listen: ListenWanted
  /** Names under which this machine may be asked for, beside its own. */
  readonly allowHosts: readonly string[]
}

export class PeerServer {
  readonly #options: ReceptionOptions
  readonly #counters = new Counters()
  readonly #spending = new Quotas()

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  /** Rejects with the error of listen(2). */
  async open(): Promise<{ readonly server: HttpServer; readonly host: string }> {
    const { api, gauges, now, wall, network, server, listen, allowHosts } = this.#options
    const counters = this.#counters
    const onRefused = (code: string): void => {
      counters.count(`refused.${code}`)
    }
    const reach = new ReachCheck({ network, now: wall })
    const routes = peerRoutes({
      ...api,
      onRefused,
      receive: (message, from) => {
        const received = api.receive(message, from)
        counters.count(`messages.${received.verdict}`)
        return received
      },
      check: (wanted, from) => reach.check(wanted, from),
      spend: (on, from, count) => {
        this.spend(on, from, count)
      },
    })
    const hosts = hostNames([...machineNames(hostname()), ...allowHosts])
    const stats = statsRoutes({ counters, gauges, version: VERSION, hosts })
    const guard = (head: RequestHead, { remote }: Context): undefined => {
      rejectNamedHost(head, hosts)
      this.#spending.checkRefusals(remote.host, now())
    }
    const router = new Router({ ...routes, ...stats }, { onRefused, guard, page: peerPage })
    /** Reading what is refused costs as much as reading what is not. */
    const charged = (answer: Response, from: string): Response => {
      if (FAULTY.has(answer.status)) this.#spending.refused(from, now())
      return answer
    }
    const handle: Handler = (request, context) => {
      const answer = router.handle(request, context)
      const { remote } = context
      return answer instanceof Promise
        ? answer.then((settled) => charged(settled, remote.host))
        : charged(answer, remote.host)
    }
    return listenAnywhere(listen, (at) =>
      network.listen(handle, {
        ...server,
        ...at,
        onRefused,
        onHead: router.early,
        mayPersist: knowsPersistence,
      }),
    )
  }

  /** Takes what this host may still send now. Throws Refused 429. */
  spend(on: QuotaKind, host: string, count: number): void {
    this.#spending.spend(on, host, count, this.#options.now())
  }

  sweep(now: number): void {
    this.#spending.sweep(now)
  }
}
