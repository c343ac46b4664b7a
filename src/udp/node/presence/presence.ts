/**
 * What an announcement of another program does to the table of peers, and which answer it asks for. Pure.
 *
 * Our own kind answers an announcement with its PROFILE; an answer says that it wants none, and so does the steady
 * PING: nothing is ever answered twice in a row, so no storm can begin. PEER_DISCOVERY of the first programs of
 * this family is answered with PING and PROFILE, never with PEER_DISCOVERY: they would answer that for ever.
 *
 * The first answer to a peer of our own kind has a number (NONCE) that the peer repeats (ECHO), with a number of its
 * own that we repeat: then each knows that the other is where its datagrams come from. Answers are paid for with what
 * came from there (src/udp/node/presence/credit.ts); a program of another kind whose question is too short to pay for a PROFILE learns
 * of us by the next announcement to everybody, which comes earlier for its sake.
 */
import { LanAnnouncer } from './announcer.ts'
import { LanAnswers } from './answers.ts'
import { LanDoubt } from './doubt.ts'
import { LanQuestions } from './questions.ts'
import { LanSelf } from './self.ts'
import { sightingOf, sightingOfJson, type Announcement, type OwnAnnouncement } from './sighting.ts'
import { LAN_TIMES } from '../limits.ts'
import { userIdParts } from '../../lsnp/codec.ts'
import type { LanContext } from '../context.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../lsnp/ports.ts'
import type { Address } from '../../../http/message.ts'
import type { Dialect } from '../../lsnp/codec.ts'
import { isProved, type Entry, type PeerTable, type Sighting } from '../peer-table.ts'

/** How many peers of a PEER_LIST_RESPONSE are asked who they are. */
const MOST_INTRODUCED = 16

export class LanPresence {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #questions = new LanQuestions()
  readonly answers: LanAnswers
  readonly announcer: LanAnnouncer
  readonly doubt: LanDoubt
  readonly #onGone: (entry: Entry, reason: string) => void

