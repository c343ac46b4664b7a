/**
 * Who is on the LAN: one entry a peer, each with a lease, in a table that a flood cannot grow. Pure.
 *
 * Our own kind is known by its node id, whatever the number of its addresses; others by name and source address,
 * or by where they take messages over HTTP. When there is no room, the entry goes that was heard once and never again.
 * Once a peer has proved an address, nothing that comes from an address without proof changes what is known of it.
 */
import { Capabilities } from './messaging/capabilities.ts'
import { Proofs } from './presence/proof.ts'
import { LanRhythm } from './presence/rhythm.ts'
import { LAN_LIMITS, LAN_TIMES } from './limits.ts'
import { userIdParts } from '../lsnp/codec.ts'
import { DISCOVERY_PORT } from '../lsnp/ports.ts'
import type { Address } from '../../http/message.ts'
import type { LanPeer } from './model.ts'
import type { Avatar, Dialect } from '../lsnp/codec.ts'

/** What one datagram says of its sender; what it does not say is undefined. */
export interface Sighting {
  readonly userId: string
  readonly ip: string
  readonly port: number
  readonly dialect: Dialect
  readonly node: string | undefined
  readonly httpPort: number | undefined
  readonly channels: readonly string[] | undefined
  readonly name: string | undefined
  readonly status: string | undefined
  readonly avatarHash: string | undefined
  readonly avatar: Avatar | undefined
  /** It repeats a number that was sent to `ip` alone: its ports are believed, too. */
  readonly isProof?: boolean
  /** It is an announcement that nobody asked for. */
  readonly isUnasked?: boolean
}

export interface Entry {
  readonly key: string
  peer: LanPeer
  readonly firstHeard: number
  /** What is known of its announcements, if it is of another kind. */
  readonly rhythm: LanRhythm
  /** When it was heard at each of its addresses. */
  readonly heardAt: Map<string, number>
  /** It came back: most invented strangers are heard once. It proves nothing. */
  isRegular: boolean
  /** At which of its addresses it has answered what was sent there alone. */
  readonly proofs: Proofs
  /** Somebody said goodbye in its name, and it has not been heard since. */
  hasSaidGoodbye: boolean
  /** When its last PROFILE came. */
  profileAt: number
  /** When it was last answered, and asked whether it is still there. */
  answeredAt: number
  probedAt: number
  /** When others were told last that its address is not proved, to ask it over HTTP. */
  doubtedAt: number
  /** Questions to it that its address has paid for in advance (src/udp/node/presence/doubt.ts). */
  questionsPaid: number
  /** Bytes of its address that are put aside for the next such question. */
  bytesSaved: number
  /** It has not had our PROFILE, or our PING, which could not be paid for (src/udp/node/presence/credit.ts). */
  owedProfile: boolean
  owedPing: boolean
  /** Where it took datagrams when its PEER_DISCOVERY was last answered. */
  discoveredAt: number | undefined
  /** The hash of the picture of ours that it was sent. */
  avatarSent: string | undefined
  /** What it has shown to understand. */
  readonly capabilities: Capabilities
  /** TIMESTAMP of its latest post, for LIKE. */
  latestPost: number | undefined
}

export interface Heard {
  readonly entry: Entry
  readonly news: 'new' | 'profile' | 'none'
  /** Who had to go for somebody new. */
  readonly evicted: Entry | undefined
}

export class PeerTable {
  readonly #entries = new Map<string, Entry>()
  /** By each address that they are heard at. */
  readonly #atHost = new Map<string, Set<Entry>>()
  readonly #isOwnAddress: (ip: string) => boolean

  /** On this machine there may be more peers than on another. */
  constructor(isOwnAddress: (ip: string) => boolean) {
    this.#isOwnAddress = isOwnAddress
  }

