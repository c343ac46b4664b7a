/**
 * The place of a message in its conversation, so that the order does not contradict the `seq` of its sender: it is
 * moved between its neighbours by `seq`. A message without `seq` stays where it is.
 *
 * It is moved back by TIMES.movedBack at most: a message that says that it is old takes no later one with it. What was
 * said before this start may be moved further: how long the program did not run is known only as well as the clock.
 */
import { BoundedMap } from '../chat/bounded.ts'
import { TIMES } from '../chat/limits.ts'
import { senderKey } from '../chat/model.ts'
import { arrivalOf, placeOf } from '../chat/moment.ts'
import { bound, numberIn, sequenceOf } from './rows.ts'
import type { Database, Row, Statement } from './file/sqlite.ts'
import type { Entry } from './store.ts'
import type { TransactionBatch } from './transaction.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** Senders in conversations whose newest message is remembered. */
const MOST_REMEMBERED = 4_096

interface Mark {
  readonly seq: number
  /** Its place. */
  readonly at: number
}

export interface Placed {
  /** With the times that it is kept with. */
  readonly placed: Entry
  /** Its sender's next message in this conversation is here already. */
  readonly isLate: boolean
}

interface Neighbours {
  readonly previous: Mark | undefined
  readonly next: Mark | undefined
}

export class MessageOrder {
  readonly #turn: TransactionBatch
  readonly #unsaved: WriteBuffer
  readonly #startedAt: number
  readonly #previous: Statement
  readonly #next: Statement
  /** The newest message of each sender in each conversation: most messages come after that one. */
  readonly #newest = new BoundedMap<string, Mark>(MOST_REMEMBERED)

  /** `startedAt`: the time of the store at this start, in milliseconds. */
  constructor(database: Database, turn: TransactionBatch, unsaved: WriteBuffer, startedAt: number) {
    this.#turn = turn
    this.#startedAt = startedAt
    this.#unsaved = unsaved
    const select = 'SELECT seq, at FROM message WHERE conversation = ? AND sender = ? AND seq >= 0'
    this.#previous = database.prepare(`${select} AND seq <= ? ORDER BY seq DESC, at DESC LIMIT 1`)
    this.#next = database.prepare(`${select} AND seq > ? ORDER BY seq, at LIMIT 1`)
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

  /** It is kept in its place, and was not late. */
  remember(placed: Entry): void {
    const seq = sequenceOf(placed.message)
    if (seq < 0) return
    this.#newest.set(keyOf(placed), { seq, at: placeOf(placed) })
  }

  /** One with the same `seq` counts as before. */
  #neighbours(conversation: string, sender: string, seq: number): Neighbours {
    const parameters = [bound(conversation), bound(sender), seq] as const
    const onDisk = this.#turn.read(
      () => [markIn(this.#previous.get(...parameters)), markIn(this.#next.get(...parameters))],
      [],
    )
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

/** Of a sender in a conversation. */
function keyOf({ message, conversation }: Entry): string {
  const sender = senderKey(message)
  return `${sender.length} ${sender}${conversation}`
}
