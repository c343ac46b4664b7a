/**
 * The place of a message in its conversation. Invariant: the order does not contradict the `seq` of a sender; a message is
 * moved between its neighbours by `seq`. A message without `seq` stays where it is.
 *
 * A message is moved back by TIMES.movedBack at most, so that one that claims to be old takes no later ones with it. What
 * was said before this start may be moved further, because the length of the break is only as certain as the clock.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { TIMES } from '../../chat/limits.ts'
import { senderKey } from '../../chat/model.ts'
import { arrivalOf, placeOf } from '../../chat/moment.ts'
import { bound, numberIn, sequenceOf } from '../rows.ts'
import type { Database, Row, Statement } from '../file/sqlite.ts'
import type { Entry } from '../store.ts'
import type { TransactionBatch } from '../transaction.ts'
import type { Conversations } from './conversations.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** Pairs of sender and conversation whose newest message is remembered. */
const MAX_REMEMBERED = 4_096

interface Mark {
  readonly seq: number
  /** Store time of its place. */
  readonly at: number
}

export interface Placed {
  /** The entry with the times that it is kept with. */
  readonly placed: Entry
  /** A later message of its sender in this conversation arrived before it. */
  readonly isLate: boolean
}

interface Neighbours {
  readonly previous: Mark | undefined
  readonly next: Mark | undefined
}

export class MessageOrder {
  readonly #turn: TransactionBatch
  readonly #unsaved: WriteBuffer
  readonly #conversations: Pick<Conversations, 'labelsOf'>
  readonly #startedAt: number
  readonly #previous: Statement
  readonly #next: Statement
  /** The newest message of each sender in each conversation. Most messages come after it, which saves two queries. */
  readonly #newest = new BoundedMap<string, Mark>(MAX_REMEMBERED)

  /** `startedAt`: store time at this start, in milliseconds. */
  constructor(
    database: Database,
    turn: TransactionBatch,
    unsaved: WriteBuffer,
    conversations: Pick<Conversations, 'labelsOf'>,
    startedAt: number,
  ) {
    this.#turn = turn
    this.#startedAt = startedAt
    this.#unsaved = unsaved
    this.#conversations = conversations
    const select = 'SELECT seq, at FROM message WHERE conversation = ? AND sender = ?'
    // The index holds rows with seq >= 0 only. SQLite seeks to the first lower bound that it is given.
    this.#previous = database.prepare(
      `${select} AND seq <= ? AND seq >= 0 ORDER BY seq DESC, at DESC LIMIT 1`,
    )
    this.#next = database.prepare(`${select} AND seq > ? AND seq >= 0 ORDER BY seq, at LIMIT 1`)
  }

  place(entry: Entry): Placed {
    const at = Number.isFinite(entry.at) ? placeOf(entry) : arrivalOf(entry)
    const seq = sequenceOf(entry.message)
    if (seq < 0) return { placed: moved(entry, at), isLate: false }
    const sender = senderKey(entry.message)
    const newest = this.#newest.get(keyOf(entry))
    const { previous, next } =
      newest !== undefined && seq >= newest.seq
        ? { previous: newest, next: undefined }
        : this.#neighbours(entry.conversation, sender, seq)
    const furthest = at < this.#startedAt ? -Infinity : at - TIMES.movedBack
    const isBeforeNext = next !== undefined && next.at >= furthest
    const latest = Math.min(at, isBeforeNext ? next.at : at)
    const placedAt = Math.max(latest, previous?.at ?? -Infinity)
    return { placed: moved(entry, placedAt), isLate: isBeforeNext }
  }

  /** Notes a message that was kept at its place and was not late. */
  remember(placed: Entry): void {
    const seq = sequenceOf(placed.message)
    if (seq < 0) return
    this.#newest.set(keyOf(placed), { seq, at: placeOf(placed) })
  }

  /** The messages of a sender before and after a `seq`; one with the same `seq` counts as before. */
  #neighbours(conversation: string, sender: string, seq: number): Neighbours {
    const onDisk = this.#conversations.labelsOf(conversation).flatMap((label) => {
      const parameters = [bound(label), bound(sender), seq] as const
      return this.#turn.read(
        () => [markIn(this.#previous.get(...parameters)), markIn(this.#next.get(...parameters))],
        [],
      )
    })
    const marks = [...onDisk.filter((mark) => mark !== undefined), ...this.#inMemory(conversation, sender)]
    marks.sort((one, other) => one.seq - other.seq || one.at - other.at)
    return { previous: marks.findLast((mark) => mark.seq <= seq), next: marks.find((mark) => mark.seq > seq) }
  }

  #inMemory(conversation: string, sender: string): Mark[] {
    return this.#unsaved
      .of(conversation)
      .filter(({ entry }) => sequenceOf(entry.message) >= 0 && senderKey(entry.message) === sender)
      .map(({ entry }) => ({ seq: sequenceOf(entry.message), at: placeOf(entry) }))
  }
}

function markIn(row: Row | undefined): Mark | undefined {
  return row === undefined ? undefined : { seq: numberIn(row, 'seq'), at: numberIn(row, 'at') }
}

function moved(entry: Entry, place: number): Entry {
  return place === placeOf(entry) ? entry : { ...entry, at: place + (entry.clockShift ?? 0) }
}

/** Key of a sender in a conversation. */
function keyOf({ message, conversation }: Entry): string {
  const sender = senderKey(message)
  return `${sender.length} ${sender}${conversation}`
}
