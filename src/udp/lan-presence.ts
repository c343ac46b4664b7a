/**
 * Who is there: our announcements, and what we make of those of others. Pure.
 *
 * We announce ourselves at 0, 1, 2 and 4 s after the start and after each change of network, then steadily. Our
 * own kind answers an announcement with its PROFILE; an answer says that it wants none, and so does the steady
 * PING: nothing is ever answered twice in a row, so no storm can begin. PEER_DISCOVERY of the first programs of
 * this family is answered with a PROFILE, never with PEER_DISCOVERY: they would answer that for ever.
 *
 * The first answer to a peer of our own kind has a number (NONCE) that the peer repeats (ECHO), with a number of its
 * own that we repeat: then each knows that the other is where its datagrams come from. Answers are paid for with what
 * came from there (lan-credit.ts); a program of another kind whose question is too short to pay for a PROFILE learns
 * of us by the next announcement to everybody, which comes earlier for its sake.
 */
import { portProblem } from '../chat/address.ts'
import { hostKey } from '../http/ip.ts'
import { RateLimit } from '../chat/rate-limit.ts'
import { isProved } from './lan-proof.ts'
import { LAN_TIMES, LAN_LIMITS } from './lan-times.ts'
import { userIdParts } from './lsnp.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT, encoded, type LanContext } from './lan-context.ts'
import type { Address } from '../http/message.ts'
import type { Dialect, LsnpMessages } from './lsnp.ts'
import type { Entry, LanTable, Sighting } from './lan-table.ts'

type OwnKind = LsnpMessages['PROFILE'] | LsnpMessages['PING']
type Announcement = OwnKind | LsnpMessages['PEER_DISCOVERY']

/** How many peers of a PEER_LIST_RESPONSE are asked who they are. */
const MOST_INTRODUCED = 16

export class LanPresence {
  readonly #context: LanContext
  readonly #table: LanTable
  /** When the announcements of the fast start that are still to come are due. */
  #fast: number[] = []
  #first = true
  #steadyAt = Infinity
  #loudAt = -Infinity
  /** When everybody was last told our PROFILE, and when our own kind is told a changed one again. */
  #profileAt = -Infinity
  /** When an announcement to everybody came earlier for the sake of programs that could not be answered. */
  #introducedAt = -Infinity
  #again: number[] = []
  readonly #later: { readonly at: number; readonly run: () => void }[] = []
  readonly #strangers = new RateLimit(LAN_LIMITS.strangers)
  readonly #onGone: (entry: Entry, reason: string) => void

  /** `onGone` is told which peer had to go for another, and why. */
  constructor(context: LanContext, table: LanTable, onGone: (entry: Entry, reason: string) => void) {
    this.#context = context
    this.#table = table
    this.#onGone = onGone
  }

