/**
 * Peers, their channels and their leases. Every method takes the time.
 *
 * A lease expires unless it is renewed. A peer that sends heartbeats leaves when its lease expires; one that never sent
 * any (legacy clients have none) is due for a check of its port instead. All leases are equally long, so a set in the
 * order of renewal has the next one to expire in front.
 *
 * Invariant: an address is listed once, and so is a key. Who may change an entry is decided before (access.ts).
 */
import { hostKey, isLoopback } from '../http/ip.ts'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { addressKey, type Peer, type AddressKey } from '../chat/model.ts'
import { ChatError } from '../chat/errors.ts'
import { InsertionOrder } from './insertion-order.ts'
import type { KeyId } from '../identity/public-key.ts'

export interface Entry {
  /** Its `key` was proved by the connection that registered it. */
  readonly peer: Peer
  /** Rises with each registration: a position in lists that does not move when other peers come and go. */
  readonly number: number
  readonly channels: ReadonlySet<string>
  /** Times in Unix milliseconds. */
  readonly registeredAt: number
  readonly renewedAt: number
}

/** Some of the registered peers, in the order of registration. */
export interface Page {
  readonly entries: readonly Entry[]
  /** The cursor of the next page, if there is one. */
  readonly next?: string
}

export type RegistryChange =
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly channel: string; readonly before: string }

interface Lease {
  peer: Peer
  readonly number: number
  readonly channels: Set<string>
  readonly registeredAt: number
  renewedAt: number
  expiresAt: number
  heartbeats: boolean
}

/** A message that a tracker keeps for clients that poll. */
export interface StoredMessage {
  readonly from: Peer
  readonly message: string
  /** Unix time in milliseconds. */
  readonly at: number
}

/** How much is kept: each of these is explained in LIMITS. */
export type RegistryLimits = Readonly<
  Record<
    | 'peers'
    | 'peersPerHost'
    | 'peersPerLoopback'
    | 'channels'
    | 'channelsPerPeer'
    | 'membersPerChannel'
    | 'storedPerChannel'
    | 'storedBytes',
    number
  >
>

interface Channel {
  readonly members: Map<AddressKey, Lease>
  readonly messages: StoredMessage[]
}

export class Registry {
  /** In the order of registration. */
  readonly #leases = new Map<AddressKey, Lease>()
  /** In the order of renewal. */
  readonly #renewals = new Set<Lease>()
  /** Peers whose feed broke, with the time at which they are removed without a sign of life. */
  readonly #suspects = new Map<AddressKey, number>()
  readonly #channels = new Map<string, Channel>()
  readonly #perHost = new Map<string, number>()
  readonly #roll = new InsertionOrder<Lease>()
  readonly #byName = new Map<string, Lease[]>()
  readonly #byKey = new Map<KeyId, Lease>()
  readonly #onChange: (change: RegistryChange) => void
  readonly #limits: RegistryLimits
  #registrations = 0
  #storedBytes = 0
  #sweptAt: number | undefined
  #revision = 0

  constructor(onChange: (change: RegistryChange) => void, limits: Partial<RegistryLimits> = {}) {
    this.#onChange = onChange
    this.#limits = { ...LIMITS, ...limits }
  }

  /**
   * Registers a peer, or renews its registration, perhaps under another name. A peer with a key has one entry, which
   * moves with it, and always sends heartbeats. A program without a key may have taken over the address from another
   * one, so it counts as one without heartbeats until it sends one. Throws ChatError 429.
   */
  register(peer: Peer, now: number): Entry {
    const lease = this.#current(peer) ?? this.#admit(peer, now)
    lease.heartbeats = peer.key !== undefined
    this.#rename(lease, peer)
    this.#renew(lease, now)
    return lease
  }

  /** Renews a lease; `heartbeat`: the peer renews it regularly from now on. */
  renew(id: AddressKey, now: number, { heartbeat = false } = {}): Entry | undefined {
    const lease = this.#leases.get(id)
    if (lease === undefined) return undefined
    if (heartbeat) lease.heartbeats = true
    this.#renew(lease, now)
    return lease
  }

