/**
 * The tracker's endpoints. Shapes: docs/protocol.md.
 *
 * Every answer has the fields of legacy clients first and those of Parley last. A request is counted against its host
 * before its body is read, and by its endpoint.
 */
import { bodyFields, formFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { Access, type AccessOptions } from '../access.ts'
import { FeedRoutes } from './feed.ts'
import { ListRoutes } from './lists.ts'
import { MemberRoutes } from './members.ts'
import { RelayRoutes, type RelayOptions } from './relay.ts'
import type { Endpoint, Endpoints } from './asked.ts'
import type { Counters } from '../../chat/counters.ts'
import type { EventFeed } from '../../http/events.ts'
import type { Handler } from '../../http/message.ts'
import type { Registry } from '../registry.ts'

export interface TrackerRoutesOptions extends AccessOptions, Omit<RelayOptions, 'access'> {
  readonly registry: Registry
  readonly feed: EventFeed
  /** For leases and rates, in milliseconds: as Clock.now(). */
  readonly now: () => number
  /** Counts the requests to each endpoint, as `requests.get-list`. */
  readonly counters: Counters
}

export function trackerRoutes(options: TrackerRoutesOptions): Routes {
  const { registry, feed, now, wall, forward, counters } = options
  const access = new Access(options)

  const paid = (name: string, answer: Endpoint): Handler => {
    const counter = `requests.${name}`
    return (request, context) => {
      counters.count(counter)
      const from = context.remote.host
      const time = now()
      access.payForRequest(from, time)
      const fields = request.body.length === 0 ? {} : bodyFields(request)
      return answer({ fields, query: formFields(request.query), from, now: time, request, context })
    }
  }

  const endpoints: Endpoints = {
    ...new MemberRoutes(registry, access).endpoints,
    ...new ListRoutes(registry).endpoints,
    ...new RelayRoutes({ registry, access, wall, forward }).endpoints,
    ...new FeedRoutes({ registry, access, feed, now }).endpoints,
    'GET /healthz': (asked) => health(registry, asked.now),
    'GET /health': (asked) => health(registry, asked.now),
  }
  const handlers = Object.entries(endpoints).map(([route, endpoint]) => [
    route,
    paid(nameOf(route), endpoint),
  ])
  return Object.fromEntries(handlers) as Routes
}

function health(registry: Registry, now: number): ReturnType<typeof json> {
  return json(200, { status: 'ok', peers: registry.count(now), channels: registry.channelCount })
}

/** `POST /leave` -> `leave`. Both spellings of the health check are counted as one. */
function nameOf(route: string): string {
  const name = route.slice(route.indexOf('/') + 1)
  return name === 'health' ? 'healthz' : name
}
