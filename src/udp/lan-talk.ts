/**
 * What is said on the LAN by datagram: POST, DM, FOLLOW, LIKE, groups, REVOKE; and what is refused politely.
 * Pure. Our own kind talks over HTTP; all this is for programs that speak LSNP only.
 */
import { Refused } from '../chat/refused.ts'
import { LanGroups } from './lan-groups.ts'
import { LanOutbox, type Addressed } from './lan-outbox.ts'
import { LAN_LIMITS, LAN_TIMES } from './lan-times.ts'
import { identity, LanSeen, type Said } from './lan-seen.ts'
import { Tokens } from './lan-tokens.ts'
import { isProved } from './lan-proof.ts'
import { LanPosting } from './lan-posting.ts'
import { DISCOVERY_PORT, encoded, type LanContext } from './lan-context.ts'
import { scopeOf, tokenProblem } from './token.ts'
import { userIdParts } from './lsnp.ts'
import type { Dialect, LsnpMessage, LsnpMessages } from './lsnp.ts'
import type { Address } from '../http/message.ts'
import type { Group, LanCommand } from './lan-model.ts'
import type { Entry, LanTable } from './lan-table.ts'

interface OwnPost {
  readonly id: string
  /** TIMESTAMP, in seconds: what LIKE calls it. */
  readonly timestamp: number
  readonly text: string
}

export class LanTalk {
  readonly #context: LanContext
  readonly #table: LanTable
  readonly #tokens = new Tokens()
  readonly #outbox = new LanOutbox()
  readonly #groups = new LanGroups()
  readonly #posts: OwnPost[] = []
  /** Tokens of ours that everybody has still to be told of. */
  readonly #toRevoke: string[] = []
  readonly #seen = new LanSeen()
  readonly #posting: LanPosting
  /** Ids that only one program was sent, and which: who repeats one is where it says. The oldest are forgotten. */
  readonly #asked = new Map<string, Entry>()
  readonly #introduce: (entry: Entry, now: number) => void

  /** `introduce` tells a program who we are, if that was not possible before. */
  constructor(context: LanContext, table: LanTable, introduce: (entry: Entry, now: number) => void) {
    this.#context = context
    this.#table = table
    this.#posting = new LanPosting(context, table)
    this.#introduce = introduce
  }

  /** How much is kept of each kind. */
  get sizes() {
    const { issued, revoked } = this.#tokens.sizes
    const counts = { seen: this.#seen.size, groups: this.#groups.size, posts: this.#posts.length }
    const asked = this.#asked.size
    return { ...counts, asked, waiting: this.#outbox.size, issued, revoked, toRevoke: this.#toRevoke.length }
  }

  // --- what others say ------------------------------------------------------------------------------

  /** Why a message is not to be believed; undefined when nothing is wrong with it. */
  problem(message: LsnpMessage, dialect: Dialect, now: number): string | undefined {
    const scope = scopeOf(message.type)
    const token = 'token' in message ? message.token : undefined
    // The first programs of this family have no tokens.
    if (scope === undefined || (token === undefined && dialect === 'seed')) return undefined
    const revoked = this.#tokens.isRevoked
    const timestamp = 'timestamp' in message ? message.timestamp : undefined
    return tokenProblem(token, {
      ...{ scope, user: senderOf(message), revoked },
      now: this.#senderTime(timestamp, now),
    })
  }

  posted(message: LsnpMessages['POST'], from: Entry, now: number): void {
    const { content: text, timestamp } = message
    const id = this.#once(message, from, now)
    if (id === undefined) return
    from.latestPost = timestamp ?? this.#context.seconds(now)
    this.#context.event({ kind: 'post', from: from.peer, id, text, sentAt: this.#sentAt(timestamp, now) })
  }

  /** Acknowledged each time, shown once. */
  wroteToUs(message: LsnpMessages['DM'], from: Entry, now: number): void {
    const { content: text, timestamp, messageId } = message
    if (messageId !== undefined) this.#acknowledge(messageId, from, now)
    const id = this.#once(message, from, now)
    if (id !== undefined)
      this.#context.event({ kind: 'dm', from: from.peer, id, text, sentAt: this.#sentAt(timestamp, now) })
  }

  acknowledged({ messageId }: LsnpMessages['ACK'], from: Address): void {
    const asked = this.answered(messageId, from)
    const message = this.#outbox.acknowledge(messageId, from.host)
    if (message !== undefined) this.#sent(message, { ok: true, confirmed: true })
    // It came late: it does acknowledge, then.
    else if (asked?.acknowledges === false) asked.acknowledges = true
  }

  /** A host repeats the id of a message that was sent to its address alone: returns the peer proved to be there. */
  answered(messageId: string | undefined, { host }: Address): Entry | undefined {
    const entry = messageId === undefined ? undefined : this.#asked.get(messageId)
    if (messageId === undefined || entry?.heardAt.has(host) !== true) return undefined
    this.#asked.delete(messageId)
    if (!isProved(entry)) this.#table.prove(entry, host)
    return entry
  }

  #ask(messageId: string, entry: Entry): void {
    // An id that two programs were sent proves nothing of either.
    if (this.#asked.has(messageId)) this.#asked.delete(messageId)
    else this.#asked.set(messageId, entry)
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= LAN_LIMITS.askedOnce) break
      this.#asked.delete(oldest)
    }
  }

