/**
 * What is said on the LAN by datagram: POST, DM, FOLLOW, LIKE, REVOKE; with groups, refusals and acknowledgements as
 * its parts. Pure. Our own kind talks over HTTP; all this is for programs that speak LSNP only.
 */
import { ChatError } from '../../../chat/errors.ts'
import { LanAcks } from './acks.ts'
import { LanGroupTalk } from './group-messages.ts'
import { LanOutbox } from './outbox.ts'
import { LanRefusals } from './refusals.ts'
import { A_COPY, LanSpeech, SENT, TOO_MUCH } from './speech.ts'
import { LAN_LIMITS } from '../limits.ts'
import type { LanContext } from '../context.ts'
import { DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { ownScopesOf, parseToken, scopeOf, tokenProblem } from '../../lsnp/token.ts'
import { userIdParts } from '../../lsnp/codec.ts'
import type { Dialect, LsnpMessage, LsnpMessages } from '../../lsnp/codec.ts'
import type { Address } from '../../../http/message.ts'
import type { LanCommand } from '../model.ts'
import { isProved, type Entry, type PeerTable } from '../peer-table.ts'

interface OwnPost {
  readonly id: string
  /** TIMESTAMP, in seconds: what LIKE calls it. */
  readonly timestamp: number
  readonly text: string
}

/** A message that only one program was sent. */
interface Asked {
  readonly type: 'DM' | 'FOLLOW' | 'UNFOLLOW'
  readonly entry: Entry
}

export class LsnpMessaging {
  readonly groups: LanGroupTalk
  readonly refusals: LanRefusals
  readonly acks: LanAcks
  readonly #context: LanContext
  readonly #speech: LanSpeech
  readonly #outbox = new LanOutbox()
  readonly #posts: OwnPost[] = []
  /** Tokens of ours that everybody has still to be told of. */
  readonly #toRevoke: string[] = []
  /** By its id: a program that repeats one is where it says. The oldest are forgotten. */
  readonly #asked = new Map<string, Asked>()

  /** `introduce` tells a program who we are, if that was not possible before. */
  constructor(context: LanContext, table: PeerTable, introduce: (entry: Entry, now: number) => void) {
    this.#context = context
    this.#speech = new LanSpeech(context, table, introduce)
    this.groups = new LanGroupTalk(this.#speech)
    this.refusals = new LanRefusals(this.#speech)
    this.acks = new LanAcks(this.#speech)
  }

  /** How much is kept of each kind. */
  get sizes() {
    const { tokens, seen } = this.#speech
    return {
      seen: seen.size,
      groups: this.groups.size,
      posts: this.#posts.length,
      asked: this.#asked.size,
      waiting: this.#outbox.size,
      ...tokens.sizes,
      toRevoke: this.#toRevoke.length,
    }
  }

  // --- what others say: returns why it was dropped --------------------------------------------------

  /** Why a message is not to be believed; undefined when nothing is wrong with it. */
  problem(message: LsnpMessage, dialect: Dialect, now: number): string | undefined {
    const scope = scopeOf(message.type)
    const token = 'token' in message ? message.token : undefined
    // The first programs of this family have no tokens.
    if (scope === undefined || (token === undefined && dialect === 'seed')) return undefined
    const timestamp = 'timestamp' in message ? message.timestamp : undefined
    return tokenProblem(token, {
      scope,
      ownScopes: ownScopesOf(message.type),
      user: senderOf(message),
      revoked: this.#speech.tokens.isRevoked,
      now: this.#speech.senderTime(timestamp, now),
    })
  }

  posted(message: LsnpMessages['POST'], from: Entry, now: number): string | undefined {
    const { content: text, timestamp } = message
    const id = this.#speech.once(message, from, now)
    if (id === undefined) return A_COPY
    from.latestPost = timestamp ?? this.#context.seconds(now)
    const sentAt = this.#speech.sentAt(timestamp, now)
    this.#context.event({ kind: 'post', from: from.peer, id, text, sentAt })
    return undefined
  }

  wroteToUs(message: LsnpMessages['DM'], from: Entry, now: number): string | undefined {
    const { content: text, timestamp } = message
    const id = this.#speech.once(message, from, now)
    if (id === undefined) return A_COPY
    const sentAt = this.#speech.sentAt(timestamp, now)
    this.#context.event({ kind: 'dm', from: from.peer, id, text, sentAt })
    return undefined
  }

  acknowledged({ messageId }: LsnpMessages['ACK'], from: Address): void {
    const asked = this.answered(messageId, from)
    const message = this.#outbox.acknowledge(messageId, from.host)
    // Also when it comes late: it does acknowledge, then.
    asked?.entry.capabilities.acknowledged(asked.type)
    if (message !== undefined) this.#speech.fate(message, { ok: true, confirmed: true })
  }

  /** A host repeats the id of a message that was sent to its address alone: the peer is proved to be there. */
  answered(messageId: string | undefined, { host }: Address): Asked | undefined {
    const asked = messageId === undefined ? undefined : this.#asked.get(messageId)
    if (messageId === undefined || asked?.entry.heardAt.has(host) !== true) return undefined
    this.#asked.delete(messageId)
    if (!isProved(asked.entry)) this.#speech.table.prove(asked.entry, host)
    return asked
  }

  #ask(messageId: string, asked: Asked): void {
    const known = this.#asked.get(messageId)
    // An id that two programs were sent proves nothing of either.
    if (known !== undefined && known.entry !== asked.entry) this.#asked.delete(messageId)
    else this.#asked.set(messageId, asked)
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= LAN_LIMITS.askedOnce) break
      this.#asked.delete(oldest)
    }
  }

  /** `dialect`: that of the message. Its first programs wait for a response. */
  follows(
    message: LsnpMessages['FOLLOW'] | LsnpMessages['UNFOLLOW'],
    dialect: Dialect,
    from: Entry,
    now: number,
  ): void {
    const following = message.type === 'FOLLOW'
    const { messageId } = message
    if (messageId !== undefined && dialect === 'seed') this.#answerFollow(message.type, messageId, from, now)
    if (from.peer.followsUs === following) return
    from.peer = { ...from.peer, followsUs: following }
    this.#context.event({ kind: 'followed', from: from.peer, following })
  }

  /** Posts are named by their second; of two in one second the later is meant. */
  liked(message: LsnpMessages['LIKE'], from: Entry, now: number): string | undefined {
    const { postTimestamp, action, messageId, timestamp } = message
    const id = messageId ?? timestamp
    const key = `${from.key} LIKE ${id ?? ''} ${postTimestamp} ${action}`
    if (id !== undefined && !this.#speech.seen.isNew(key, now)) return A_COPY
    const post = this.#posts.findLast(({ timestamp }) => timestamp === Math.floor(postTimestamp))
    if (post === undefined) return 'no post of ours was sent in the second that it names'
    const { id: postId, text } = post
    this.#context.event({ kind: 'liked', from: from.peer, liking: action === 'LIKE', postId, text })
    return undefined
  }

  /**
   * Tokens can be guessed, so only the host of their user revokes them: the address that the user id names, where the
   * user is heard. Of a user id that names no address, the address where it is heard.
   */
  revoked(token: string, { host }: Address): string | undefined {
    const userId = parseToken(token)?.userId
    if (userId === undefined) return 'it revokes what is no token'
    const named = userIdParts(userId).host
    const areBothOurs = this.#context.isOwnAddress(named) && this.#context.isOwnAddress(host)
    const isElsewhere = /^[0-9.]+$/.test(named) && named !== host && !areBothOurs
    const user = this.#speech.table.find(userId)
    if (isElsewhere || user?.heardAt.has(host) !== true) return `${userId} is not heard at this address`
    this.#speech.tokens.revoke(token)
    return undefined
  }

  // --- what we say ----------------------------------------------------------------------------------

  post({ id, to, text }: Extract<LanCommand, { kind: 'post' }>, now: number): void {
    const { posting, tokens, introduce } = this.#speech
    const entry = this.#speech.entry(to)
    const userId = this.#context.userIdFor(entry.peer.ip)
    // One post to several people has one time: that is what they call it when they like it.
    const timestamp = this.#posts.find((post) => post.id === id)?.timestamp ?? this.#context.seconds(now)
    const scope = posting.goesToEverybody(entry) ? 'broadcast' : entry.capabilities.scopeFor('POST')
    const message = {
      type: 'POST',
      userId,
      content: text,
      ttl: tokens.ttl,
      timestamp,
      messageId: id,
      token: tokens.issue(userId, scope, timestamp),
    } as const
    introduce(entry, now)
    const isSent = posting.post(`${id} ${text}`, entry, message, now)
    if (isSent) this.#rememberPost({ id, timestamp, text })
    this.#speech.fate({ id, userId: to }, isSent ? SENT : TOO_MUCH)
  }

  /** A program that is not known to acknowledge is sent each message once, whatever becomes of it. */
  direct({ id, to, text }: Extract<LanCommand, { kind: 'dm' }>, now: number): void {
    const { posting, introduce } = this.#speech
    const entry = this.#speech.entry(to)
    const header = this.#speech.header(entry, 'DM', now)
    const message = { type: 'DM', ...header, to, content: text, messageId: id } as const
    const key = `DM ${id} ${text}`
    if (entry.capabilities.acknowledges !== true && posting.hasHad(key, entry)) {
      this.#speech.fate({ id, userId: to }, SENT)
      return
    }
    if (!posting.mayHear(entry, message, now)) {
      this.#speech.fate({ id, userId: to }, TOO_MUCH)
      return
    }
    introduce(entry, now)
    const bytes = this.#context.sendTo(entry, message, now)
    posting.had(key, entry)
    this.#ask(id, { type: 'DM', entry })
    if (!this.#outbox.add(id, entry, bytes, now)) this.#speech.fate({ id, userId: to }, SENT)
  }

  follow({ to, following }: Extract<LanCommand, { kind: 'follow' }>, now: number): void {
    const entry = this.#speech.entry(to)
    const type = following ? 'FOLLOW' : 'UNFOLLOW'
    const messageId = this.#context.newId()
    this.#speech.introduce(entry, now)
    const header = this.#speech.header(entry, type, now)
    this.#context.sendTo(entry, { type, ...header, messageId, to }, now)
    this.#ask(messageId, { type, entry })
    entry.peer = { ...entry.peer, followed: following }
  }

  /** Throws Refused when there is nothing to like. */
  like({ to, liking }: Extract<LanCommand, { kind: 'like' }>, now: number): void {
    const entry = this.#speech.entry(to)
    const { latestPost } = entry
    if (latestPost === undefined)
      throw new ChatError(404, 'no_post', `${entry.peer.name} has not posted anything yet`)
    const header = this.#speech.header(entry, 'LIKE', now)
    const action = liking ? 'LIKE' : 'UNLIKE'
    const messageId = this.#context.newId()
    const postTimestamp = Math.floor(latestPost)
    this.#context.sendTo(entry, { type: 'LIKE', ...header, to, postTimestamp, action, messageId }, now)
  }

  /** In seconds. Throws Refused. */
  setTtl(ttl: number): void {
    const most = LAN_LIMITS.tokenSeconds
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > most)
      throw new ChatError(422, 'invalid_ttl', `a token is good for 1 to ${most} whole seconds`)
    this.#speech.tokens.ttl = ttl
  }

  /** Everybody is told by and by that the tokens we gave out are good no more. */
  revoke(now: number): void {
    this.#toRevoke.push(...this.#speech.tokens.takeIssued())
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
    this.#speech.posting.sweep(now)
    this.#tellRevoked(now)
    for (const due of this.#outbox.due(now)) {
      if (due.kind === 'again') {
        const { ip: host, port } = due.to.peer
        this.#context.sendBytes({ host, port }, due.bytes, 'DM', now)
      } else {
        this.#speech.fate(due, { ...SENT, reason: 'no acknowledgement came' })
      }
    }
  }

  gone(entry: Entry): void {
    for (const message of this.#outbox.abandon(entry))
      this.#speech.fate(message, { ok: false, confirmed: false, reason: 'it has left' })
  }

  /** We leave: what was sent once is done with, and is not said again after the next start. */
  quit(): void {
    for (const message of this.#outbox.takeUnacknowledged()) this.#speech.fate(message, SENT)
  }

  // --- common ---------------------------------------------------------------------------------------

  #answerFollow(type: 'FOLLOW' | 'UNFOLLOW', messageId: string, from: Entry, now: number): void {
    const ends = { from: this.#context.userIdFor(from.peer.ip), to: from.peer.userId }
    const timestamp = this.#context.seconds(now)
    const response = { type: `${type}_RESPONSE`, ...ends, messageId, timestamp, accepted: true } as const
    this.#context.answer(from, response, now)
  }

  #rememberPost(post: OwnPost): void {
    if (this.#posts.some(({ id }) => id === post.id)) return
    this.#posts.push(post)
    if (this.#posts.length > LAN_LIMITS.posts) this.#posts.shift()
  }
}

/** Whom a message says it is from. */
export function senderOf(message: LsnpMessage): string | undefined {
  return 'userId' in message ? message.userId : 'from' in message ? message.from : undefined
}

/** The name half of a user id. */
export function nameOf(userId: string): string {
  return userIdParts(userId).name
}
