/** The peers that a name or an address means: those that are here, and those that were met before. */
import { type Peer, peerId, type PeerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import type { PresenceView } from '../../chat/presence.ts'
import type { Store } from '../../store/store.ts'

export class Directory {
  readonly #presence: PresenceView
  readonly #store: Store

  constructor(presence: PresenceView, store: Store) {
    this.#presence = presence
    this.#store = store
  }

  /** Whether a peer of this name is here. */
  isHere(name: string): boolean {
    return this.#presence.find(name).length > 0
  }

  /** Whether a peer of this name was met before. */
  remembers(name: string): boolean {
    return this.#store.remembered(name).length > 0 || this.#store.alike(name).length > 0
  }

  /**
   * The one peer of this name or address, here or met before; else the one whose name differs in case, accents and the
   * like only. Throws ChatError 404 or 409.
   */
  find(name: string): Peer {
    const [peer, ...others] = this.#named(name)
    if (peer === undefined) throw new ChatError(404, 'unknown_peer', `nobody here is called ${name}`)
    if (others.length === 0) return peer
    const choices = [peer, ...others].map(peerId).join(' or ')
    throw new ChatError(409, 'ambiguous_name', `there is more than one ${name}; use the address: ${choices}`)
  }

  /** The peer with this id, here or met before. Throws ChatError 404. */
  at(id: PeerId): Peer {
    const peer = this.#presence.get(id) ?? this.#metAt(id)
    if (peer === undefined) throw new ChatError(404, 'unknown_peer', `nobody was met at ${id}`)
    return peer
  }

  #metAt(id: PeerId): Peer | undefined {
    const met = this.#store.remembered(id).find((peer) => peerId(peer) === id)
    return met ?? this.#store.page(`@${id}`, 100).entries.findLast(({ own }) => !own)?.message.from
  }

  /** A peer that was met and is not here now gets its messages when it comes back. */
  #named(name: string): readonly Peer[] {
    const ways = [
      () => this.#presence.find(name),
      () => lastPlaces(this.#store.remembered(name)),
      () => this.#presence.alike(name),
      () => lastPlaces(this.#store.alike(name)),
    ]
    for (const way of ways) {
      const found = way()
      if (found.length > 0) return found
    }
    return []
  }
}

/** Each peer that was met at the last of its addresses only. */
function lastPlaces(all: readonly Peer[]): readonly Peer[] {
  const isMoved = ({ identity }: Peer, index: number): boolean =>
    identity !== undefined && all.findIndex((other) => other.identity === identity) < index
  return all.filter((peer, index) => !isMoved(peer, index))
}
