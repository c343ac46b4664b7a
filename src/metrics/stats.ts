/**
 * Statistics of a running program, for programs of the same machine only:
 *
 * - `GET /stats`: JSON, for users and scripts. Shape: Stats.
 * - `GET /metrics`: the same for Prometheus.
 *
 * Only the counters cost anything between requests.
 */
import { isLoopback } from '../http/ip.ts'
import { ChatError } from '../chat/errors.ts'
import { rejectNamedHost, type HostNames } from '../http/csrf.ts'
import { json, type Routes } from '../http/router.ts'
import { nested, type Numbers } from './families.ts'
import type { Counters } from '../chat/counters.ts'
import type { Context, Handler, Request } from '../http/message.ts'

/** Numbers that are read at each request, by name: `peers`, or `outbox.waiting` of the family `outbox`. */
export type Gauges = Readonly<Record<string, () => number>>

export interface StatsOptions {
  readonly counters: Counters
  readonly gauges: Gauges
  /** Version of the program; left out of the answer if undefined. */
  readonly version?: string | undefined
  /** Host names that requests may name. */
  readonly hosts?: HostNames
  /** Whether a request comes from this machine. Default: it comes from loopback, or from the address it was sent to. */
  readonly isLocal?: (context: Context) => boolean
}

/** The answer of `GET /stats`. */
interface Stats {
  readonly status: 'ok'
  readonly version?: string | undefined
  /** Seconds since these routes were made. */
  readonly uptime: number
  readonly process: {
    readonly id: number
    /** Version of Node, such as `v20.20.2`. */
    readonly node: string
    /** Bytes: process.memoryUsage(). */
    readonly memory: NodeJS.MemoryUsage
    /** Seconds of processor time since the process began. */
    readonly processor: { readonly user: number; readonly system: number }
  }
  /** Current values: a number, or `{kind: number}` for a family such as `outbox.waiting`, `outbox.bytes`. */
  readonly gauges: Readonly<Record<string, number | Numbers>>
  /** Since the start, in the same shape: `{refused: {bad_request: 3}, messages: {received: 12}}`. */
  readonly counters: Readonly<Record<string, number | Numbers>>
}

export function statsRoutes({
  counters,
  gauges,
  version,
  hosts,
  isLocal = isFromHere,
}: StatsOptions): Routes {
  const startedAt = performance.now()

  const stats = (): Stats => ({
    status: 'ok',
    version,
    uptime: seconds(performance.now() - startedAt),
    process: ofProcess(),
    gauges: nested(readAll(gauges)),
    counters: nested(counters.all()),
  })

  /** Throws ChatError 403, or HttpError 403 or 421. */
  const onlyForHere = (request: Request, context: Context): void => {
    rejectNamedHost(request, hosts)
    if (!isLocal(context))
      throw new ChatError(403, 'local_only', 'only programs on this machine may ask how it is doing')
  }

  const asJson: Handler = (request, context) => {
    onlyForHere(request, context)
    return json(200, stats(), { 'Cache-Control': 'no-store' })
  }

  const asMetrics: Handler = async (request, context) => {
    onlyForHere(request, context)
    const { exposition } = await import('./prometheus.ts')
    const { contentType, text } = await exposition(counters.all(), readAll(gauges))
    return { status: 200, headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' }, body: text }
  }

  return { 'GET /stats': asJson, 'GET /metrics': asMetrics }
}

function isFromHere({ remote, local }: Context): boolean {
  return isLoopback(remote.host) || remote.host === local.host
}

function readAll(gauges: Gauges): Numbers {
  return Object.fromEntries(Object.entries(gauges).map(([name, read]) => [name, read()]))
}

function ofProcess(): Stats['process'] {
  const { user, system } = process.cpuUsage()
  return {
    id: process.pid,
    node: process.version,
    memory: process.memoryUsage(),
    processor: { user: seconds(user / 1000), system: seconds(system / 1000) },
  }
}

/** Seconds from milliseconds, rounded to the millisecond. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000
}
