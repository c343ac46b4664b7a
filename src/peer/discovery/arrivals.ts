/**
 * Peers that come by themselves: by a greeting, or by a message from their own address. Invariant: a peer that no source
 * lists is listed when it has answered at the port that it names, and one host has few places. So no ghost is listed.
 */
import { LIMITS } from '../../chat/limits.ts'
import { type Peer, peerId, type PeerId } from '../../chat/model.ts'
import { RateLimit } from '../../chat/rate-limit.ts'
import { ClientError } from '../../http/client-connection.ts'
import { hostKey, isLoopback } from '../../http/ip.ts'
import { whoIsAt, type AtAddress } from './identify.ts'
import { CONTACT } from './source.ts'
import type { Clock } from '../../chat/clock.ts'
import type { PresenceView, RosterChange } from '../../chat/presence.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Feature } from '../feature.ts'
import { hasKey } from '../contacts/hint.ts'
import type { Contacts } from '../contacts/contacts.ts'
import type { Discovery } from './discovery.ts'
import type { Vetting } from './vetting.ts'

export interface ArrivalsOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly clock: Clock
  readonly presence: PresenceView
  readonly discovery: Pick<Discovery, 'report'>
  readonly vetting: Pick<Vetting, 'passed'>
  readonly contacts: Pick<Contacts, 'meet'>
}

interface Arrival {
  readonly peer: Peer
  readonly node: unknown
  readonly channels: Set<string>
}

/** Probes of one host, and of this machine; an arrival beyond them is not probed now. */
const PROBES = { perSecond: 1, burst: 10 }
const OWN_PROBES = { perSecond: 10, burst: 100 }

export class Arrivals implements Feature {
  readonly #options: ArrivalsOptions
  readonly #probes = new RateLimit(PROBES)
  readonly #ownProbes = new RateLimit(OWN_PROBES)
  /** Arrivals that are being probed. */
  readonly #pending = new Map<PeerId, Arrival>()
  #isStopped = false

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  /** A peer connected from its `ip`, and says that it is in these channels. `node`: what it calls itself, if anything. */
  arrived(peer: Peer, channels: readonly string[], node?: unknown): void {
    const { presence, discovery } = this.#options
    const id = peerId(peer)
    const pending = this.#pending.get(id)
    if (presence.get(id) !== undefined) discovery.report(CONTACT, peer, channels)
    else if (pending !== undefined) for (const channel of channels) pending.channels.add(channel)
    else if (this.#mayProbe(peer)) void this.#probe({ peer, node, channels: new Set(channels) })
  }

  /** A peer that left is not listed by what it answered before. */
  onPresence(change: RosterChange): void {
    if (change.kind === 'parted') this.#pending.delete(peerId(change.peer))
  }

  sweep(now: number): void {
    this.#probes.sweep(now)
    this.#ownProbes.sweep(now)
  }

  stop(): void {
    this.#isStopped = true
  }

  #mayProbe({ ip }: Peer): boolean {
    const { clock } = this.#options
    const isOwn = isLoopback(ip)
    const probes = isOwn ? this.#ownProbes : this.#probes
    if (this.#isStopped || probes.take(hostKey(ip), clock.now()) > 0) return false
    return this.#placesTaken(ip) < (isOwn ? LIMITS.greetingsPerLoopback : LIMITS.greetingsPerHost)
  }

  /** Peers of one host that are listed by their own word alone, or are being probed. */
  #placesTaken(ip: string): number {
    const { presence } = this.#options
    const host = hostKey(ip)
    const isAlone = (peer: Peer): boolean => {
      const id = peerId(peer)
      return presence
        .channelsOf(id)
        .every((channel) => [...presence.sources(id, channel)].every((source) => source === CONTACT))
    }
    const listed = presence.peers.filter((peer) => hostKey(peer.ip) === host && isAlone(peer))
    const pending = [...this.#pending.values()].filter(({ peer }) => hostKey(peer.ip) === host)
    return listed.length + pending.length
  }

  /** Never rejects: a peer that does not answer is not there. */
  async #probe(arrival: Arrival): Promise<void> {
    const { client, vetting, discovery } = this.#options
    const { peer, channels } = arrival
    const id = peerId(peer)
    this.#pending.set(id, arrival)
    try {
      if (hasKey(peer)) {
        await this.#options.contacts.meet(peer)
        return
      }
      const found = await whoIsAt(client, { host: peer.ip, port: peer.port })
      const isAwaited = this.#pending.get(id) === arrival && !this.#isStopped
      const key = found.kind === 'parley' ? found.greeting.peer.key : undefined
      // A program with a key is there: it is met, and this arrival is no other program.
      if (key !== undefined) {
        await this.#options.contacts.meet({ ...peer, key })
        return
      }
      if (!isAwaited || !isSame(found, arrival)) return
      vetting.passed(peer)
      discovery.report(CONTACT, peer, [...channels])
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
    } finally {
      if (this.#pending.get(id) === arrival) this.#pending.delete(id)
    }
  }
}

/** Whether the peer that answered is the one that arrived, as far as both say who they are. */
function isSame(found: AtAddress, { peer, node }: Arrival): boolean {
  if (found.kind !== 'parley') return found.kind === 'legacy'
  const { identity } = found.greeting.peer
  const isOtherNode = node !== undefined && found.node !== undefined && node !== found.node
  const isOtherIdentity = peer.identity !== undefined && identity !== undefined && peer.identity !== identity
  return !isOtherNode && !isOtherIdentity
}
