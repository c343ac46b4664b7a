/**
 * Where a peer takes what comes in over HTTP: listens, limits how much one host may send, counts what was taken and
 * what was refused, and shows the counts to programs of this machine.
 */
import { hostname } from 'node:os'
import { Counters } from '../chat/counters.ts'
import { hostNames, machineNames, refusePages } from '../http/browsers.ts'
import { Router } from '../http/router.ts'
import { statsRoutes, type Gauges } from '../metrics/stats.ts'
import { peerRoutes, type PeerApiOptions } from './api.ts'
import { listenAnywhere } from './listen.ts'
import { ReachCheck } from './reach-check.ts'
import { Spending, type Spent } from './spending.ts'
import { VERSION } from './version.ts'
import type { HttpNetwork, HttpServer } from '../http/network.ts'
import type { Context, Handler, Request, Response } from '../http/message.ts'
import type { ServerOptions } from '../http/server.ts'

/** Refused for what is in the body. */
const FAULTY = new Set([400, 413, 415, 422])

export interface ReceptionOptions {
  readonly api: Omit<PeerApiOptions, 'check' | 'spend' | 'onRefused'>
  readonly gauges: Gauges
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly network: HttpNetwork
  readonly server: ServerOptions
  /** Where to listen, and the port of last time (NaN: none): as for listenAnywhere(). */
  readonly host: string
  readonly port: number | undefined
  readonly before: number
  /** Names under which this machine may be asked for, beside its own. */
  readonly allowHosts: readonly string[]
}

export class Reception {
  readonly #options: ReceptionOptions
  readonly #counters = new Counters()
  readonly #spending = new Spending()

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  /** Rejects with the error of listen(2). */
  async open(): Promise<{ readonly server: HttpServer; readonly host: string }> {
    const { api, gauges, now, network, server, host, port, before, allowHosts } = this.#options
    const counters = this.#counters
    const onRefused = (code: string): void => {
      counters.count(`refused.${code}`)
    }
    const reach = new ReachCheck({ network, now })
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
    const guard = (request: Request, { remote }: Context): void => {
      refusePages(request, hosts)
      this.#spending.checkRefusals(remote.host, now())
    }
    const router = new Router({ ...routes, ...stats }, { onRefused, guard })
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
    return listenAnywhere(host, port, before, (at) => network.listen(handle, { ...server, onRefused, ...at }))
  }

  /** Takes what this host may still send now. Throws Refused 429. */
  spend(on: Spent, host: string, count: number): void {
    this.#spending.spend(on, host, count, this.#options.now())
  }

  sweep(now: number): void {
    this.#spending.sweep(now)
  }
}
