/**
 * The tracker's endpoints as a route table over Registry. Shapes: docs/protocol.md.
 *
 * Every answer has the first programs' fields first, then those of their relatives, then our own. Whoever asks
 * in the name of a peer must come from that peer's address.
 */
import { addressProblem, inBlock, isLoopback } from '../chat/address.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { DIRECT, peerId, type Peer } from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import * as schema from '../chat/schema.ts'
import { bodyFields, formFields } from '../http/body.ts'
import { json, type Routes } from '../http/router.ts'
import { fitSmallAnswer, type Listing } from './small-answer.ts'
import { unknownPeer, type Entry, type Registry } from './registry.ts'
import type { EventFeed } from '../http/events.ts'
import type { Context, Handler, Request, Response } from '../http/message.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Fields, Who } from '../chat/schema.ts'

/** What became of a message that the tracker passed on. */
export interface Forwarded {
  readonly peer: string
  readonly ok: boolean
  readonly error?: string
}

export interface ApiOptions {
  readonly registry: Registry
  readonly feed: EventFeed
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Any request, and registrations alone, by host. */
  readonly requests: RateLimit
  readonly registrations: RateLimit
  /** Blocks (CIDR) whose hosts may register other addresses than their own: NAT, containers. */
  readonly allowAnnounce: readonly string[]
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

  // --- registering ----------------------------------------------------------------------------------

  const submitInfo: Endpoint = ({ fields, from, now }) => {
    spend(options.registrations, from, now)
    const { peer, channels } = schema.registration(fields, from)
    mayActFor(peer.ip, from)
    const problem = addressProblem(peer.ip, peer.port)
    if (problem !== undefined) throw new Refused(422, 'address_refused', problem, { field: 'port' })
    const entry = registry.register(peer, now)
    const id = peerId(peer)
    for (const channel of channels) registry.join(id, channel)
    const answer = { status: 'ok', result: 'success', message: 'Registered', peers_count: registry.size }
    const total = { total_peers: registry.size, ttl: TIMES.lease / 1000, interval: TIMES.heartbeat / 1000 }
    return json(200, { ...answer, peer_id: id, id, peer: longForm(entry), ...total })
  }

  const heartbeat: Endpoint = ({ fields, from, now }) => {
    const { ip, port } = schema.endpoint(fields, from)
    mayActFor(ip, from)
    const entry = registry.renew(peerId({ ip, port }), now, { heartbeat: true })
    if (entry === undefined) throw unknownPeer(peerId({ ip, port }))
    const channels = [...entry.channels]
    return json(200, { status: 'ok', ttl: TIMES.lease / 1000, interval: TIMES.heartbeat / 1000, channels })
  }

  const leave: Endpoint = ({ fields, from }) => {
    const { peer } = actor(schema.subject(fields, from), from)
    registry.leave(peerId(peer), 'left')
    return json(200, { status: 'ok' })
  }

  // --- channels -------------------------------------------------------------------------------------

  const addList: Endpoint = ({ fields, from, now }) => {
    const channel = wantedChannel(fields)
    const { peer } = actor(schema.subject(fields, from), from)
    registry.join(peerId(peer), channel)
    return json(200, membership(channel, now))
  }

  const removeList: Endpoint = ({ fields, from, now }) => {
    const channel = wantedChannel(fields)
    const { peer } = actor(schema.subject(fields, from), from)
    registry.part(peerId(peer), channel, 'left')
    return json(200, membership(channel, now))
  }

  const membership = (channel: string, now: number): object => {
    const members = registry.members(channel, now)
    return { status: 'ok', channel, members: members.map(longForm), member_count: members.length }
  }

  // --- looking up -----------------------------------------------------------------------------------

  const getList: Endpoint = ({ fields, query, request, now }) => {
    const asked = { ...query, ...fields }
    const channel = schema.channelField(asked)
    const entries = channel === undefined ? registry.peers(now) : registry.members(channel, now)
    if (asked['format'] === 'map') return json(200, { status: 'ok', peers: asMap(entries) })
    const page = pageOf(entries, asked)
    const listing: Listing = {
      status: 'ok',
      ...(channel === undefined ? {} : { channel }),
      peers: page.entries.map(longForm),
      peer_count: entries.length,
      total_peers: registry.size,
      ...(page.next === undefined ? {} : { next: page.next }),
      channels: registry.channels.slice(0, LIMITS.peersPerAnswer),
      ...(channel === undefined ? {} : { messages: storedMessages(channel, asked) }),
    }
    if (readsEverything(request, asked)) return json(200, listing)
    const small = { ...listing, channels: registry.channels.slice(0, 20) }
    return json(
      200,
      fitSmallAnswer(small, (index) => shortForm(page.entries[index])),
    )
  }

