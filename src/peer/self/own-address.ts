/** Where we are, as far as we know: what we listen on, or what the tracker sees; and which addresses are nobody else's. */
import { namedAddressProblem } from '../../chat/address.ts'
import { isLoopback, unmapped } from '../../http/ip.ts'
import { addressesOfMachine, ownAddress } from './listen.ts'
import type { Peer } from '../../chat/model.ts'
import type { Address } from '../../http/message.ts'

export class OwnAddress {
  readonly listening: Address
  readonly #tracker: Address | undefined
  readonly #machine: () => readonly string[]
  /** Under which the tracker lists us. */
  #seen: string | undefined

  /** `machine`: the addresses of this machine, now. */
  constructor(listening: Address, tracker: Address | undefined, machine = addressesOfMachine) {
    this.listening = listening
    this.#tracker = tracker
    this.#machine = machine
  }

  get isEverywhere(): boolean {
    return ['0.0.0.0', '::'].includes(this.listening.host)
  }

  /** The one that others are told. */
  get ip(): string {
    const { host } = this.listening
    return this.isEverywhere ? (this.#seen ?? ownAddress(host, this.#tracker)) : host
  }

  /**
   * Where peers of other machines reach this one, as its user tells it to theirs. A tracker on this machine lists the peer
   * under a loopback address, which leads every other machine to itself.
   */
  get reachable(): Address {
    const { ip, port } = this
    const other = this.isEverywhere && isLoopback(ip) ? this.#machine().find(isOfOthers) : undefined
    return { host: other ?? ip, port }
  }

  get port(): number {
    return this.listening.port
  }

  /** The tracker lists us under this. */
  seenAs(ip: string): void {
    this.#seen = ip
  }

  /**
   * Whether we are there, in any spelling of the address. `from`: where the peer that names it connects from. The
   * tracker says under which address it sees us, but a peer that connects from that address is there itself.
   */
  isOurs({ ip, port }: Pick<Peer, 'ip' | 'port'>, from?: string): boolean {
    if (port !== this.port) return false
    const address = unmapped(ip)
    return this.#isOfThisPeer(address) || (address === this.#seen && address !== from)
  }

  #isOfThisPeer(address: string): boolean {
    if (!this.isEverywhere) return address === this.listening.host
    return isLoopback(address) || this.#machine().includes(address)
  }

  /**
   * Without ourselves, and without addresses that nobody should be sent to. `by`: who tells of them; only somebody of
   * this machine can tell of others of this machine.
   */
  others(peers: readonly Peer[], by = this.#tracker?.host ?? ''): Peer[] {
    return peers.filter(
      (peer) =>
        !this.isOurs(peer) &&
        namedAddressProblem(peer.ip, peer.port) === undefined &&
        (isLoopback(by) || !isLoopback(peer.ip)),
    )
  }
}

/** An address of IPv4 that means this machine on others, too. */
function isOfOthers(address: string): boolean {
  return !address.includes(':') && !isLoopback(address)
}
