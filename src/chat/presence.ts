/**
 * The peers that are online, in which channels, by which source, and until when.
 *
 * Several sources may know a peer at once: the tracker's list, the LAN, its own messages, an address given by hand, or
 * another peer. Each source has a lease of its own, and a peer is online as long as one lease lasts, never because of a
 * cache. A peer with several addresses is one peer, under the address by which it was known first; the others are its
 * aliases.
 */
import { addressKey, peerId, type Peer, type PeerId } from './model.ts'
import { NameIndex } from './name-index.ts'

/** Names what vouches for a peer: `lan`, `tracker:10.0.0.5:9001`. */
export type Source = string

export type RosterChange =
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string }
  /** What was known under `old`, an address, is this peer, which has proved its key. */
  | { readonly kind: 'became'; readonly peer: Peer; readonly old: PeerId }
  /** A connection to the address of this peer has proved its key. */
  | { readonly kind: 'met'; readonly peer: Peer }

/** Aliases of one peer; the oldest are forgotten. */
const MAX_ALIASES = 16

interface Entry {
  peer: Peer
  /** Until when each source vouches for each channel: Unix time in milliseconds, or Infinity. */
  readonly channels: Map<string, Map<Source, number>>
}

/** Presence without what changes it. */
export type PresenceView = Pick<
  Presence,
  'peers' | 'get' | 'canonical' | 'members' | 'channelsOf' | 'sources' | 'find' | 'alike'
>

export class Presence {
  readonly #entries = new Map<PeerId, Entry>()
  readonly #names = new NameIndex()
  /** By alias: the address that the peer goes by. */
  readonly #canonical = new Map<PeerId, PeerId>()
  /** By the address that a peer goes by: its aliases, the newest last. */
  readonly #aliases = new Map<PeerId, Set<PeerId>>()
  readonly #onChange: (change: RosterChange) => void

  constructor(onChange: (change: RosterChange) => void) {
    this.#onChange = onChange
  }

  /** A source says that a peer is in a channel. */
  add(source: Source, peer: Peer, channel: string, until: number): void {
    const entry = this.#entry(peer)
    const leases = entry.channels.get(channel)
    if (leases !== undefined) {
      leases.set(source, until)
      return
    }
    entry.channels.set(channel, new Map([[source, until]]))
    this.#onChange({ kind: 'joined', peer: entry.peer, channel })
  }

