/**
 * Where peers with keys are reached. Invariant: an address is a proved route of the key that a connection there proved
 * last, and of no other key; every other address is a candidate, which a connection has to prove before anything is sent.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { addressKey, type AddressKey, type Peer } from '../../chat/model.ts'
import type { ClientError } from '../../http/client-connection.ts'
import type { Address, Target } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'

/** Keys whose routes are remembered; the oldest are forgotten. */
const MAX_KEYS = 4_096
/** Addresses of one key; the one that was tried in vain, or proved, longest ago is forgotten. */
const MAX_ROUTES = 8

interface Route {
  readonly address: Address
  isProved: boolean
}

export class Routes {
  /** The route that should be tried first is the first. */
  readonly #routes = new BoundedMap<KeyId, Route[]>(MAX_KEYS)
  /** The key that was proved at an address last. */
  readonly #keys = new BoundedMap<AddressKey, KeyId>(MAX_KEYS)

  /** Where a request to this peer goes. A peer without a key is its address. */
  target({ key, ip, port }: Peer): Target {
    if (key === undefined) return { host: ip, port }
    const { host, port: at } = this.#routes.get(key)?.[0]?.address ?? { host: ip, port }
    return { host, port: at, key }
  }

  /** A connection to this address proved the key. */
  proved(key: KeyId, address: Address): void {
    const id = idOf(address)
    const before = this.#keys.get(id)
    if (before !== undefined && before !== key) this.refuted(before, address)
    this.#keys.set(id, key)
    this.#put(key, [{ address, isProved: true }, ...this.#others(key, id)])
  }

  /** A source says that the peer with this key is there. */
  hinted(key: KeyId, address: Address): void {
    const routes = this.#routes.get(key) ?? []
    if (routes.some((route) => idOf(route.address) === idOf(address))) return
    const proved = routes.filter(({ isProved }) => isProved)
    const candidates = routes.filter(({ isProved }) => !isProved)
    this.#put(key, [...proved, { address, isProved: false }, ...candidates])
  }

  /** Nothing answered there: the other addresses are tried first. */
  failed(key: KeyId, address: Address): void {
    const id = idOf(address)
    const route = this.#routes.get(key)?.find((each) => idOf(each.address) === id)
    if (route !== undefined) this.#put(key, [...this.#others(key, id), route])
  }

  /** Another program answered there. */
  refuted(key: KeyId, address: Address): void {
    const id = idOf(address)
    if (this.#keys.get(id) === key) this.#keys.delete(id)
    const others = this.#others(key, id)
    if (others.length === 0) this.#routes.delete(key)
    else this.#put(key, others)
  }

  isProvedAt(key: KeyId, address: Address): boolean {
    return this.#keys.get(idOf(address)) === key
  }

  /** Whether the key was proved at any address since the start. */
  isProved(key: KeyId): boolean {
    return this.#routes.get(key)?.some(({ isProved }) => isProved) ?? false
  }

  /** The key that was proved at this address last. */
  keyAt({ ip, port }: Pick<Peer, 'ip' | 'port'>): KeyId | undefined {
    return this.#keys.get(addressKey({ ip, port }))
  }

  /** The addresses of a peer with this key, the one that is tried first first. */
  addresses(key: KeyId): Address[] {
    return (this.#routes.get(key) ?? []).map(({ address }) => address)
  }

  #others(key: KeyId, id: AddressKey): Route[] {
    return (this.#routes.get(key) ?? []).filter(({ address }) => idOf(address) !== id)
  }

  #put(key: KeyId, routes: readonly Route[]): void {
    this.#routes.set(key, routes.slice(0, MAX_ROUTES))
  }
}

/** Whether an answer came from a program that is not the one with the key. */
export function isOther({ code }: ClientError): boolean {
  return code === 'another_key' || code === 'not_offered' || code === 'other_network'
}

function idOf({ host, port }: Address): AddressKey {
  return addressKey({ ip: host, port })
}
