/**
 * The names of conversations. A message is written under a label, which is the name of its conversation when it is first
 * kept; when a conversation gets another name, its labels are listed under that name, and no message is touched. So it
 * takes one row, however many messages there are.
 *
 * Invariant: each label belongs to one name. A label that has gone to another name is never written under its old one.
 */
import { bound, numberIn, textIn } from '../rows.ts'
import type { Database, Statement } from '../file/sqlite.ts'
import type { TransactionBatch, TransactionPart } from '../transaction.ts'

/** Labels without a message: all their messages were deleted. */
const UNUSED = `
  FROM renamed WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.conversation = renamed.conversation)`

export class Conversations implements TransactionPart {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #count: Statement
  readonly #isUsed: Statement
  readonly #insert: Statement
  readonly #remove: Statement
  /** By label: the name, where it is another one. */
  readonly #names = new Map<string, string>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#count = database.prepare('SELECT count(*) AS count FROM message WHERE conversation = ?')
    this.#isUsed = database.prepare('SELECT 1 FROM message WHERE conversation = ? LIMIT 1')
    this.#insert = database.prepare('INSERT OR REPLACE INTO renamed (conversation, name) VALUES (?, ?)')
    this.#remove = database.prepare('DELETE FROM renamed WHERE conversation = ?')
    if (database.prepare(`SELECT 1 ${UNUSED} LIMIT 1`).get() !== undefined)
      turn.change(() => {
        database.exec(`DELETE ${UNUSED}`)
      })
    for (const row of database.prepare('SELECT conversation, name FROM renamed').all())
      this.#names.set(textIn(row, 'conversation'), textIn(row, 'name'))
    turn.join(this)
  }

  /** The name of the conversation that a label belongs to. */
  nameOf(label: string): string {
    return this.#names.get(label) ?? label
  }

  /** Under these labels are the messages of a conversation. */
  labelsOf(name: string): readonly string[] {
    if (this.#names.size === 0) return [name]
    const own = this.#names.has(name) ? [] : [name]
    return [...own, ...this.#renamedTo(name)]
  }

  /** The label under which the next message of a conversation is written. */
  labelFor(name: string): string {
    if (!this.#names.has(name)) return name
    const [label = this.#newLabel(name)] = this.#renamedTo(name)
    return label
  }

  /** Gives the messages of a conversation to another one. Returns how many there are on disk. */
  rename(before: string, name: string): number {
    let moved = 0
    for (const label of this.labelsOf(before)) {
      const count = this.#turn.read(() => numberIn(this.#count.get(bound(label)) ?? {}, 'count'), undefined)
      if (count !== 0) this.#set(label, name)
      moved += count ?? 0
    }
    return moved
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM renamed')
    for (const [label, name] of this.#names) this.#insert.run(bound(label), bound(name))
  }

  #renamedTo(name: string): string[] {
    return [...this.#names].filter(([, other]) => other === name).map(([label]) => label)
  }

  #newLabel(name: string): string {
    for (let count = 2; ; count++) {
      const label = `${name} ${count}`
      const isFree = this.#turn.read(() => this.#isUsed.get(bound(label)) === undefined, true)
      if (this.#names.has(label) || !isFree) continue
      this.#set(label, name)
      return label
    }
  }

  #set(label: string, name: string): void {
    if (label === name) this.#names.delete(label)
    else this.#names.set(label, name)
    this.#turn.change(() => {
      if (label === name) this.#remove.run(bound(label))
      else this.#insert.run(bound(label), bound(name))
    })
  }
}
