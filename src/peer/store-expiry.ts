/**
 * What a store does not keep: what is older than its retention, and the oldest where there is room for so many only.
 * What is in the outbox stays in any case.
 */
import { bound, numberIn, textIn } from './store-values.ts'
import type { Database, Statement } from './sqlite.ts'
import type { Search } from './store-search.ts'
import type { Keeper, Turn } from './store-turn.ts'

/** Messages deleted, or conversations looked at, in one step: takes some milliseconds. */
const STEP = 100

const NOT_OUTGOING = 'NOT EXISTS (SELECT 1 FROM outgoing WHERE outgoing.number = message.number)'

/** Each name by one look into the index, however many messages there are. */
const CONVERSATIONS = `
  WITH RECURSIVE found (last) AS (
    SELECT min(conversation) FROM message
    UNION ALL
    SELECT (SELECT min(conversation) FROM message WHERE conversation > found.last)
      FROM found WHERE found.last IS NOT NULL
  )
  SELECT last AS name FROM found WHERE last IS NOT NULL`

export class Expiry implements Keeper {
  readonly #turn: Turn
  readonly #search: Search
  readonly #conversations: Statement
  readonly #old: Statement
  readonly #oldest: Statement
  readonly #count: Statement
  readonly #delete: Statement
  /** The conversations that this sweep has not seen yet. */
  #toSweep: string[] | undefined
  #messages: number | undefined

  constructor(database: Database, turn: Turn, search: Search) {
    this.#turn = turn
    this.#search = search
    this.#conversations = database.prepare(CONVERSATIONS)
    this.#old = database.prepare(
      `SELECT number FROM message WHERE conversation = ? AND at < ? AND ${NOT_OUTGOING} ORDER BY at LIMIT ${STEP}`,
    )
    this.#oldest = database.prepare(
      `SELECT number FROM message WHERE ${NOT_OUTGOING} ORDER BY number LIMIT 1`,
    )
    this.#count = database.prepare('SELECT count(*) AS count FROM message')
    this.#delete = database.prepare('DELETE FROM message WHERE number = ?')
    turn.join(this)
  }

  /** Deletes some of what was said before `time`, Unix time in milliseconds; returns whether there may be more. */
  step(time: number): boolean {
    this.#toSweep ??= this.#turn.read(() => this.#conversations.all().map((row) => textIn(row, 'name')), [])
    for (const conversation of this.#toSweep.splice(0, STEP)) {
      const old = this.#turn.read(() => this.#old.all(bound(conversation), time), [])
      if (old.length === 0) continue
      this.#turn.change(() => {
        for (const row of old) this.#remove(numberIn(row, 'number'))
      })
      // The others at the next sweep of this round.
      this.#toSweep = undefined
      return true
    }
    if (this.#toSweep.length > 0) return true
    this.#toSweep = undefined
    return false
  }

  /** One more was kept: makes room when there are more than `most`. */
  limit(most: number): void {
    if (this.#messages !== undefined) this.#messages += 1
    this.#turn.change(() => {
      this.#messages ??= numberIn(this.#count.get() ?? {}, 'count')
      if (this.#messages <= most) return
      const oldest = this.#oldest.get()
      if (oldest !== undefined) this.#remove(numberIn(oldest, 'number'))
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

  #remove(number: number): void {
    this.#delete.run(number)
    this.#search.forget(number)
    if (this.#messages !== undefined) this.#messages -= 1
  }
}
