/**
 * Sends what users say to foreign programs: each message once to a program; to programs that have never answered once to an
 * address, and not more than LAN_LIMITS.silent.
 *
 * A program that never answered may not exist, and its address may be that of a machine that an attacker wants to flood.
 * Where several silent programs share an address, a POST goes to everybody in that network instead, once.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { RateLimit } from '../../../chat/rate-limit.ts'
import { encoded } from '../encoding.ts'
import { DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { LAN_LIMITS } from '../limits.ts'
import { isIn } from '../../networks.ts'
import type { LanContext } from '../context.ts'
import type { LsnpMessage, LsnpMessages } from '../../lsnp/codec.ts'
import type { Network } from '../model.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

export class LimitedSender {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #rate = new RateLimit(LAN_LIMITS.silent)
  /** The places to which each of the last messages was sent, by its key. */
  readonly #sent = new BoundedMap<string, Set<string>>(LAN_LIMITS.posts)

  constructor(context: LanContext, table: PeerTable) {
    this.#context = context
    this.#table = table
  }

  /** Sends a message; `key` names it. Returns false if it is too much now, true if it is sent or was sent before. */
  send(key: string, to: PeerEntry, message: LsnpMessage, now: number): boolean {
    if (this.wasSent(key, to)) return true
    if (!this.allows(to, message, now)) return false
    this.markSent(key, to)
    this.#context.sendTo(to, message, now)
    return true
  }

  /** As send(), with a POST: it goes to everybody in the network where goesToEverybody() says so. */
  post(key: string, to: PeerEntry, message: LsnpMessages['POST'], now: number): boolean {
    const network = this.#sharedNetwork(to)
    if (network === undefined) return this.send(key, to, message, now)
    const places = this.#placesOf(key)
    if (places.has(network.broadcast)) return true
    if (!this.allows(to, message, now)) return false
    places.add(network.broadcast)
    // Parley peers read it, too, and get the message over HTTP: NODE tells them so.
    const marked = { ...message, node: this.#context.node }
    this.#context.send({ host: network.broadcast, port: DISCOVERY_PORT }, marked, 'polyglot', now)
    return true
  }

  /** Whether a POST to this program goes to all programs in its network. */
  goesToEverybody(to: PeerEntry): boolean {
    return this.#sharedNetwork(to) !== undefined
  }

  /** Whether this message was sent to the place of this program. */
  wasSent(key: string, to: PeerEntry): boolean {
    return this.#placesOf(key).has(this.#placeOf(to))
  }

  markSent(key: string, to: PeerEntry): void {
    this.#placesOf(key).add(this.#placeOf(to))
  }

  /** Whether a program may be sent this message now, as far as it has never answered. Counts its bytes. */
  allows(to: PeerEntry, message: LsnpMessage, now: number): boolean {
    if (to.isProved) return true
    const bytes = encoded(message, 'rfc').length
    return this.#rate.take(to.peer.ip, now, Math.min(bytes, LAN_LIMITS.silent.burst)) === 0
  }

  sweep(now: number): void {
    this.#rate.sweep(now)
  }

  /** Datagrams with an address of this machine come from here, so its programs are told apart by their ports. */
  #placeOf(to: PeerEntry): string {
    const { ip, port } = to.peer
    return to.isProved || this.#context.addresses.isOwnInterface(ip) ? `${ip}:${port}` : ip
  }

  #placesOf(key: string): Set<string> {
    const places = this.#sent.get(key) ?? new Set()
    this.#sent.set(key, places)
    return places
  }

  #sharedNetwork(to: PeerEntry): Network | undefined {
    const network = this.#context.addresses.networks.find((each) => isIn(to.peer.ip, each))
    return network !== undefined && this.#hasSharedAddress(network) ? network : undefined
  }

  /** Whether silent programs take datagrams at different ports of one address in this network. */
  #hasSharedAddress(network: Network): boolean {
    const ports = new Map<string, number>()
    for (const entry of this.#table.entries) {
      const { ip, port, node, httpPort } = entry.peer
      if (node !== undefined || httpPort !== undefined || entry.isProved) continue
      if (!isIn(ip, network) || this.#context.addresses.isOwnInterface(ip)) continue
      if ((ports.get(ip) ?? port) !== port) return true
      ports.set(ip, port)
    }
    return false
  }
}