  get entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether somebody is there who does not speak HTTP with us. */
  get hasForeigners(): boolean {
    for (const { peer } of this.#entries.values())
      if (peer.node === undefined && peer.httpPort === undefined) return true
    return false
  }

  /** Those of our own kind that are where they say. */
  get provedOwnKind(): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.peer.node !== undefined && isProved(entry))
  }

  /** Who would be renewed by this. */
  known(sighting: Sighting): Entry | undefined {
    return this.#entries.get(keyOf(sighting))
  }

  /** By user id. Anybody can write any: who is heard at the address in it comes first. */
  find(userId: string): Entry | undefined {
    const isNamed = ({ peer }: Entry) => peer.userId === userId
    const there = this.heardAt(userIdParts(userId).host).find(isNamed)
    return there ?? [...this.#entries.values()].find(isNamed)
  }

  /** Of our own kind. */
  ofNode(node: string): Entry | undefined {
    return this.#entries.get(`node ${node}`)
  }

  /** Who is heard at this address. */
  heardAt(ip: string): readonly Entry[] {
    return [...(this.#atHost.get(ip) ?? [])]
  }

  /** Whether a peer of our own kind sends from there. Only one program can: a port that is shared is nobody's own. */
  isOwnKindAt({ host, port }: Address): boolean {
    if (port === DISCOVERY_PORT) return false
    return this.heardAt(host).some(({ peer }) => peer.node !== undefined && peer.port === port)
  }

  /** Who sent a datagram that does not say so, such as ACK. */
  at(ip: string, port: number): Entry | undefined {
    const entries = this.heardAt(ip)
    return entries.find(({ peer }) => peer.port === port) ?? entries[0]
  }

  /** Undefined: there is no room for somebody new. */
  hear(sighting: Sighting, now: number): Heard | undefined {
    const key = keyOf(sighting)
    const known = this.known(sighting)
    if (known !== undefined)
      return { entry: known, news: this.#renew(known, sighting, now), evicted: undefined }
    const crowd = this.#crowd(sighting.ip)
    const evicted = crowd === undefined ? undefined : oldestStranger(crowd)
    if (crowd !== undefined && evicted === undefined) return undefined
    if (evicted !== undefined) this.delete(evicted)
    return { entry: this.#enter(key, sighting, now), news: 'new', evicted }
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry.key)
    for (const ip of entry.heardAt.keys()) this.#notHeardAt(ip, entry)
  }

  #heardAt(ip: string, entry: Entry, now: number): void {
    entry.heardAt.set(ip, now)
    const entries = this.#atHost.get(ip) ?? new Set()
    this.#atHost.set(ip, entries.add(entry))
  }

  #notHeardAt(ip: string, entry: Entry): void {
    entry.heardAt.delete(ip)
    entry.proofs.forget(ip)
    const entries = this.#atHost.get(ip)
    entries?.delete(entry)
    if (entries?.size === 0) this.#atHost.delete(ip)
  }

  /** Takes out and returns whose lease has run out. */
  expire(now: number): Entry[] {
    const gone = [...this.#entries.values()].filter(({ peer }) => peer.until <= now)
    for (const entry of gone) this.delete(entry)
    return gone
  }

  /** The machine slept: nobody could be heard, so nobody is expired for it. */
  extend(gap: number, now: number): void {
    for (const entry of this.#entries.values()) {
      // Some may have been heard since it woke up.
      const heardAt = Math.min(entry.peer.heardAt + gap, now)
      const until = Math.min(entry.peer.until + gap, now + leaseOf(entry))
      entry.peer = { ...entry.peer, heardAt, until }
    }
  }

  #enter(key: string, sighting: Sighting, now: number): Entry {
    const { userId, ip, port, dialect, node, httpPort, channels, name, status, avatarHash, avatar } = sighting
    const rhythm = new LanRhythm()
    if (sighting.isUnasked === true) rhythm.note(now)
    const peer: LanPeer = {
      userId,
      ip,
      addresses: [ip],
      port,
      name: name ?? userIdParts(userId).name,
      status: status ?? '',
      dialect,
      node,
      httpPort,
      channels: channels ?? [],
      avatarHash,
      avatar,
      isProved: false,
      heardAt: now,
      until: now + (node === undefined ? LAN_TIMES.foreignLease : LAN_TIMES.lease),
      followsUs: false,
      followed: false,
    }
    const entry: Entry = {
      key,
      peer,
      firstHeard: now,
      rhythm,
      heardAt: new Map(),
      isRegular: false,
      proofs: new Proofs(),
      hasSaidGoodbye: false,
      profileAt: -Infinity,
      answeredAt: -Infinity,
      probedAt: -Infinity,
      doubtedAt: -Infinity,
      questionsPaid: 0,
      bytesSaved: 0,
      owedProfile: false,
      owedPing: false,
      discoveredAt: undefined,
      avatarSent: undefined,
      capabilities: new Capabilities(dialect),
      latestPost: undefined,
    }
    this.#entries.set(key, entry)
    this.#heardAt(ip, entry, now)
    return entry
  }

  /** At this address it has answered what was sent there alone. */
  prove(entry: Entry, ip: string): void {
    entry.proofs.prove(ip)
    for (const other of entry.heardAt.keys()) if (!entry.proofs.has(other)) this.#notHeardAt(other, entry)
    entry.peer = { ...entry.peer, addresses: [...entry.heardAt.keys()], isProved: isProved(entry) }
  }

  /** Others of our own kind at the place of this one: only one program can have a port, so they are gone. */
  replacedBy(entry: Entry): Entry[] {
    const { ip, port, node } = entry.peer
    const others = this.heardAt(ip).filter(({ peer }) => peer.ip === ip && peer.port === port)
    return others.filter((other) => other !== entry && other.peer.node !== undefined && node !== undefined)
  }

  #renew(entry: Entry, sighting: Sighting, now: number): Heard['news'] {
    const before = entry.peer
    // Any host can write the node of another peer: a peer with a proved address is believed from there alone.
    if (entry.proofs.any && !entry.proofs.has(sighting.ip)) return 'none'
    // While it is asked whether it is there, only its answer shows that it is.
    const isAsked = before.node !== undefined && before.isProved && now - before.heardAt >= LAN_TIMES.doubt
    if (isAsked && sighting.isProof !== true) return 'none'
    entry.isRegular ||= now - entry.firstHeard >= 500
    entry.hasSaidGoodbye = false
    if (sighting.isUnasked === true) entry.rhythm.note(now)
    const lease = leaseOf(entry)
    // It keeps the address it is known by as long as it is heard there.
    const lastHeardThere = entry.heardAt.get(before.ip) ?? -Infinity
    const isThere = sighting.ip === before.ip || now - lastHeardThere >= LAN_TIMES.doubt
    for (const [ip, at] of entry.heardAt) if (now - at > lease) this.#notHeardAt(ip, entry)
    const isRoom = entry.heardAt.size < LAN_LIMITS.addresses || isThere
    if (isRoom || entry.heardAt.has(sighting.ip)) this.#heardAt(sighting.ip, entry, now)
    const place = isThere ? sighting : before
    entry.capabilities.speaks(sighting.dialect)
    // Of our own kind ports last as long as the node: another one has to be proved.
    const areFixed = before.node !== undefined && before.isProved && sighting.isProof !== true
    const ports = areFixed ? before : { port: place.port, httpPort: sighting.httpPort ?? before.httpPort }
    entry.peer = {
      userId: place.userId,
      ip: place.ip,
      addresses: [...entry.heardAt.keys()],
      isProved: entry.proofs.has(place.ip),
      port: ports.port,
      name: sighting.name ?? before.name,
      status: sighting.status ?? before.status,
      dialect: entry.capabilities.dialect,
      node: before.node,
      httpPort: ports.httpPort,
      channels: sighting.channels ?? before.channels,
      avatarHash: sighting.name === undefined ? before.avatarHash : sighting.avatarHash,
      avatar: sighting.avatar ?? before.avatar,
      heardAt: now,
      until: now + lease,
      followsUs: before.followsUs,
      followed: before.followed,
    }
    return isSameProfile(before, entry.peer) ? 'none' : 'profile'
  }

  /** Those of whom one has to go before somebody new at this address is let in; undefined when there is room. */
  #crowd(ip: string): Iterable<Entry> | undefined {
    const neighbours = this.heardAt(ip).filter(({ peer }) => peer.ip === ip)
    if (neighbours.length >= LAN_LIMITS.peersPerHost && !this.#isOwnAddress(ip)) return neighbours
    return this.#entries.size >= LAN_LIMITS.peers ? this.#entries.values() : undefined
  }
}

