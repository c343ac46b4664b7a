/**
 * Which peers are still there: a peer that is silent, that said goodbye, or that has not proved its address is probed.
 *
 * Only its own silence ends a lease: a goodbye that any host could have sent ends it only if its owner does not object.
 * The credit of an address pays for every probe that a datagram from there causes; those of a goodbye are paid for in
 * advance.
 */
import { encoded } from '../encoding.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { LanContext } from '../context.ts'
import type { LanSelf } from './self.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export class LanLiveness {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf

  constructor(context: LanContext, table: PeerTable, self: LanSelf) {
    this.#context = context
    this.#table = table
    this.#self = self
  }

  tick(now: number): void {
    for (const entry of this.#table.entries) this.#check(entry, now)
  }

  /** A Parley peer said goodbye. `isProof`: with the nonce that only it was sent, so it is believed at once. */
  parleyGoodbye(entry: PeerEntry, host: string, isProof: boolean, now: number): void {
    if (isProof) {
      entry.hasSaidGoodbye = true
      entry.peer = { ...entry.peer, until: now }
    } else if (entry.peer.ip === host) {
      this.goodbye(entry, now)
    }
  }

  /**
   * A goodbye that another host may have sent: the peer has a moment to object. That of a Parley peer counts only if
   * all probes that it causes are paid for.
   */
  goodbye(entry: PeerEntry | undefined, now: number): void {
    if (entry === undefined || entry.hasSaidGoodbye) return
    // A peer that has just answered us answers again only after a pause.
    const objectsUntil = Math.max(now, entry.profileAt + LAN_TIMES.answer) + LAN_TIMES.goodbye
    const until = Math.min(entry.peer.until, objectsUntil)
    if (entry.peer.node !== undefined && !this.#payFor(entry, until - now, now)) return
    entry.hasSaidGoodbye = true
    entry.peer = { ...entry.peer, until }
    this.#check(entry, now)
  }

  /**
   * The short lease of a program that announces itself often counts once the probe before its end is paid for. Puts the
   * credit of its address aside for that.
   */
  reserve(entry: PeerEntry, now: number): void {
    const { node, httpPort, lastSeenAt, until } = entry.peer
    const { lease } = entry.rhythm
    if (node !== undefined || httpPort !== undefined || lease === LAN_TIMES.foreignLease) return
    if (entry.questionsPaid === 0 && !this.#saveForProbe(entry, now)) return
    entry.peer = { ...entry.peer, until: Math.min(until, lastSeenAt + lease) }
  }

  /** Asks whether a peer answers over HTTP at its address, since no datagram has proved it. */
  checkOverHttp(entry: PeerEntry, now: number): void {
    entry.httpCheckedAt = now
    this.#context.event({ kind: 'unproved', peer: entry.peer })
  }

  #check(entry: PeerEntry, now: number): void {
    if (entry.peer.until <= now) return
    if (entry.hasSaidGoodbye) {
      if (now - entry.probedAt >= LAN_TIMES.objection) this.#probe(entry, now, this.#takePaid(entry))
    } else if (entry.peer.node === undefined) {
      this.#checkForeign(entry, now)
    } else if (!entry.isProved) {
      this.#checkUnproved(entry, now)
    } else if (now - entry.peer.lastSeenAt >= LAN_TIMES.doubt) {
      // No datagram causes this probe, so no credit pays for it.
      if (now - entry.probedAt >= LAN_TIMES.probe) this.#probe(entry, now, true)
    }
  }

  /** A foreign program is probed once, before its lease ends. */
  #checkForeign(entry: PeerEntry, now: number): void {
    const isProbed = entry.probedAt >= entry.peer.lastSeenAt
    if (isProbed || entry.peer.until - now > LAN_TIMES.lastQuestion) return
    if (this.#takePaid(entry)) this.#probe(entry, now, true)
  }

  #checkUnproved(entry: PeerEntry, now: number): void {
    if (entry.needsHttpProof(now)) {
      if (now - entry.httpCheckedAt < LAN_TIMES.byHttpAgain) return
      if (this.#context.credit.spend(entry.peer.ip, LAN_LIMITS.helloBytes)) this.checkOverHttp(entry, now)
    } else if (now - Math.max(entry.probedAt, entry.answeredAt) >= LAN_TIMES.unproved) {
      this.#probe(entry, now, false)
    }
  }

  /** Pays for the probes of this many milliseconds. Returns false, and takes nothing, if there is too little credit. */
  #payFor(entry: PeerEntry, ms: number, now: number): boolean {
    const questions = Math.ceil(ms / LAN_TIMES.objection) - entry.questionsPaid
    const bytes = encoded(this.#question(entry, now), 'rfc').length
    if (questions > 0 && !this.#context.credit.spend(entry.peer.ip, questions * bytes)) return false
    entry.questionsPaid += Math.max(0, questions)
    return true
  }

  /** Saves credit until it pays for one probe, which is often longer than one announcement. */
  #saveForProbe(entry: PeerEntry, now: number): boolean {
    const bytes = encoded(this.#question(entry, now), 'rfc').length
    entry.bytesSaved += this.#context.credit.take(entry.peer.ip, bytes - entry.bytesSaved)
    if (entry.bytesSaved < bytes) return false
    entry.bytesSaved -= bytes
    entry.questionsPaid++
    return true
  }

  /** Takes a probe that was paid for. Returns false if there is none. */
  #takePaid(entry: PeerEntry): boolean {
    if (entry.questionsPaid === 0) return false
    entry.questionsPaid--
    return true
  }

  #probe(entry: PeerEntry, now: number, isPaid: boolean): void {
    entry.probedAt = now
    const question = this.#question(entry, now)
    if (isPaid) this.#context.sendTo(entry, question, now)
    else this.#context.answer(entry, question, now)
  }

  /** A question that the program answers if it is there. */
  #question(entry: PeerEntry, now: number): LsnpMessages['PING' | 'PEER_DISCOVERY'] {
    const { ip, node, dialect } = entry.peer
    if (node === undefined)
      return dialect === 'seed' ? this.#self.discovery(ip, now) : this.#self.foreignPing(ip)
    return { ...this.#self.shortPing(ip), reply: false, nonce: this.#context.nonceFor(entry, ip) }
  }
}
