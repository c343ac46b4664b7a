/**
 * Peers that come by themselves: by a greeting, or by a message from their own address. A peer that no other source
 * vouches for is listed when it has answered at the port that it names. One host has few places. So no ghost is listed.
 */
import { TIMES, LIMITS } from '../../chat/limits.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { ClientError } from '../../http/client-connection.ts'
import { hostKey, isLoopback } from '../../http/ip.ts'
import { whoIsAt, type AtAddress } from './identify.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Presence } from '../../chat/presence.ts'
import type { HttpClient } from '../../http/network.ts'

export interface ArrivalsOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly clock: Clock
  readonly roster: Presence
  /** Whether a peer that says that it is in this channel is listed there. */
  readonly mayHear: (id: AddressKey, channel: string) => boolean
  /** A chat peer answered there. */
  readonly onReached: (peer: Peer) => void
}

interface Arrival {
  readonly peer: Peer
  readonly node: unknown
  readonly channels: Set<string>
}

/** Looking at ports of one host, and of this machine itself; one more is not looked at now. */
const LOOKS = { perSecond: 1, burst: 10 }
const OWN_LOOKS = { perSecond: 10, burst: 100 }

export class Arrivals {
  readonly #options: ArrivalsOptions
  readonly #looks = new RateLimit(LOOKS)
  readonly #ownLooks = new RateLimit(OWN_LOOKS)
  /** Those that are being looked at. */
  readonly #pending = new Map<AddressKey, Arrival>()
  #isStopped = false

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  /** It connected from its `ip`, and says that it is in these channels. `node`: as it says, if it does. */
  arrived(peer: Peer, channels: readonly string[], node?: unknown): void {
    const id = addressKey(peer)
    const pending = this.#pending.get(id)
    if (this.#options.roster.get(id) !== undefined) this.#list(peer, channels)
    else if (pending !== undefined) for (const channel of channels) pending.channels.add(channel)
    else if (this.#mayLook(peer)) void this.#look({ peer, node, channels: new Set(channels) })
  }

  /** It has gone: what it answered before does not list it any more. */
  left(id: AddressKey): void {
    this.#pending.delete(id)
  }

  sweep(now: number): void {
    this.#looks.sweep(now)
    this.#ownLooks.sweep(now)
  }

  /** Nobody is looked at, or listed, any more. */
  stop(): void {
    this.#isStopped = true
  }

  #mayLook({ ip }: Peer): boolean {
    const { clock } = this.#options
    const isOwn = isLoopback(ip)
    const looks = isOwn ? this.#ownLooks : this.#looks
    if (this.#isStopped || looks.take(hostKey(ip), clock.now()) > 0) return false
    return this.#taken(ip) < (isOwn ? LIMITS.greetingsPerLoopback : LIMITS.greetingsPerHost)
  }

  /** Peers of one host that nobody but themselves vouches for, with those that are being looked at. */
  #taken(ip: string): number {
    const { roster } = this.#options
    const host = hostKey(ip)
    const isAlone = (peer: Peer): boolean => {
      const id = addressKey(peer)
      return roster.channelsOf(id).every((channel) => [...roster.sources(id, channel)].every(isDirect))
    }
    const listed = roster.peers.filter((peer) => hostKey(peer.ip) === host && isAlone(peer))
    const pending = [...this.#pending.values()].filter(({ peer }) => hostKey(peer.ip) === host)
    return listed.length + pending.length
  }

  /** Never rejects: who does not answer is not there. */
  async #look(arrival: Arrival): Promise<void> {
    const { client, onReached } = this.#options
    const { peer, channels } = arrival
    const id = addressKey(peer)
    this.#pending.set(id, arrival)
    try {
      const found = await whoIsAt(client, { host: peer.ip, port: peer.port })
      const isAwaited = this.#pending.get(id) === arrival && !this.#isStopped
      if (!isAwaited || !isSame(found, arrival)) return
      onReached(peer)
      this.#list(peer, [...channels])
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
    } finally {
      if (this.#pending.get(id) === arrival) this.#pending.delete(id)
    }
  }

  #list(peer: Peer, channels: readonly string[]): void {
    const { roster, clock, mayHear } = this.#options
    const id = addressKey(peer)
    const until = clock.now() + TIMES.lease
    for (const channel of channels) if (mayHear(id, channel)) roster.add('direct', peer, channel, until)
  }
}

function isDirect(source: string): boolean {
  return source === 'direct'
}

/** Whether the one who answered is the one who came, as far as both say who they are. */
function isSame(found: AtAddress, { peer, node }: Arrival): boolean {
  if (found.kind !== 'parley') return found.kind === 'family'
  const { identity } = found.greeting.peer
  const isOtherNode = node !== undefined && found.node !== undefined && node !== found.node
  const isOtherIdentity = peer.identity !== undefined && identity !== undefined && peer.identity !== identity
  return !isOtherNode && !isOtherIdentity
}
