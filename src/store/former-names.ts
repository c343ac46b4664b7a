/**
 * The names that people with keys had before, the last one first. All of it is in memory, too.
 *
 * Invariant: a key has at most MOST former names, each once, with the time until when it had it last. They are forgotten with
 * the person.
 */
import { NameIndex } from '../chat/name-index.ts'
import { isKeyId, type KeyId } from '../identity/public-key.ts'
import type { PeerId } from '../chat/model.ts'
import { bound, numberIn, optional, optionalTextIn, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { FormerName, KnownFormerNames } from './store.ts'
import type { TransactionBatch, TransactionPart } from './transaction.ts'

const MOST = 8

export class FormerNames implements TransactionPart, KnownFormerNames {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #insert: Statement
  readonly #remove: Statement
  readonly #names = new Map<KeyId, readonly FormerName[]>()
  /** Names that people were called by here. */
  readonly #owned = new NameIndex()
  /** By the ids of that index. */
  readonly #formers = new Map<string, { readonly key: KeyId; readonly until: number }>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#insert = database.prepare(
      'INSERT INTO former_name (key, name, until, shown, became, claimed) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#remove = database.prepare('DELETE FROM former_name WHERE key = ?')
    for (const row of database
      .prepare('SELECT key, name, until, shown, became, claimed FROM former_name ORDER BY until DESC')
      .all()) {
      const [key, name, until] = [textIn(row, 'key'), textIn(row, 'name'), numberIn(row, 'until')]
      const noted = (['shown', 'became', 'claimed'] as const).flatMap((column) => {
        const text = optionalTextIn(row, column)
        return text === undefined ? [] : [[column, text] as const]
      })
      const former: FormerName = { name, until, ...Object.fromEntries(noted) }
      if (isKeyId(key)) this.#set(key, [...this.of(key), former])
    }
    turn.join(this)
  }

  get all(): ReadonlyMap<KeyId, readonly FormerName[]> {
    return this.#names
  }

  of(key: KeyId): readonly FormerName[] {
    return this.#names.get(key) ?? []
  }

  /** The key had this name until now. */
  add(key: KeyId, former: FormerName): void {
    const others = this.of(key).filter(({ name }) => name !== former.name)
    const names = [former, ...others].slice(0, MOST)
    this.#set(key, names)
    this.#turn.change(() => {
      this.#remove.run(bound(key))
      this.#write(key, names)
    })
  }

  ownersOf(name: string): readonly KeyId[] {
    const owners = this.#owned.alike(name).flatMap((id) => this.#formers.get(id) ?? [])
    return owners.sort((one, other) => one.until - other.until).map(({ key }) => key)
  }

  forget(id: PeerId): void {
    if (!isKeyId(id) || !this.#names.has(id)) return
    this.#set(id, [])
    this.#names.delete(id)
    this.#turn.change(() => this.#remove.run(bound(id)))
  }

  #set(key: KeyId, names: readonly FormerName[]): void {
    for (const { name } of this.of(key)) this.#disown(key, name)
    this.#names.set(key, names)
    for (const { name, until, shown } of names) {
      // What it only called itself is not its name.
      if (shown !== undefined) continue
      const id = `${key} ${name}`
      this.#owned.set(id, name)
      this.#formers.set(id, { key, until })
    }
  }

  #disown(key: KeyId, name: string): void {
    const id = `${key} ${name}`
    this.#owned.delete(id)
    this.#formers.delete(id)
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM former_name')
    for (const [key, names] of this.#names) this.#write(key, names)
  }

  #write(key: KeyId, names: readonly FormerName[]): void {
    for (const { name, until, shown, became, claimed } of names)
      this.#insert.run(...[bound(key), bound(name), until, ...[shown, became, claimed].map(optional)])
  }
}
