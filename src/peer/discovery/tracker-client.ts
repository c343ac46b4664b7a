/**
 * The endpoints of a tracker as async functions. Speaks to Parley's tracker and to legacy trackers: what those do not
 * know (leases, the push feed) comes back as `false`, and the caller makes do without.
 */
import { isObject, keyOf } from '../../chat/wire/fields.ts'
import { LIMITS } from '../../chat/limits.ts'
import { GENERAL, addressKey, type Peer } from '../../chat/model.ts'
import { jsonObject } from '../../http/body.ts'
import { ProtocolError } from '../../http/message.ts'
import { EventStreamParser } from '../../http/event-stream.ts'
import { peer } from '../../chat/wire/peers.ts'
import { getRequest, postRequest } from '../self/requests.ts'
import type { HttpClient } from '../../http/network.ts'
import type { ReceivedResponse, Target } from '../../http/message.ts'
import type { ServerSentEvent } from '../../http/event-stream.ts'

/** The tracker answered, but not as it should have. */
export class TrackerError extends Error {
  override readonly name = 'TrackerError'
  readonly status: number
  /** The tracker's code for it, such as `unknown_peer`. */
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

export interface Registered {
  /** The address under which the tracker lists this peer; undefined if it does not say. */
  readonly ip: string | undefined
  /** It keeps leases: it knows /heartbeat, /leave and /events. */
  readonly leases: boolean
}

export interface Renewed {
  /** The channels in which the tracker lists this peer; undefined if it does not say. */
  readonly channels: readonly string[] | undefined
}

/** The peer that registers. Without `ip` the tracker takes the address that the request comes from. */
export interface Registrant {
  readonly ip: string | undefined
  readonly port: number
  readonly name: string
  /** The peer listens on several addresses, and `ip` need not be the one that the tracker sees. */
  readonly guessed?: boolean
}

/** Where requests go now. */
interface Route {
  readonly target: Target
}

type Fields = Readonly<Record<string, unknown>>

/** Bounds for what a tracker says: peers of a list, characters of a reason. */
const MAX_PEERS = LIMITS.membersPerChannel
export const MAX_REASON = 200

export class TrackerClient {
  readonly #client: HttpClient
  readonly #route: Route
  /** It knows `/get-list` without a query only: some trackers compare the path with the whole target. */
  #listsWhole = false

  constructor(client: HttpClient, route: Route) {
    this.#client = client
    this.#route = route
  }

  /** Each method rejects with ClientError when there is no answer, with TrackerError when it is a refusal. */
  async register(self: Registrant, channels: readonly string[]): Promise<Registered> {
    try {
      // Each kind of tracker reads the name from a field of its own.
      const names = { username: self.name, id: self.name }
      const answer = await this.#post('/submit-info', { ...names, ...asFields(self), channels })
      const [listed] = peers([answer['peer']])
      return { ip: listed?.ip, leases: typeof answer['ttl'] === 'number' }
    } catch (error) {
      // This machine has other addresses than expected, or has come into another network.
      const mistaken = error instanceof TrackerError && error.code === 'address_mismatch'
      if (!mistaken || self.guessed !== true) throw error
      return await this.register({ ...self, ip: undefined, guessed: false }, channels)
    }
  }

  /** Undefined: this tracker has forgotten the peer, or knows no heartbeats; register again. */
  async heartbeat(self: Registrant): Promise<Renewed | undefined> {
    try {
      const { channels } = await this.#post('/heartbeat', asFields(self))
      return {
        channels: Array.isArray(channels) ? channels.slice(0, LIMITS.channelsPerPeer).map(String) : undefined,
      }
    } catch (error) {
      if (error instanceof TrackerError && error.status === 404) return undefined
      throw error
    }
  }

  /** Joins a channel and returns its members. */
  async join(self: Registrant, channel: string): Promise<Peer[]> {
    try {
      const answer = await this.#post('/add-list', { channel, peer: asFields(self) })
      if (Array.isArray(answer['members'])) return peers(answer['members'])
    } catch (error) {
      // It has no channels.
      if (!isUnknown(error)) throw error
    }
    return this.members(channel)
  }

  /** Whether the tracker lists this peer; undefined if it does not say. */
  async isListed({ ip, port }: Registrant): Promise<boolean | undefined> {
    try {
      const { peers: list } = await this.#get('/get-list')
      return peers(list).some((peer) => peer.port === port && (ip === undefined || peer.ip === ip))
    } catch (error) {
      if (error instanceof TrackerError || error instanceof ProtocolError) return undefined
      throw error
    }
  }

  /** A peer of this name; undefined if there is none. */
  async locate(name: string): Promise<Peer | undefined> {
    try {
      const answer = await this.#post('/connect-peer', { to: name })
      return peers([answer['peer']])[0]
    } catch (error) {
      if (error instanceof TrackerError) return undefined
      throw error
    }
  }

  /** Legacy clients never leave a channel: a refusal of a tracker that does not know this endpoint is ignored. */
  async part(self: Registrant, channel: string): Promise<void> {
    try {
      await this.#post('/remove-list', { channel, peer: asFields(self) })
    } catch (error) {
      if (!isUnknown(error)) throw error
    }
  }

  async leave(self: Registrant): Promise<void> {
    await this.#post('/leave', asFields(self))
  }