  /** Links addresses that belong to one peer, with those known already. Returns the address that the peer goes by. */
  linkAlias(ids: readonly [PeerId, ...PeerId[]]): PeerId {
    const known = ids.map((id) => this.canonical(id))
    const canonical = known.find((id) => this.#entries.has(id)) ?? this.canonical(ids[0])
    for (const id of new Set(known)) if (id !== canonical) this.#merge(id, canonical)
    for (const id of ids) this.#alias(id, canonical)
    return canonical
  }

  /** Unlinks an address from the peer that it was an alias of. */
  unlinkAlias(alias: PeerId): void {
    this.#aliases.get(this.canonical(alias))?.delete(alias)
    this.#canonical.delete(alias)
  }

  /** The address that the peer with this address goes by. */
  canonical(id: PeerId): PeerId {
    return this.#canonical.get(id) ?? id
  }

  /** The peer that was known under an address has proved its key. It neither leaves nor joins. */
  become(old: PeerId, peer: Peer): void {
    const before = this.canonical(old)
    const entry = this.#entries.get(before)
    if (entry !== undefined) {
      this.#forget(before)
      const { channels } = this.#entry(peer)
      for (const [channel, leases] of entry.channels) {
        const own = channels.get(channel)
        channels.set(channel, new Map([...leases, ...(own ?? [])]))
      }
    }
    this.#onChange({ kind: 'became', peer, old })
  }

  /** A connection to the address of this peer has proved its key. */
  met(peer: Peer): void {
    this.#onChange({ kind: 'met', peer })
  }

  /** Until when a source vouches for a peer in a channel: milliseconds of the clock; -Infinity if it does not. */
  leaseOf(id: PeerId, channel: string, source: Source): number {
    return this.#entries.get(this.canonical(id))?.channels.get(channel)?.get(source) ?? -Infinity
  }

  /** A source no longer vouches for a peer in a channel; the leases of other sources stay. */
  remove(source: Source, id: PeerId, channel: string, reason: string): void {
    const leases = this.#entries.get(this.canonical(id))?.channels.get(channel)
    if (leases?.delete(source) === true && leases.size === 0) this.part(id, channel, reason)
  }

  /** A peer has left a channel: ends the leases of all sources. */
  part(id: PeerId, channel: string, reason: string): void {
    const entry = this.#entries.get(this.canonical(id))
    if (entry?.channels.delete(channel) !== true) return
    this.#dropEmpty(this.canonical(id), entry)
    this.#onChange({ kind: 'parted', peer: entry.peer, channel, reason })
  }

  /** A peer has left all its channels. */
  removePeer(id: PeerId, reason: string): void {
    const entry = this.#entries.get(this.canonical(id))
    for (const channel of [...(entry?.channels.keys() ?? [])]) this.part(id, channel, reason)
  }

  /** A source named all members of a channel that it knows. Its lease of any other peer ends at `grace` at the latest. */
  endOthers(source: Source, channel: string, peers: readonly Peer[], grace: number): void {
    const named = new Set(peers.map((peer) => this.canonical(peerId(peer))))
    for (const [id, { channels }] of this.#entries) {
      const leases = channels.get(channel)
      const before = leases?.get(source)
      if (before !== undefined && !named.has(id)) leases?.set(source, Math.min(before, grace))
    }
  }

  /** Lets every lease of a source end at `until` unless it is renewed. */
  capLeases(source: Source, until: number): void {
    for (const { channels } of this.#entries.values()) {
      for (const leases of channels.values()) {
        if (leases.has(source)) leases.set(source, until)
      }
    }
  }

  /** Extends every lease by `gap` milliseconds, for which the machine slept and could receive nothing. */
  extendLeases(gap: number): void {
    for (const { channels } of this.#entries.values()) {
      for (const leases of channels.values()) {
        for (const [source, until] of leases) leases.set(source, until + gap)
      }
    }
  }

  /** Ends the leases that have expired. */
  sweep(now: number): void {
    for (const [id, { channels }] of [...this.#entries]) {
      for (const [channel, leases] of [...channels]) {
        for (const [source, until] of [...leases]) {
          if (until <= now) leases.delete(source)
        }
        if (leases.size === 0) this.part(id, channel, 'no longer seen')
      }
    }
  }

  /** Removes the members of a channel that this peer has left, without a change event. */
  forgetChannel(channel: string): void {
    for (const [id, entry] of [...this.#entries]) {
      entry.channels.delete(channel)
      this.#dropEmpty(id, entry)
    }
  }

  members(channel: string): Peer[] {
    return [...this.#entries.values()].filter(({ channels }) => channels.has(channel)).map(({ peer }) => peer)
  }

  /** The channels that a peer is in. */
  channelsOf(id: PeerId): string[] {
    return [...(this.#entries.get(this.canonical(id))?.channels.keys() ?? [])]
  }

  /** The sources that vouch for a peer in a channel. */
  sources(id: PeerId, channel: string): ReadonlySet<Source> {
    return new Set(this.#entries.get(this.canonical(id))?.channels.get(channel)?.keys() ?? [])
  }

  get peers(): Peer[] {
    return [...this.#entries.values()].map(({ peer }) => peer)
  }

  get(id: PeerId): Peer | undefined {
    return this.#entries.get(this.canonical(id))?.peer
  }

  /** Peers by name or address: the exact name, or else without regard to case. */
  find(name: string): Peer[] {
    const isMeant = (peer: Peer): boolean => peer.name === name || addressKey(peer) === name
    const exact = this.peers.filter((peer) => isMeant(peer) || peerId(peer) === this.canonical(name))
    if (exact.length > 0) return exact
    const folded = name.toLowerCase()
    return this.peers.filter((peer) => peer.name.toLowerCase() === folded)
  }

  /** Peers whose name is the same apart from case, accents and the like. */
  alike(name: string): Peer[] {
    return this.#names.alike(name).flatMap((id) => this.#entries.get(id)?.peer ?? [])
  }

  #entry(peer: Peer): Entry {
    const entry = this.#entries.get(this.canonical(peerId(peer)))
    if (entry === undefined) return this.#enter(peer)
    const { identity = entry.peer.identity } = peer
    if (entry.peer.identity !== identity && identity !== undefined) entry.peer = { ...entry.peer, identity }
    const { ip, port } = peer
    const hasMoved = entry.peer.ip !== ip || entry.peer.port !== port
    // A peer without a key is its address: this is another address of it.
    if (peer.key !== undefined && hasMoved) entry.peer = { ...entry.peer, ip, port }
    if (entry.peer.name !== peer.name) {
      const before = entry.peer.name
      entry.peer = { ...entry.peer, name: peer.name }
      this.#names.set(peerId(entry.peer), peer.name)
      this.#onChange({ kind: 'renamed', peer: entry.peer, before })
    }
    return entry
  }

  /** Adds a peer under this address, even if the address was an alias of another peer until now. */
  #enter(peer: Peer): Entry {
    const id = peerId(peer)
    const expected = this.canonical(id)
    this.unlinkAlias(id)
    if (expected !== id) this.#merge(expected, id)
    const entry: Entry = { peer, channels: new Map() }
    this.#entries.set(id, entry)
    this.#names.set(id, peer.name)
    return entry
  }

  /** Merges two entries that turned out to be one peer. Listeners see the second one leave. */
  #merge(from: PeerId, into: PeerId): void {
    for (const alias of this.#aliases.get(from) ?? []) this.#alias(alias, into)
    this.#aliases.delete(from)
    this.#alias(from, into)
    const merged = this.#entries.get(from)
    const target = this.#entries.get(into)
    if (merged === undefined || target === undefined) return
    this.#entries.delete(from)
    this.#names.delete(from)
    const reason = `the same as ${target.peer.name} at ${into}`
    for (const [channel, leases] of merged.channels) {
      const known = target.channels.get(channel)
      this.#onChange({ kind: 'parted', peer: merged.peer, channel, reason })
      if (known === undefined) {
        target.channels.set(channel, leases)
        this.#onChange({ kind: 'joined', peer: target.peer, channel })
      } else for (const [source, until] of leases) known.set(source, Math.max(until, known.get(source) ?? 0))
    }
  }

  #alias(id: PeerId, canonical: PeerId): void {
    if (id === canonical) return
    const aliases = this.#aliases.get(canonical) ?? new Set()
    this.#aliases.set(canonical, aliases)
    this.#canonical.set(id, canonical)
    // An alias that is linked again becomes the newest.
    aliases.delete(id)
    aliases.add(id)
    for (const oldest of aliases) {
      if (aliases.size <= MAX_ALIASES) return
      this.unlinkAlias(oldest)
    }
  }

  #dropEmpty(id: PeerId, { channels }: Entry): void {
    if (channels.size === 0) this.#forget(id)
  }

  #forget(id: PeerId): void {
    this.#entries.delete(id)
    this.#names.delete(id)
    for (const alias of this.#aliases.get(id) ?? []) this.#canonical.delete(alias)
    this.#aliases.delete(id)
  }
}
