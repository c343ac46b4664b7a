/**
 * The tracker's endpoints. Shapes: docs/protocol.md.
 *
 * Every answer has the fields of legacy clients first and those of Parley last. A request is counted against its host
 * before its body is read, and by its endpoint.
 */
import { bodyFields, formFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import { Access, type AccessOptions, type Caller } from '../access.ts'
import { FeedRoutes } from './feed.ts'
import { ListRoutes } from './lists.ts'
import { MemberRoutes } from './members.ts'
import { RelayRoutes, type RelayOptions } from './relay.ts'
import type { Endpoint, Endpoints } from './asked.ts'
import type { Counters } from '../../chat/counters.ts'
import type { EventFeed } from '../../http/events.ts'
import type { Context, Handler } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Registry } from '../registry.ts'

export interface TrackerRoutesOptions extends AccessOptions, Omit<RelayOptions, 'access'> {
  readonly registry: Registry
  readonly feed: EventFeed
  /** For leases and rates, in milliseconds: as Clock.now(). */
  readonly now: () => number
  /** Counts the requests to each endpoint, as `requests.get-list`. */
  readonly counters: Counters
  /** The tracker's own key, if it takes secure connections. */
  readonly key?: KeyId | undefined
}

export function trackerRoutes(options: TrackerRoutesOptions): Routes {
  const { registry, feed, now, wall, forward, counters, key } = options
  const access = new Access(options)

  const paid = (name: string, answer: Endpoint): Handler => {
    const counter = `requests.${name}`
    return (request, context) => {
      counters.count(counter)
      const { from, key, now: at } = callerOf(context, now())
      access.payForRequest({ from, key, now: at })
      const fields = request.body.length === 0 ? {} : bodyFields(request)
      return answer({ from, key, now: at, fields, query: formFields(request.query), request, context })
    }
  }

  const health: Endpoint = (asked) =>
    json(200, { status: 'ok', peers: registry.count(asked.now), channels: registry.channelCount, key })

  const endpoints: Endpoints = {
    ...new MemberRoutes(registry, access).endpoints,
    ...new ListRoutes(registry).endpoints,
    ...new RelayRoutes({ registry, access, wall, forward }).endpoints,
    ...new FeedRoutes({ registry, access, feed, now }).endpoints,
    'GET /healthz': health,
    'GET /health': health,
  }
  const handlers = Object.entries(endpoints).map(([route, endpoint]) => [
    route,
    paid(nameOf(route), endpoint),
  ])
  return Object.fromEntries(handlers) as Routes
}

/** A key that a connection proved was checked there. */
function callerOf({ remote, peer }: Context, now: number): Caller {
  return { from: remote.host, key: peer?.id as KeyId | undefined, now }
}

/** `POST /leave` -> `leave`. Both spellings of the health check are counted as one. */
function nameOf(route: string): string {
  const name = route.slice(route.indexOf('/') + 1)
  return name === 'health' ? 'healthz' : name
}
