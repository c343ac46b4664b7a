/**
 * What an announcement changes in the table of peers, and which answer it gets.
 *
 * A Parley peer is answered with our PROFILE. Answers and the steady PING say that they want no answer, so no chain of
 * answers can begin. PEER_DISCOVERY of a legacy client is answered with PING and PROFILE, never with PEER_DISCOVERY, which
 * such a client would answer for ever.
 *
 * The first answer to a Parley peer has a number (NONCE) that the peer repeats (ECHO), with a nonce of its own that we
 * repeat: then each knows that the other is where its datagrams come from. The credit of its address pays for an answer
 * (src/udp/node/presence/credit.ts); a foreign program whose question does not pay for a PROFILE reads our next broadcast,
 * which is brought forward for it.
 */
import { LAN_TIMES } from '../limits.ts'
import { ANNOUNCE_PORT } from '../../lsnp/ports.ts'
import { LanAnnouncer } from './announcer.ts'
import { sightingOf, sightingOfJson, sightingOfUser } from './sighting.ts'
import { Solicitations } from './solicitations.ts'
import type { LanAnswers } from './answers.ts'
import type { LanLiveness } from './liveness.ts'
import type { LanSelf } from './self.ts'
import type { Announcement, ParleyAnnouncement } from './sighting.ts'
import type { JsonAnnouncement } from './json-announcement.ts'
import type { LanContext } from '../context.ts'
import type { Arrival, Command, DropReason, SignalHandlers } from '../handlers.ts'
import type { LsnpMessaging } from '../messaging/messaging.ts'
import type { PeerEntry, Sighting } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'
import type { Address } from '../../../http/message.ts'

export class LanPresence {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #answers: LanAnswers
  readonly #liveness: LanLiveness
  readonly #messaging: LsnpMessaging
  readonly #solicitations = new Solicitations()
  readonly #announcer: LanAnnouncer

  constructor(
    context: LanContext,
    table: PeerTable,
    self: LanSelf,
    answers: LanAnswers,
    liveness: LanLiveness,
    messaging: LsnpMessaging,
  ) {
    this.#context = context
    this.#table = table
    this.#self = self
    this.#answers = answers
    this.#liveness = liveness
    this.#messaging = messaging
    this.#announcer = new LanAnnouncer(context, table, self, answers, this.#solicitations)
  }

  readonly signals: SignalHandlers<'PROFILE' | 'PING' | 'PEER_DISCOVERY'> = {
    PROFILE: (message, arrival) => this.#announced(message, arrival),
    PING: (message, arrival) => this.#announced(message, arrival),
    PEER_DISCOVERY: (message, arrival) => this.#announced(message, arrival),
  }

  // --- time and commands ----------------------------------------------------------------------------

  /** Announces this node anew. */
  begin(now: number): void {
    this.#announcer.begin(now)
  }

  tick(now: number): void {
    this.#announcer.tick(now)
    this.#answers.tick(now)
    this.#liveness.tick(now)
    this.#announcer.introduce(now)
  }

