/**
 * The keys that the user compared with their owners, each with the name that it had then. All of it is in memory, too.
 *
 * Invariant: a key is verified under one name at most; under another name it is not.
 */
import { isKeyId, type KeyId } from '../identity/public-key.ts'
import { bound, numberIn, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { VerifiedKey, VerifiedKeys } from './store.ts'
import type { TransactionBatch, TransactionPart } from './transaction.ts'

export class Verified implements TransactionPart, VerifiedKeys {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #keys = new Map<KeyId, VerifiedKey>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#insert = database.prepare('INSERT OR REPLACE INTO verified (key, name, at) VALUES (?, ?, ?)')
    this.#remove = database.prepare('DELETE FROM verified WHERE key = ?')
    for (const row of database.prepare('SELECT key, name, at FROM verified').all()) {
      const key = textIn(row, 'key')
      if (isKeyId(key)) this.#keys.set(key, { name: textIn(row, 'name'), at: numberIn(row, 'at') })
    }
    turn.join(this)
  }

  get all(): ReadonlyMap<KeyId, VerifiedKey> {
    return this.#keys
  }

  has(id: string): boolean {
    return isKeyId(id) && this.#keys.has(id)
  }

  get(key: KeyId): VerifiedKey | undefined {
    return this.#keys.get(key)
  }

  set(key: KeyId, verified: VerifiedKey): void {
    this.#keys.set(key, verified)
    this.#turn.change(() => {
      this.#write(key, verified)
    })
  }

  delete(key: KeyId): void {
    if (this.#keys.delete(key)) this.#turn.change(() => this.#remove.run(bound(key)))
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM verified')
    for (const [key, verified] of this.#keys) this.#write(key, verified)
  }

  #write(key: KeyId, { name, at }: VerifiedKey): void {
    this.#insert.run(bound(key), bound(name), at)
  }
}