  /** Answers that wait. */
  get waiting(): number {
    return this.#later.length
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
      if (isProved(entry) || !silent.has(ip)) this.#sendAvatar(entry, now)
      if (!isProved(entry)) silent.add(ip)
    }
  }

  tick(now: number): void {
    if (this.#fast.some((at) => at <= now)) this.#announceFast(now)
    else if (now >= this.#steadyAt) this.#announceSteady(now)
    if (this.#again.some((at) => at <= now)) {
      this.#again = this.#again.filter((at) => at > now)
      for (const entry of this.#ownKind) {
        const { ip } = entry.peer
        this.#context.sendTo(entry, { ...this.#profile(ip, false), echo: entry.proofs.toRepeat(ip) }, now)
      }
    }
    for (const due of this.#later.filter(({ at }) => at <= now)) {
      this.#later.splice(this.#later.indexOf(due), 1)
      due.run()
    }
    for (const entry of this.#table.entries) this.#doubt(entry, now)
    this.#introduce(now)
    this.#strangers.sweep(now)
  }

  /** To everybody, and to each of our own kind with the number that it has told us: that one is believed at once. */
  sayGoodbye(now: number): void {
    const leaving = { leaving: true, reply: false } as const
    for (const broadcast of this.#context.broadcasts)
      this.#broadcast(broadcast, { ...this.#ping(broadcast, false), leaving: true }, now)
    for (const entry of this.#ownKind) {
      const { ip } = entry.peer
      this.#context.sendTo(entry, { ...this.#bare(ip), ...leaving, echo: entry.proofs.toRepeat(ip) }, now)
    }
  }

  /** Those of our own kind that are where they say. */
  get #ownKind(): readonly Entry[] {
    return [...this.#table.entries].filter((entry) => entry.peer.node !== undefined && isProved(entry))
  }

  // --- what others say ------------------------------------------------------------------------------

  announced(message: Announcement, from: Address, dialect: Dialect, now: number): void {
    const sighting = sightingOf(message, from, dialect)
    if (message.type !== 'PEER_DISCOVERY' && message.node !== undefined) {
      this.#ownKindAnnounced(message, sighting, from, now)
      return
    }
    const heard = this.sighted(sighting, now)
    if (heard === undefined) return
    const { entry } = heard
    if (message.type === 'PROFILE') entry.profileAt = now
    // A PROFILE is no question, except that a newcomer wants to know who is here.
    else if (this.#mayAnswer(entry, now)) entry.owedProfile = true
  }

  #ownKindAnnounced(message: OwnKind, said: Sighting, from: Address, now: number): void {
    const known = this.#table.ofNode(message.node ?? '')
    const isProof = known?.proofs.isRepeated(from.host, message.echo) === true
    if (message.leaving === true) {
      if (known === undefined) return
      if (isProof) this.#hasLeft(known, now)
      else if (known.peer.ip === from.host && this.#canObject(known)) this.left(known, now)
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
    this.#answerOwnKind(entry, message, { host: from.host, port: said.port }, isNew, now)
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
    this.#context.event({ kind: 'heard', peer: entry.peer, news })
    const isNew = news === 'new'
    // Some programs fail on a message of a user whose PROFILE they have not seen.
    if (isNew && entry.peer.node === undefined && entry.peer.port !== ANNOUNCE_PORT) entry.owedProfile = true
    if (isProved(entry)) this.#sendAvatar(entry, now)
    return { entry, isNew }
  }

  /** JSON on port 9002, of the other family: it takes messages over HTTP and is in the first channel. */
  announcedJson(peer: { readonly port: number; readonly name: string }, from: Address, now: number): void {
    const { host } = from
    for (const { peer: known, heardAt, proofs } of this.#table.entries) {
      const isThere = heardAt.has(host) || proofs.isAsked(host)
      if (known.node !== undefined && known.httpPort === peer.port && isThere) return
    }
    const sighting: Sighting = {
      userId: `${peer.name.replace(/\s+/g, '_')}@${host}`,
      ip: host,
      port: ANNOUNCE_PORT,
      dialect: 'rfc',
      node: undefined,
      httpPort: peer.port,
      channels: ['general'],
      name: peer.name,
      status: undefined,
      avatarHash: undefined,
      avatar: undefined,
    }
    const heard = this.sighted(sighting, now)
    const announcement = this.#json(host)
    if (
      heard !== undefined &&
      !isProved(heard.entry) &&
      now - heard.entry.doubtedAt >= LAN_TIMES.byHttpAgain
    ) {
      heard.entry.doubtedAt = now
      this.#context.event({ kind: 'unproved', peer: heard.entry.peer })
    }
    if (heard === undefined || announcement === undefined) return
    if (!this.#mayAnswer(heard.entry, now, LAN_TIMES.loud)) return
    const to = { host, port: ANNOUNCE_PORT }
    if (this.#context.answerBytes(to, announcement, 'JSON', now)) heard.entry.answeredAt = now
  }

  /** Our own kind announces itself in both ways: it is the same peer, better known now. */
  #forgetAnnounced({ ip, httpPort }: Sighting): void {
    if (httpPort === undefined) return
    for (const entry of this.#table.heardAt(ip))
      if (entry.peer.node === undefined && entry.peer.httpPort === httpPort) this.#table.delete(entry)
  }

  /** A goodbye without a signature: somebody else may have sent it, so its owner may object for a moment. */
  left(entry: Entry | undefined, now: number): void {
    if (entry === undefined || entry.hasSaidGoodbye) return
    entry.hasSaidGoodbye = true
    // Who has just answered us may do so again only after a pause.
    const objectsUntil = Math.max(now, entry.profileAt + LAN_TIMES.answer) + LAN_TIMES.goodbye
    entry.peer = { ...entry.peer, until: Math.min(entry.peer.until, objectsUntil) }
    this.#doubt(entry, now)
  }

  /** Whether all questions are paid for that a goodbye without a proof brings about; if so, they are. */
  #canObject(entry: Entry): boolean {
    if (entry.hasSaidGoodbye) return false
    const questions = Math.ceil(LAN_TIMES.goodbye / LAN_TIMES.objection)
    const bytes = encoded(this.#question(entry), 'rfc').length
    return this.#context.credit.spend(entry.peer.ip, questions * bytes)
  }

  /** A goodbye with the number that only its owner knows. */
  #hasLeft(entry: Entry, now: number): void {
    entry.hasSaidGoodbye = true
    entry.peer = { ...entry.peer, until: now }
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

  askedForPeers(entry: Entry, now: number): void {
    if (!this.#mayAnswer(entry, now)) return
    const from = this.#context.userIdFor(entry.peer.ip)
    const list = (peers: readonly string[]) =>
      ({ ...this.#stamp(now), type: 'PEER_LIST_RESPONSE', from, peers, count: peers.length }) as const
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
   * A known peer tells of others: those that we can reach are asked themselves. The known peer pays for that: the hosts
   * that it names get at most as much as it sent us.
   */
  toldOf(userIds: readonly string[], by: Entry | undefined, now: number): void {
    if (by?.isRegular !== true || !this.#mayAnswer(by, now)) return
    by.answeredAt = now
    const unknown = userIds.filter((userId) => this.#table.find(userId) === undefined)
    const hosts = new Set(unknown.map((userId) => userIdParts(userId).host))
    const near = [...hosts].filter((host) => this.#context.isNear(host) && !this.#context.isOwnAddress(host))
    for (const host of near.slice(0, MOST_INTRODUCED)) {
      const question = encoded(this.#bare(host), 'polyglot')
      if (!this.#context.credit.spend(by.peer.ip, question.length)) return
      this.#context.sendBytes({ host, port: DISCOVERY_PORT }, question, 'PING', now)
    }
  }

  // --- answers --------------------------------------------------------------------------------------

  /**
   * Our PROFILE to who asks or is new, with a number to repeat as long as it has not proved this address; and its own
   * number. What cannot be paid for shrinks to what the proof needs.
   */
  #answerOwnKind(entry: Entry, message: OwnKind, to: Address, isNew: boolean, now: number): void {
    const isAsked = message.reply !== false && message.echo === undefined
    // A PING does not say what its sender is called: only then an answer is wanted.
    const isUnknown = entry.profileAt === -Infinity
    const mayArrive = !this.#isForHttp(entry, now)
    const wantsProfile = isNew || isAsked || (isUnknown && mayArrive)
    const isCertain = entry.proofs.has(to.host)
    const wantsEcho = message.nonce !== undefined
    if (!wantsProfile && !wantsEcho && (isCertain || !mayArrive)) return
    // A number is repeated each time; everything else once in a while.
    if (!this.#mayAnswer(entry, now) && !wantsEcho) return
    entry.answeredAt = now
    this.#soon(now, () => {
      const proof = {
        ...(wantsEcho ? { echo: message.nonce } : {}),
        ...(isCertain ? {} : { nonce: this.#nonceFor(entry, to.host) }),
      }
      const reply: false | undefined = isUnknown ? undefined : false
      const profile = { ...this.#profile(to.host, reply), ...proof } as const
      if (wantsProfile && this.#context.answerAt(to, profile, 'rfc', now)) return
      // Who repeats a number wants no answer anyway.
      const least = { ...this.#bare(to.host), ...proof, ...(wantsEcho ? {} : { reply }) }
      // What could not be paid for may be with the next that comes from there.
      if (!this.#context.answerAt(to, least, 'rfc', now)) entry.answeredAt = -Infinity
    })
  }

  #nonceFor(entry: Entry, host: string): string {
    return entry.proofs.nonceFor(host, () => this.#context.newId())
  }

  /** What came from this address was handled and answered: what is left pays for the PROFILE that is owed there. */
  payOwed(host: string, now: number): void {
    for (const entry of this.#table.heardAt(host)) {
      if (!entry.owedProfile || !this.#mayAnswer(entry, now)) continue
      entry.answeredAt = now
      this.#soon(now, () => {
        this.#payProfile(entry, now)
      })
    }
  }

  /** A PROFILE for another program; without our status when that is too much, and then all of it is owed still. */
  #payProfile(entry: Entry, now: number): void {
    const profile = this.#foreignProfile(entry.peer.ip)
    entry.owedProfile = !this.#context.answer(entry, profile, now)
    if (entry.owedProfile) this.#context.answer(entry, { ...profile, status: '' }, now)
  }

  #foreignProfile(host: string): LsnpMessages['PROFILE'] {
    const { displayName, status, userId } = this.#profile(host)
    return { type: 'PROFILE', userId, displayName, status }
  }

  /** Before what a user says: some programs fail on a message of a user whose PROFILE they have not seen. */
  introduceTo(entry: Entry, now: number): void {
    if (!entry.owedProfile) return
    entry.owedProfile = false
    this.#context.sendTo(entry, this.#foreignProfile(entry.peer.ip), now)
  }

  /** Programs that could not be answered hear our next announcement, a PROFILE, which comes now for their sake. */
  #introduce(now: number): void {
    if (now < this.#introducedAt + LAN_TIMES.introduction) return
    const owed = [...this.#table.entries].filter(({ owedProfile }) => owedProfile)
    if (owed.length === 0) return
    for (const entry of owed) entry.owedProfile = false
    this.#introducedAt = now
    this.#steadyAt = now + this.#steady()
    this.#loudAt = now + LAN_TIMES.loud
    this.#broadcastProfile(now, false)
  }

  /** Once in a while for each peer; and few to a host that may not have asked at all. */
  #mayAnswer(entry: Entry, now: number, pause = pauseOf(entry)): boolean {
    if (now - entry.answeredAt < pause) return false
    const { ip } = entry.peer
    const isCertain = entry.isRegular || this.#context.isOwnAddress(ip)
    return isCertain || this.#strangers.take(hostKey(ip), now) === 0
  }

  /** At once, unless there are so many that all of them answering at once would drown the question. */
  #soon(now: number, run: () => void): void {
    if (this.#table.size < LAN_LIMITS.many) run()
    else this.#later.push({ at: now + this.#context.random() * LAN_TIMES.spread, run })
  }

  /**
   * Pictures go by datagram only to those who take nothing else, once, and after a PROFILE without one; by themselves
   * only to who has proved its address, for a picture is a hundred times as long as a question.
   */
  #sendAvatar(entry: Entry, now: number): void {
    const { avatar, name, status } = this.#context
    const takesOther = entry.peer.node !== undefined || entry.peer.httpPort !== undefined
    if (avatar === undefined || takesOther || entry.avatarSent === avatar.hash) return
    entry.avatarSent = avatar.hash
    const userId = this.#context.userIdFor(entry.peer.ip)
    const profile = { type: 'PROFILE', userId, displayName: name, status, avatar: avatar.picture } as const
    this.#context.sendTo(entry, profile, now)
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
      if (now - entry.probedAt >= LAN_TIMES.objection) this.#probe(entry, now, isOwnKind)
    } else if (isOwnKind && !isProved(entry)) {
      if (this.#isForHttp(entry, now)) this.#doubtInPublic(entry, now)
      else if (since >= LAN_TIMES.unproved) this.#probe(entry, now, false)
    } else if (isOwnKind && now - entry.lastHeard >= LAN_TIMES.doubt) {
      // No datagram brings this about, but the want of one.
      if (now - entry.probedAt >= LAN_TIMES.probe) this.#probe(entry, now, true)
    }
  }

  #probe(entry: Entry, now: number, isPaid: boolean): void {
    entry.probedAt = now
    const question = this.#question(entry)
    if (isPaid) this.#context.sendTo(entry, question, now)
    else this.#context.answer(entry, question, now)
  }

  #question(entry: Entry): LsnpMessages['PING'] {
    const { ip, node } = entry.peer
    if (node === undefined) return { type: 'PING', userId: this.#context.userIdFor(ip) }
    return { ...this.#bare(ip), reply: false, nonce: this.#nonceFor(entry, ip) }
  }

  /** A firewall may keep out what is sent to a peer's own port: then HTTP has to prove where it is. */
  #isForHttp({ peer, firstHeard }: Entry, now: number): boolean {
    return !peer.isProved && peer.httpPort !== undefined && now - firstHeard >= LAN_TIMES.byHttp
  }

  #doubtInPublic(entry: Entry, now: number): void {
    if (now - entry.doubtedAt < LAN_TIMES.byHttpAgain) return
    if (!this.#context.credit.spend(entry.peer.ip, LAN_LIMITS.helloBytes)) return
    entry.doubtedAt = now
    this.#context.event({ kind: 'unproved', peer: entry.peer })
  }

  // --- announcements --------------------------------------------------------------------------------

  #announceFast(now: number): void {
    this.#fast = this.#fast.filter((at) => at > now)
    this.#steadyAt = now + this.#steady()
    this.#loudAt = now + LAN_TIMES.loud
    if (this.#first) {
      this.#broadcastProfile(now)
      for (const broadcast of this.#context.broadcasts) this.#announceJson(broadcast, now)
    } else {
      for (const broadcast of this.#context.broadcasts) this.#broadcast(broadcast, this.#ping(broadcast), now)
    }
    this.#first = false
  }

  /**
   * A PING to everybody, now and then our PROFILE instead; but there are programs that answer each PING of anybody with a PROFILE to everybody, so
   * where others are on the LAN our own kind is told one by one and everybody only once a minute.
   */
  #announceSteady(now: number): void {
    this.#steadyAt = now + this.#steady()
    if (!this.#table.hasForeigners || now >= this.#loudAt) {
      this.#loudAt = now + LAN_TIMES.loud
      if (now - this.#profileAt >= LAN_TIMES.profile) this.#broadcastProfile(now, false)
      else
        for (const broadcast of this.#context.broadcasts)
          this.#broadcast(broadcast, this.#ping(broadcast, false), now)
      return
    }
    for (const entry of this.#ownKind)
      this.#context.answer(entry, { ...this.#bare(entry.peer.ip), reply: false }, now)
  }

  #steady(): number {
    return LAN_TIMES.steady + (2 * this.#context.random() - 1) * LAN_TIMES.jitter
  }

  #broadcastProfile(now: number, reply?: false): void {
    this.#profileAt = now
    for (const broadcast of this.#context.broadcasts)
      this.#broadcast(broadcast, this.#profile(broadcast, reply), now)
  }

  #broadcast(host: string, message: Announcement, now: number): void {
    this.#context.send({ host, port: DISCOVERY_PORT }, message, 'polyglot', now)
  }

  /** What the other family reads; only what can be talked to over HTTP is announced there. */
  #announceJson(host: string, now: number): void {
    const announcement = this.#json(host)
    if (announcement !== undefined)
      this.#context.sendBytes({ host, port: ANNOUNCE_PORT }, announcement, 'JSON', now)
  }

  #json(host: string): Buffer | undefined {
    const { httpPort, name } = this.#context
    if (httpPort === undefined) return undefined
    return Buffer.from(JSON.stringify({ ip: this.#context.addressFor(host), port: httpPort, name }))
  }

  #profile(host: string, reply?: false): LsnpMessages['PROFILE'] {
    const { name: displayName, status, avatar } = this.#context
    const avatarHash = avatar === undefined ? {} : { avatarHash: avatar.hash }
    return { type: 'PROFILE', ...this.#ours(host, reply), displayName, status, ...avatarHash }
  }

  #ping(host: string, reply?: false): LsnpMessages['PING'] {
    return { type: 'PING', ...this.#ours(host, reply) }
  }

  /** The least that says who and where we are: without APP, so that nobody takes it for all that we are in. */
  #bare(host: string): LsnpMessages['PING'] {
    const { node, port, httpPort } = this.#context
    const userId = this.#context.userIdFor(host)
    return { type: 'PING', userId, node, port, ...(httpPort === undefined ? {} : { httpPort }) }
  }

  #ours(host: string, reply: false | undefined) {
    const { app, node, port, httpPort, channels } = this.#context
    return {
      userId: this.#context.userIdFor(host),
      ...{ app, node, port, channels },
      ...(httpPort === undefined ? {} : { httpPort }),
      ...(reply === undefined ? {} : { reply }),
    }
  }

  #stamp(now: number): { readonly timestamp: number; readonly messageId: string } {
    return { timestamp: this.#context.seconds(now), messageId: this.#context.newId() }
  }
}

/** What an announcement says of its sender. The address it came from wins over the one it names. */
function sightingOf(message: Announcement, from: Address, dialect: Dialect): Sighting {
  const profile = message.type === 'PROFILE' ? message : undefined
  // What only our own kind says; some programs have other uses for the same keys.
  const own = message.type === 'PEER_DISCOVERY' || message.node === undefined ? undefined : message
  const httpPort = own?.httpPort
  return {
    userId: message.userId,
    ip: from.host,
    port: portOf(message.port, from, dialect),
    dialect,
    node: own?.node,
    httpPort: httpPort === undefined || portProblem(httpPort) !== undefined ? undefined : httpPort,
    // Our own kind always tells its channels with its APP; the proof alone says nothing of them.
    channels: own === undefined ? ['general'] : (own.channels ?? (own.app === undefined ? undefined : [])),
    name: profile?.displayName,
    status: profile?.status,
    avatarHash: own?.avatarHash,
    avatar: profile?.avatar,
  }
}

/**
 * Where a sender takes datagrams: what it announces; else, for the seed's dialect, where this one came from; else
 * the port of everybody. The first programs announce 50999 and mean the port that they send from.
 */
export function portOf(announced: number | undefined, from: Address, dialect: Dialect): number {
  if (announced !== undefined && announced !== DISCOVERY_PORT && portProblem(announced) === undefined)
    return announced
  return dialect === 'seed' && portProblem(from.port) === undefined ? from.port : DISCOVERY_PORT
}

/** How long a peer waits for its next answer. */
function pauseOf({ peer }: Entry): number {
  return peer.node === undefined ? LAN_TIMES.foreignAnswer : LAN_TIMES.answer
}
