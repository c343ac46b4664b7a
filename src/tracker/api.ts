/**
 * The tracker's endpoints as a route table over Registry. Shapes: docs/protocol.md.
 *
 * Every answer has the first programs' fields first, then those of their relatives, then our own. Whoever asks
 * in the name of a peer must come from that peer's address.
 */
import { addressProblem, portProblem } from '../chat/address.ts'
import { hostKey, inBlock, isLoopback } from '../http/ip.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { DIRECT, GENERAL, addressKey, type Peer, type AddressKey } from '../chat/model.ts'
import { ChatError } from '../chat/errors.ts'
import * as schema from '../chat/wire/schema.ts'
import { bodyFields, formFields } from '../http/body.ts'
import { json, type Routes } from '../http/router.ts'
import { asMap, longForm, pageOf, shortForm } from './legacy/peer-json.ts'
import { fitSmallAnswer, type Answer, type TruncatableList } from './legacy/truncate.ts'
import { ResponseCache } from './legacy/response-cache.ts'
import { unknownPeer, type Entry, type Page, type Registry } from './registry.ts'
import type { EventFeed } from '../http/events.ts'
import type { Context, Handler, Request, Response } from '../http/message.ts'
import type { Counters } from '../chat/counters.ts'
import type { RateLimit } from '../chat/rate-limit.ts'
import type { Fields, Who } from '../chat/wire/schema.ts'

/** What became of a message that the tracker passed on. */
export interface Forwarded {
  readonly peer: string
  readonly ok: boolean
  readonly error?: string
}

export interface ApiOptions {
  readonly registry: Registry
  readonly feed: EventFeed
  /** For leases and rates, in milliseconds: as Clock.now(). */
  readonly now: () => number
  /** Unix time in milliseconds, as Clock.wall(). */
  readonly wall: () => number
  /** Any request, and registrations alone, by host. */
  readonly requests: RateLimit
  readonly registrations: RateLimit
  /** Blocks (CIDR) whose hosts may register other addresses than their own: NAT, containers. */
  readonly allowAnnounce: readonly string[]
  /** Counts the requests to each endpoint, as `requests.get-list`. */
  readonly counters: Counters
  /** Delivers the body of a message to a peer. */
  readonly forward: (peer: Peer, body: string) => Promise<Forwarded>
}

interface Asked {
  readonly fields: Fields
  readonly query: Fields
  /** The address the request came from. */
  readonly from: string
  readonly now: number
  readonly request: Request
  readonly context: Context
}

type Endpoint = (asked: Asked) => Response | Promise<Response>

