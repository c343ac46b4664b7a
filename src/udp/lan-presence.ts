/**
 * Who is there: our announcements, and what we make of those of others. Pure.
 *
 * We announce ourselves at 0, 1, 2 and 4 s after the start and after each change of network, then steadily. Our
 * own kind answers an announcement with its PROFILE; an answer says that it wants none, and so does the steady
 * PING: nothing is ever answered twice in a row, so no storm can begin. PEER_DISCOVERY of the first programs of
 * this family is answered with a PROFILE, never with PEER_DISCOVERY: they would answer that for ever.
 */
import { portProblem } from '../chat/address.ts'
import { hostKey } from '../http/ip.ts'
import { RateLimit } from '../chat/rate-limit.ts'
import { LAN_TIMES, LAN_LIMITS } from './lan-times.ts'
import { userIdParts } from './lsnp.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT, type LanContext } from './lan-context.ts'
import type { Address } from '../http/message.ts'
import type { Dialect, LsnpMessages } from './lsnp.ts'
import type { Entry, LanTable, Sighting } from './lan-table.ts'

type Announcement = LsnpMessages['PROFILE'] | LsnpMessages['PING'] | LsnpMessages['PEER_DISCOVERY']

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
  #again: number[] = []
  readonly #later: { readonly at: number; readonly run: () => void }[] = []
  readonly #strangers = new RateLimit(LAN_LIMITS.strangers)
  readonly #onEvicted: (entry: Entry) => void

  /** `onEvicted` is told who had to go for somebody else. */
  constructor(context: LanContext, table: LanTable, onEvicted: (entry: Entry) => void) {
    this.#context = context
    this.#table = table
    this.#onEvicted = onEvicted
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

  /** Something that others show has changed. Our own kind is told again: datagrams get lost. */
  profileChanged(now: number): void {
    this.#broadcastProfile(now)
    this.#again = LAN_TIMES.again.map((delay) => now + delay)
    for (const entry of this.#table.entries) this.#sendAvatar(entry, now)
  }

  tick(now: number): void {
    if (this.#fast.some((at) => at <= now)) this.#announceFast(now)
    else if (now >= this.#steadyAt) this.#announceSteady(now)
    if (this.#again.some((at) => at <= now)) {
      this.#again = this.#again.filter((at) => at > now)
      this.#tellOwnKind((host) => this.#profile(host, false), now)
    }
    for (const due of this.#later.filter(({ at }) => at <= now)) {
      this.#later.splice(this.#later.indexOf(due), 1)
      due.run()
    }
    for (const entry of this.#table.entries) this.#doubt(entry, now)
    this.#strangers.sweep(now)
  }

  /** To everybody, and to each of our own kind once more: datagrams get lost. */
  sayGoodbye(now: number): void {
    const leaving = { leaving: true, reply: false } as const
    for (const broadcast of this.#context.broadcasts)
      this.#broadcast(broadcast, this.#ping(broadcast, leaving), now)
    this.#tellOwnKind((host) => this.#ping(host, leaving), now)
  }

  // --- what others say ------------------------------------------------------------------------------

  announced(message: Announcement, from: Address, dialect: Dialect, now: number): void {
    const isOwnKind = message.type !== 'PEER_DISCOVERY' && message.node !== undefined
    if (isOwnKind && message.leaving === true) {
      this.#goodbye(message.node ?? '', from, now)
      return
    }
    const sighting = sightingOf(message, from, dialect)
    if (isOwnKind) this.#forgetAnnounced(sighting)
    const heard = this.sighted(sighting, now)
    if (heard === undefined) return
    const { entry, isNew } = heard
    if (message.type === 'PROFILE') entry.profileAt = now
    if (isOwnKind) this.#answerOwnKind(entry, message, isNew, now)
    // A PROFILE is no question, except that a newcomer wants to know who is here.
    else if (message.type !== 'PROFILE' && !isNew) this.#answerForeigner(entry, now)
  }

  /** A sender of whatever kind was heard. Undefined: there is no room for it. */
  sighted(sighting: Sighting, now: number): { readonly entry: Entry; readonly isNew: boolean } | undefined {
    const heard = this.#table.hear(sighting, now)
    if (heard === undefined) return undefined
    const { entry, news, evicted } = heard
    if (evicted !== undefined) this.#onEvicted(evicted)
    this.#context.event({ kind: 'heard', peer: entry.peer, news })
    const isNew = news === 'new'
    // Some programs fail on a message of somebody whose PROFILE they have not seen.
    if (isNew && entry.peer.node === undefined && entry.peer.port !== ANNOUNCE_PORT) {
      this.#answerForeigner(entry, now)
    }
    this.#sendAvatar(entry, now)
    return { entry, isNew }
  }

  /** JSON on port 9002, of the other family: it takes messages over HTTP and is in the first channel. */
  announcedJson(peer: { readonly port: number; readonly name: string }, from: Address, now: number): void {
    const { host } = from
    const known = this.#table.heardAt(host).filter((entry) => entry.peer.httpPort === peer.port)
    if (known.some((entry) => entry.peer.node !== undefined)) return
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
    if (heard !== undefined && this.#mayAnswer(heard.entry, now, LAN_TIMES.loud))
      this.#announceJson(host, now)
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

  #goodbye(node: string, from: Address, now: number): void {
    const entry = this.#table.ofNode(node)
    if (entry?.heardAt.has(from.host) === true) this.left(entry, now)
  }

  askedForPeers(entry: Entry, now: number): void {
    if (!entry.verified || !this.#mayAnswer(entry, now)) return
    const peers = this.#listed()
    const from = this.#context.userIdFor(entry.peer.ip)
    this.#context.sendTo(
      entry,
      { ...this.#stamp(now), type: 'PEER_LIST_RESPONSE', from, peers, count: peers.length },
      now,
    )
  }

  /** As many peers as one datagram has room for. */
  #listed(): readonly string[] {
    let bytes = 0
    return [...this.#table.entries]
      .map(({ peer }) => peer.userId)
      .filter((userId) => (bytes += Buffer.byteLength(JSON.stringify(userId)) + 1) <= LAN_LIMITS.listBytes)
  }

  /** Somebody whom we know tells of others: those that we can reach are asked themselves. */
  toldOf(userIds: readonly string[], by: Entry | undefined, now: number): void {
    if (by?.verified !== true || !this.#mayAnswer(by, now)) return
    const unknown = userIds.filter((userId) => this.#table.find(userId) === undefined)
    const hosts = new Set(unknown.map((userId) => userIdParts(userId).host))
    const near = [...hosts].filter((host) => this.#context.isNear(host) && !this.#context.isOwnAddress(host))
    for (const host of near.slice(0, MOST_INTRODUCED))
      this.#context.send({ host, port: DISCOVERY_PORT }, this.#ping(host), 'polyglot', now)
  }

  // --- answers --------------------------------------------------------------------------------------

  #answerOwnKind(
    entry: Entry,
    message: LsnpMessages['PROFILE'] | LsnpMessages['PING'],
    isNew: boolean,
    now: number,
  ): void {
    const isAsked = message.reply !== false
    // A PING does not say what its sender is called: only then an answer is wanted.
    const isUnknown = entry.profileAt === -Infinity
    if (!(isNew || isAsked || isUnknown) || !this.#mayAnswer(entry, now)) return
    this.#soon(now, () => {
      this.#context.sendTo(entry, this.#profile(entry.peer.ip, isUnknown ? undefined : false), now)
    })
  }

  #answerForeigner(entry: Entry, now: number): void {
    if (!this.#mayAnswer(entry, now)) return
    this.#soon(now, () => {
      const { displayName, status, userId } = this.#profile(entry.peer.ip)
      this.#context.sendTo(entry, { type: 'PROFILE', userId, displayName, status }, now)
    })
  }

  /** Notes the answer. Once in a while for each peer; and few to a host that may not have asked at all. */
  #mayAnswer(entry: Entry, now: number, pause = pauseOf(entry)): boolean {
    if (now - entry.answeredAt < pause) return false
    const { ip } = entry.peer
    const isCertain = entry.verified || this.#context.isOwnAddress(ip)
    if (!isCertain && this.#strangers.take(hostKey(ip), now) > 0) return false
    entry.answeredAt = now
    return true
  }

  /** At once, unless there are so many that all of them answering at once would drown the question. */
  #soon(now: number, run: () => void): void {
    if (this.#table.size < LAN_LIMITS.many) run()
    else this.#later.push({ at: now + this.#context.random() * LAN_TIMES.spread, run })
  }

  /**
   * Pictures go by datagram only to those who take nothing else, once, and after a PROFILE without one; and not to
   * strangers, who may be somebody else's address.
   */
  #sendAvatar(entry: Entry, now: number): void {
    const { avatar, name, status } = this.#context
    const takesOther = entry.peer.node !== undefined || entry.peer.httpPort !== undefined
    if (avatar === undefined || takesOther || !entry.verified || entry.avatarSent === avatar.hash) return
    entry.avatarSent = avatar.hash
    const userId = this.#context.userIdFor(entry.peer.ip)
    const profile = { type: 'PROFILE', userId, displayName: name, status, avatar: avatar.picture } as const
    this.#context.sendTo(entry, profile, now)
  }

  /**
   * Our own kind that has been silent for too long is asked, before it is given up; so is who said goodbye. Who was
   * heard once may be somebody else's address.
   */
  #doubt(entry: Entry, now: number): void {
    if (!entry.verified) return
    const isSilent = entry.peer.node !== undefined && now - entry.lastHeard >= LAN_TIMES.doubt
    const pause = entry.hasSaidGoodbye ? LAN_TIMES.objection : LAN_TIMES.probe
    if ((isSilent || entry.hasSaidGoodbye) && now - entry.probedAt >= pause) this.#probe(entry, now)
  }

  #probe(entry: Entry, now: number): void {
    entry.probedAt = now
    this.#context.sendTo(entry, this.#ping(entry.peer.ip), now)
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
          this.#broadcast(broadcast, this.#ping(broadcast, { reply: false }), now)
      return
    }
    this.#tellOwnKind((host) => this.#ping(host, { reply: false }), now)
  }

  #tellOwnKind(messageFor: (host: string) => Announcement, now: number): void {
    for (const entry of this.#table.entries)
      if (entry.peer.node !== undefined) this.#context.sendTo(entry, messageFor(entry.peer.ip), now)
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
    const { httpPort, name } = this.#context
    if (httpPort === undefined) return
    const text = JSON.stringify({ ip: this.#context.addressFor(host), port: httpPort, name })
    this.#context.sendBytes({ host, port: ANNOUNCE_PORT }, Buffer.from(text), 'JSON', now)
  }

  #profile(host: string, reply?: false): LsnpMessages['PROFILE'] {
    const { name: displayName, status, avatar } = this.#context
    const avatarHash = avatar === undefined ? {} : { avatarHash: avatar.hash }
    return { type: 'PROFILE', ...this.#ours(host, reply), displayName, status, ...avatarHash }
  }

  #ping(host: string, more: { readonly leaving?: true; readonly reply?: false } = {}): LsnpMessages['PING'] {
    return {
      type: 'PING',
      ...this.#ours(host, more.reply),
      ...(more.leaving === true ? { leaving: true } : {}),
    }
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
    channels: own === undefined ? ['general'] : (own.channels ?? []),
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