  /** `onGone` is told which peer had to go for another, and why. */
  constructor(context: LanContext, table: PeerTable, onGone: (entry: Entry, reason: string) => void) {
    this.#context = context
    this.#table = table
    this.#self = new LanSelf(context)
    this.answers = new LanAnswers(context, table, this.#self)
    this.announcer = new LanAnnouncer(context, table, this.#self, this.answers, this.#questions)
    this.doubt = new LanDoubt(context, table, this.#self)
    this.#onGone = onGone
  }

  tick(now: number): void {
    this.announcer.tick(now)
    this.answers.tick(now)
    this.doubt.tick(now)
    this.announcer.introduce(now)
  }

  announced(message: Announcement, from: Address, dialect: Dialect, now: number): void {
    const sighting = sightingOf(message, from, dialect)
    if (message.type !== 'PEER_DISCOVERY' && message.node !== undefined) {
      this.#ownKindAnnounced(message, sighting, from, now)
      return
    }
    // Version 0.1.0 reads a PEER_DISCOVERY in the PING of a peer, and answers it as that of another program.
    if (this.#table.isOwnKindAt(from)) return
    const isDue = this.#table.known(sighting)?.rhythm.isDue(now) === true
    const said = this.#withRhythm(sighting, message.type, now)
    const heard = this.sighted(said, now)
    if (message.type === 'PING') this.#questions.asked(sighting.ip, now)
    if (heard === undefined) return
    const { entry } = heard
    if (message.type === 'PEER_DISCOVERY') {
      this.answers.discovered(entry, this.announcer.hasJustBegun(now))
      return
    }
    if (message.type === 'PROFILE') entry.profileAt = now
    // A PROFILE is a question only of a newcomer, or of one that may have been started again.
    const isQuestion = message.type === 'PING' || (said.isUnasked === true && !isDue)
    // The first programs show every PROFILE, and PING those that they know.
    if (isQuestion && entry.peer.dialect !== 'seed' && this.answers.mayAnswer(entry, now))
      entry.owedProfile = true
  }

  /** An announcement of another program, with whether anybody asked for it. */
  #withRhythm(sighting: Sighting, type: Announcement['type'] | 'JSON', now: number): Sighting {
    const known = this.#table.known(sighting)
    return { ...sighting, isUnasked: this.#questions.isUnasked(type, sighting.ip, known, now) }
  }

  #ownKindAnnounced(message: OwnAnnouncement, said: Sighting, from: Address, now: number): void {
    // In both dialects it went to everybody.
    if (message.type === 'PING' && said.dialect === 'polyglot') this.#questions.asked(said.ip, now)
    const known = this.#table.ofNode(message.node ?? '')
    const isProof = known?.proofs.isRepeated(from.host, message.echo) === true
    if (message.leaving === true) {
      if (known !== undefined) this.doubt.saidGoodbye(known, from.host, isProof, now)
      return
    }
    this.#forgetAnnounced(said)
    if (known !== undefined && isProof) this.#table.prove(known, from.host)
    const heard = this.sighted({ ...said, isProof }, now)
    if (heard === undefined) return
    const { entry, isNew } = heard
    if (isProof) for (const other of this.#table.replacedBy(entry)) this.#replace(other)
    const isBelieved = !entry.proofs.any || entry.proofs.has(from.host)
    if (message.type === 'PROFILE' && isBelieved) entry.profileAt = now
    if (message.nonce !== undefined) entry.proofs.asks(from.host, message.nonce)
    this.answers.answerOwnKind(entry, message, { host: from.host, port: said.port }, isNew, now)
  }

  /** Another program has its port now. */
  #replace(entry: Entry): void {
    this.#table.delete(entry)
    this.#onGone(entry, 'it was started again')
  }

  /** A sender of whatever kind was heard. Undefined: there is no room for it. */
  sighted(sighting: Sighting, now: number): { readonly entry: Entry; readonly isNew: boolean } | undefined {
    const heard = this.#table.hear(sighting, now)
    if (heard === undefined) return undefined
    const { entry, news, evicted } = heard
    if (evicted !== undefined) this.#onGone(evicted, 'there is no room for it')
    this.doubt.reserve(entry, now)
    this.#context.event({ kind: 'heard', peer: entry.peer, news })
    const isNew = news === 'new'
    // Some programs fail on a message of a user whose PROFILE they have not seen.
    if (isNew && entry.peer.node === undefined && entry.peer.port !== ANNOUNCE_PORT) entry.owedProfile = true
    if (isProved(entry)) this.answers.sendAvatar(entry, now)
    return { entry, isNew }
  }

  /** JSON on port 9002. */
  announcedJson(peer: { readonly port: number; readonly name: string }, from: Address, now: number): void {
    const { host } = from
    for (const { peer: known, heardAt, proofs } of this.#table.entries) {
      const isThere = heardAt.has(host) || proofs.isAsked(host)
      if (known.node !== undefined && known.httpPort === peer.port && isThere) return
    }
    const heard = this.sighted(this.#withRhythm(sightingOfJson(peer, from), 'JSON', now), now)
    if (heard === undefined) return
    const { entry } = heard
    if (!isProved(entry) && now - entry.doubtedAt >= LAN_TIMES.byHttpAgain) this.doubt.askOverHttp(entry, now)
    this.answers.answerJson(entry, { host, port: ANNOUNCE_PORT }, now)
  }

  /** Our own kind announces itself in both ways: it is the same peer, better known now. */
  #forgetAnnounced({ ip, httpPort }: Sighting): void {
    if (httpPort === undefined) return
    for (const entry of this.#table.heardAt(ip))
      if (entry.peer.node === undefined && entry.peer.httpPort === httpPort) this.#table.delete(entry)
  }

  /** It has answered over HTTP: it is where it says. */
  reached({ host, port }: Address, node: string | undefined): void {
    for (const entry of this.#table.heardAt(host)) {
      const { peer } = entry
      if (peer.ip !== host || peer.node !== node || peer.httpPort !== port || isProved(entry)) continue
      this.#table.prove(entry, host)
      this.#context.event({ kind: 'heard', peer: entry.peer, news: 'new' })
    }
  }

  /**
   * A known peer tells of others: those that we can reach are asked themselves. The known peer pays for that: the hosts
   * that it names get at most as much as it sent us.
   */
  toldOf(userIds: readonly string[], by: Entry | undefined, now: number): void {
    if (by?.isRegular !== true || !this.answers.mayAnswer(by, now)) return
    by.answeredAt = now
    const unknown = userIds.filter((userId) => this.#table.find(userId) === undefined)
    const hosts = new Set(unknown.map((userId) => userIdParts(userId).host))
    const near = [...hosts].filter((host) => this.#context.isNear(host) && !this.#context.isOwnAddress(host))
    for (const host of near.slice(0, MOST_INTRODUCED)) {
      const question = this.#self.question(this.#self.bare(host), host, now)
      if (!this.#context.credit.spend(by.peer.ip, question.length)) return
      this.#context.sendBytes({ host, port: DISCOVERY_PORT }, question, 'PING', now)
    }
  }
}