export function trackerRoutes(options: ApiOptions): Routes {
  const { registry, feed, now } = options
  const known = new ResponseCache()
  let lastStoredAt = 0

  // --- registering ----------------------------------------------------------------------------------

  const submitInfo: Endpoint = ({ fields, from, now, request }) => {
    spend(options.registrations, from, now)
    const { peer, channels } = schema.registration(fields, from)
    for (const channel of channels) mayBeJoined(channel, 'channels')
    const id = addressKey(peer)
    const isNew = registry.get(id) === undefined
    const entry = register(peer, from, now)
    if (channels.length === 0 && isNew && !isParley(request)) assume(id)
    for (const channel of channels) registry.join(id, channel)
    const answer = { status: 'ok', result: 'success', message: 'Registered', peers_count: registry.size }
    const total = { total_peers: registry.size, ttl: TIMES.lease / 1000, interval: TIMES.heartbeat / 1000 }
    return json(200, { ...answer, peer_id: id, id, peer: longForm(entry), ...total })
  }

  /** Peers that named no channel: most relatives know no /add-list, so they count as in #general until they join one. */
  const assumed = new Set<AddressKey>()

  const assume = (id: AddressKey): void => {
    // Those that have left since are forgotten when they are the most.
    if (assumed.size > 2 * registry.size)
      for (const known of assumed) if (registry.get(known) === undefined) assumed.delete(known)
    assumed.add(id)
    registry.join(id, GENERAL)
  }

  const heartbeat: Endpoint = ({ fields, from, now }) => {
    const { ip, port } = schema.endpoint(fields, from)
    mayActFor(ip, from)
    const entry = registry.renew(addressKey({ ip, port }), now, { heartbeat: true })
    if (entry === undefined) throw unknownPeer(addressKey({ ip, port }))
    const channels = [...entry.channels]
    return json(200, { status: 'ok', ttl: TIMES.lease / 1000, interval: TIMES.heartbeat / 1000, channels })
  }

  const leave: Endpoint = ({ fields, from, now }) => {
    const { peer } = actor(schema.subject(fields, from), from, now)
    registry.leave(addressKey(peer), 'left')
    return json(200, { status: 'ok' })
  }

  // --- channels -------------------------------------------------------------------------------------

  const addList: Endpoint = (asked) => {
    const { fields, from, now } = asked
    const channel = wantedChannel(fields)
    const wanted = schema.subject(fields, from)
    registerUnknown(wanted, from, now)
    const id = addressKey(actor(wanted, from, now).peer)
    if (assumed.delete(id) && channel !== GENERAL) registry.part(id, GENERAL, 'left')
    registry.join(id, channel)
    return membership(channel, asked)
  }

  const removeList: Endpoint = (asked) => {
    const { fields, from, now } = asked
    const channel = wantedChannel(fields)
    const { peer } = actor(schema.subject(fields, from), from, now)
    registry.part(addressKey(peer), channel, 'left')
    return membership(channel, asked)
  }

  /** Always everybody, so in the short form when they are many. */
  const membership = (channel: string, asked: Asked): Response => {
    const all = registry.members(channel, asked.now)
    const members = all.map(all.length > LIMITS.peersPerAnswer ? shortForm : longForm)
    const answer = { status: 'ok', channel, members, member_count: members.length }
    return fitting(asked, answer, [{ field: 'members', brief: all.map(shortForm) }])
  }

  // --- looking up -----------------------------------------------------------------------------------

  const getList: Endpoint = (asked) => {
    const wanted = { ...asked.query, ...asked.fields }
    const channel = schema.channelField(wanted)
    if (PARTS.some((field) => field in wanted)) return listed(asked, wanted, channel)
    const question = `${readsEverything(asked) ? 'whole' : 'small'} ${channel ?? ''}`
    return known.answer(question, registry.revision, asked.now, () => listed(asked, wanted, channel))
  }

  const listed = (asked: Asked, wanted: Fields, channel: string | undefined): Response => {
    const { now } = asked
    const members = channel === undefined ? undefined : registry.members(channel, now)
    const pageFrom = (limit: number, cursor?: number): Page =>
      members === undefined
        ? registry.page(now, Math.min(limit, LIMITS.peersPerAnswer), cursor)
        : pageOf(members, limit, cursor)
    const limit = schema.countField(wanted, 'limit')
    const page = pageFrom(limit ?? LIMITS.peersPerAnswer, schema.countField(wanted, 'cursor'))
    const map = wanted['format'] === 'map'
    const answer = {
      status: 'ok',
      channel,
      peers: map ? asMap(page.entries) : page.entries.map(longForm),
      peer_count: members?.length ?? registry.count(now),
      total_peers: registry.size,
      next: page.next,
      channels: registry.channels.slice(0, LIMITS.peersPerAnswer),
      messages: channel === undefined ? undefined : storedMessages(channel, wanted, limit),
    }
    if (map || readsEverything(asked)) return json(200, answer)
    const small = fitSmallAnswer({ ...answer, channels: registry.channels.slice(0, 20) }, [
      { field: 'peers', brief: page.entries.map(shortForm) },
      { field: 'messages', newest: true },
    ])
    return json(200, { ...small, next: pageFrom(Object.keys(small.peers).length).next })
  }

  const storedMessages = (
    channel: string,
    wanted: Fields,
    limit: number = LIMITS.storedPerChannel,
  ): object[] => {
    const since = schema.sinceField(wanted) ?? 0
    return registry
      .messages(channel)
      .filter(({ at }) => at > since)
      .slice(-limit)
      .map(({ from, message, at }) => ({ from, message, ts: at / 1000 }))
  }

  const connectPeer: Endpoint = (asked) => {
    const wanted = schema.target(asked.fields, asked.from)
    const entry = 'port' in wanted ? registry.get(addressKey(wanted)) : registry.named(wanted.name)[0]
    if (entry === undefined)
      throw new ChatError(404, 'peer_not_found', 'no such peer is registered here', { field: 'to' })
    const found = longForm(entry)
    const peers = registry.page(asked.now, 20).entries.map(shortForm)
    return fitting(asked, { status: 'ok', peer: found, to: found, peers }, [{ field: 'peers' }])
  }

  // --- passing on, for clients that cannot reach peers themselves -----------------------------------

  const broadcastPeer: Endpoint = async (asked) => {
    const { fields, from, now } = asked
    const message = schema.incomingMessage(fields, from)
    const sender = senderOf(message.from, from)
    registry.renew(addressKey(sender), now)
    const sentAt = options.wall()
    // Who polls asks for what is later than what it has: also after the clock was set back.
    lastStoredAt = Math.max(lastStoredAt + 1, Math.round(sentAt))
    if (message.channel !== DIRECT)
      registry.store(message.channel, { from: sender, message: message.text, at: lastStoredAt })
    const others = registry
      .members(message.channel, now)
      .filter(({ peer }) => addressKey(peer) !== addressKey(sender))
    const { id, channel, text } = message
    const kind = message.action ? 'action' : undefined
    const body = JSON.stringify({ id, from: named(sender), channel, message: text, ts: sentAt / 1000, kind })
    const recipients = message.channel === DIRECT ? [] : others
    const forwarded = await Promise.all(recipients.map(({ peer }) => options.forward(peer, body)))
    const answer = { status: 'ok', channel, peers: others.map(longForm), forwarded }
    return fitting(asked, answer, [{ field: 'forwarded' }, { field: 'peers', brief: others.map(shortForm) }])
  }

  // --- following ------------------------------------------------------------------------------------

  const events: Endpoint = ({ request, context, query, from }) => {
    const channels = wantedChannels(request)
    if (query['port'] !== undefined) watchFeed(schema.endpoint(query, from), from, context.signal)
    return feed.answer(
      request,
      context.signal,
      (topic) => channels.has(topic),
      () => [...channels].map((channel) => ({ event: 'members', data: JSON.stringify(everybody(channel)) })),
    )
  }

  /** All of a channel in the short form: a full channel still fits into the one event. */
  const everybody = (channel: string): object => {
    const members = registry.members(channel, now()).map(shortForm)
    return { status: 'ok', channel, members, member_count: members.length }
  }

  /** Open feeds of a peer: one that comes back may be here before its old connection is found dead. */
  const feeds = new Map<AddressKey, number>()

  /** The feed of a peer breaks at once when its process dies; its lease would take a while longer. */
  const watchFeed = (peer: { ip: string; port: number }, from: string, signal: AbortSignal): void => {
    mayActFor(peer.ip, from)
    const id = addressKey(peer)
    registry.renew(id, now())
    feeds.set(id, (feeds.get(id) ?? 0) + 1)
    signal.addEventListener('abort', () => {
      const left = (feeds.get(id) ?? 1) - 1
      if (left > 0) {
        feeds.set(id, left)
        return
      }
      feeds.delete(id)
      registry.suspect(id, now(), TIMES.suspicion)
    })
  }

  const health: Endpoint = ({ now }) =>
    json(200, { status: 'ok', peers: registry.count(now), channels: registry.channelCount })

  // --- common ---------------------------------------------------------------------------------------

  /** Rates first, then the body: a flood must cost little. */
  const endpoint = (name: string, answer: Endpoint): Handler => {
    const counter = `requests.${name}`
    return (request, context) => {
      options.counters.count(counter)
      const from = context.remote.host
      const time = now()
      spend(options.requests, from, time)
      const fields = request.body.length === 0 ? {} : bodyFields(request)
      return answer({ fields, query: formFields(request.query), from, now: time, request, context })
    }
  }

  /** A host speaks for its own address; programs of the tracker's machine, and of allowed blocks, for any. */
  const mayActFor = (ip: string, from: string): void => {
    if (ip === from || isLoopback(from) || options.allowAnnounce.some((block) => inBlock(from, block))) return
    const detail = `you come from ${from}, so ip must be ${from}; leave it out, or start the tracker with --allow-announce`
    throw new ChatError(422, 'address_mismatch', detail, { field: 'ip' })
  }

  /** Registers a peer, if its address is one for peers and of the host that asks. Throws Refused 422, 429. */
  const register = (peer: Peer, from: string, now: number): Entry => {
    mayActFor(peer.ip, from)
    const problem = addressProblem(peer.ip, peer.port)
    const field = portProblem(peer.port) === undefined ? 'ip' : 'port'
    if (problem !== undefined) throw new ChatError(422, 'address_refused', problem, { field })
    return registry.register(peer, now)
  }

  /** `/add-list` of a peer that gives all of `{ip, port, name}` registers it: the first programs rely on it. */
  const registerUnknown = (wanted: Who, from: string, now: number): void => {
    if (!('port' in wanted) || wanted.name === undefined || registry.get(addressKey(wanted)) !== undefined)
      return
    spend(options.registrations, from, now)
    register({ ip: wanted.ip, port: wanted.port, name: wanted.name }, from, now)
  }

  /** Whoever somebody at `from` says to be: of several of one name, the one at that address. */
  const claimed = (wanted: Who, from: string): Entry | undefined => {
    if ('port' in wanted) return registry.get(addressKey(wanted))
    const named = registry.named(wanted.name)
    return named.find(({ peer }) => peer.ip === from) ?? named[0]
  }

  /** The registered peer that a request is about, which must be of the host that asks. Asking renews its lease. */
  const actor = (wanted: Who, from: string, now: number): Entry => {
    if ('port' in wanted) mayActFor(wanted.ip, from)
    const entry = claimed(wanted, from)
    if (entry === undefined) throw unknownPeer('port' in wanted ? addressKey(wanted) : wanted.name)
    mayActFor(entry.peer.ip, from)
    registry.renew(addressKey(entry.peer), now)
    return entry
  }

  /** Who sends a message: a registered peer, or somebody who is not, a browser for one. */
  const senderOf = (sender: Who, from: string): Peer => {
    const stranger =
      'port' in sender ? { name: addressKey(sender), ...sender } : { ip: from, port: 0, name: sender.name }
    const peer = claimed(sender, from)?.peer ?? stranger
    mayActFor(peer.ip, from)
    return peer
  }

  return {
    'POST /submit-info': endpoint('submit-info', submitInfo),
    'PUT /submit-info': endpoint('submit-info', submitInfo),
    'POST /heartbeat': endpoint('heartbeat', heartbeat),
    'POST /leave': endpoint('leave', leave),
    'POST /add-list': endpoint('add-list', addList),
    'POST /remove-list': endpoint('remove-list', removeList),
    'GET /get-list': endpoint('get-list', getList),
    'POST /get-list': endpoint('get-list', getList),
    'POST /connect-peer': endpoint('connect-peer', connectPeer),
    'POST /broadcast-peer': endpoint('broadcast-peer', broadcastPeer),
    'GET /events': endpoint('events', events),
    'GET /healthz': endpoint('healthz', health),
    'GET /health': endpoint('healthz', health),
  }
}

