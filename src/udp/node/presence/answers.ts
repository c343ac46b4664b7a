/**
 * What goes back to one peer that announced itself or asked: PROFILE, PING, the proof of an address, our picture.
 *
 * The credit of an address pays for everything that goes there (src/udp/node/presence/credit.ts), except for the picture,
 * which goes to a proved address only; and a peer gets one answer within a pause, however often it asks.
 */
import { hostKey } from '../../../http/ip.ts'
import { RateLimit } from '../../../chat/rate-limit.ts'
import { encoded, formFor, shortened } from '../encoding.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { LanContext } from '../context.ts'
import type { Address } from '../../../http/message.ts'
import type { LanSelf } from './self.ts'
import type { ParleyAnnouncement } from './sighting.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

/** A PROFILE with fewer bytes of status than this is not worth a datagram. */
const MIN_STATUS_BYTES = 8

export class LanAnswers {
  readonly #context: LanContext
  readonly #table: PeerTable
  readonly #self: LanSelf
  readonly #later: { readonly at: number; readonly run: () => void }[] = []
  readonly #strangers = new RateLimit(LAN_LIMITS.strangers)

  constructor(context: LanContext, table: PeerTable, self: LanSelf) {
    this.#context = context
    this.#table = table
    this.#self = self
  }

  /** How many answers wait. */
  get waiting(): number {
    return this.#later.length
  }

  tick(now: number): void {
    for (const due of this.#later.filter(({ at }) => at <= now)) {
      this.#later.splice(this.#later.indexOf(due), 1)
      due.run()
    }
    this.#strangers.sweep(now)
  }

  /** Whether a peer gets an answer now: one within `pause`, and few at a host that may not have asked at all. */
  mayAnswer(entry: PeerEntry, now: number, pause = pauseOf(entry)): boolean {
    if (now - entry.answeredAt < pause) return false
    const { ip } = entry.peer
    const isCertain = entry.isRegular || this.#context.addresses.isOwn(ip)
    return isCertain || this.#strangers.take(hostKey(ip), now) === 0
  }

  /**
   * Answers a Parley peer that asks or is new: with our PROFILE, with a nonce as long as the peer has not proved this
   * address, and with the nonce that it wants repeated. Without credit for all that, only with what the proof needs.
   */
  answerParley(
    entry: PeerEntry,
    message: ParleyAnnouncement,
    to: Address,
    isNew: boolean,
    now: number,
  ): void {
    const isAsked = message.reply !== false && message.echo === undefined
    // A PING does not say what its sender is called, and only then we want an answer.
    const isUnknown = entry.profileAt === -Infinity
    const mayArrive = !entry.needsHttpProof(now)
    const wantsProfile = isNew || isAsked || (isUnknown && mayArrive)
    const isProved = entry.proofs.has(to.host)
    const wantsEcho = message.nonce !== undefined
    if (!wantsProfile && !wantsEcho && (isProved || !mayArrive)) return
    // A nonce is repeated each time, everything else once within a pause.
    if (!this.mayAnswer(entry, now) && !wantsEcho) return
    entry.answeredAt = now
    this.#soon(now, () => {
      const proof = {
        echo: message.nonce,
        nonce: isProved ? undefined : this.#context.nonceFor(entry, to.host),
      }
      const reply: false | undefined = isUnknown ? undefined : false
      const profile = { ...this.#self.profile(to.host, reply), ...proof }
      if (wantsProfile && this.#context.answerAt(to, profile, 'rfc', now)) return
      // A message that repeats a nonce wants no answer anyway.
      const { key } = this.#context
      // With the key: a peer that lists us by this answer must not write to us in clear.
      const short = { ...this.#self.shortPing(to.host), key, ...proof, reply: wantsEcho ? undefined : reply }
      // The credit of the next datagram from there may pay for it.
      if (!this.#context.answerAt(to, short, 'rfc', now)) entry.answeredAt = -Infinity
    })
  }

  /**
   * A PEER_DISCOVERY, which is answered once for each start of a program: some legacy clients list the senders of PING,
   * and all of them show every PROFILE. `hasReceivedUs`: it answers our own announcement.
   */
  discovered(entry: PeerEntry, hasReceivedUs: boolean): void {
    const { port } = entry.peer
    if (entry.discoveredAt === port) return
    // With another port it was started again, and does not know us.
    if (entry.discoveredAt !== undefined) entry.answeredAt = -Infinity
    entry.discoveredAt = port
    entry.owedPing = !hasReceivedUs
    entry.owedProfile = !hasReceivedUs
  }

  /** Sends what is owed to the peers at this address, as far as the credit that is left now pays for it. */
  payOwed(host: string, now: number): void {
    for (const entry of this.#table.peersAt(host)) {
      const isOwed = entry.owedPing || entry.owedProfile
      if (!isOwed || !this.mayAnswer(entry, now)) continue
      entry.answeredAt = now
      this.#soon(now, () => {
        if (!this.#pay(entry, now)) entry.answeredAt = -Infinity
      })
    }
  }

  /** The PING first: it is shorter, and some programs list us by it. Returns whether anything was sent. */
  #pay(entry: PeerEntry, now: number): boolean {
    const { ip } = entry.peer
    const hasPinged = entry.owedPing && this.#context.answer(entry, this.#self.foreignPing(ip), now)
    if (hasPinged) entry.owedPing = false
    if (entry.owedPing || !entry.owedProfile) return hasPinged
    return this.#payProfile(entry, now) || hasPinged
  }