  /** However long the tracker goes on, the list ends at the most members that a channel can have. */
  async members(channel: string): Promise<Peer[]> {
    if (this.#listsWhole) return this.#membersOfAll(channel)
    const found: Peer[] = []
    for (let cursor = ''; ;) {
      const answer = await this.#listed(`/get-list?channel=${encodeURIComponent(channel)}${cursor}`)
      if (answer === undefined) return this.#membersOfAll(channel)
      const { peers: list, next } = answer
      const page = peers(list)
      found.push(...page)
      if (typeof next !== 'string' || !CURSOR.test(next) || page.length === 0 || found.length >= MAX_PEERS)
        return found
      cursor = `&cursor=${next}`
    }
  }

  /** Undefined: this tracker does not understand the question. */
  async #listed(target: string): Promise<Fields | undefined> {
    try {
      return await this.#get(target)
    } catch (error) {
      if (isUnknown(error) || error instanceof ProtocolError) return undefined
      throw error
    }
  }

  /** The peers of the whole list that are in a channel. A program that names no channels is in #general. */
  async #membersOfAll(channel: string): Promise<Peer[]> {
    const { peers: list } = await this.#get('/get-list')
    this.#listsWhole = true
    if (!Array.isArray(list)) return channel === GENERAL ? peers(list) : []
    return peers(
      list.filter((entry: unknown) => {
        const channels = isObject(entry) ? entry['channels'] : undefined
        return Array.isArray(channels) && channels.length > 0
          ? channels.includes(channel)
          : channel === GENERAL
      }),
    )
  }

  /**
   * Follows the push feed of these channels. Calls `onEvent` until the feed ends or `signal` is aborted. Resolves to
   * false at once if this tracker has no feed.
   */
  async follow(
    self: Registrant,
    channels: readonly string[],
    onEvent: (event: ServerSentEvent) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const names = channels.map((channel) => `channel=${encodeURIComponent(channel)}`).join('&')
    const own = self.ip === undefined ? '' : `&ip=${encodeURIComponent(self.ip)}`
    const target = `/events?${names}&port=${self.port}${own}`
    const response = await this.#client.stream(this.#route.target, getRequest(target))
    const isFeed = response.status === 200 && response.headers.get('content-type') === 'text/event-stream'
    const close = response.close
    if (!isFeed || signal.aborted) {
      close()
      return isFeed
    }
    signal.addEventListener('abort', close)
    try {
      const parser = new EventStreamParser()
      const decoder = new TextDecoder()
      for await (const piece of response.pieces) {
        parser.push(decoder.decode(piece, { stream: true })).forEach(onEvent)
      }
      return true
    } finally {
      signal.removeEventListener('abort', close)
    }
  }

  async #get(target: string): Promise<Fields> {
    return read(await this.#client.request(this.#route.target, getRequest(target)))
  }

  /** Each of these requests is safe to repeat: registering, joining or leaving twice changes nothing. */
  async #post(target: string, body: object): Promise<Fields> {
    const request = { ...postRequest(target, JSON.stringify(body)), repeatable: true }
    return read(await this.#client.request(this.#route.target, request))
  }
}

/**
 * The peers of a list, in any of the forms that trackers use; an entry that is no peer is left out. Their keys are hints:
 * the tracker says them.
 */
export function peers(list: unknown): Peer[] {
  if (isObject(list))
    return peers(Object.entries(list).map(([name, at]) => (isObject(at) ? { ...at, name } : at)))
  if (!Array.isArray(list)) return []
  return list.slice(0, MAX_PEERS).flatMap((entry: unknown) => {
    try {
      return isObject(entry) ? [listed(entry)] : []
    } catch {
      return []
    }
  })
}

function listed(entry: Fields): Peer {
  const { ip, port, name } = peer(entry, '')
  const key = keyOf(entry['key'])
  return key === undefined ? { ip, port, name } : { ip, port, name, key }
}

function asFields({ ip, port, name }: Registrant): Fields {
  const at = { port, name }
  return ip === undefined ? at : { ip, ...at, peer_id: addressKey({ ip, port }) }
}

function read({ status, body }: ReceivedResponse): Fields {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString()
  if (status !== 200) throw refusal(status, text)
  const fields = jsonObject(text)
  // Some trackers refuse with status 200, and say so in a field.
  if (FAILED.has(String(fields['status']).toLowerCase()) || fields['success'] === false)
    throw refusal(status, text)
  return fields
}

/** Where a list goes on, in the tracker's own words: nothing in it has a meaning in a request target. */
const CURSOR = /^[0-9A-Za-z._~-]{1,200}$/

/** Values of `status` in a refusal. */
const FAILED = new Set(['failed', 'failure', 'fail', 'error'])

/** The tracker has no such endpoint. */
function isUnknown(error: unknown): boolean {
  return error instanceof TrackerError && [404, 405].includes(error.status)
}

function refusal(status: number, text: string): TrackerError {
  try {
    const { error, detail, message } = jsonObject(text)
    const code = typeof error === 'string' ? error : ''
    const sentence = [detail, message].find((value) => typeof value === 'string')
    const reason = sentence ?? `answered ${status} ${code}`.trim()
    return new TrackerError(status, code, reason.slice(0, MAX_REASON))
  } catch {
    return new TrackerError(status, '', `answered ${status}`)
  }
}