/** Takes a token for this host, or refuses and says when there will be one. Programs of this machine pay a tenth. */
function spend(limit: RateLimit, from: string, now: number): void {
  const wait = limit.take(hostKey(from), now, isLoopback(from) ? 0.1 : 1)
  if (wait === 0) return
  const seconds = Math.ceil(wait / 1000)
  throw new ChatError(429, 'too_many_requests', `too many requests; try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

function wantedChannel(fields: Fields): string {
  const channel = schema.channelField(fields)
  if (channel === undefined)
    throw new ChatError(400, 'missing_field', 'channel is missing', { field: 'channel' })
  mayBeJoined(channel, 'channel')
  return channel
}

function mayBeJoined(channel: string, field: string): void {
  if (channel !== DIRECT) return
  throw new ChatError(422, 'reserved', `${DIRECT} is for messages to one peer`, { field })
}

/** Each `channel` of a query once. */
function wantedChannels({ query }: Request): ReadonlySet<string> {
  const names = new URLSearchParams(query).getAll('channel')
  const channels = new Set(names.map((name) => schema.channelName(name)))
  if (channels.size === 0)
    throw new ChatError(400, 'missing_field', 'channel is missing', { field: 'channel' })
  if (channels.size > LIMITS.channelsPerPeer) {
    const detail = `at most ${LIMITS.channelsPerPeer} channels can be followed`
    throw new ChatError(422, 'too_many_channels', detail, { field: 'channel' })
  }
  return channels
}

/** A sender as others are told: one that cannot be reached has a name only. */
function named(sender: Peer): Peer | string {
  return sender.port === 0 ? sender.name : sender
}

/** The answer with its lists whole, or cut for a client that may read no more than 8 KiB. */
function fitting(asked: Asked, answer: Answer, cuts: readonly TruncatableList[]): Response {
  return json(200, readsEverything(asked) ? answer : fitSmallAnswer(answer, cuts))
}

function isParley({ headers }: Request): boolean {
  return headers.get('user-agent')?.startsWith('parley/') === true
}

/** Fields by which somebody asks for a part of a list, or for another form of it. */
const PARTS = ['limit', 'since', 'cursor', 'format']

/** Signs that the client reads an answer to its end, however long. */
function readsEverything({ request, query, fields }: Asked): boolean {
  if (isParley(request)) return true
  return ['limit', 'since', 'cursor'].some((field) => field in query || Object.hasOwn(fields, field))
}
