/**
 * What goes back to one peer that announced itself or asked: PROFILE, PING, the proof of an address, our picture, who
 * else is here. Pure.
 *
 * Everything here is paid for with the bytes that came from the address it goes to (src/udp/node/presence/credit.ts), but for the
 * picture, which goes to a proved address only; and one peer is answered once in a while, however often it asks.
 */
import { hostKey } from '../../../http/ip.ts'
import { RateLimit } from '../../../chat/rate-limit.ts'
import { encoded, shortened, type LanContext } from '../context.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { Address } from '../../../http/message.ts'
import type { LanSelf } from './self.ts'
import type { OwnAnnouncement } from './sighting.ts'
import { isForHttp, type Entry, type PeerTable } from '../peer-table.ts'

/** Bytes of a status that is cut: with less of it a PROFILE is not worth a datagram. */
const LEAST_STATUS = 8

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

  /** Answers that wait. */
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

  /** Once in a while for each peer; and few to a host that may not have asked at all. */
  mayAnswer(entry: Entry, now: number, pause = pauseOf(entry)): boolean {
    if (now - entry.answeredAt < pause) return false
    const { ip } = entry.peer
    const isCertain = entry.isRegular || this.#context.isOwnAddress(ip)
    return isCertain || this.#strangers.take(hostKey(ip), now) === 0
  }

  /**
   * Our PROFILE to who asks or is new, with a number to repeat as long as it has not proved this address; and its own
   * number. What cannot be paid for shrinks to what the proof needs.
   */
  answerOwnKind(entry: Entry, message: OwnAnnouncement, to: Address, isNew: boolean, now: number): void {
    const isAsked = message.reply !== false && message.echo === undefined
    // A PING does not say what its sender is called: only then an answer is wanted.
    const isUnknown = entry.profileAt === -Infinity
    const mayArrive = !isForHttp(entry, now)
    const wantsProfile = isNew || isAsked || (isUnknown && mayArrive)
    const isCertain = entry.proofs.has(to.host)
    const wantsEcho = message.nonce !== undefined
    if (!wantsProfile && !wantsEcho && (isCertain || !mayArrive)) return
    // A number is repeated each time; everything else once in a while.
    if (!this.mayAnswer(entry, now) && !wantsEcho) return
    entry.answeredAt = now
    this.#soon(now, () => {
      const proof = {
        ...(wantsEcho ? { echo: message.nonce } : {}),
        ...(isCertain ? {} : { nonce: this.#context.nonceFor(entry, to.host) }),
      }
      const reply: false | undefined = isUnknown ? undefined : false
      const profile = { ...this.#self.profile(to.host, reply), ...proof } as const
      if (wantsProfile && this.#context.answerAt(to, profile, 'rfc', now)) return
      // Who repeats a number wants no answer anyway.
      const least = { ...this.#self.bare(to.host), ...proof, ...(wantsEcho ? {} : { reply }) }
      // What could not be paid for may be with the next that comes from there.
      if (!this.#context.answerAt(to, least, 'rfc', now)) entry.answeredAt = -Infinity
    })
  }

  /**
   * A PEER_DISCOVERY, which is answered once for each start of a program: the later of the first programs lists who
   * PINGs, and all of them show every PROFILE. `hasHeardUs`: it is an answer itself.
   */
  discovered(entry: Entry, hasHeardUs: boolean): void {
    const { port } = entry.peer
    if (entry.discoveredAt === port) return
    // Another port: it was started again, and knows nothing of us.
    if (entry.discoveredAt !== undefined) entry.answeredAt = -Infinity
    entry.discoveredAt = port
    entry.owedPing = !hasHeardUs
    entry.owedProfile = !hasHeardUs
  }

  /** What came from this address was handled and answered: what is left pays for what is owed there. */
  payOwed(host: string, now: number): void {
    for (const entry of this.#table.heardAt(host)) {
      const isOwed = entry.owedPing || entry.owedProfile
      if (!isOwed || !this.mayAnswer(entry, now)) continue
      entry.answeredAt = now
      this.#soon(now, () => {
        if (!this.#pay(entry, now)) entry.answeredAt = -Infinity
      })
    }
  }

  /** The PING first: it is the shorter, and what some list us by. False: nothing could be paid for. */
  #pay(entry: Entry, now: number): boolean {
    const { ip } = entry.peer
    const hasPinged = entry.owedPing && this.#context.answer(entry, this.#self.foreignPing(ip), now)
    if (hasPinged) entry.owedPing = false
    if (entry.owedPing || !entry.owedProfile) return hasPinged
    return this.#payProfile(entry, now) || hasPinged
  }

  /** A PROFILE for another program; with as much of our status as is paid for, and then all of it is owed still. */
  #payProfile(entry: Entry, now: number): boolean {
    const profile = this.#self.foreignProfile(entry.peer.ip)
    entry.owedProfile = !this.#context.answer(entry, profile, now)
    if (!entry.owedProfile) return true
    const least = this.#context.bytesTo(entry, { ...profile, status: '' })
    const room = this.#context.credit.left(entry.peer.ip) - least
    return (
      room >= LEAST_STATUS &&
      this.#context.answer(entry, { ...profile, status: shortened(profile.status, room) }, now)
    )
  }

  /** Before what a user says: some programs fail on a message of a user whose PROFILE they have not seen. */
  introduceTo(entry: Entry, now: number): void {
    if (!entry.owedProfile) return
    entry.owedProfile = false
    this.#context.sendTo(entry, this.#self.foreignProfile(entry.peer.ip), now)
  }

  /** In JSON, to the other family. */
  answerJson(entry: Entry, to: Address, now: number): void {
    const announcement = this.#self.json(to.host)
    if (announcement === undefined || !this.mayAnswer(entry, now, LAN_TIMES.loud)) return
    if (this.#context.answerBytes(to, announcement, 'JSON', now)) entry.answeredAt = now
  }

  /** Who else is here. */
  list(entry: Entry, now: number): void {
    if (!this.mayAnswer(entry, now)) return
    const from = this.#context.userIdFor(entry.peer.ip)
    const stamp = { timestamp: this.#context.seconds(now), messageId: this.#context.newId() }
    const list = (peers: readonly string[]) =>
      ({ ...stamp, type: 'PEER_LIST_RESPONSE', from, peers, count: peers.length }) as const
    const room = this.#context.credit.left(entry.peer.ip) - encoded(list([]), 'rfc').length
    const peers = this.#listed(Math.min(room, LAN_LIMITS.listBytes))
    if (peers.length > 0 && this.#context.answer(entry, list(peers), now)) entry.answeredAt = now
  }

  /** As many peers as so many bytes have room for. */
  #listed(most: number): readonly string[] {
    let bytes = 0
    return [...this.#table.entries]
      .map(({ peer }) => peer.userId)
      .filter((userId) => (bytes += Buffer.byteLength(JSON.stringify(userId)) + 1) <= most)
  }

  /**
   * Pictures go by datagram only to those who take nothing else, once, and after a PROFILE without one; by themselves
   * only to who has proved its address, for a picture is a hundred times as long as a question.
   */
  sendAvatar(entry: Entry, now: number): void {
    const hash = this.#context.avatar?.hash
    const takesOther = entry.peer.node !== undefined || entry.peer.httpPort !== undefined
    if (takesOther || entry.avatarSent === hash) return
    const profile = this.#self.pictureProfile(entry.peer.ip)
    if (profile === undefined) return
    entry.avatarSent = hash
    this.#context.sendTo(entry, profile, now)
  }

  /** At once, unless there are so many that all of them answering at once would drown the question. */
  #soon(now: number, run: () => void): void {
    if (this.#table.size < LAN_LIMITS.many) run()
    else this.#later.push({ at: now + this.#context.random() * LAN_TIMES.spread, run })
  }
}

/** How long a peer waits for its next answer. */
function pauseOf({ peer }: Entry): number {
  return peer.node === undefined ? LAN_TIMES.foreignAnswer : LAN_TIMES.answer
}
