/**
 * What this node announces to everybody, and when.
 *
 * It announces itself 0, 1, 2 and 4 s after the start and after each change of network, then steadily; Parley peers do not
 * answer the steady PING. Each PING to everybody is a PEER_DISCOVERY for legacy clients, except for the goodbye. A change
 * is announced at once. Datagrams of others bring an announcement forward at most once a minute.
 */
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { LAN_TIMES } from '../limits.ts'
import type { LanContext } from '../context.ts'
import type { LanAnswers } from './answers.ts'
import type { LanSelf } from './self.ts'
import type { ParleyAnnouncement } from './sighting.ts'
import type { Solicitations } from './solicitations.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

export class LanAnnouncer {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #answers: LanAnswers
  readonly #solicitations: Solicitations
  /** When the announcements of the fast start are due that are still to come. */
  #fast: number[] = []
  #isFirst = true
  /** When the fast start sent PROFILE and PING to everybody. */
  #begunAt = -Infinity
  #steadyAt = Infinity
  #loudAt = -Infinity
  /** When everybody was last sent our PROFILE. */
  #profileAt = -Infinity
  /** When an announcement was last brought forward for programs that could not be answered. */
  #introducedAt = -Infinity
  /** When a changed PROFILE is sent to Parley peers again. */
  #again: number[] = []

  constructor(
    context: LanContext,
    table: PeerTable,
    self: LanSelf,
    answers: LanAnswers,
    solicitations: Solicitations,
  ) {
    this.#context = context
    this.#table = table
    this.#self = self
    this.#answers = answers
    this.#solicitations = solicitations
  }

  /** Begins a fast start: at the beginning, and whenever others may have lost sight of this node. */
  begin(now: number): void {
    this.#fast = LAN_TIMES.fastStart.map((delay) => now + delay)
    this.#isFirst = true
    this.#steadyAt = now + this.#steadyPause()
  }

  /**
   * Announces a changed profile, to Parley peers several times, because datagrams get lost. A picture that the user has
   * just chosen goes to each foreign program once; among those that never answered, to one at each address.
   */
  profileChanged(now: number, hasNewPicture: boolean): void {
    this.#broadcastProfile(now)
    this.#again = LAN_TIMES.again.map((delay) => now + delay)
    if (!hasNewPicture) return
    const unproved = new Set<string>()
    for (const entry of this.#table.entries) {
      const { ip } = entry.peer
      if (entry.isProved || !unproved.has(ip)) this.#answers.sendAvatar(entry, now)
      if (!entry.isProved) unproved.add(ip)
    }
  }

  /** Whether the fast start has just begun: a PEER_DISCOVERY that comes now is probably the answer to it. */
  hasJustBegun(now: number): boolean {
    return now - this.#begunAt < LAN_TIMES.prompted
  }