  /** Removes the peers whose lease has run out. */
  expire(now: number): void {
    for (const entry of this.#table.expire(now))
      this.#left(entry, entry.hasSaidGoodbye ? 'left' : 'no longer seen')
  }

  /** Changes what this node shows of itself; `isOpen`: and announces it. */
  describe(command: Command<'profile'>, isOpen: boolean, now: number): void {
    const before = this.#self.avatarHash
    this.#self.describe(command)
    if (isOpen) this.#announcer.profileChanged(now, this.#self.avatarHash !== before)
  }

  sayGoodbye(now: number): void {
    this.#announcer.sayGoodbye(now)
  }

  /** A peer was reached over HTTP, so it is at its address. */
  reached({ host, port }: Address, node: string | undefined): void {
    for (const entry of this.#table.peersAt(host)) {
      const { peer } = entry
      if (peer.ip !== host || peer.node !== node || peer.httpPort !== port || entry.isProved) continue
      this.#table.prove(entry, host)
      this.#context.event({ kind: 'seen', peer: entry.peer, change: 'new' })
    }
  }

  // --- announcements --------------------------------------------------------------------------------

  #announced(message: Announcement, arrival: Arrival): DropReason {
    const { from, dialect, now } = arrival
    const sighting = sightingOf(message, from, dialect)
    if (message.type !== 'PEER_DISCOVERY' && message.node !== undefined)
      this.#parleyAnnounced(message, sighting, arrival)
    // Version 0.1.0 reads the PEER_DISCOVERY in the PING of a peer, and answers it like that of a foreign program.
    else if (!this.#table.isParleyAt(from)) this.#foreignAnnounced(message, sighting, now)
    return undefined
  }

  #foreignAnnounced(message: Announcement, announced: Sighting, now: number): void {
    const isDue = this.#table.known(announced)?.rhythm.isDue(now) === true
    const sighting = this.#withSolicitation(announced, message.type, now)
    const seen = this.#seen(sighting, now)
    if (message.type === 'PING') this.#solicitations.receivedFrom(sighting.ip, now)
    if (seen === undefined) return
    const { entry } = seen
    if (message.type === 'PEER_DISCOVERY') {
      this.#answers.discovered(entry, this.#announcer.hasJustBegun(now))
      return
    }
    if (message.type === 'PROFILE') entry.profileAt = now
    // A PROFILE is a question only if its sender is new, or may have been started again.
    const isQuestion = message.type === 'PING' || (sighting.isUnsolicited === true && !isDue)
    // Legacy clients show every PROFILE; those that know PING are answered as to a PEER_DISCOVERY.
    if (isQuestion && entry.peer.dialect !== 'seed' && this.#answers.mayAnswer(entry, now))
      entry.owedProfile = true
  }

  #parleyAnnounced(message: ParleyAnnouncement, sighting: Sighting, arrival: Arrival): void {
    const { from, now } = arrival
    // In both dialects it went to everybody.
    if (message.type === 'PING' && sighting.dialect === 'polyglot')
      this.#solicitations.receivedFrom(sighting.ip, now)
    const known = this.#table.known(sighting)
    const isProof = known?.proofs.isRepeated(from.host, message.echo) === true
    if (message.leaving === true) {
      if (known !== undefined) this.#liveness.parleyGoodbye(known, from.host, isProof, now)
      return
    }
    this.#forgetJsonEntry(sighting)
    if (known !== undefined && isProof) this.#table.prove(known, from.host)
    const seen = this.#seen({ ...sighting, isProof }, now)
    if (seen === undefined) return
    const { entry, isNew } = seen
    if (isProof) for (const other of this.#table.replacedBy(entry)) this.#replace(other)
    const isBelieved = !entry.proofs.any || entry.proofs.has(from.host)
    if (message.type === 'PROFILE' && isBelieved) entry.profileAt = now
    if (message.nonce !== undefined) entry.proofs.asks(from.host, message.nonce)
    this.#answers.answerParley(entry, message, { host: from.host, port: sighting.port }, isNew, now)
  }

  /** An announcement in JSON. That of this node, and of Parley peers, which announce themselves in both ways, is skipped. */
  announcedJson(announcement: JsonAnnouncement, from: Address, now: number): void {
    const { host } = from
    if (this.#context.addresses.isOwn(host) && announcement.port === this.#self.httpPort) return
    for (const { peer, seenAt, proofs } of this.#table.entries) {
      const isThere = seenAt.has(host) || proofs.isAsked(host)
      if (peer.node !== undefined && peer.httpPort === announcement.port && isThere) return
    }
    const sighting = this.#withSolicitation(sightingOfJson(announcement, from), 'JSON', now)
    const seen = this.#seen(sighting, now)
    if (seen === undefined) return
    const { entry } = seen
    if (!entry.isProved && now - entry.httpCheckedAt >= LAN_TIMES.byHttpAgain)
      this.#liveness.checkOverHttp(entry, now)
    this.#answers.answerJson(entry, { host, port: ANNOUNCE_PORT }, now)
  }

  /**
   * The peer that sent a message of a user; the message shows that it is there. Undefined if there is no room for it, or
   * if the message names no user and no peer is known at its address.
   */
  senderOf(userId: string | undefined, { from, dialect, now }: Arrival): PeerEntry | undefined {
    if (userId === undefined) return this.#table.at(from)
    const known = this.#table.namedAt(userId, from.host)
    return this.#seen(sightingOfUser(userId, known?.peer, from, dialect), now)?.entry
  }

  // --- common ---------------------------------------------------------------------------------------

  #withSolicitation(sighting: Sighting, type: Announcement['type'] | 'JSON', now: number): Sighting {
    const known = this.#table.known(sighting)
    return {
      ...sighting,
      isUnsolicited: this.#solicitations.isUnsolicited(type, sighting.ip, known, now),
    }
  }

  /** Records a sighting. Undefined if there is no room for its peer. */
  #seen(sighting: Sighting, now: number): { readonly entry: PeerEntry; readonly isNew: boolean } | undefined {
    const result = this.#table.record(sighting, now)
    if (result === undefined) return undefined
    const { entry, change, evicted } = result
    if (evicted !== undefined) this.#left(evicted, 'there is no room for it')
    this.#liveness.reserve(entry, now)
    this.#context.event({ kind: 'seen', peer: entry.peer, change })
    const isNew = change === 'new'
    // Some programs fail on a message of a user whose PROFILE they lack.
    if (isNew && entry.peer.node === undefined && entry.peer.port !== ANNOUNCE_PORT) entry.owedProfile = true
    if (entry.isProved) this.#answers.sendAvatar(entry, now)
    return { entry, isNew }
  }

  /** Removes the entry that a Parley peer had by its announcement in JSON. */
  #forgetJsonEntry({ ip, httpPort }: Sighting): void {
    if (httpPort === undefined) return
    for (const entry of this.#table.peersAt(ip))
      if (entry.peer.node === undefined && entry.peer.httpPort === httpPort) this.#table.delete(entry)
  }

  /** Another program has the port of this peer now. */
  #replace(entry: PeerEntry): void {
    this.#table.delete(entry)
    this.#left(entry, 'it was started again')
  }

  #left(entry: PeerEntry, reason: string): void {
    this.#context.event({ kind: 'left', peer: entry.peer, reason })
    this.#messaging.peerLeft(entry)
  }
}