  /** A PROFILE for a foreign program. With a part of our status, if the credit does not pay for all; then it stays owed. */
  #payProfile(entry: PeerEntry, now: number): boolean {
    const { ip, dialect } = entry.peer
    const profile = this.#self.foreignProfile(ip)
    entry.owedProfile = !this.#context.answer(entry, profile, now)
    if (!entry.owedProfile) return true
    const least = encoded({ ...profile, status: '' }, formFor(dialect)).length
    const room = this.#context.credit.left(ip) - least
    return (
      room >= MIN_STATUS_BYTES &&
      this.#context.answer(entry, { ...profile, status: shortened(profile.status, room) }, now)
    )
  }

  /** Sends our PROFILE, if it is owed, before a message of our user: some programs fail on a user whose PROFILE they lack. */
  introduceTo(entry: PeerEntry, now: number): void {
    if (!entry.owedProfile) return
    entry.owedProfile = false
    this.#context.sendTo(entry, this.#self.foreignProfile(entry.peer.ip), now)
  }

  /** Answers an announcement in JSON with ours. */
  answerJson(entry: PeerEntry, to: Address, now: number): void {
    const announcement = this.#self.json(to.host)
    if (announcement === undefined || !this.mayAnswer(entry, now, LAN_TIMES.loud)) return
    if (this.#context.answerBytes(to, announcement, 'JSON', now)) entry.answeredAt = now
  }

  /**
   * Sends our picture to a foreign program, each picture once, after a PROFILE without one. The caller decides whether the
   * address is proved: a picture is a hundred times as long as a question.
   */
  sendAvatar(entry: PeerEntry, now: number): void {
    const hash = this.#self.avatarHash
    const takesHttp = entry.peer.node !== undefined || entry.peer.httpPort !== undefined
    if (takesHttp || entry.avatarSent === hash) return
    const profile = this.#self.pictureProfile(entry.peer.ip)
    if (profile === undefined) return
    entry.avatarSent = hash
    this.#context.sendTo(entry, profile, now)
  }

  /** Runs at once; with many peers after a random delay, since all of them answering at once would flood the network. */
  #soon(now: number, run: () => void): void {
    if (this.#table.size < LAN_LIMITS.many) run()
    else this.#later.push({ at: now + this.#context.random() * LAN_TIMES.spread, run })
  }
}

/** How long a peer waits for its next answer. */
function pauseOf({ peer }: PeerEntry): number {
  return peer.node === undefined ? LAN_TIMES.foreignAnswer : LAN_TIMES.answer
}