  /** Sends what is due. */
  tick(now: number): void {
    if (this.#fast.some((at) => at <= now)) this.#announceFast(now)
    else if (now >= this.#steadyAt) this.#announceSteady(now)
    if (this.#again.some((at) => at <= now)) this.#repeatToParleyPeers(now)
  }

  /** Brings the next announcement forward, as a PROFILE, for programs that could not be answered. */
  introduce(now: number): void {
    if (now < this.#introducedAt + LAN_TIMES.introduction) return
    const owed = [...this.#table.entries].filter(({ owedProfile }) => owedProfile)
    if (owed.length === 0) return
    for (const entry of owed) entry.owedProfile = false
    this.#introducedAt = now
    this.#steadyAt = now + this.#steadyPause()
    this.#loudAt = now + LAN_TIMES.loud
    this.#broadcastProfile(now, false)
  }

  /** Says goodbye to everybody, and to each Parley peer with the nonce that it sent us: that one is believed at once. */
  sayGoodbye(now: number): void {
    const leaving = { leaving: true, reply: false } as const
    for (const broadcast of this.#context.addresses.broadcasts)
      this.#broadcast(broadcast, { ...this.#self.ping(broadcast, false), leaving: true }, now)
    for (const entry of this.#table.provedParleyPeers) {
      const { ip } = entry.peer
      const goodbye = { ...this.#self.shortPing(ip), ...leaving, echo: entry.proofs.toRepeat(ip) }
      this.#context.sendTo(entry, goodbye, now)
    }
  }

  #announceFast(now: number): void {
    this.#fast = this.#fast.filter((at) => at > now)
    this.#steadyAt = now + this.#steadyPause()
    this.#loudAt = now + LAN_TIMES.loud
    if (this.#isFirst) {
      this.#begunAt = now
      // The PROFILE comes first: some programs fail on a message of a user whose PROFILE they lack.
      this.#broadcastProfile(now)
      for (const broadcast of this.#context.addresses.broadcasts) this.#announceJson(broadcast, now)
    }
    this.#isFirst = false
    this.#broadcastPing(now)
  }

  /**
   * Announces with a PING, from time to time with our PROFILE. Some programs answer every PING with a PROFILE to
   * everybody: where foreign programs are on the LAN, Parley peers alone get the PING, and everybody once a minute.
   */
  #announceSteady(now: number): void {
    this.#steadyAt = now + this.#steadyPause()
    if (!this.#table.hasForeigners || now >= this.#loudAt) {
      this.#loudAt = now + LAN_TIMES.loud
      if (now - this.#profileAt >= LAN_TIMES.profile) this.#broadcastProfile(now, false)
      else this.#broadcastPing(now, false)
      return
    }
    this.#pingParleyPeers(now)
  }

  /** At their own ports, which no other program reads. Peers with the same port in one network get one broadcast. */
  #pingParleyPeers(now: number): void {
    const places = new Map<string, PeerEntry[]>()
    for (const entry of this.#table.provedParleyPeers) {
      const { ip, port } = entry.peer
      const broadcast = this.#context.addresses.broadcastFor(ip) ?? ip
      const place = `${broadcast}:${port}`
      places.set(place, [...(places.get(place) ?? []), entry])
    }
    for (const [first, ...others] of places.values()) {
      if (first === undefined) continue
      const { ip, port } = first.peer
      const ping = { ...this.#self.shortPing(ip), reply: false } as const
      const broadcast = this.#context.addresses.broadcastFor(ip)
      if (others.length === 0 || broadcast === undefined) this.#context.answer(first, ping, now)
      else this.#context.send({ host: broadcast, port }, ping, 'rfc', now)
    }
  }

  #repeatToParleyPeers(now: number): void {
    this.#again = this.#again.filter((at) => at > now)
    for (const entry of this.#table.provedParleyPeers) {
      const { ip } = entry.peer
      this.#context.sendTo(entry, { ...this.#self.profile(ip, false), echo: entry.proofs.toRepeat(ip) }, now)
    }
  }

  #steadyPause(): number {
    return LAN_TIMES.steady + (2 * this.#context.random() - 1) * LAN_TIMES.jitter
  }

  #broadcastProfile(now: number, reply?: false): void {
    this.#solicitations.sentToAll(now)
    this.#profileAt = now
    for (const broadcast of this.#context.addresses.broadcasts)
      this.#broadcast(broadcast, this.#self.profile(broadcast, reply), now)
  }

  #broadcastPing(now: number, reply?: false): void {
    this.#solicitations.sentToAll(now)
    for (const host of this.#context.addresses.broadcasts) {
      const question = this.#self.question(this.#self.ping(host, reply), host, now)
      this.#context.sendBytes({ host, port: DISCOVERY_PORT }, question, 'PING', now)
    }
  }

  #broadcast(host: string, message: ParleyAnnouncement, now: number): void {
    this.#context.send({ host, port: DISCOVERY_PORT }, message, 'polyglot', now)
  }

  /** Only a node that takes messages over HTTP announces itself as JSON. */
  #announceJson(host: string, now: number): void {
    const announcement = this.#self.json(host)
    if (announcement !== undefined)
      this.#context.sendBytes({ host, port: ANNOUNCE_PORT }, announcement, 'JSON', now)
  }
}
