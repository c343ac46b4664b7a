/**
 * Where a peer takes what comes in over HTTP: listens, limits how much one host may send, counts what was taken and
 * what was refused, and shows the counts to programs of this machine.
 */
import { Counters } from '../chat/counters.ts'
import { knowsPersistence } from '../http/request-parser.ts'
import { Router } from '../http/router.ts'
import { statsRoutes, type Gauges } from '../metrics/stats.ts'
import { peerRoutes, type PeerApiOptions } from './api.ts'
import { listenAnywhere, type ListenWanted } from './listen.ts'
import { peerPage } from './port-page.ts'
import { ReachCheck } from './reach-check.ts'
import { Spending } from './spending.ts'
import { VERSION } from './version.ts'
import type { HttpNetwork, HttpServer } from '../http/network.ts'
import type { ServerOptions } from '../http/server.ts'

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
    const { api, gauges, now, wall, network, server, listen } = this.#options
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
        this.#spending.spend(on, from, count, now())
      },
    })
    const stats = statsRoutes({ counters, gauges, version: VERSION })
    const router = new Router({ ...routes, ...stats }, { onRefused, page: peerPage })
    return listenAnywhere(listen, (at) =>
      network.listen(router.handle, {
        ...server,
        ...at,
        onRefused,
        onHead: router.early,
        mayPersist: knowsPersistence,
      }),
    )
  }

  sweep(now: number): void {
    this.#spending.sweep(now)
  }
}
