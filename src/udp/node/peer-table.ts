/**
 * The peers on the LAN: one entry a peer, each with a lease, in a table that a flood cannot grow.
 *
 * A Parley peer with a key is known by it, its node id and its address: any host can announce the key and the node of
 * another peer, so what comes from one address changes nothing that is known at another. A Parley peer without a key is
 * known by its node id, whatever the number of its addresses; other programs by name and source address, or by the port
 * where they take messages over HTTP. When the table is full, a newcomer takes the place of the oldest entry that was
 * seen only once.
 */
import { LAN_LIMITS } from './limits.ts'
import { userIdParts } from '../lsnp/codec.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../lsnp/ports.ts'
import { PeerEntry, type Sighting } from './peer-entry.ts'
import type { Address } from '../../http/message.ts'
import type { OwnAddresses } from './own-addresses.ts'

export interface SightingResult {
  readonly entry: PeerEntry
  /** What it changed in what is shown of the peer. */
  readonly change: 'new' | 'profile' | 'none'
  /** The peer that was removed to make room for a new one. */
  readonly evicted: PeerEntry | undefined
}

export class PeerTable {
  readonly #entries = new Map<string, PeerEntry>()
  /** By each address that they are seen at. */
  readonly #byAddress = new Map<string, Set<PeerEntry>>()
  readonly #own: Pick<OwnAddresses, 'isOwn'>

  /** `own`: the addresses of this machine, where the number of peers is not limited for each address. */
  constructor(own: Pick<OwnAddresses, 'isOwn'>) {
    this.#own = own
  }

  get entries(): Iterable<PeerEntry> {
    return this.#entries.values()
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether a foreign LSNP program is there: one that takes datagrams only. */
  get hasForeigners(): boolean {
    for (const { peer } of this.#entries.values())
      if (peer.node === undefined && peer.httpPort === undefined) return true
    return false
  }

  /** The Parley peers that have proved their address. */
  get provedParleyPeers(): readonly PeerEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.peer.node !== undefined && entry.isProved)
  }

  /** The entry that a sighting would renew. */
  known(sighting: Sighting): PeerEntry | undefined {
    const { node, key, ip } = sighting
    if (node !== undefined && key === undefined) return this.#withoutKey(node, ip)
    return this.#entries.get(keyOf(sighting))
  }