/** Entries are in the order in which they came. */
function oldestStranger(entries: Iterable<Entry>): Entry | undefined {
  for (const entry of entries) if (!entry.isRegular) return entry
  return undefined
}

/** The short lease of a program counts when it is asked before its end; programs that announce JSON know no question. */
function leaseOf({ peer, rhythm, questionsPaid }: Pick<Entry, 'peer' | 'rhythm' | 'questionsPaid'>): number {
  if (peer.node !== undefined) return LAN_TIMES.lease
  return questionsPaid > 0 || peer.httpPort !== undefined ? rhythm.lease : LAN_TIMES.foreignLease
}

function keyOf({ node, userId, ip, httpPort }: Sighting): string {
  if (node !== undefined) return `node ${node}`
  return httpPort === undefined ? `user ${userIdParts(userId).name}@${ip}` : `http ${ip}:${httpPort}`
}

function isSameProfile(a: LanPeer, b: LanPeer): boolean {
  return (
    a.userId === b.userId &&
    a.ip === b.ip &&
    a.port === b.port &&
    a.isProved === b.isProved &&
    a.httpPort === b.httpPort &&
    a.name === b.name &&
    a.status === b.status &&
    a.avatarHash === b.avatarHash &&
    a.avatar?.data === b.avatar?.data &&
    a.channels.join() === b.channels.join() &&
    a.addresses.join() === b.addresses.join()
  )
}

/** Whether a peer has proved that it is at the address it is known by. */
export function isProved({ peer, proofs }: Pick<Entry, 'peer' | 'proofs'>): boolean {
  return proofs.has(peer.ip)
}

/** A firewall may keep out what is sent to a peer's own port: then HTTP has to prove where it is. */
export function isForHttp({ peer, firstHeard }: Pick<Entry, 'peer' | 'firstHeard'>, now: number): boolean {
  return !peer.isProved && peer.httpPort !== undefined && now - firstHeard >= LAN_TIMES.byHttp
}