  /** The feed of a peer broke: it is removed unless it shows a sign of life within `ms` milliseconds. */
  suspect(id: AddressKey, now: number, ms: number): void {
    if (this.#leases.has(id)) this.#suspects.set(id, now + ms)
  }

  isSuspect(id: AddressKey): boolean {
    return this.#suspects.has(id)
  }

  leave(id: AddressKey, reason: string): boolean {
    const lease = this.#leases.get(id)
    if (lease === undefined) return false
    for (const channel of [...lease.channels]) this.part(id, channel, reason)
    this.#leases.delete(id)
    this.#renewals.delete(lease)
    this.#roll.delete(lease)
    this.#suspects.delete(id)
    this.#unname(lease)
    if (lease.peer.key !== undefined) this.#byKey.delete(lease.peer.key)
    this.#countHost(lease.peer.ip, -1)
    this.#revision++
    return true
  }

  /** Idempotent. Throws ChatError 404 for a peer that is not registered, 429. */
  join(id: AddressKey, name: string): void {
    const lease = this.#leases.get(id)
    if (lease === undefined) throw unknownPeer(id)
    if (lease.channels.has(name)) return
    const members = this.#channels.get(name)?.members.size ?? 0
    limit(
      lease.channels.size < this.#limits.channelsPerPeer,
      'too_many_channels',
      'this peer is in too many channels',
    )
    limit(members < this.#limits.membersPerChannel, 'channel_full', 'this channel is full')
    const channel = this.#channels.get(name) ?? this.#openChannel(name)
    channel.members.set(id, lease)
    lease.channels.add(name)
    this.#revision++
    this.#onChange({ kind: 'joined', peer: lease.peer, channel: name })
  }

  part(id: AddressKey, name: string, reason: string): boolean {
    const lease = this.#leases.get(id)
    const channel = this.#channels.get(name)
    if (lease?.channels.delete(name) !== true) return false
    channel?.members.delete(id)
    this.#revision++
    if (channel?.members.size === 0 && channel.messages.length === 0) this.#channels.delete(name)
    this.#onChange({ kind: 'parted', peer: lease.peer, channel: name, reason })
    return true
  }

  get(id: AddressKey): Entry | undefined {
    return this.#leases.get(id)
  }

  /** All peers of this name, the longest registered first. */
  named(name: string): Entry[] {
    const leases = this.#byName.get(name) ?? []
    return [...leases].sort((one, other) => one.number - other.number)
  }

  get size(): number {
    return this.#leases.size
  }

  /** Number of peers whose lease is valid. */
  count(now: number): number {
    let expired = 0
    // Leases that have expired since the last sweep are in front.
    for (const lease of this.#renewals) {
      if (lease.expiresAt > now) break
      if (!isThere(lease, now)) expired++
    }
    return this.#leases.size - expired
  }

  /** At most `limit` peers with a valid lease, from the one after the number `cursor`; 0 is before the first. */
  page(now: number, limit: number, cursor = 0): Page {
    const entries: Lease[] = []
    for (const lease of this.#roll.after(cursor)) {
      if (!isThere(lease, now)) continue
      const last = entries.at(-1)
      if (entries.length >= limit)
        return last === undefined ? { entries } : { entries, next: String(last.number) }
      entries.push(lease)
    }
    return { entries }
  }

  /** Peers with a valid lease, the longest registered first. */
  peers(now: number): Entry[] {
    return [...this.#leases.values()].filter((lease) => isThere(lease, now))
  }

  /** Members of a channel with a valid lease; none for a channel that does not exist. */
  members(name: string, now: number): Entry[] {
    return [...(this.#channels.get(name)?.members.values() ?? [])].filter((lease) => isThere(lease, now))
  }

  get channels(): string[] {
    return [...this.#channels.keys()]
  }

  get channelCount(): number {
    return this.#channels.size
  }

  /** Changes whenever peers, their channels or names, or stored messages change. */
  get revision(): number {
    return this.#revision
  }

  /** Keeps a message for clients that poll. Throws ChatError 429 when there are too many channels. */
  store(name: string, message: StoredMessage): void {
    const channel = this.#channels.get(name) ?? this.#openChannel(name)
    channel.messages.push(message)
    this.#revision++
    this.#storedBytes += bytesOf(message)
    if (channel.messages.length > this.#limits.storedPerChannel) this.#dropMessage(channel)
    while (this.#storedBytes > this.#limits.storedBytes) this.#dropMessage(this.#oldestChannel())
  }

  /** Bytes of all stored messages, roughly. */
  get storedBytes(): number {
    return this.#storedBytes
  }

  /** Stored messages of a channel, oldest first. */
  messages(name: string): readonly StoredMessage[] {
    return this.#channels.get(name)?.messages ?? []
  }

  /**
   * Removes every peer whose lease has expired, and returns those whose port is to be checked first. If the last sweep
   * is much too long ago, the machine slept and no peer could renew its lease: all leases are extended by the gap.
   */
  sweep(now: number): Peer[] {
    const gap = now - (this.#sweptAt ?? now)
    this.#sweptAt = now
    if (gap > TIMES.asleep) this.#extend(gap, now)
    for (const [id, until] of this.#suspects) {
      if (until <= now) this.leave(id, 'connection lost')
    }
    const due: Peer[] = []
    for (const lease of this.#renewals) {
      if (lease.expiresAt > now) break
      if (lease.heartbeats) this.leave(addressKey(lease.peer), 'timed out')
      else due.push(lease.peer)
    }
    return due
  }

  /** The entry of this peer at this address. Removes its entry elsewhere, and that of another peer here. */
  #current(peer: Peer): Lease | undefined {
    const id = addressKey(peer)
    const here = this.#leases.get(id)
    if (here !== undefined && here.peer.key === peer.key) return here
    this.leave(id, 'left')
    const elsewhere = peer.key === undefined ? undefined : this.#byKey.get(peer.key)
    if (elsewhere !== undefined) this.leave(addressKey(elsewhere.peer), `now at ${id}`)
    return undefined
  }

  #admit(peer: Peer, now: number): Lease {
    const ofHost = this.#perHost.get(hostKey(peer.ip)) ?? 0
    const perHost = isLoopback(peer.ip) ? this.#limits.peersPerLoopback : this.#limits.peersPerHost
    limit(this.#leases.size < this.#limits.peers, 'too_many_peers', 'this tracker is full')
    limit(ofHost < perHost, 'too_many_peers', 'too many peers of one host')
    this.#countHost(peer.ip, 1)
    const times = { registeredAt: now, renewedAt: now, expiresAt: now }
    const lease = {
      peer,
      number: ++this.#registrations,
      channels: new Set<string>(),
      ...times,
      heartbeats: false,
    }
    this.#leases.set(addressKey(peer), lease)
    this.#roll.add(lease)
    this.#name(lease)
    if (peer.key !== undefined) this.#byKey.set(peer.key, lease)
    this.#revision++
    return lease
  }

  #renew(lease: Lease, now: number): void {
    lease.renewedAt = now
    lease.expiresAt = now + TIMES.lease
    this.#suspects.delete(addressKey(lease.peer))
    this.#renewals.delete(lease)
    this.#renewals.add(lease)
  }

  #rename(lease: Lease, peer: Peer): void {
    const before = lease.peer.name
    if (before === peer.name) return
    this.#unname(lease)
    lease.peer = peer
    this.#name(lease)
    this.#revision++
    for (const channel of lease.channels) this.#onChange({ kind: 'renamed', peer, channel, before })
  }

  #name(lease: Lease): void {
    const { name } = lease.peer
    const others = this.#byName.get(name)
    if (others === undefined) this.#byName.set(name, [lease])
    else others.push(lease)
  }

  #unname(lease: Lease): void {
    const { name } = lease.peer
    const others = (this.#byName.get(name) ?? []).filter((other) => other !== lease)
    if (others.length > 0) this.#byName.set(name, others)
    else this.#byName.delete(name)
  }

  #openChannel(name: string): Channel {
    if (this.#channels.size >= this.#limits.channels) this.#closeEmptyChannel()
    const channel: Channel = { members: new Map(), messages: [] }
    this.#channels.set(name, channel)
    return channel
  }

  /** Makes room by closing a channel without members, which is kept for its messages only. Throws ChatError 429. */
  #closeEmptyChannel(): void {
    for (const [name, channel] of this.#channels) {
      if (channel.members.size > 0) continue
      while (channel.messages.length > 0) this.#dropMessage(channel)
      this.#channels.delete(name)
      this.#revision++
      return
    }
    limit(false, 'too_many_channels', 'this tracker has too many channels')
  }

  #dropMessage({ messages }: Channel): void {
    const message = messages.shift()
    if (message !== undefined) this.#storedBytes -= bytesOf(message)
  }

  /** The channel with the oldest message; there is one whenever bytes are stored. */
  #oldestChannel(): Channel {
    const age = ({ messages }: Channel): number => messages[0]?.at ?? Infinity
    return [...this.#channels.values()].reduce((one, other) => (age(other) < age(one) ? other : one))
  }

  /** At most to a whole lease from now, because some peers renewed theirs before this sweep. */
  #extend(gap: number, now: number): void {
    const longer = (until: number, most: number): number => Math.min(until + gap, now + most)
    for (const lease of this.#leases.values()) lease.expiresAt = longer(lease.expiresAt, TIMES.lease)
    for (const [id, until] of this.#suspects) this.#suspects.set(id, longer(until, TIMES.suspicion))
  }

  #countHost(ip: string, change: number): void {
    const host = hostKey(ip)
    const count = (this.#perHost.get(host) ?? 0) + change
    if (count > 0) this.#perHost.set(host, count)
    else this.#perHost.delete(host)
  }
}

/** A peer without heartbeats counts as online until its port was found closed. */
function isThere(lease: Lease, now: number): boolean {
  return !lease.heartbeats || lease.expiresAt > now
}

/** Memory of a stored message, roughly: two bytes a character, and the objects around it. */
function bytesOf({ message }: StoredMessage): number {
  return 2 * message.length + 256
}

function limit(ok: boolean, code: string, detail: string): void {
  if (!ok) throw new ChatError(429, code, `${detail}; try again later`, { headers: { 'Retry-After': '30' } })
}

export function unknownPeer(id: string): ChatError {
  return new ChatError(404, 'unknown_peer', `${id} is not registered; POST /submit-info first`)
}