  /** The sender of a short PING, which names no key: the peer with this node that is seen at the address. */
  #withoutKey(node: string, ip: string): PeerEntry | undefined {
    const there = this.peersAt(ip).filter(({ peer }) => peer.node === node)
    return there.find(({ isProved }) => isProved) ?? there[0] ?? this.#entries.get(nodeKey(node))
  }

  /** By user id. Any program can claim any user id, so a peer that is seen at the address in it comes first. */
  find(userId: string): PeerEntry | undefined {
    const isNamed = ({ peer }: PeerEntry) => peer.userId === userId
    return this.peersAt(userIdParts(userId).host).find(isNamed) ?? [...this.#entries.values()].find(isNamed)
  }

  /** The peers that are seen at an address. */
  peersAt(ip: string): readonly PeerEntry[] {
    return [...(this.#byAddress.get(ip) ?? [])]
  }

  /** Whether a Parley peer sends from there. Programs share the discovery port, so it belongs to none of them. */
  isParleyAt(address: Address): boolean {
    return this.#parleyPeersAt(address).length > 0
  }

  /** Whether a Parley peer with a key sends from there, and has proved its address. */
  isKeyAt(address: Address): boolean {
    return this.#parleyPeersAt(address).some(({ peer }) => peer.key !== undefined && peer.isProved)
  }

  #parleyPeersAt({ host, port }: Address): readonly PeerEntry[] {
    if (port === DISCOVERY_PORT) return []
    return this.peersAt(host).filter(({ peer }) => peer.node !== undefined && peer.port === port)
  }

  /** The peer that probably sent a datagram without a user id, such as ACK. */
  at({ host, port }: Address): PeerEntry | undefined {
    const entries = this.peersAt(host)
    return entries.find(({ peer }) => peer.port === port) ?? entries[0]
  }

  /** The LSNP peer with the name of this user id at an address: any program can claim the whole user id. */
  namedAt(userId: string, host: string): PeerEntry | undefined {
    const { name } = userIdParts(userId)
    return this.peersAt(host).find(
      ({ peer }) => peer.port !== ANNOUNCE_PORT && userIdParts(peer.userId).name === name,
    )
  }

  /** Adds or renews the peer of a sighting. Undefined if there is no room for a new one. */
  record(sighting: Sighting, now: number): SightingResult | undefined {
    const known = this.known(sighting)
    if (known !== undefined)
      return { entry: known, change: this.#renew(known, sighting, now), evicted: undefined }
    const rivals = this.#rivals(sighting.ip)
    const evicted = rivals === undefined ? undefined : oldestSeenOnce(rivals)
    if (rivals !== undefined && evicted === undefined) return undefined
    if (evicted !== undefined) this.delete(evicted)
    return { entry: this.#add(sighting, now), change: 'new', evicted }
  }

  delete(entry: PeerEntry): void {
    this.#entries.delete(entry.key)
    for (const ip of entry.seenAt.keys()) this.#forgetAddress(ip, entry)
  }

  /** Removes and returns the peers whose lease has run out. */
  expire(now: number): PeerEntry[] {
    const expired = [...this.#entries.values()].filter(({ peer }) => peer.until <= now)
    for (const entry of expired) this.delete(entry)
    return expired
  }

  /** Extends every lease by the time in which the machine slept and could receive nothing. */
  extendLeases(gap: number, now: number): void {
    for (const entry of this.#entries.values()) {
      // A peer may have been seen since the machine woke up.
      const lastSeenAt = Math.min(entry.peer.lastSeenAt + gap, now)
      const until = Math.min(entry.peer.until + gap, now + entry.lease)
      entry.peer = { ...entry.peer, lastSeenAt, until }
    }
  }

  /** The peer has repeated, from this address, what was sent there alone. Its addresses without a proof are dropped. */
  prove(entry: PeerEntry, ip: string): void {
    entry.proofs.prove(ip)
    for (const other of entry.seenAt.keys()) if (!entry.proofs.has(other)) this.#forgetAddress(other, entry)
    entry.peer = { ...entry.peer, addresses: [...entry.seenAt.keys()], isProved: entry.isProved }
  }

  /** Other Parley peers at the address and port of this one. Only one program can have a port, so they have ended. */
  replacedBy(entry: PeerEntry): PeerEntry[] {
    const { ip, port, node } = entry.peer
    const others = this.peersAt(ip).filter(({ peer }) => peer.ip === ip && peer.port === port)
    return others.filter((other) => other !== entry && other.peer.node !== undefined && node !== undefined)
  }

  #add(sighting: Sighting, now: number): PeerEntry {
    const entry = new PeerEntry(keyOf(sighting), sighting, now)
    this.#entries.set(entry.key, entry)
    this.#noteAddress(sighting.ip, entry, now)
    return entry
  }

  #renew(entry: PeerEntry, sighting: Sighting, now: number): 'profile' | 'none' {
    if (!entry.believes(sighting, now)) return 'none'
    entry.noteSighting(sighting, now)
    const { ip } = sighting
    const goesBy = entry.goesBy(ip, now)
    for (const [each, at] of entry.seenAt) if (now - at > entry.lease) this.#forgetAddress(each, entry)
    const hasRoom = goesBy || entry.seenAt.size < LAN_LIMITS.addresses
    if (hasRoom || entry.seenAt.has(ip)) this.#noteAddress(ip, entry, now)
    return entry.update(sighting, goesBy, now) ? 'profile' : 'none'
  }

  #noteAddress(ip: string, entry: PeerEntry, now: number): void {
    entry.seenAt.set(ip, now)
    const entries = this.#byAddress.get(ip) ?? new Set()
    this.#byAddress.set(ip, entries.add(entry))
  }

  #forgetAddress(ip: string, entry: PeerEntry): void {
    entry.seenAt.delete(ip)
    entry.proofs.forget(ip)
    const entries = this.#byAddress.get(ip)
    entries?.delete(entry)
    if (entries?.size === 0) this.#byAddress.delete(ip)
  }

  /** The peers of which one must go before a newcomer at this address gets a place; undefined while there is room. */
  #rivals(ip: string): Iterable<PeerEntry> | undefined {
    const neighbours = this.peersAt(ip).filter(({ peer }) => peer.ip === ip)
    if (neighbours.length >= LAN_LIMITS.peersPerHost && !this.#own.isOwn(ip)) return neighbours
    return this.#entries.size >= LAN_LIMITS.peers ? this.#entries.values() : undefined
  }
}

/** Entries are in the order in which they came. */
function oldestSeenOnce(entries: Iterable<PeerEntry>): PeerEntry | undefined {
  for (const entry of entries) if (!entry.isRegular) return entry
  return undefined
}

function nodeKey(node: string): string {
  return `node ${node}`
}

function keyOf({ node, key, userId, ip, httpPort }: Sighting): string {
  if (node !== undefined) return key === undefined ? nodeKey(node) : `${nodeKey(node)} ${key}@${ip}`
  return httpPort === undefined ? `user ${userIdParts(userId).name}@${ip}` : `http ${ip}:${httpPort}`
}
