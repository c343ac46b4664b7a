/**
 * Who this peer is to others. Invariant: key, identity and node never change while it runs; the name changes by rename() only;
 * the address is known from listensAt() on.
 */
import { OwnAddress } from './own-address.ts'
import type { Peer } from '../../chat/model.ts'
import type { Address } from '../../http/message.ts'
import { networkTag } from '../../identity/message-signature.ts'
import type { KeyPair } from '../../identity/key-pair.ts'
import type { NetworkKey } from '../../identity/network-key.ts'

export interface SelfOptions {
  readonly name: string
  readonly keys: KeyPair
  readonly identity: string
  readonly node: string
  /** Undefined: an open network. */
  readonly network?: NetworkKey | undefined
  /** The tracker, as far as there is one: a peer at a tracker on loopback is reached there. */
  readonly tracker?: Address | undefined
}

export class Self {
  readonly keys: KeyPair
  /** For programs without keys, the same after each start: 16 lower-case hexadecimal digits. */
  readonly identity: string
  /** Random id of this run. Peers recognise this peer by it behind several addresses: 16 lower-case hexadecimal digits. */
  readonly node: string
  /** Undefined: an open network. */
  readonly network: NetworkKey | undefined
  /** What the signatures of this network cover. */
  readonly networkTag: Buffer
  #name: string
  readonly #tracker: Address | undefined
  #address: OwnAddress | undefined
  #isLeaving = false

  constructor({ name, keys, identity, node, network, tracker }: SelfOptions) {
    this.#name = name
    this.keys = keys
    this.identity = identity
    this.node = node
    this.network = network
    this.networkTag = network?.tag ?? networkTag(undefined)
    this.#tracker = tracker
  }

  get name(): string {
    return this.#name
  }

  rename(name: string): void {
    this.#name = name
  }

  /** The peer ends: from now on it tells others that it is not here. */
  leave(): void {
    this.#isLeaving = true
  }

  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** The peer listens. */
  listensAt(address: Address): void {
    this.#address = new OwnAddress(address, this.#tracker)
  }

  /** Throws before the peer listens. */
  get address(): OwnAddress {
    if (this.#address === undefined) throw new Error('this peer does not listen yet')
    return this.#address
  }

  /** This peer as others see it. */
  get peer(): Peer {
    const { ip, port } = this.address
    return { ip, port, name: this.#name, key: this.keys.id }
  }
}