  const storedMessages = (channel: string, asked: Fields): object[] => {
    const since = Number(asked['since'] ?? 0)
    const limit = Math.min(positive(asked['limit']) ?? LIMITS.storedPerChannel, LIMITS.storedPerChannel)
    return registry
      .messages(channel)
      .filter(({ at }) => at / 1000 > since)
      .slice(-limit)
      .map(({ from, message, at }) => ({ from, message, ts: at / 1000 }))
  }

  const connectPeer: Endpoint = ({ fields, from, now }) => {
    const wanted = schema.target(fields, from)
    const entry = look(wanted)
    if (entry === undefined)
      throw new Refused(404, 'peer_not_found', 'no such peer is registered here', { field: 'to' })
    const found = longForm(entry)
    return json(200, {
      status: 'ok',
      peer: found,
      to: found,
      peers: registry.peers(now).slice(0, 20).map(shortForm),
    })
  }

  // --- passing on, for clients that cannot reach peers themselves -----------------------------------

  const broadcastPeer: Endpoint = async ({ fields, from, now }) => {
    const message = schema.incomingMessage(fields, from)
    const sender = senderOf(message.from, from)
    registry.renew(peerId(sender), now)
    if (message.channel !== DIRECT)
      registry.store(message.channel, { from: sender, message: message.text, at: now })
    const others = registry
      .members(message.channel, now)
      .filter(({ peer }) => peerId(peer) !== peerId(sender))
    const { id, channel, text } = message
    const body = JSON.stringify({
      ...(id === undefined ? {} : { id }),
      from: sender,
      channel,
      message: text,
      ts: now / 1000,
    })
    const recipients = message.channel === DIRECT ? [] : others
    const forwarded = await Promise.all(recipients.map(({ peer }) => options.forward(peer, body)))
    return json(200, { status: 'ok', channel, peers: others.map(longForm), forwarded })
  }

  // --- following ------------------------------------------------------------------------------------

  const events: Endpoint = ({ request, context, query, from }) => {
    const wanted = new URLSearchParams(request.query)
      .getAll('channel')
      .map((name) => schema.channelName(name))
    if (wanted.length === 0)
      throw new Refused(400, 'missing_field', 'channel is missing', { field: 'channel' })
    if (query['port'] !== undefined) watchFeed(schema.endpoint(query, from), from, context.signal)
    const channels = new Set(wanted)
    return feed.answer(
      request,
      context.signal,
      (topic) => channels.has(topic),
      () => wanted.map((channel) => ({ event: 'members', data: JSON.stringify(membership(channel, now())) })),
    )
  }

  /** The feed of a peer breaks at once when its process dies; its lease would take a while longer. */
  const watchFeed = (peer: { ip: string; port: number }, from: string, signal: AbortSignal): void => {
    mayActFor(peer.ip, from)
    signal.addEventListener('abort', () => {
      registry.suspect(peerId(peer), now(), TIMES.suspicion)
    })
  }

  const health: Endpoint = ({ now }) =>
    json(200, { status: 'ok', peers: registry.peers(now).length, channels: registry.channels.length })

  // --- common ---------------------------------------------------------------------------------------

