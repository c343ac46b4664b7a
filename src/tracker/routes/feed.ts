/** The event stream of joins and leaves. The feed of a peer breaks when its process dies, long before its lease expires. */
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { addressKey, type AddressKey } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelName } from '../../chat/wire/fields.ts'
import { endpoint } from '../../chat/wire/peers.ts'
import { shortForm } from '../legacy/peer-json.ts'
import type { Asked, Endpoints } from './asked.ts'
import type { Access } from '../access.ts'
import type { EventFeed } from '../../http/events.ts'
import type { Request, Response } from '../../http/message.ts'
import type { Registry } from '../registry.ts'

export interface FeedOptions {
  readonly registry: Registry
  readonly access: Access
  readonly feed: EventFeed
  /** As Clock.now(), in milliseconds. */
  readonly now: () => number
}

export class FeedRoutes {
  readonly #options: FeedOptions
  /** Number of open feeds by peer: a peer may reconnect before its old connection is found dead. */
  readonly #open = new Map<AddressKey, number>()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get endpoints(): Endpoints {
    return { 'GET /events': (asked) => this.#events(asked) }
  }

  #events({ request, context, query, from }: Asked): Response {
    const channels = wantedChannels(request)
    if (query['port'] !== undefined) this.#watch(endpoint(query, from), from, context.signal)
    return this.#options.feed.answer(
      request,
      context.signal,
      (topic) => channels.has(topic),
      () => [...channels].map((channel) => ({ event: 'members', data: this.#members(channel) })),
    )
  }

  /** All members of a channel, in the short form so that a full channel fits into one event. */
  #members(channel: string): string {
    const { registry, now } = this.#options
    const members = registry.members(channel, now()).map(shortForm)
    return JSON.stringify({ status: 'ok', channel, members, member_count: members.length })
  }

  #watch(peer: { ip: string; port: number }, from: string, signal: AbortSignal): void {
    const { registry, access, now } = this.#options
    access.mayActFor(peer.ip, from)
    const id = addressKey(peer)
    registry.renew(id, now())
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1)
    signal.addEventListener('abort', () => {
      const left = (this.#open.get(id) ?? 1) - 1
      if (left > 0) {
        this.#open.set(id, left)
        return
      }
      this.#open.delete(id)
      registry.suspect(id, now(), TIMES.suspicion)
    })
  }
}

/** Each `channel` of a query once. Throws ChatError 400, 422. */
function wantedChannels({ query }: Request): ReadonlySet<string> {
  const names = new URLSearchParams(query).getAll('channel')
  const channels = new Set(names.map((name) => channelName(name)))
  if (channels.size === 0)
    throw new ChatError(400, 'missing_field', 'channel is missing', { field: 'channel' })
  if (channels.size > LIMITS.channelsPerPeer) {
    const detail = `at most ${LIMITS.channelsPerPeer} channels can be followed`
    throw new ChatError(422, 'too_many_channels', detail, { field: 'channel' })
  }
  return channels
}
