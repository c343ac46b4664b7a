/**
 * What a store does not keep: what is older than its retention, and the oldest where there is room for so many, or so
 * many bytes, only. What is in the outbox stays in any case.
 */
import { bound, numberIn, textIn } from './rows.ts'
import type { Database, Row, Statement } from './file/sqlite.ts'
import type { Search } from './search.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Messages deleted, or conversations looked at, in one step: takes some milliseconds. */
const STEP = 100

/** Of the oldest go so many for each that is kept while there is no room: the room is found again in good time. */
const GO_FOR_ONE = 2

/** What is free within the file is filled again. */
const BYTES = `
  SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`

/** Each name by one look into the index, however many messages there are. */
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
  /** The conversations that this sweep has not seen yet. */
  #toSweep: string[] | undefined
  #messages: number | undefined
  /** Of the oldest so many may go to make room. */
  #mayGo = 0

  /** `isWaiting` tells whether a message of ours has not reached everybody yet. */
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
   * Deletes some of what was said, and came, before `time` (of the store, in milliseconds): how old a message says it
   * is deletes nothing. Returns whether there may be more.
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
      // The others at the next sweep of this round.
      this.#toSweep = undefined
      return true
    }
    if (this.#toSweep.length > 0) return true
    this.#toSweep = undefined
    return false
  }

  /** One more was kept, which may want room. */
  added(): void {
    this.#mayGo += GO_FOR_ONE
  }

  /** Deletes some of the oldest when the file has more than `most` bytes; returns whether there may be more. */
  shrink(most: number): boolean {
    const isFull =
      this.#mayGo > 0 && this.#turn.read(() => numberIn(this.#bytes.get() ?? {}, 'bytes'), 0) > most
    if (!isFull) {
      this.#mayGo = 0
      return false
    }
    const going = Math.min(STEP, this.#mayGo)
    this.#turn.change(() => {
      for (const number of this.#first(going, this.#oldest.iterate())) this.#remove(number)
    })
    this.#mayGo -= going
    return true
  }

  /** One more was kept: makes room when there are more than `most`. */
  limit(most: number): void {
    if (this.#messages !== undefined) this.#messages += 1
    this.#turn.change(() => {
      this.#messages ??= numberIn(this.#count.get() ?? {}, 'count')
      if (this.#messages <= most) return
      for (const number of this.#first(1, this.#oldest.iterate())) this.#remove(number)
    })
  }

  // --- as a Keeper ----------------------------------------------------------------------------------

  rolledBack(): void {
    this.#messages = undefined
    this.#toSweep = undefined
  }

  rewrite(): void {
    this.#messages = undefined
  }

  /** The numbers of the first that are not in the outbox. */
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
