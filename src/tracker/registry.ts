/**
 * Peers, their channels and their leases. Pure: every method takes the time.
 *
 * A lease runs out unless it is renewed. A peer that sends heartbeats is gone when its lease is; one that never
 * did (the first programs of this family know none) is due for a check of its port instead. All leases are
 * equally long, so a map in the order of renewal has the next to run out in front.
 */
import { isLoopback } from '../chat/address.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { peerId, type Peer, type PeerId } from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'

export interface Entry {
  readonly peer: Peer
  readonly channels: ReadonlySet<string>
  /** Times in Unix milliseconds. */
  readonly registeredAt: number
  readonly renewedAt: number
}

export type RegistryChange =
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly channel: string; readonly before: string }

interface Lease {
  peer: Peer
  readonly channels: Set<string>
  readonly registeredAt: number
  renewedAt: number
  expiresAt: number
  heartbeats: boolean
}

/** A message that a tracker keeps for programs that poll. */
export interface StoredMessage {
  readonly from: Peer
  readonly message: string
  /** Unix time in milliseconds. */
  readonly at: number
}

interface Channel {
  readonly members: Map<PeerId, Lease>
  readonly messages: StoredMessage[]
}

export class Registry {
  readonly #leases = new Map<PeerId, Lease>()
  /** Until when a peer whose feed broke must be heard of. */
  readonly #suspects = new Map<PeerId, number>()
  readonly #channels = new Map<string, Channel>()
  readonly #perHost = new Map<string, number>()
  readonly #onChange: (change: RegistryChange) => void
  #sweptAt: number | undefined

  constructor(onChange: (change: RegistryChange) => void) {
    this.#onChange = onChange
  }

  /** A new peer, or one that says again that it is here, perhaps under another name. Throws Refused 429. */
  register(peer: Peer, now: number): Entry {
    const id = peerId(peer)
    const lease = this.#leases.get(id) ?? this.#admit(peer, now)
    this.#rename(lease, peer)
    this.#renew(id, lease, now)
    return lease
  }

  /** Renews a lease; `heartbeat` when the peer will go on doing so by itself. */
  renew(id: PeerId, now: number, { heartbeat = false } = {}): Entry | undefined {
    const lease = this.#leases.get(id)
    if (lease === undefined) return undefined
    if (heartbeat) lease.heartbeats = true
    this.#renew(id, lease, now)
    return lease
  }

