/**
 * People and channels that the user does not want to hear. All of it is in memory, too.
 *
 * Invariant: each is there once. How often something was dropped is written once in each turn of the event loop.
 */
import { bound, numberIn, optional, optionalTextIn, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { HushKind } from '../chat/hush.ts'
import type { Hushed, HushedTargets } from './store.ts'
import type { TransactionBatch, TransactionPart } from './transaction.ts'

const KINDS: readonly HushKind[] = ['mute', 'ignore', 'block']
/** In the column `until`: without an end. */
const NO_END = -1

export class HushedTable implements TransactionPart, HushedTargets {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #hushed = new Map<string, Hushed>()
  /** Those whose count is not written yet. */
  readonly #counted = new Set<string>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO hushed (target, kind, since, until, dropped, taken_from, name) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#remove = database.prepare('DELETE FROM hushed WHERE target = ?')
    const rows = database.prepare('SELECT * FROM hushed ORDER BY since')
    for (const row of rows.all()) {
      const kind = KINDS.find((each) => each === textIn(row, 'kind'))
      const [target, until] = [textIn(row, 'target'), numberIn(row, 'until')]
      if (kind === undefined) continue
      this.#hushed.set(target, {
        ...{ target, kind, since: numberIn(row, 'since'), dropped: numberIn(row, 'dropped') },
        until: until === NO_END ? undefined : until,
        takenFrom: optionalTextIn(row, 'taken_from'),
        name: optionalTextIn(row, 'name'),
      })
    }
    turn.join(this)
  }

  get all(): readonly Hushed[] {
    return [...this.#hushed.values()]
  }

  get(target: string): Hushed | undefined {
    return this.#hushed.get(target)
  }

  set(hushed: Hushed): void {
    this.#hushed.set(hushed.target, hushed)
    this.#turn.change(() => {
      this.#write(hushed)
    })
  }

  delete(target: string): void {
    if (this.#hushed.delete(target)) this.#turn.change(() => this.#remove.run(bound(target)))
  }

  count(target: string): void {
    const hushed = this.#hushed.get(target)
    if (hushed === undefined) return
    this.#hushed.set(target, { ...hushed, dropped: hushed.dropped + 1 })
    this.#counted.add(target)
    // The count is not urgent: it opens the transaction, and committing() writes it.
    this.#turn.change(() => undefined, false)
  }

  committing(): void {
    for (const target of this.#counted) {
      const hushed = this.#hushed.get(target)
      if (hushed !== undefined) this.#write(hushed)
    }
    this.#counted.clear()
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM hushed')
    for (const hushed of this.#hushed.values()) this.#write(hushed)
  }

  #write({ target, kind, since, until = NO_END, dropped, takenFrom, name }: Hushed): void {
    this.#insert.run(bound(target), kind, since, until, dropped, optional(takenFrom), optional(name))
  }
}
