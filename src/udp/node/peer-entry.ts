/**
 * One peer on the LAN: what is known of it, and what a sighting changes.
 *
 * Once a peer has proved one of its addresses, a sighting at an address without a proof changes nothing.
 */
import { Capabilities } from './messaging/capabilities.ts'
import { LAN_TIMES } from './limits.ts'
import { Proofs } from './presence/proof.ts'
import { LanRhythm } from './presence/rhythm.ts'
import { userIdParts } from '../lsnp/codec.ts'
import type { LanPeer } from './model.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Avatar, Dialect } from '../lsnp/codec.ts'

/** What one datagram says of its sender. A property that it does not mention is undefined. */
export interface Sighting {
  readonly userId: string
  readonly ip: string
  readonly port: number
  readonly dialect: Dialect
  readonly node: string | undefined
  /** Only with a node. */
  readonly key: KeyId | undefined
  readonly httpPort: number | undefined
  readonly channels: readonly string[] | undefined
  readonly name: string | undefined
  readonly status: string | undefined
  readonly avatarHash: string | undefined
  readonly avatar: Avatar | undefined
  /** It repeats a nonce that was sent to `ip` alone, so its ports are believed, too. */
  readonly isProof?: boolean
  /** It is an announcement that answers no question. */
  readonly isUnsolicited?: boolean
}

/** Two sightings this far apart, in milliseconds, make a peer regular. */
const REGULAR_AFTER = 500

export class PeerEntry {
  readonly key: string
  peer: LanPeer
  readonly firstSeen: number
  /** The intervals between its announcements: they decide the lease of a foreign program. */
  readonly rhythm = new LanRhythm()
  /** When it was last seen at each of its addresses. PeerTable writes it. */
  readonly seenAt = new Map<string, number>()
  /** It was seen again after a while. Most invented peers are seen once, but this proves nothing. */
  isRegular = false
  /** The addresses at which it has repeated what was sent there alone. */
  readonly proofs = new Proofs()
  /** A goodbye came in its name, and it has not been seen since. */
  hasSaidGoodbye = false
  /** When its last PROFILE came. */
  profileAt = -Infinity
  /** When it was last answered, and last asked whether it is still there. */
  answeredAt = -Infinity
  probedAt = -Infinity
  /** When its address was last to be checked over HTTP, because no datagram has proved it. */
  httpCheckedAt = -Infinity
  /** Probes that its address has paid for in advance (src/udp/node/presence/liveness.ts). */
  questionsPaid = 0
  /** Bytes of credit that are put aside for the next such probe. */
  bytesSaved = 0
  /** It has not had our PROFILE, or our PING, because its credit was too small (src/udp/node/presence/credit.ts). */
  owedProfile = false
  owedPing = false
  /** The port that it announced when its PEER_DISCOVERY was last answered. */
  discoveredAt: number | undefined
  /** The hash of the last of our pictures that it was sent. */
  avatarSent: string | undefined
  /** What it has shown to understand. */
  readonly capabilities: Capabilities
  /** TIMESTAMP of its latest post, for LIKE. */
  latestPost: number | undefined

  constructor(key: string, sighting: Sighting, now: number) {
    const { userId, ip, port, dialect, node, httpPort } = sighting
    const { channels, name, status, avatarHash, avatar } = sighting
    this.key = key
    this.firstSeen = now
    this.capabilities = new Capabilities(dialect)
    if (sighting.isUnsolicited === true) this.rhythm.note(now)
    this.peer = {
      userId,
      ip,
      addresses: [ip],
      port,
      name: name ?? userIdParts(userId).name,
      status: status ?? '',
      dialect,
      node,
      key: sighting.key,
      httpPort,
      channels: channels ?? [],
      avatarHash,
      avatar,
      isProved: false,
      lastSeenAt: now,
      until: now + (node === undefined ? LAN_TIMES.foreignLease : LAN_TIMES.lease),
      followsUs: false,
      followed: false,
    }
  }

  /** Whether it has proved that it is at the address it goes by. */
  get isProved(): boolean {
    return this.proofs.has(this.peer.ip)
  }

  /** Whether HTTP has to prove its address: a firewall may block the datagrams that are sent to its own port. */
  needsHttpProof(now: number): boolean {
    return !this.peer.isProved && this.peer.httpPort !== undefined && now - this.firstSeen >= LAN_TIMES.byHttp
  }

  /**
   * In milliseconds. The short lease of a foreign program counts only once the probe before its end is paid for;
   * programs that announce themselves as JSON answer no probe.
   */
  get lease(): number {
    const { node, httpPort } = this.peer
    if (node !== undefined) return LAN_TIMES.lease
    return this.questionsPaid > 0 || httpPort !== undefined ? this.rhythm.lease : LAN_TIMES.foreignLease
  }

  /** Whether a sighting counts. */
  believes({ ip, isProof }: Sighting, now: number): boolean {
    // Any host can write the node id of another peer.
    if (this.proofs.any && !this.proofs.has(ip)) return false
    // While a Parley peer is being probed, only a repeated nonce shows that it is there.
    const { node, isProved, lastSeenAt } = this.peer
    const isProbed = node !== undefined && isProved && now - lastSeenAt >= LAN_TIMES.doubt
    return !isProbed || isProof === true
  }

  /** Whether it goes by this address now: it keeps the one it has while it is seen there. */
  goesBy(ip: string, now: number): boolean {
    const seenAt = this.seenAt.get(this.peer.ip) ?? -Infinity
    return ip === this.peer.ip || now - seenAt >= LAN_TIMES.doubt
  }

  /** Takes over what a believed sighting says. `goesBy`: that of goesBy(). Returns whether it shows something else now. */
  update(sighting: Sighting, goesBy: boolean, now: number): boolean {
    const before = this.peer
    const place = goesBy ? sighting : before
    this.capabilities.speaks(sighting.dialect)
    // The ports of a Parley peer last as long as its node: a change of them has to be proved.
    const areFixed = before.node !== undefined && before.isProved && sighting.isProof !== true
    const ports = areFixed ? before : { port: place.port, httpPort: sighting.httpPort ?? before.httpPort }
    this.peer = {
      userId: place.userId,
      ip: place.ip,
      addresses: [...this.seenAt.keys()],
      isProved: this.proofs.has(place.ip),
      port: ports.port,
      name: sighting.name ?? before.name,
      status: sighting.status ?? before.status,
      dialect: this.capabilities.dialect,
      node: before.node,
      key: before.key,
      httpPort: ports.httpPort,
      channels: sighting.channels ?? before.channels,
      avatarHash: sighting.name === undefined ? before.avatarHash : sighting.avatarHash,
      avatar: sighting.avatar ?? before.avatar,
      lastSeenAt: now,
      until: now + this.lease,
      followsUs: before.followsUs,
      followed: before.followed,
    }
    return !isSameProfile(before, this.peer)
  }

  /** Notes that it was seen, before update(). */
  noteSighting({ isUnsolicited }: Sighting, now: number): void {
    this.isRegular ||= now - this.firstSeen >= REGULAR_AFTER
    this.hasSaidGoodbye = false
    if (isUnsolicited === true) this.rhythm.note(now)
  }
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
