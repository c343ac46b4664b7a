/**
 * Who is there, in which channels, told by whom, until when. Pure.
 *
 * A peer may be known by several sources at once: the tracker's list, the LAN, its own messages, by hand, or
 * because another peer told of it. Each source has a lease of its own; a peer is there as long as one of them
 * lasts. Nobody is there because of a cache. And a peer may have several addresses: it is one peer all the same,
 * under the address by which it was known first; the others are its aliases.
 */
import { fold } from './fold.ts'
import { addressKey, type Peer, type AddressKey } from './model.ts'

/** What vouches for a peer, by a name: `lan`, `tracker:10.0.0.5:9001`. */
export type Source = string

export type RosterChange =
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string }

/** Aliases of one peer; the oldest are forgotten. */
const MOST_ALIASES = 16

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
  readonly #entries = new Map<AddressKey, Entry>()
  /** By which address somebody goes that has this one, too. */
  readonly #canonical = new Map<AddressKey, AddressKey>()
  /** The same the other way round. */
  readonly #aliases = new Map<AddressKey, Set<AddressKey>>()
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

  /** These addresses belong to one peer, with those that it is known by already. Returns the one it goes by. */
  linkAlias(ids: readonly [AddressKey, ...AddressKey[]]): AddressKey {
    const known = ids.map((id) => this.canonical(id))
    const canonical = known.find((id) => this.#entries.has(id)) ?? this.canonical(ids[0])
    for (const id of new Set(known)) if (id !== canonical) this.#merge(id, canonical)
    for (const id of ids) this.#alias(id, canonical)
    return canonical
  }

  /** An address belongs to the peer no more that it was an alias of. */
  unlinkAlias(alias: AddressKey): void {
    this.#aliases.get(this.canonical(alias))?.delete(alias)
    this.#canonical.delete(alias)
  }

  /** The address that the peer with this one goes by. */
  canonical(id: AddressKey): AddressKey {
    return this.#canonical.get(id) ?? id
  }

  /** A source takes back its word; the others keep theirs. */
  remove(source: Source, id: AddressKey, channel: string, reason: string): void {
    const leases = this.#entries.get(this.canonical(id))?.channels.get(channel)
    if (leases?.delete(source) === true && leases.size === 0) this.part(id, channel, reason)
  }

  /** A source says that a peer has left a channel: that ends what other sources said earlier. */
  part(id: AddressKey, channel: string, reason: string): void {
    const entry = this.#entries.get(this.canonical(id))
    if (entry?.channels.delete(channel) !== true) return
    this.#dropEmpty(this.canonical(id), entry)
    this.#onChange({ kind: 'parted', peer: entry.peer, channel, reason })
  }

  /** A peer has left altogether. */
  removePeer(id: AddressKey, reason: string): void {
    const entry = this.#entries.get(this.canonical(id))
    for (const channel of [...(entry?.channels.keys() ?? [])]) this.part(id, channel, reason)
  }

  /** The whole membership of a channel by one source. Those it does not name keep its word until `grace` at most. */
  replace(source: Source, channel: string, peers: readonly Peer[], until: number, grace: number): void {
    const named = new Set(peers.map((peer) => this.canonical(addressKey(peer))))
    for (const [id, { channels }] of this.#entries) {
      const leases = channels.get(channel)
      const before = leases?.get(source)
      if (before !== undefined && !named.has(id)) leases?.set(source, Math.min(before, grace))
    }
    for (const peer of peers) this.add(source, peer, channel, until)
  }

  /** Every lease of a source ends at `until` unless it is renewed. */
  capLeases(source: Source, until: number): void {
    for (const { channels } of this.#entries.values()) {
      for (const leases of channels.values()) {
        if (leases.has(source)) leases.set(source, until)
      }
    }
  }

  /** The machine slept for so many milliseconds: nobody could be heard, so no lease has become shorter. */
  extendLeases(gap: number): void {
    for (const { channels } of this.#entries.values()) {
      for (const leases of channels.values()) {
        for (const [source, until] of leases) leases.set(source, until + gap)
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
        if (leases.size === 0) this.part(id, channel, 'no longer seen')
      }
    }
  }

  /** We are not in this channel any more, so its members are no concern of ours. */
  forgetChannel(channel: string): void {
    for (const [id, entry] of [...this.#entries]) {
      entry.channels.delete(channel)
      this.#dropEmpty(id, entry)
    }
  }

  members(channel: string): Peer[] {
    return [...this.#entries.values()].filter(({ channels }) => channels.has(channel)).map(({ peer }) => peer)
  }

  /** The channels that somebody is in. */
  channelsOf(id: AddressKey): string[] {
    return [...(this.#entries.get(this.canonical(id))?.channels.keys() ?? [])]
  }

  /** Who vouches for somebody in a channel. */
  sources(id: AddressKey, channel: string): ReadonlySet<Source> {
    return new Set(this.#entries.get(this.canonical(id))?.channels.get(channel)?.keys() ?? [])
  }

  get peers(): Peer[] {
    return [...this.#entries.values()].map(({ peer }) => peer)
  }

  get(id: AddressKey): Peer | undefined {
    return this.#entries.get(this.canonical(id))?.peer
  }

  /** By name as people write it: exact first, else without regard to case; or by address. */
  find(name: string): Peer[] {
    const exact = this.peers.filter((peer) => peer.name === name || addressKey(peer) === this.canonical(name))
    if (exact.length > 0) return exact
    const folded = name.toLowerCase()
    return this.peers.filter((peer) => peer.name.toLowerCase() === folded)
  }

  /** Those whose name differs in case, accents and the like only. */
  alike(name: string): Peer[] {
    const folded = fold(name)
    return this.peers.filter((peer) => fold(peer.name) === folded)
  }

  #entry(peer: Peer): Entry {
    const entry = this.#entries.get(this.canonical(addressKey(peer)))
    if (entry === undefined) return this.#enter(peer)
    const { identity = entry.peer.identity } = peer
    if (entry.peer.identity !== identity && identity !== undefined) entry.peer = { ...entry.peer, identity }
    if (entry.peer.name !== peer.name) {
      const before = entry.peer.name
      entry.peer = { ...entry.peer, name: peer.name }
      this.#onChange({ kind: 'renamed', peer: entry.peer, before })
    }
    return entry
  }

  /** Somebody is known by this address first, also when another was expected. */
  #enter(peer: Peer): Entry {
    const id = addressKey(peer)
    const expected = this.canonical(id)
    this.unlinkAlias(id)
    if (expected !== id) this.#merge(expected, id)
    const entry: Entry = { peer, channels: new Map() }
    this.#entries.set(id, entry)
    return entry
  }

  /** Another address turns out to be the same peer's: whoever looks sees the one go that was never a second. */
  #merge(from: AddressKey, into: AddressKey): void {
    for (const alias of this.#aliases.get(from) ?? []) this.#alias(alias, into)
    this.#aliases.delete(from)
    this.#alias(from, into)
    const merged = this.#entries.get(from)
    const target = this.#entries.get(into)
    if (merged === undefined || target === undefined) return
    this.#entries.delete(from)
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

  #alias(id: AddressKey, canonical: AddressKey): void {
    if (id === canonical) return
    const aliases = this.#aliases.get(canonical) ?? new Set()
    this.#aliases.set(canonical, aliases)
    this.#canonical.set(id, canonical)
    // What was said again is the newest.
    aliases.delete(id)
    aliases.add(id)
    for (const oldest of aliases) {
      if (aliases.size <= MOST_ALIASES) return
      this.unlinkAlias(oldest)
    }
  }

  #dropEmpty(id: AddressKey, { channels }: Entry): void {
    if (channels.size > 0) return
    this.#entries.delete(id)
    for (const alias of this.#aliases.get(id) ?? []) this.#canonical.delete(alias)
    this.#aliases.delete(id)
  }
}
