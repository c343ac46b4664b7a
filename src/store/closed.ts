/**
 * The closed channels that this peer knows, also those that it left, whose labels are given to no other. All of it
 * is in memory, too. What an epoch says is JSON here, which its reader checks.
 *
 * Invariant: each label and each id is there once.
 */
import { bound, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { ClosedChannels, ClosedState, KeptClosed } from './store.ts'
import type { TransactionBatch, TransactionPart } from './transaction.ts'

const STATES: readonly ClosedState[] = ['invited', 'joined', 'left', 'removed']

export class ClosedTable implements TransactionPart, ClosedChannels {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #channels = new Map<string, KeptClosed>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO closed_channel (label, id, state, detail) VALUES (?, ?, ?, ?)',
    )
    this.#remove = database.prepare('DELETE FROM closed_channel WHERE label = ?')
    for (const row of database.prepare('SELECT label, id, state, detail FROM closed_channel').all()) {
      const state = STATES.find((each) => each === textIn(row, 'state'))
      const [label, id, detail] = [textIn(row, 'label'), textIn(row, 'id'), textIn(row, 'detail')]
      if (state !== undefined) this.#channels.set(label, { label, id, state, detail })
    }
    turn.join(this)
  }

  get all(): readonly KeptClosed[] {
    return [...this.#channels.values()]
  }

  set(channel: KeptClosed): void {
    this.#channels.set(channel.label, channel)
    this.#turn.change(() => {
      this.#write(channel)
    })
  }

  delete(label: string): void {
    if (this.#channels.delete(label)) this.#turn.change(() => this.#remove.run(bound(label)))
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM closed_channel')
    for (const channel of this.#channels.values()) this.#write(channel)
  }

  #write({ label, id, state, detail }: KeptClosed): void {
    this.#insert.run(bound(label), bound(id), state, bound(detail))
  }
}
