/**
 * Deletes messages that are older than the retention, and the oldest ones when there are too many messages or bytes.
 * Messages in the outbox are never deleted.
 */
import { bound, numberIn, textIn } from './rows.ts'
import type { Database, Row, Statement } from './file/sqlite.ts'
import type { Search } from './search.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Messages deleted, or conversations searched, in one step, which takes some milliseconds. */
const STEP = 100

/** When the file is full, this many old messages are deleted per new one, so that it shrinks in time. */
const DELETED_PER_NEW = 2

/** Without free pages, because SQLite fills those again. */
const BYTES = `
  SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`

/** One index lookup for each name, however many messages there are. */
const CONVERSATIONS = `
  WITH RECURSIVE found (last) AS (
    SELECT min(conversation) FROM message
    UNION ALL
    SELECT (SELECT min(conversation) FROM message WHERE conversation > found.last)
      FROM found WHERE found.last IS NOT NULL
  )
  SELECT last AS name FROM found WHERE last IS NOT NULL`

export class Retention implements TransactionPart {
  readonly #turn: TransactionBatch
  readonly #search: Search
  readonly #isWaiting: (messageId: string) => boolean
  readonly #conversations: Statement
  readonly #old: Statement
  readonly #oldest: Statement
  readonly #count: Statement
  readonly #bytes: Statement
  readonly #delete: Statement
  /** Conversations that this sweep has still to search. */
  #toSweep: string[] | undefined
  #messages: number | undefined
  /** How many of the oldest messages may be deleted to make room. */
  #deletable = 0

  /** `isWaiting`: whether an own message still waits for a recipient. */
  constructor(
    database: Database,
    turn: TransactionBatch,
    search: Search,
    isWaiting: (messageId: string) => boolean,
  ) {
    this.#turn = turn
    this.#search = search
    this.#isWaiting = isWaiting
    this.#conversations = database.prepare(CONVERSATIONS)
    this.#old = database.prepare(
      'SELECT number, id, own FROM message WHERE conversation = ? AND at < ? AND received_at < ? ORDER BY at',
    )
    this.#oldest = database.prepare('SELECT number, id, own FROM message ORDER BY number')
    this.#count = database.prepare('SELECT count(*) AS count FROM message')
    this.#bytes = database.prepare(BYTES)
    this.#delete = database.prepare('DELETE FROM message WHERE number = ?')
    turn.join(this)
  }

  /**
   * Deletes some messages that were said, and arrived, before `time` (store time in milliseconds). The age that a message
   * claims is not enough to delete it. Returns whether there may be more.
   */
  step(time: number): boolean {
    this.#toSweep ??= this.#turn.read(() => this.#conversations.all().map((row) => textIn(row, 'name')), [])
    for (const conversation of this.#toSweep.splice(0, STEP)) {
      const old = this.#turn.read(
        () => this.#first(STEP, this.#old.iterate(bound(conversation), time, time)),
        [],
      )
      if (old.length === 0) continue
      this.#turn.change(() => {
        for (const number of old) this.#remove(number)
      })
      // The next step starts a new sweep.
      this.#toSweep = undefined
      return true
    }
    if (this.#toSweep.length > 0) return true
    this.#toSweep = undefined
    return false
  }

  /** To be called for each message that was kept. */
  added(): void {
    this.#deletable += DELETED_PER_NEW
  }

  /** Deletes some of the oldest messages if the file has more than `most` bytes. Returns whether there may be more. */
  shrink(most: number): boolean {
    const isFull =
      this.#deletable > 0 && this.#turn.read(() => numberIn(this.#bytes.get() ?? {}, 'bytes'), 0) > most
    if (!isFull) {
      this.#deletable = 0
      return false
    }
    const going = Math.min(STEP, this.#deletable)
    this.#turn.change(() => {
      for (const number of this.#first(going, this.#oldest.iterate())) this.#remove(number)
    })
    this.#deletable -= going
    return true
  }

  /** To be called for each message that was kept: deletes the oldest one if there are more than `most`. */
  limit(most: number): void {
    if (this.#messages !== undefined) this.#messages += 1
    this.#turn.change(() => {
      this.#messages ??= numberIn(this.#count.get() ?? {}, 'count')
      if (this.#messages <= most) return
      for (const number of this.#first(1, this.#oldest.iterate())) this.#remove(number)
    })
  }

  // --- as a TransactionPart -------------------------------------------------------------------------

  rolledBack(): void {
    this.#messages = undefined
    this.#toSweep = undefined
  }

  rewrite(): void {
    this.#messages = undefined
  }

  /** The numbers of the first messages that are not in the outbox. */
  #first(most: number, rows: Iterable<Row>): number[] {
    const numbers: number[] = []
    for (const row of rows) {
      if (numberIn(row, 'own') === 1 && this.#isWaiting(textIn(row, 'id'))) continue
      numbers.push(numberIn(row, 'number'))
      if (numbers.length === most) break
    }
    return numbers
  }

  #remove(number: number): void {
    this.#delete.run(number)
    this.#search.forget(number)
    if (this.#messages !== undefined) this.#messages -= 1
  }
}
