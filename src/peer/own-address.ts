/** Where we are, as far as we know: what we listen on, or what the tracker sees; and which addresses are nobody else's. */
import { addressProblem } from '../chat/address.ts'
import { isLoopback } from '../http/ip.ts'
import { ownAddress } from './listen.ts'
import type { Peer } from '../chat/model.ts'
import type { Address } from '../http/message.ts'

export class OwnAddress {
  readonly listening: Address
  readonly #tracker: Address | undefined
  /** Under which the tracker lists us. */
  #seen: string | undefined

  constructor(listening: Address, tracker: Address | undefined) {
    this.listening = listening
    this.#tracker = tracker
  }

  get isEverywhere(): boolean {
    return ['0.0.0.0', '::'].includes(this.listening.host)
  }

  /** The one that others are told. */
  get ip(): string {
    const { host } = this.listening
    return this.isEverywhere ? (this.#seen ?? ownAddress(host, this.#tracker)) : host
  }

  get port(): number {
    return this.listening.port
  }

  /** The tracker lists us under this. */
  seenAs(ip: string): void {
    this.#seen = ip
  }

  isOurs({ ip, port }: Pick<Peer, 'ip' | 'port'>): boolean {
    return port === this.port && (ip === this.ip || (this.isEverywhere && isLoopback(ip)))
  }

  /**
   * Without ourselves, and without addresses that nobody should be sent to. `by`: who tells of them; only somebody of
   * this machine can tell of others of this machine.
   */
  others(peers: readonly Peer[], by = this.#tracker?.host ?? ''): Peer[] {
    return peers.filter(
      (peer) =>
        !this.isOurs(peer) &&
        addressProblem(peer.ip, peer.port) === undefined &&
        (isLoopback(by) || !isLoopback(peer.ip)),
    )
  }
}
