/**
 * Who is there, in which channels, told by whom, until when. Pure.
 *
 * A peer may be known by several sources at once: the tracker's list, its own messages. Each source has a
 * lease of its own; a peer is there as long as one of them lasts. Nobody is there because of a cache.
 */
import { peerId, type Peer, type PeerId } from './model.ts'

export type Source = 'tracker' | 'direct' | 'static'

export type RosterChange =
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string }

interface Entry {
  peer: Peer
  /** Until when each source vouches for each channel: Unix time in milliseconds, or Infinity. */
  readonly channels: Map<string, Map<Source, number>>
}

export class Roster {
  readonly #entries = new Map<PeerId, Entry>()
  readonly #onChange: (change: RosterChange) => void

  constructor(onChange: (change: RosterChange) => void) {
    this.#onChange = onChange
  }

  /** A source says that a peer is in a channel. */
  hear(source: Source, peer: Peer, channel: string, until: number): void {
    const entry = this.#entry(peer)
    const leases = entry.channels.get(channel)
    if (leases !== undefined) {
      leases.set(source, until)
      return
    }
    entry.channels.set(channel, new Map([[source, until]]))
    this.#onChange({ kind: 'joined', peer, channel })
  }

  /** A source says that a peer has left a channel: that ends what other sources said earlier. */
  part(id: PeerId, channel: string, reason: string): void {
    const entry = this.#entries.get(id)
    if (entry?.channels.delete(channel) !== true) return
    if (entry.channels.size === 0) this.#entries.delete(id)
    this.#onChange({ kind: 'parted', peer: entry.peer, channel, reason })
  }

  /** A peer has left altogether. */
  remove(id: PeerId, reason: string): void {
    const entry = this.#entries.get(id)
    for (const channel of [...(entry?.channels.keys() ?? [])]) this.part(id, channel, reason)
  }

  /** The whole membership of a channel by one source. Those it does not name keep its word until `grace` at most. */
  replace(source: Source, channel: string, peers: readonly Peer[], until: number, grace: number): void {
    const named = new Set(peers.map(peerId))
    for (const [id, { channels }] of this.#entries) {
      const leases = channels.get(channel)
      const before = leases?.get(source)
      if (before !== undefined && !named.has(id)) leases?.set(source, Math.min(before, grace))
    }
    for (const peer of peers) this.hear(source, peer, channel, until)
  }

  /** Every lease of a source ends at `until` unless it is renewed. */
  limit(source: Source, until: number): void {
    for (const { channels } of this.#entries.values()) {
      for (const leases of channels.values()) {
        if (leases.has(source)) leases.set(source, until)
      }
    }
  }

  /** Drops what has run out. */
  sweep(now: number): void {
    for (const [id, { channels }] of [...this.#entries]) {
      for (const [channel, leases] of [...channels]) {
        for (const [source, until] of [...leases]) {
          if (until <= now) leases.delete(source)
        }
        if (leases.size === 0) this.part(id, channel, 'not heard of any more')
      }
    }
  }

  /** We are not in this channel any more, so its members are no concern of ours. */
  forgetChannel(channel: string): void {
    for (const [id, { channels }] of [...this.#entries]) {
      channels.delete(channel)
      if (channels.size === 0) this.#entries.delete(id)
    }
  }

  members(channel: string): Peer[] {
    return [...this.#entries.values()].filter(({ channels }) => channels.has(channel)).map(({ peer }) => peer)
  }

  get peers(): Peer[] {
    return [...this.#entries.values()].map(({ peer }) => peer)
  }

  get(id: PeerId): Peer | undefined {
    return this.#entries.get(id)?.peer
  }

  /** By name as people write it: exact first, else without regard to case; or by address. */
  find(name: string): Peer[] {
    const exact = this.peers.filter((peer) => peer.name === name || peerId(peer) === name)
    if (exact.length > 0) return exact
    const folded = name.toLowerCase()
    return this.peers.filter((peer) => peer.name.toLowerCase() === folded)
  }

  #entry(peer: Peer): Entry {
    const id = peerId(peer)
    const entry = this.#entries.get(id)
    if (entry === undefined) {
      const fresh: Entry = { peer, channels: new Map() }
      this.#entries.set(id, fresh)
      return fresh
    }
    if (entry.peer.name !== peer.name) {
      const before = entry.peer.name
      entry.peer = peer
      this.#onChange({ kind: 'renamed', peer, before })
    }
    return entry
  }
}
