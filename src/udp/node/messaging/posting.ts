/**
 * How much of what users say goes to programs that take datagrams only: one copy to a program, and to programs that
 * have never answered anything one copy to an address, not more than LAN_LIMITS.silent. Pure.
 *
 * A program that never answered may not exist: its address may be that of a machine that an attacker wants to
 * flood. Where several silent programs share an address, a POST goes to everybody in that network instead, once.
 */
import { RateLimit } from '../../../chat/rate-limit.ts'
import { encoded, type LanContext } from '../context.ts'
import { DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { LAN_LIMITS } from '../limits.ts'
import { isIn } from '../../networks.ts'
import type { LsnpMessage, LsnpMessages } from '../../lsnp/codec.ts'
import type { Network } from '../model.ts'
import { isProved, type Entry, type PeerTable } from '../peer-table.ts'

export class LanPosting {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #rate = new RateLimit(LAN_LIMITS.silent)
  /** Where each of the last messages went, by its id. */
  readonly #sent = new Map<string, Set<string>>()

  constructor(context: LanContext, table: PeerTable) {
    this.#context = context
    this.#table = table
  }

  /** `id` names the message. False when it is too much now. True: it was sent, or this program has had it. */
  post(id: string, to: Entry, message: LsnpMessages['POST'], now: number): boolean {
    const network = this.#sharedNetwork(to)
    if (network === undefined) return this.send(id, to, message, now)
    const places = this.#placesOf(id)
    if (places.has(network.broadcast)) return true
    if (!this.mayHear(to, message, now)) return false
    places.add(network.broadcast)
    // Our own kind hears it, too, and has it over HTTP: NODE tells it so.
    const marked = { ...message, node: this.#context.node }
    this.#context.send({ host: network.broadcast, port: DISCOVERY_PORT }, marked, 'polyglot', now)
    return true
  }

  /** Whether a POST to this program goes to everybody in its network, programs of every kind. */
  goesToEverybody(to: Entry): boolean {
    return this.#sharedNetwork(to) !== undefined
  }

  /** The same for what does not concern everybody. */
  send(id: string, to: Entry, message: LsnpMessage, now: number): boolean {
    if (this.hasHad(id, to)) return true
    if (!this.mayHear(to, message, now)) return false
    this.had(id, to)
    this.#context.sendTo(to, message, now)
    return true
  }

  /** Whether this message was sent where this program is. */
  hasHad(id: string, to: Entry): boolean {
    return this.#placesOf(id).has(this.#placeOf(to))
  }

  /** It is sent there now. */
  had(id: string, to: Entry): void {
    this.#placesOf(id).add(this.#placeOf(to))
  }

  /** Datagrams that seem to come from this machine do: its programs are told apart by their ports. */
  #placeOf(to: Entry): string {
    const { ip, port } = to.peer
    return isProved(to) || this.#context.isOwnInterface(ip) ? `${ip}:${port}` : ip
  }

  /** Whether this is not too much for a program that has never answered; notes it. */
  mayHear(to: Entry, message: LsnpMessage, now: number): boolean {
    if (isProved(to)) return true
    const bytes = encoded(message, 'rfc').length
    return this.#rate.take(to.peer.ip, now, Math.min(bytes, LAN_LIMITS.silent.burst)) === 0
  }

  sweep(now: number): void {
    this.#rate.sweep(now)
  }

  #placesOf(id: string): Set<string> {
    const places = this.#sent.get(id) ?? new Set()
    this.#sent.set(id, places)
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= LAN_LIMITS.posts) break
      this.#sent.delete(oldest)
    }
    return places
  }

  #sharedNetwork(to: Entry): Network | undefined {
    const network = this.#context.networks.find((each) => isIn(to.peer.ip, each))
    return network !== undefined && this.#hasShared(network) ? network : undefined
  }

  /** Whether silent programs take datagrams at different ports of one address in this network. */
  #hasShared(network: Network): boolean {
    const ports = new Map<string, number>()
    for (const entry of this.#table.entries) {
      const { ip, port, node, httpPort } = entry.peer
      if (node !== undefined || httpPort !== undefined || isProved(entry)) continue
      if (!isIn(ip, network) || this.#context.isOwnInterface(ip)) continue
      if ((ports.get(ip) ?? port) !== port) return true
      ports.set(ip, port)
    }
    return false
  }
}
