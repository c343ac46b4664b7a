/** Who is meant by a name or an address: those who are here, and those who were. */
import { peerId, type Peer, type PeerId } from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import type { Roster } from '../chat/roster.ts'
import type { Store } from './store-model.ts'

export class Acquaintances {
  readonly #roster: Roster
  readonly #store: Store

  constructor(roster: Roster, store: Store) {
    this.#roster = roster
    this.#store = store
  }

  /** Whether somebody of this name is here. */
  isHere(name: string): boolean {
    return this.#roster.find(name).length > 0
  }

  /** Whether somebody of this name was met once. */
  remembers(name: string): boolean {
    return this.#store.remembered(name).length > 0
  }

  /** The one peer of this name or address, here or met before. Throws Refused. */
  find(name: string): Peer {
    const here = this.#roster.find(name)
    // Whoever was met and is not here now gets it when it comes back.
    const [peer, ...others] = here.length > 0 ? here : this.#metBefore(name)
    if (peer === undefined) throw new Refused(404, 'unknown_peer', `nobody here is called ${name}`)
    if (others.length === 0) return peer
    const choices = [peer, ...others].map(peerId).join(' or ')
    throw new Refused(409, 'ambiguous_name', `there is more than one ${name}; use the address: ${choices}`)
  }

  /** The one with this id, here or met before. Throws Refused. */
  at(id: PeerId): Peer {
    const peer = this.#roster.get(id) ?? this.#metAt(id)
    if (peer === undefined) throw new Refused(404, 'unknown_peer', `nobody was met at ${id}`)
    return peer
  }

  #metAt(id: PeerId): Peer | undefined {
    const met = this.#store.remembered(id).find((peer) => peerId(peer) === id)
    return met ?? this.#store.page(`@${id}`, 100).entries.findLast(({ own }) => !own)?.message.from
  }

  /** Those of this name that were here once, each where it was last. */
  #metBefore(name: string): readonly Peer[] {
    const all = this.#store.remembered(name)
    const isMoved = ({ identity }: Peer, index: number): boolean =>
      identity !== undefined && all.findIndex((other) => other.identity === identity) < index
    return all.filter((peer, index) => !isMoved(peer, index))
  }
}