  /** Its feed broke: unless it is heard of within `ms`, it is gone. */
  suspect(id: PeerId, now: number, ms: number): void {
    if (this.#leases.has(id)) this.#suspects.set(id, now + ms)
  }

  leave(id: PeerId, reason: string): boolean {
    const lease = this.#leases.get(id)
    if (lease === undefined) return false
    for (const channel of [...lease.channels]) this.part(id, channel, reason)
    this.#leases.delete(id)
    this.#suspects.delete(id)
    this.#countHost(lease.peer.ip, -1)
    return true
  }

  /** Throws Refused 429; joining twice is joining once. The peer must be registered. */
  join(id: PeerId, name: string): void {
    const lease = this.#leases.get(id)
    if (lease === undefined) throw unknownPeer(id)
    if (lease.channels.has(name)) return
    const channel = this.#channels.get(name) ?? this.#openChannel(name)
    limit(
      lease.channels.size < LIMITS.channelsPerPeer,
      'too_many_channels',
      'this peer is in too many channels',
    )
    limit(channel.members.size < LIMITS.membersPerChannel, 'channel_full', 'this channel is full')
    channel.members.set(id, lease)
    lease.channels.add(name)
    this.#onChange({ kind: 'joined', peer: lease.peer, channel: name })
  }

  part(id: PeerId, name: string, reason: string): boolean {
    const lease = this.#leases.get(id)
    const channel = this.#channels.get(name)
    if (lease?.channels.delete(name) !== true) return false
    channel?.members.delete(id)
    if (channel?.members.size === 0 && channel.messages.length === 0) this.#channels.delete(name)
    this.#onChange({ kind: 'parted', peer: lease.peer, channel: name, reason })
    return true
  }

  get(id: PeerId): Entry | undefined {
    return this.#leases.get(id)
  }

  /** Everybody of this name, the longest registered first. */
  named(name: string): Entry[] {
    return [...this.#leases.values()].filter(({ peer }) => peer.name === name)
  }

  get size(): number {
    return this.#leases.size
  }

  /** Who is there now. */
  peers(now: number): Entry[] {
    return [...this.#leases.values()].filter((lease) => isThere(lease, now))
  }

  /** Who is in a channel now; nobody in one that does not exist. */
  members(name: string, now: number): Entry[] {
    return [...(this.#channels.get(name)?.members.values() ?? [])].filter((lease) => isThere(lease, now))
  }

  get channels(): string[] {
    return [...this.#channels.keys()]
  }

  /** Keeps a message for programs that poll. Throws Refused 429 when there are too many channels. */
  store(name: string, message: StoredMessage): void {
    const { messages } = this.#channels.get(name) ?? this.#openChannel(name)
    messages.push(message)
    if (messages.length > LIMITS.storedPerChannel) messages.shift()
  }

  /** Stored messages of a channel, oldest first. */
  messages(name: string): readonly StoredMessage[] {
    return this.#channels.get(name)?.messages ?? []
  }

  /**
   * Drops every peer whose lease has run out, and returns those whose port is to be checked first. When the
   * last sweep is far too long ago this machine slept, and nobody could renew: leases are extended by the gap.
   */
  sweep(now: number): Peer[] {
    const gap = now - (this.#sweptAt ?? now)
    this.#sweptAt = now
    if (gap > TIMES.asleep) this.#extend(gap)
    for (const [id, until] of this.#suspects) {
      if (until <= now) this.leave(id, 'connection lost')
    }
    const due: Peer[] = []
    for (const [id, lease] of this.#leases) {
      if (lease.expiresAt > now) break
      if (lease.heartbeats) this.leave(id, 'timed out')
      else due.push(lease.peer)
    }
    return due
  }

  #admit(peer: Peer, now: number): Lease {
    const ofHost = this.#perHost.get(peer.ip) ?? 0
    const perHost = isLoopback(peer.ip) ? LIMITS.peersPerLoopback : LIMITS.peersPerHost
    limit(this.#leases.size < LIMITS.peers, 'too_many_peers', 'this tracker is full')
    limit(ofHost < perHost, 'too_many_peers', 'too many peers of one host')
    this.#countHost(peer.ip, 1)
    return { peer, channels: new Set(), registeredAt: now, renewedAt: now, expiresAt: now, heartbeats: false }
  }

  #renew(id: PeerId, lease: Lease, now: number): void {
    lease.renewedAt = now
    lease.expiresAt = now + TIMES.lease
    this.#suspects.delete(id)
    this.#leases.delete(id)
    this.#leases.set(id, lease)
  }

  #rename(lease: Lease, peer: Peer): void {
    const before = lease.peer.name
    if (before === peer.name) return
    lease.peer = peer
    for (const channel of lease.channels) this.#onChange({ kind: 'renamed', peer, channel, before })
  }

  #openChannel(name: string): Channel {
    if (this.#channels.size >= LIMITS.channels) this.#closeEmptyChannel()
    const channel: Channel = { members: new Map(), messages: [] }
    this.#channels.set(name, channel)
    return channel
  }

  /** Makes room: a channel without members is kept for its messages only. */
  #closeEmptyChannel(): void {
    for (const [name, { members }] of this.#channels) {
      if (members.size > 0) continue
      this.#channels.delete(name)
      return
    }
    limit(false, 'too_many_channels', 'this tracker has too many channels')
  }

  #extend(gap: number): void {
    for (const lease of this.#leases.values()) lease.expiresAt += gap
    for (const [id, until] of this.#suspects) this.#suspects.set(id, until + gap)
  }

  #countHost(ip: string, change: number): void {
    const count = (this.#perHost.get(ip) ?? 0) + change
    if (count > 0) this.#perHost.set(ip, count)
    else this.#perHost.delete(ip)
  }
}

/** One without heartbeats is there until its port was found closed. */
function isThere(lease: Lease, now: number): boolean {
  return !lease.heartbeats || lease.expiresAt > now
}

function limit(ok: boolean, code: string, detail: string): void {
  if (!ok) throw new Refused(429, code, `${detail}; try again later`, { headers: { 'Retry-After': '30' } })
}

export function unknownPeer(id: string): Refused {
  return new Refused(404, 'unknown_peer', `${id} is not registered; POST /submit-info first`)
}
