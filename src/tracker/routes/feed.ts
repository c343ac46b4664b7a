/** The event stream of joins and leaves. The feed of a peer breaks when its process dies, long before its lease expires. */
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { addressKey, type PeerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelName } from '../../chat/wire/fields.ts'
import { endpoint } from '../../chat/wire/peers.ts'
import { shortFormWithKey } from '../legacy/peer-json.ts'
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
  readonly #open = new Map<PeerId, number>()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get endpoints(): Endpoints {
    return { 'GET /events': (asked) => this.#events(asked) }
  }

  #events(asked: Asked): Response {
    const { request, context } = asked
    const channels = wantedChannels(request)
    if (asked.query['port'] !== undefined) this.#watch(asked)
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
    const members = registry.members(channel, now()).map(shortFormWithKey)
    return JSON.stringify({ status: 'ok', channel, members, member_count: members.length })
  }

  #watch(asked: Asked): void {
    const { registry, access, now } = this.#options
    const { query, from, key } = asked
    const { ip, port } = endpoint(query, from)
    access.mayActFor({ ip, port }, asked)
    const address = addressKey({ ip, port })
    const reader = key ?? address
    registry.renew(address, now())
    this.#open.set(reader, (this.#open.get(reader) ?? 0) + 1)
    asked.context.signal.addEventListener('abort', () => {
      const left = (this.#open.get(reader) ?? 1) - 1
      if (left > 0) {
        this.#open.set(reader, left)
        return
      }
      this.#open.delete(reader)
      // Another peer may have this address by now.
      if (registry.get(address)?.peer.key === key) registry.suspect(address, now(), TIMES.suspicion)
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
