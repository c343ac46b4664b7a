/**
 * The addresses of this peer: where it listens, and under which address each tracker sees it. Decides which addresses
 * are its own, and to which addresses it may be sent.
 */
import { namedAddressProblem } from '../../chat/address.ts'
import { isLoopback, unmapped } from '../../http/ip.ts'
import { addressesOfMachine, ownAddress } from './listen.ts'
import type { Peer } from '../../chat/model.ts'
import type { Address } from '../../http/message.ts'

export class OwnAddress {
  readonly listening: Address
  readonly #tracker: Address | undefined
  readonly #machine: () => readonly string[]
  /** The address under which each tracker lists this peer, by the source of the tracker. */
  readonly #seen = new Map<string, string>()

  /** `machine`: the addresses of this machine, now. */
  constructor(listening: Address, tracker: Address | undefined, machine = addressesOfMachine) {
    this.listening = listening
    this.#tracker = tracker
    this.#machine = machine
  }

  get isEverywhere(): boolean {
    return ['0.0.0.0', '::'].includes(this.listening.host)
  }

  /** The address that is announced. */
  get ip(): string {
    const { host } = this.listening
    if (!this.isEverywhere) return host
    const [seen = ownAddress(host, this.#tracker)] = this.#seen.values()
    return seen
  }

  /**
   * Where peers of other machines reach this one. A tracker on this machine lists the peer under a loopback address,
   * which leads every other machine to itself.
   */
  get reachable(): Address {
    const { ip, port } = this
    const other = this.isEverywhere && isLoopback(ip) ? this.#machine().find(isReachable) : undefined
    return { host: other ?? ip, port }
  }

  get port(): number {
    return this.listening.port
  }

  /** A tracker lists this peer under this address. */
  seenAs(ip: string, tracker: string): void {
    this.#seen.set(tracker, ip)
  }

  /**
   * Whether this is an own address, in any spelling. `from`: where the peer that names it connects from. A tracker
   * says under which address it sees this peer, but a peer that connects from that address is there itself.
   */
  isOurs({ ip, port }: Pick<Peer, 'ip' | 'port'>, from?: string): boolean {
    if (port !== this.port) return false
    const address = unmapped(ip)
    return this.#isOfThisPeer(address) || (address !== from && [...this.#seen.values()].includes(address))
  }

  #isOfThisPeer(address: string): boolean {
    if (!this.isEverywhere) return address === this.listening.host
    return isLoopback(address) || this.#machine().includes(address)
  }

  /**
   * These peers without this one, and without addresses that messages must not be sent to. `by`: the host that names
   * them; only a host of this machine can name others of this machine.
   */
  others(peers: readonly Peer[], by: string): Peer[] {
    return peers.filter(
      (peer) =>
        !this.isOurs(peer) &&
        namedAddressProblem(peer.ip, peer.port) === undefined &&
        (isLoopback(by) || !isLoopback(peer.ip)),
    )
  }
}

/** Whether an address of this machine means this machine on others, too; IPv4 only. */
function isReachable(address: string): boolean {
  return !address.includes(':') && !isLoopback(address)
}
