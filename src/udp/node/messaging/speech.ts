/**
 * What all messages on the LAN have in common. Of those we send: the recipient, the token, the fate; of those that come
 * in: whether one is a copy, and when it was said. Pure.
 */
import { ChatError } from '../../../chat/errors.ts'
import { identity, DuplicateFilter, type Said } from './duplicates.ts'
import { LAN_TIMES } from '../limits.ts'
import { LanPosting } from './posting.ts'
import { Tokens } from './tokens.ts'
import type { LanContext } from '../context.ts'
import type { Addressed } from './outbox.ts'
import type { Decoded, LsnpType } from '../../lsnp/codec.ts'
import type { Entry, PeerTable } from '../peer-table.ts'

/** A message, how it was written, and all its lines. */
export type Heard = Extract<Decoded, { ok: true }>

export interface Fate {
  readonly ok: boolean
  readonly confirmed: boolean
  readonly reason?: string
}

/** It is said again later. */
export const TOO_MUCH: Fate = {
  ok: false,
  confirmed: false,
  reason: 'it has never answered, and gets no more than 4 KB a second',
}

export const SENT: Fate = { ok: true, confirmed: false }

/** Why a message that comes again is dropped. */
export const A_COPY = 'it is a copy of a message that was shown'

export class LanSpeech {
  readonly context: LanContext
  readonly table: PeerTable
  readonly tokens = new Tokens()
  readonly posting: LanPosting
  readonly seen = new DuplicateFilter()
  /** Tells a program who we are, if that was not possible before. */
  readonly introduce: (entry: Entry, now: number) => void

  constructor(context: LanContext, table: PeerTable, introduce: (entry: Entry, now: number) => void) {
    this.context = context
    this.table = table
    this.posting = new LanPosting(context, table)
    this.introduce = introduce
  }

  /** Throws Refused. */
  entry(userId: string): Entry {
    const entry = this.table.find(userId)
    if (entry === undefined) throw new ChatError(404, 'unknown_peer', `${userId} is not on this network`)
    return entry
  }

  /** Who we are to this program, the second, and a token in the scope that it uses for such messages. */
  header(to: Entry, type: LsnpType, now: number) {
    const from = this.context.userIdFor(to.peer.ip)
    const timestamp = this.context.seconds(now)
    return { from, timestamp, token: this.tokens.issue(from, to.capabilities.scopeFor(type), timestamp) }
  }

  fate({ id, userId }: Addressed, { ok, confirmed, reason = '' }: Fate): void {
    this.context.event({ kind: 'sent', id, to: userId, ok, confirmed, reason })
  }

  /** The id of a message that is seen for the first time; undefined for a copy. */
  once(message: Said, from: Entry, now: number): string | undefined {
    const isNew = this.seen.isNew(identity(message, from.key, this.context.seconds(now)), now)
    return isNew ? (message.messageId ?? this.context.newId()) : undefined
  }

  /** The time of a message, if it is plausible, as Unix time in milliseconds. */
  sentAt(timestamp: number | undefined, now: number): number {
    const present = this.context.unixTime(now)
    const time = timestamp === undefined ? present : Math.round(timestamp * 1000)
    return Math.abs(present - time) > LAN_TIMES.plausible ? present : time
  }

  /** Unix seconds by the clock of a sender, which may be behind ours by LAN_TIMES.plausible, or ours ahead of it. */
  senderTime(timestamp: number | undefined, now: number): number {
    const present = this.context.seconds(now)
    return Math.min(present, Math.max(timestamp ?? present, present - LAN_TIMES.plausible / 1000))
  }
}
