/** User ids on the LAN: every peer there has one of LSNP, `name@ip`, Parley peers too. */
import { BoundedMap } from '../../chat/bounded.ts'
import { addressKey, type Peer, type AddressKey } from '../../chat/model.ts'
import type { LanPeer } from '../../udp/node/model.ts'

/** What LSNP knows about a peer. If it is announced in two ways, the announcement of a Parley peer counts. */
export function lanPeerOf(peer: Peer, people: readonly LanPeer[]): LanPeer | undefined {
  if (peer.lsnp !== undefined) return people.find(({ userId }) => userId === peer.lsnp)
  const there = people.filter(
    ({ httpPort, addresses }) => httpPort === peer.port && addresses.includes(peer.ip),
  )
  return there.find(({ node }) => node !== undefined) ?? there[0]
}

export function userIdOf(peer: Peer, people: readonly LanPeer[]): string {
  return peer.lsnp ?? lanPeerOf(peer, people)?.userId ?? userIdFor(peer.name, peer.ip)
}

/** The user id of a name at an address. It has no spaces and one `@`. */
export function userIdFor(name: string, ip: string): string {
  return `${name.trim().replace(/\s+/g, '_').replaceAll('@', '_')}@${ip}`
}

export const MAX_USER_IDS = 4_096

/** User ids of peers, also of those that left, so that later lines name them as before. Bounded: the oldest go first. */
export class UserIds {
  /** By the address that takes messages. */
  readonly #ids = new BoundedMap<AddressKey, string>(MAX_USER_IDS)

  /** Remembers the peers that are there now. */
  note(people: readonly LanPeer[]): void {
    for (const { httpPort, addresses, userId } of people) {
      if (httpPort === undefined) continue
      for (const ip of addresses) this.#ids.set(addressKey({ ip, port: httpPort }), userId)
    }
  }

  of(peer: Peer, people: readonly LanPeer[]): string {
    const known = peer.lsnp ?? lanPeerOf(peer, people)?.userId ?? this.#ids.get(addressKey(peer))
    return known ?? userIdFor(peer.name, peer.ip)
  }
}
