/**
 * What we tell everybody, and when. Pure.
 *
 * We announce ourselves at 0, 1, 2 and 4 s after the start and after each change of network, then steadily; the steady
 * PING wants no answer of our own kind. Each PING for everybody is a PEER_DISCOVERY for the first programs of this
 * family, but for the goodbye. A change is told at once. No datagram of others makes an announcement come more than
 * once a minute.
 */
import type { LanContext } from '../context.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { LAN_TIMES } from '../limits.ts'
import type { LanAnswers } from './answers.ts'
import type { LanQuestions } from './questions.ts'
import type { LanSelf } from './self.ts'
import type { OwnAnnouncement } from './sighting.ts'
import { isProved, type Entry, type PeerTable } from '../peer-table.ts'

export class LanAnnouncer {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #answers: LanAnswers
  readonly #questions: LanQuestions
  /** When the announcements of the fast start that are still to come are due. */
  #fast: number[] = []
  #first = true
  /** When everybody was told our PROFILE and was asked, both at once. */
  #begunAt = -Infinity
  #steadyAt = Infinity
  #loudAt = -Infinity
  /** When everybody was last told our PROFILE, and when our own kind is told a changed one again. */
  #profileAt = -Infinity
  /** When an announcement to everybody came earlier for the sake of programs that could not be answered. */
  #introducedAt = -Infinity
  #again: number[] = []

  constructor(
    context: LanContext,
    table: PeerTable,
    self: LanSelf,
    answers: LanAnswers,
    questions: LanQuestions,
  ) {
    this.#context = context
    this.#table = table
    this.#self = self
    this.#answers = answers
    this.#questions = questions
  }

  /** The fast start, at the beginning and whenever others may have lost sight of us. */
  begin(now: number): void {
    this.#fast = LAN_TIMES.fastStart.map((delay) => now + delay)
    this.#first = true
    this.#steadyAt = now + this.#steady()
  }

  /**
   * Something that others show has changed. Our own kind is told again: datagrams get lost. A picture that the user
   * has just chosen goes to other programs once, also to those that never answered: of these to one at each address.
   */
  profileChanged(now: number, hasNewPicture: boolean): void {
    this.#broadcastProfile(now)
    this.#again = LAN_TIMES.again.map((delay) => now + delay)
    if (!hasNewPicture) return
    const silent = new Set<string>()
    for (const entry of this.#table.entries) {
      const { ip } = entry.peer
      if (isProved(entry) || !silent.has(ip)) this.#answers.sendAvatar(entry, now)
      if (!isProved(entry)) silent.add(ip)
    }
  }

  /** Whether the fast start began a moment ago: a PEER_DISCOVERY is the answer of a program that has heard us. */
  hasJustBegun(now: number): boolean {
    return now - this.#begunAt < LAN_TIMES.prompted
  }