  /** Rates first, then the body: a flood must cost little. */
  const endpoint = (answer: Endpoint): Handler => {
    return (request, context) => {
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
    throw new Refused(422, 'address_mismatch', detail, { field: 'ip' })
  }

  const look = (wanted: Who): Entry | undefined =>
    'port' in wanted ? registry.get(peerId(wanted)) : registry.named(wanted.name)[0]

  /** The registered peer that a request is about, which must be of the host that asks. Asking renews its lease. */
  const actor = (wanted: Who, from: string): Entry => {
    if ('port' in wanted) mayActFor(wanted.ip, from)
    const entry = look(wanted) ?? registered(wanted)
    if (entry === undefined) throw unknownPeer('port' in wanted ? peerId(wanted) : wanted.name)
    mayActFor(entry.peer.ip, from)
    registry.renew(peerId(entry.peer), now())
    return entry
  }

  /** `/add-list` of a peer that gives all of `{ip, port, name}` registers it: the first programs rely on it. */
  const registered = (wanted: Who): Entry | undefined => {
    if (!('port' in wanted) || wanted.name === undefined) return undefined
    if (addressProblem(wanted.ip, wanted.port) !== undefined) return undefined
    return registry.register({ ip: wanted.ip, port: wanted.port, name: wanted.name }, now())
  }

  const senderOf = (sender: Who, from: string): Peer => {
    const known = look(sender)?.peer
    if (known !== undefined) return known
    if ('port' in sender) return { ip: sender.ip, port: sender.port, name: sender.name ?? peerId(sender) }
    return { ip: from, port: 0, name: sender.name }
  }

  return {
    'POST /submit-info': endpoint(submitInfo),
    'PUT /submit-info': endpoint(submitInfo),
    'POST /heartbeat': endpoint(heartbeat),
    'POST /leave': endpoint(leave),
    'POST /add-list': endpoint(addList),
    'POST /remove-list': endpoint(removeList),
    'GET /get-list': endpoint(getList),
    'POST /get-list': endpoint(getList),
    'POST /connect-peer': endpoint(connectPeer),
    'POST /broadcast-peer': endpoint(broadcastPeer),
    'GET /events': endpoint(events),
    'GET /healthz': endpoint(health),
  }
}

/** Takes a token for this host, or refuses and says when there will be one. Programs of this machine pay a tenth. */
function spend(limit: RateLimit, from: string, now: number): void {
  const wait = limit.take(from, now, isLoopback(from) ? 0.1 : 1)
  if (wait === 0) return
  const seconds = Math.ceil(wait / 1000)
  throw new Refused(429, 'too_many_requests', `too many requests; try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

function wantedChannel(fields: Fields): string {
  const channel = schema.channelField(fields)
  if (channel === undefined)
    throw new Refused(400, 'missing_field', 'channel is missing', { field: 'channel' })
  if (channel === DIRECT)
    throw new Refused(422, 'reserved', `${DIRECT} is for messages to one peer`, { field: 'channel' })
  return channel
}

function longForm({ peer, channels, registeredAt, renewedAt }: Entry): object {
  const { ip, port, name } = peer
  const id = peerId(peer)
  const times = { ts: registeredAt / 1000, last_seen: renewedAt / 1000 }
  return { ip, port, name, username: name, id, peer_id: id, ...times, channels: [...channels] }
}

function shortForm(entry: Entry | undefined): object {
  if (entry === undefined) return {}
  const { peer, registeredAt } = entry
  return { ip: peer.ip, port: peer.port, name: peer.name, ts: registeredAt / 1000 }
}

/** One relative wants its peers as `{username: {ip, port}}`. */
function asMap(entries: readonly Entry[]): object {
  return Object.fromEntries(entries.map(({ peer: { ip, port, name } }) => [name, { ip, port }]))
}

/** `limit` entries after the one named by `cursor`; `next` is the cursor for the rest. */
function pageOf(entries: readonly Entry[], asked: Fields): { entries: readonly Entry[]; next?: string } {
  const limit = Math.min(positive(asked['limit']) ?? LIMITS.peersPerAnswer, LIMITS.peersPerAnswer)
  const after = entries.findIndex(({ peer }) => peerId(peer) === asked['cursor'])
  const page = entries.slice(after + 1, after + 1 + limit)
  const last = page.at(-1)
  const more = after + 1 + limit < entries.length
  return more && last !== undefined ? { entries: page, next: peerId(last.peer) } : { entries: page }
}

/** Signs that the client reads an answer to its end, however long. */
function readsEverything(request: Request, asked: Fields): boolean {
  const agent = request.headers.get('user-agent') ?? ''
  return (
    agent.startsWith('parley/') || ['limit', 'since', 'cursor'].some((field) => asked[field] !== undefined)
  )
}

function positive(value: unknown): number | undefined {
  const number = Number(value)
  return value !== undefined && Number.isInteger(number) && number > 0 ? number : undefined
}
