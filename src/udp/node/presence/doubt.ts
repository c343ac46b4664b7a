/**
 * Who is gone: a peer that is silent, that has said goodbye, or that has not proved its address is asked. Pure.
 *
 * A peer leaves by its own silence alone: a goodbye that any host could have sent ends its lease only when its owner
 * does not object. Each question that a datagram brings about is paid for by its address, those of a goodbye in advance.
 */
import { encoded, type LanContext } from '../context.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { LanSelf } from './self.ts'
import { isForHttp, isProved, type Entry, type PeerTable } from '../peer-table.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export class LanDoubt {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf

  constructor(context: LanContext, table: PeerTable, self: LanSelf) {
    this.#context = context
    this.#table = table
    this.#self = self
  }

  tick(now: number): void {
    for (const entry of this.#table.entries) this.#doubt(entry, now)
  }

  /** A goodbye of our own kind. `isProof`: with the number that only its owner knows. */
  saidGoodbye(entry: Entry, host: string, isProof: boolean, now: number): void {
    if (isProof) {
      entry.hasSaidGoodbye = true
      entry.peer = { ...entry.peer, until: now }
    } else if (entry.peer.ip === host) this.left(entry, now)
  }

  /**
   * A goodbye without a signature: another host may have sent it, so its owner may object for a moment. For our own
   * kind it counts only if all questions that it brings about are paid for: then they are.
   */
  left(entry: Entry | undefined, now: number): void {
    if (entry === undefined || entry.hasSaidGoodbye) return
    // A peer that has just answered us may do so again only after a pause.
    const objectsUntil = Math.max(now, entry.profileAt + LAN_TIMES.answer) + LAN_TIMES.goodbye
    const until = Math.min(entry.peer.until, objectsUntil)
    if (entry.peer.node !== undefined && !this.#payFor(entry, until - now, now)) return
    entry.hasSaidGoodbye = true
    entry.peer = { ...entry.peer, until }
    this.#doubt(entry, now)
  }

  /** Pays for the questions of so many milliseconds; false, and nothing is paid, when there is too little credit. */
  #payFor(entry: Entry, ms: number, now: number): boolean {
    const questions = Math.ceil(ms / LAN_TIMES.objection) - entry.questionsPaid
    const bytes = encoded(this.#question(entry, now), 'rfc').length
    if (questions > 0 && !this.#context.credit.spend(entry.peer.ip, questions * bytes)) return false
    entry.questionsPaid += Math.max(0, questions)
    return true
  }

  /**
   * Our own kind is asked when it has been silent for too long, before it is given up; as long as it has not proved its
   * address; and when a host has said goodbye in its name.
   */
  #doubt(entry: Entry, now: number): void {
    const isOwnKind = entry.peer.node !== undefined
    const since = now - Math.max(entry.probedAt, entry.answeredAt)
    if (entry.peer.until <= now) return
    if (entry.hasSaidGoodbye) {
      if (now - entry.probedAt >= LAN_TIMES.objection) this.#probe(entry, now, this.#takePaid(entry))
    } else if (!isOwnKind) {
      const isAsked = entry.probedAt >= entry.peer.heardAt
      if (!isAsked && entry.peer.until - now <= LAN_TIMES.lastQuestion && this.#takePaid(entry))
        this.#probe(entry, now, true)
    } else if (!isProved(entry)) {
      if (isForHttp(entry, now)) this.#doubtInPublic(entry, now)
      else if (since >= LAN_TIMES.unproved) this.#probe(entry, now, false)
    } else if (now - entry.peer.heardAt >= LAN_TIMES.doubt) {
      // No datagram brings this about, but the want of one.
      if (now - entry.probedAt >= LAN_TIMES.probe) this.#probe(entry, now, true)
    }
  }

  /** The short lease of a program that announces itself often counts once the question before its end is paid for. */
  reserve(entry: Entry, now: number): void {
    const { node, httpPort, heardAt, until } = entry.peer
    const { lease } = entry.rhythm
    if (node !== undefined || httpPort !== undefined || lease === LAN_TIMES.foreignLease) return
    if (entry.questionsPaid === 0 && !this.#saveForQuestion(entry, now)) return
    entry.peer = { ...entry.peer, until: Math.min(until, heardAt + lease) }
  }

  /** Puts bytes of its address aside until they pay for one question, which is often longer than one announcement. */
  #saveForQuestion(entry: Entry, now: number): boolean {
    const bytes = encoded(this.#question(entry, now), 'rfc').length
    entry.bytesSaved += this.#context.credit.take(entry.peer.ip, bytes - entry.bytesSaved)
    if (entry.bytesSaved < bytes) return false
    entry.bytesSaved -= bytes
    entry.questionsPaid++
    return true
  }

  /** Whether one more question is paid for; if so, it is taken. */
  #takePaid(entry: Entry): boolean {
    if (entry.questionsPaid === 0) return false
    entry.questionsPaid--
    return true
  }

  #probe(entry: Entry, now: number, isPaid: boolean): void {
    entry.probedAt = now
    const question = this.#question(entry, now)
    if (isPaid) this.#context.sendTo(entry, question, now)
    else this.#context.answer(entry, question, now)
  }

  /** What a program answers that is there. A goodbye is not a PEER_DISCOVERY, so one may follow it. */
  #question(entry: Entry, now: number): LsnpMessages['PING' | 'PEER_DISCOVERY'] {
    const { ip, node, dialect } = entry.peer
    if (node === undefined)
      return dialect === 'seed' ? this.#self.discovery(ip, now) : this.#self.foreignPing(ip)
    return { ...this.#self.bare(ip), reply: false, nonce: this.#context.nonceFor(entry, ip) }
  }

  #doubtInPublic(entry: Entry, now: number): void {
    if (now - entry.doubtedAt < LAN_TIMES.byHttpAgain) return
    if (this.#context.credit.spend(entry.peer.ip, LAN_LIMITS.helloBytes)) this.askOverHttp(entry, now)
  }

  /** Others are told that the address of a peer is not proved, to ask it over HTTP. */
  askOverHttp(entry: Entry, now: number): void {
    entry.doubtedAt = now
    this.#context.event({ kind: 'unproved', peer: entry.peer })
  }
}