  /** What is due by the clock. */
  tick(now: number): void {
    if (this.#fast.some((at) => at <= now)) this.#announceFast(now)
    else if (now >= this.#steadyAt) this.#announceSteady(now)
    if (this.#again.some((at) => at <= now)) this.#tellOwnKindAgain(now)
  }

  /** Programs that could not be answered hear our next announcement, a PROFILE, which comes now for their sake. */
  introduce(now: number): void {
    if (now < this.#introducedAt + LAN_TIMES.introduction) return
    const owed = [...this.#table.entries].filter(({ owedProfile }) => owedProfile)
    if (owed.length === 0) return
    for (const entry of owed) entry.owedProfile = false
    this.#introducedAt = now
    this.#steadyAt = now + this.#steady()
    this.#loudAt = now + LAN_TIMES.loud
    this.#broadcastProfile(now, false)
  }

  /** To everybody, and to each of our own kind with the number that it has told us: that one is believed at once. */
  sayGoodbye(now: number): void {
    const leaving = { leaving: true, reply: false } as const
    for (const broadcast of this.#context.broadcasts)
      this.#broadcast(broadcast, { ...this.#self.ping(broadcast, false), leaving: true }, now)
    for (const entry of this.#table.provedOwnKind) {
      const { ip } = entry.peer
      this.#context.sendTo(
        entry,
        { ...this.#self.bare(ip), ...leaving, echo: entry.proofs.toRepeat(ip) },
        now,
      )
    }
  }

  #announceFast(now: number): void {
    this.#fast = this.#fast.filter((at) => at > now)
    this.#steadyAt = now + this.#steady()
    this.#loudAt = now + LAN_TIMES.loud
    if (this.#first) {
      this.#begunAt = now
      // First of all: some programs fail on a message of a user whose PROFILE they have not seen.
      this.#broadcastProfile(now)
      for (const broadcast of this.#context.broadcasts) this.#announceJson(broadcast, now)
    }
    this.#first = false
    this.#broadcastPing(now)
  }

  /**
   * A PING to everybody, now and then our PROFILE instead. There are programs that answer each PING of anybody with a
   * PROFILE to everybody: where others are on the LAN our own kind alone is told, and everybody once a minute.
   */
  #announceSteady(now: number): void {
    this.#steadyAt = now + this.#steady()
    if (!this.#table.hasForeigners || now >= this.#loudAt) {
      this.#loudAt = now + LAN_TIMES.loud
      if (now - this.#profileAt >= LAN_TIMES.profile) this.#broadcastProfile(now, false)
      else this.#broadcastPing(now, false)
      return
    }
    this.#tellOwnKind(now)
  }

  /** At their own ports, which no other program hears: where two of them have the same port in one network, both at once. */
  #tellOwnKind(now: number): void {
    const places = new Map<string, Entry[]>()
    for (const entry of this.#table.provedOwnKind) {
      const { ip, port } = entry.peer
      const broadcast = this.#context.broadcastFor(ip) ?? ip
      const place = `${broadcast}:${port}`
      places.set(place, [...(places.get(place) ?? []), entry])
    }
    for (const [first, ...others] of places.values()) {
      if (first === undefined) continue
      const { ip, port } = first.peer
      const ping = { ...this.#self.bare(ip), reply: false } as const
      const broadcast = this.#context.broadcastFor(ip)
      if (others.length === 0 || broadcast === undefined) this.#context.answer(first, ping, now)
      else this.#context.send({ host: broadcast, port }, ping, 'rfc', now)
    }
  }

  #tellOwnKindAgain(now: number): void {
    this.#again = this.#again.filter((at) => at > now)
    for (const entry of this.#table.provedOwnKind) {
      const { ip } = entry.peer
      this.#context.sendTo(entry, { ...this.#self.profile(ip, false), echo: entry.proofs.toRepeat(ip) }, now)
    }
  }

  #steady(): number {
    return LAN_TIMES.steady + (2 * this.#context.random() - 1) * LAN_TIMES.jitter
  }

  #broadcastProfile(now: number, reply?: false): void {
    this.#questions.weAsked(now)
    this.#profileAt = now
    for (const broadcast of this.#context.broadcasts)
      this.#broadcast(broadcast, this.#self.profile(broadcast, reply), now)
  }

  #broadcastPing(now: number, reply?: false): void {
    this.#questions.weAsked(now)
    for (const host of this.#context.broadcasts) {
      const question = this.#self.question(this.#self.ping(host, reply), host, now)
      this.#context.sendBytes({ host, port: DISCOVERY_PORT }, question, 'PING', now)
    }
  }

  #broadcast(host: string, message: OwnAnnouncement, now: number): void {
    this.#context.send({ host, port: DISCOVERY_PORT }, message, 'polyglot', now)
  }

  /** Only what can be talked to over HTTP is announced to the other family. */
  #announceJson(host: string, now: number): void {
    const announcement = this.#self.json(host)
    if (announcement !== undefined)
      this.#context.sendBytes({ host, port: ANNOUNCE_PORT }, announcement, 'JSON', now)
  }
}