  follows(message: LsnpMessages['FOLLOW'] | LsnpMessages['UNFOLLOW'], from: Entry, now: number): void {
    const following = message.type === 'FOLLOW'
    const { messageId } = message
    if (messageId !== undefined && from.peer.dialect === 'seed')
      this.#answerFollow(message.type, messageId, from, now)
    if (from.peer.followsUs === following) return
    from.peer = { ...from.peer, followsUs: following }
    this.#context.event({ kind: 'followed', from: from.peer, following })
  }

  /** Posts are named by their second; of two in one second the later is meant. */
  liked({ postTimestamp, action }: LsnpMessages['LIKE'], from: Entry): void {
    const post = this.#posts.findLast(({ timestamp }) => timestamp === Math.floor(postTimestamp))
    if (post === undefined) return
    const { id: postId, text } = post
    this.#context.event({ kind: 'liked', from: from.peer, liking: action === 'LIKE', postId, text })
  }

  revoked({ token }: LsnpMessages['REVOKE']): void {
    if (token !== undefined) this.#tokens.revoke(token)
  }

  groupCreated({ groupId, groupName, members }: LsnpMessages['GROUP_CREATE'], from: Entry): void {
    if (!this.#isItself(from) || !members.some((member) => this.#context.isUs(member))) return
    const isKnown = this.#groups.get(groupId) !== undefined
    const group = this.#groups.create({ id: groupId, name: groupName, members, owner: from.peer.userId })
    if (group !== undefined)
      this.#context.event({ kind: 'group', group, news: isKnown ? 'updated' : 'created' })
  }

  groupUpdated({ groupId, add = [], remove = [] }: LsnpMessages['GROUP_UPDATE'], from: Entry): void {
    if (!this.#isItself(from)) return
    const group = this.#groups.update(groupId, from.peer.userId, add, remove)
    if (group === undefined) return
    const isRemoved = !group.members.some((member) => this.#context.isUs(member))
    if (isRemoved) this.#groups.delete(groupId)
    this.#context.event({ kind: 'group', group, news: isRemoved ? 'removed' : 'updated' })
  }

  groupMessage(message: LsnpMessages['GROUP_MESSAGE'], from: Entry, now: number): void {
    const group = this.#groups.get(message.groupId)
    if (group?.members.includes(from.peer.userId) !== true || !this.#isItself(from)) return
    const id = this.#once(message, from, now)
    const { content: text, timestamp } = message
    if (id !== undefined)
      this.#context.event({
        kind: 'group-message',
        from: from.peer,
        group,
        id,
        text,
        sentAt: this.#sentAt(timestamp, now),
      })
  }

  /** Files and games are for a later version: whoever offers one is told no, at once and once. */
  offered(
    message: LsnpMessages['FILE_OFFER'] | LsnpMessages['TICTACTOE_INVITE'],
    from: Entry,
    now: number,
  ): void {
    const { name, userId: to } = from.peer
    const common = { from: this.#context.userIdFor(from.peer.ip), to, timestamp: this.#context.seconds(now) }
    if (message.type === 'TICTACTOE_INVITE' && message.messageId !== undefined)
      this.#acknowledge(message.messageId, from, now)
    const id = message.type === 'FILE_OFFER' ? message.fileId : message.gameId
    const key = `${from.key} ${message.type} ${id}`
    const ours = { ...common, messageId: this.#context.newId() }
    const refusal =
      message.type === 'FILE_OFFER'
        ? ({ type: 'FILE_REJECT', ...ours, fileId: message.fileId } as const)
        : ({
            type: 'TICTACTOE_RESULT',
            ...ours,
            gameId: message.gameId,
            result: 'FORFEIT',
            symbol: message.symbol === 'X' ? 'O' : 'X',
          } as const)
    // What is too long an answer to the first copy is paid for with the next.
    if (!this.#seen.has(`${key} told`, now) && this.#context.answer(from, refusal, now))
      this.#seen.isNew(`${key} told`, now)
    if (!this.#seen.isNew(key, now)) return
    this.#context.notice(
      message.type === 'FILE_OFFER'
        ? `${name} offers the file ${message.fileName}: files are not taken yet, it is told so`
        : `${name} invites you to tic-tac-toe: games are not played yet, it is told so`,
    )
  }

  /** So that it is not sent again. */
  moved({ messageId }: LsnpMessages['TICTACTOE_MOVE'], from: Entry, now: number): void {
    if (messageId !== undefined) this.#acknowledge(messageId, from, now)
  }

  // --- what we say ----------------------------------------------------------------------------------

  post({ id, to, text }: Extract<LanCommand, { kind: 'post' }>, now: number): void {
    const entry = this.#entry(to)
    const userId = this.#context.userIdFor(entry.peer.ip)
    // One post to several people has one time: that is what they call it when they like it.
    const timestamp = this.#posts.find((post) => post.id === id)?.timestamp ?? this.#context.seconds(now)
    const token = this.#tokens.issue(userId, 'broadcast', timestamp)
    const message = {
      type: 'POST',
      userId,
      content: text,
      ttl: this.#tokens.ttl,
      timestamp,
      messageId: id,
      token,
    } as const
    this.#introduce(entry, now)
    if (!this.#posting.post(`${id} ${text}`, entry, message, now)) {
      this.#sent({ id, userId: to }, TOO_MUCH)
      return
    }
    this.#rememberPost({ id, timestamp, text })
    this.#sent({ id, userId: to }, { ok: true, confirmed: false })
  }

  direct({ id, to, text }: Extract<LanCommand, { kind: 'dm' }>, now: number): void {
    const entry = this.#entry(to)
    const from = this.#context.userIdFor(entry.peer.ip)
    const token = this.#tokens.issue(from, 'chat', this.#context.seconds(now))
    const message = {
      type: 'DM',
      from,
      to,
      content: text,
      timestamp: this.#context.seconds(now),
      messageId: id,
      token,
    } as const
    if (!this.#posting.mayHear(entry, message, now)) {
      this.#sent({ id, userId: to }, TOO_MUCH)
      return
    }
    this.#introduce(entry, now)
    this.#ask(id, entry)
    const bytes = this.#context.sendTo(entry, message, now)
    if (!this.#outbox.add(id, entry, bytes, now))
      this.#sent({ id, userId: to }, { ok: true, confirmed: false })
  }

  follow({ to, following }: Extract<LanCommand, { kind: 'follow' }>, now: number): void {
    const entry = this.#entry(to)
    const from = this.#context.userIdFor(entry.peer.ip)
    const token = this.#tokens.issue(from, 'follow', this.#context.seconds(now))
    const type = following ? 'FOLLOW' : 'UNFOLLOW'
    const messageId = this.#context.newId()
    this.#introduce(entry, now)
    this.#ask(messageId, entry)
    const timestamp = this.#context.seconds(now)
    this.#context.sendTo(entry, { type, messageId, from, to, timestamp, token }, now)
    entry.peer = { ...entry.peer, followed: following }
  }

  /** Throws Refused when there is nothing to like. */
  like({ to, liking }: Extract<LanCommand, { kind: 'like' }>, now: number): void {
    const entry = this.#entry(to)
    const { latestPost } = entry
    if (latestPost === undefined)
      throw new Refused(404, 'no_post', `${entry.peer.name} has not posted anything yet`)
    const from = this.#context.userIdFor(entry.peer.ip)
    const action = liking ? 'LIKE' : 'UNLIKE'
    const postTimestamp = Math.floor(latestPost)
    const token = this.#tokens.issue(from, 'broadcast', this.#context.seconds(now))
    this.#context.sendTo(
      entry,
      {
        type: 'LIKE',
        from,
        to,
        postTimestamp,
        action,
        timestamp: this.#context.seconds(now),
        messageId: this.#context.newId(),
        token,
      },
      now,
    )
  }

  createGroup({ id, name, members }: Extract<LanCommand, { kind: 'group-create' }>, now: number): void {
    const others = members.filter((member) => !this.#context.isUs(member))
    const someone = others.map((member) => this.#table.find(member)).find((entry) => entry !== undefined)
    if (someone === undefined)
      throw new Refused(422, 'no_members', 'a group needs somebody who is on this network')
    if (this.#groups.get(id) !== undefined)
      throw new Refused(409, 'group_exists', `there is a group ${id} already`)
    if (this.#groups.size >= LAN_LIMITS.groups)
      throw new Refused(429, 'too_many_groups', `there is room for ${LAN_LIMITS.groups} groups`)
    const owner = this.#context.userIdFor(someone.peer.ip)
    // Also for those who are not here now, who may not be members as they are written.
    encoded({ type: 'GROUP_CREATE', from: owner, groupId: id, groupName: name, members: others }, 'rfc')
    const group = this.#groups.create({ id, name, members: others, owner })
    if (group === undefined) return
    this.#tellGroup(group, group.members, now)
    this.#context.event({ kind: 'group', group, news: 'created' })
  }

  /** Who is new learns from GROUP_UPDATE neither the name nor the others: it is told as at the beginning. */
  updateGroup({ id, add, remove }: Extract<LanCommand, { kind: 'group-update' }>, now: number): void {
    const before = this.#ownGroup(id)
    encoded({ type: 'GROUP_UPDATE', from: before.owner, groupId: id, add, remove }, 'rfc')
    const group = this.#groups.update(id, before.owner, add, remove)
    if (group === undefined) return
    const key = `update ${this.#context.newId()}`
    for (const entry of this.#members(before)) {
      const from = this.#context.userIdFor(entry.peer.ip)
      const token = this.#tokens.issue(from, 'group', this.#context.seconds(now))
      const changes = { ...(add.length > 0 ? { add } : {}), ...(remove.length > 0 ? { remove } : {}) }
      const message = { type: 'GROUP_UPDATE', from, groupId: id, ...changes } as const
      this.#posting.send(key, entry, { ...message, timestamp: this.#context.seconds(now), token }, now)
    }
    this.#tellGroup(group, add, now)
    this.#context.event({ kind: 'group', group, news: 'updated' })
  }

  say({ id, group: groupId, text }: Extract<LanCommand, { kind: 'group-message' }>, now: number): void {
    const group = this.#groups.get(groupId)
    if (group === undefined) throw new Refused(404, 'unknown_group', `you are in no group ${groupId}`)
    for (const userId of this.#others(group)) {
      const entry = this.#table.find(userId)
      if (entry === undefined) {
        this.#sent({ id, userId }, { ok: false, confirmed: false, reason: 'it is not on this network' })
        continue
      }
      const from = this.#context.userIdFor(entry.peer.ip)
      const token = this.#tokens.issue(from, 'group', this.#context.seconds(now))
      const message = {
        type: 'GROUP_MESSAGE',
        from,
        groupId,
        content: text,
        timestamp: this.#context.seconds(now),
        messageId: id,
        token,
      } as const
      this.#introduce(entry, now)
      const isSent = this.#posting.send(`${id} ${text}`, entry, message, now)
      this.#sent({ id, userId }, isSent ? { ok: true, confirmed: false } : TOO_MUCH)
    }
  }

  /** In seconds. Throws Refused. */
  setTtl(ttl: number): void {
    const most = LAN_LIMITS.tokenSeconds
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > most)
      throw new Refused(422, 'invalid_ttl', `a token is good for 1 to ${most} whole seconds`)
    this.#tokens.ttl = ttl
  }

  /** Everybody is told by and by that the tokens we gave out are good no more. */
  revoke(now: number): void {
    this.#toRevoke.push(...this.#tokens.takeIssued())
    this.#tellRevoked(now)
  }

  #tellRevoked(now: number): void {
    for (const token of this.#toRevoke.splice(0, LAN_LIMITS.revokedAtOnce)) {
      for (const broadcast of this.#context.broadcasts)
        this.#context.send(
          { host: broadcast, port: DISCOVERY_PORT },
          { type: 'REVOKE', token },
          'polyglot',
          now,
        )
    }
  }

  // --- time -----------------------------------------------------------------------------------------

  tick(now: number): void {
    this.#posting.sweep(now)
    this.#tellRevoked(now)
    for (const due of this.#outbox.due(now)) {
      if (due.kind === 'again') {
        const { ip: host, port } = due.to.peer
        this.#context.sendBytes({ host, port }, due.bytes, 'DM', now)
      } else {
        this.#sent(due, { ok: true, confirmed: false, reason: 'no acknowledgement came' })
      }
    }
  }

  gone(entry: Entry): void {
    for (const message of this.#outbox.abandon(entry)) {
      this.#sent(message, { ok: false, confirmed: false, reason: 'it has left' })
    }
  }

  // --- common ---------------------------------------------------------------------------------------

  #acknowledge(messageId: string, to: Entry, now: number): void {
    this.#context.answer(to, { type: 'ACK', messageId, status: 'RECEIVED' }, now)
  }

  #answerFollow(type: 'FOLLOW' | 'UNFOLLOW', messageId: string, from: Entry, now: number): void {
    const us = this.#context.userIdFor(from.peer.ip)
    const to = from.peer.userId
    this.#context.answer(
      from,
      {
        type: `${type}_RESPONSE`,
        messageId,
        from: us,
        to,
        timestamp: this.#context.seconds(now),
        accepted: true,
      },
      now,
    )
  }

  #tellGroup(group: Group, whom: readonly string[], now: number): void {
    const key = `create ${this.#context.newId()}`
    for (const entry of this.#members(group)) {
      if (!whom.includes(entry.peer.userId)) continue
      const from = this.#context.userIdFor(entry.peer.ip)
      const token = this.#tokens.issue(from, 'group', this.#context.seconds(now))
      const { id: groupId, name: groupName, members } = group
      const message = { type: 'GROUP_CREATE', from, groupId, groupName, members } as const
      this.#introduce(entry, now)
      this.#posting.send(key, entry, { ...message, timestamp: this.#context.seconds(now), token }, now)
    }
  }

  /** Its members without us. */
  #others({ members }: Group): readonly string[] {
    return members.filter((member) => !this.#context.isUs(member))
  }

  /** Those of them that are here. */
  #members(group: Group): Entry[] {
    return this.#others(group)
      .map((member) => this.#table.find(member))
      .filter((entry) => entry !== undefined)
  }

  /** Whether nobody else goes by its user id with a better right. */
  #isItself(entry: Entry): boolean {
    return this.#table.find(entry.peer.userId) === entry
  }

  #ownGroup(id: string): Group {
    const group = this.#groups.get(id)
    if (group === undefined) throw new Refused(404, 'unknown_group', `you are in no group ${id}`)
    if (this.#context.isUs(group.owner)) return group
    throw new Refused(403, 'not_yours', `only ${group.owner} may change who is in ${group.name}`)
  }

  #entry(userId: string): Entry {
    const entry = this.#table.find(userId)
    if (entry === undefined) throw new Refused(404, 'unknown_peer', `${userId} is not on this network`)
    return entry
  }

  #rememberPost(post: OwnPost): void {
    if (this.#posts.some(({ id }) => id === post.id)) return
    this.#posts.push(post)
    if (this.#posts.length > LAN_LIMITS.posts) this.#posts.shift()
  }

  #sent(
    { id, userId }: Addressed,
    {
      ok,
      confirmed,
      reason = '',
    }: { readonly ok: boolean; readonly confirmed: boolean; readonly reason?: string },
  ): void {
    this.#context.event({ kind: 'sent', id, to: userId, ok, confirmed, reason })
  }

  /** The time of a message, if it is plausible, as Unix time in milliseconds. */
  #sentAt(timestamp: number | undefined, now: number): number {
    const present = this.#context.unixTime(now)
    const time = timestamp === undefined ? present : Math.round(timestamp * 1000)
    return Math.abs(present - time) > LAN_TIMES.plausible ? present : time
  }

  /** Unix seconds by the clock of a sender, which may be behind ours by LAN_TIMES.plausible, or ours ahead of it. */
  #senderTime(timestamp: number | undefined, now: number): number {
    const present = this.#context.seconds(now)
    return Math.min(present, Math.max(timestamp ?? present, present - LAN_TIMES.plausible / 1000))
  }

  /** The id of a message that is seen for the first time; undefined for a double. */
  #once(message: Said, from: Entry, now: number): string | undefined {
    const isNew = this.#seen.isNew(identity(message, from.key, this.#context.seconds(now)), now)
    return isNew ? (message.messageId ?? this.#context.newId()) : undefined
  }
}

/** It is said again later. */
const TOO_MUCH = {
  ok: false,
  confirmed: false,
  reason: 'it has never answered, and gets no more than 4 KB a second',
} as const

/** Whom a message says it is from. */
export function senderOf(message: LsnpMessage): string | undefined {
  return 'userId' in message ? message.userId : 'from' in message ? message.from : undefined
}

/** The name half of a user id. */
export function nameOf(userId: string): string {
  return userIdParts(userId).name
}
