/**
 * What all kinds of messages share. For those we send: the recipient, the token, the delivery report; for those we
 * receive: whether one is a copy, and when it was sent.
 */
import { ChatError } from '../../../chat/errors.ts'
import { LAN_TIMES } from '../limits.ts'
import { DuplicateFilter, identityOf, type TextMessage } from './duplicates.ts'
import { LimitedSender } from './limited-sender.ts'
import { Tokens } from './tokens.ts'
import type { LanContext } from '../context.ts'
import type { LanAnswers } from '../presence/answers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'
import type { LsnpMessage, LsnpType } from '../../lsnp/codec.ts'

/** An own message, by its id and the user id that it was sent to. */
export interface MessageRef {
  readonly id: string
  readonly userId: string
}

export interface DeliveryReport {
  readonly ok: boolean
  /** The recipient acknowledged it. */
  readonly confirmed: boolean
  readonly reason?: string
}

export const SENT: DeliveryReport = { ok: true, confirmed: false }

/** The peer sends such a message again later. */
export const TOO_MUCH: DeliveryReport = {
  ok: false,
  confirmed: false,
  reason: 'it has never answered, and gets no more than 4 KB a second',
}

/** Why messages of files and games are dropped. */
export const NOT_SUPPORTED = 'files and games are not supported yet'

/** Why a copy of a message is dropped. */
export const A_COPY = 'it is a copy of a message that was shown'

export class MessagingContext {
  readonly lan: LanContext
  readonly table: PeerTable
  readonly tokens = new Tokens()
  readonly sender: LimitedSender
  readonly duplicates = new DuplicateFilter()
  readonly #answers: LanAnswers

  constructor(lan: LanContext, table: PeerTable, answers: LanAnswers) {
    this.lan = lan
    this.table = table
    this.sender = new LimitedSender(lan, table)
    this.#answers = answers
  }

  /** Throws ChatError 404 if the user is not on this network. */
  recipient(userId: string): PeerEntry {
    const entry = this.table.find(userId)
    if (entry === undefined) throw new ChatError(404, 'unknown_peer', `${userId} is not on this network`)
    return entry
  }

  /** The first fields of a message: our user id for this program, the time, and a token in the scope that it uses. */
  header(to: PeerEntry, type: LsnpType, now: number) {
    const from = this.lan.addresses.userIdFor(to.peer.ip)
    const timestamp = this.lan.seconds(now)
    return { from, timestamp, token: this.tokens.issue(from, to.capabilities.scopeFor(type), timestamp) }
  }

  /** Sends our PROFILE before a message of our user, if the program has not had it. */
  introduceTo(to: PeerEntry, now: number): void {
    this.#answers.introduceTo(to, now)
  }

  report({ id, userId }: MessageRef, { ok, confirmed, reason = '' }: DeliveryReport): void {
    this.lan.event({ kind: 'sent', id, to: userId, ok, confirmed, reason })
  }

  /** The id of a message that is seen for the first time; undefined for a copy. */
  idOfNew(message: TextMessage, from: PeerEntry, now: number): string | undefined {
    const isNew = this.duplicates.isNew(identityOf(message, from.key, this.lan.seconds(now)), now)
    return isNew ? (message.messageId ?? this.lan.newId()) : undefined
  }

  /** The time of a message if it is plausible, else the present. Unix time in milliseconds. */
  sentAt(timestamp: number | undefined, now: number): number {
    const present = this.lan.unixTime(now)
    const time = timestamp === undefined ? present : Math.round(timestamp * 1000)
    return Math.abs(present - time) > LAN_TIMES.plausible ? present : time
  }

  /**
   * Declines an offer once, with a message for its sender and a notice for our user. `offer` names the offer. If the first
   * copy does not pay for the message, that of the next copy may.
   */
  decline(
    offer: string,
    answers: readonly LsnpMessage[],
    notice: string,
    from: PeerEntry,
    now: number,
  ): void {
    for (const answer of answers) {
      const key = `${from.key} ${offer} ${answer.type}`
      if (!this.duplicates.has(key, now) && this.lan.answer(from, answer, now))
        this.duplicates.isNew(key, now)
    }
    if (this.duplicates.isNew(`${from.key} ${offer}`, now)) this.lan.notice(notice)
  }
}
