/** The identity of this peer, its last `seq`, and its settings. All of it is in memory, too. */
import { DamagedRow } from './errors.ts'
import { bound, numberIn, sequenceOf, textIn } from './rows.ts'
import type { ChatMessage } from '../chat/model.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** How far the `seq` on disk is ahead. A `seq` follows the clock, in microseconds, so this is one second. */
const AHEAD = 1_000_000

const IDENTITY = /^[0-9a-f]{16}$/

export class Profile implements TransactionPart {
  readonly identity: string
  readonly #turn: TransactionBatch
  readonly #settings = new Map<string, string>()
  readonly #writeSetting: Statement
  readonly #writeSequence: Statement
  #lastSeq: number
  /** The `seq` on disk, which is ahead so that it is not written with every message. */
  #writtenSeq: number

  constructor(database: Database, turn: TransactionBatch) {
    this.#turn = turn
    const row = database.prepare('SELECT identity, last_seq FROM profile').get() ?? {}
    this.identity = textIn(row, 'identity')
    this.#lastSeq = numberIn(row, 'last_seq')
    this.#writtenSeq = this.#lastSeq
    if (!IDENTITY.test(this.identity)) throw new DamagedRow('The identity is not one')
    this.#writeSetting = database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    this.#writeSequence = database.prepare('UPDATE profile SET last_seq = ?')
    for (const setting of database.prepare('SELECT name, value FROM setting').all())
      this.#settings.set(textIn(setting, 'name'), textIn(setting, 'value'))
    turn.join(this)
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  /** Notes the `seq` of an own message. */
  count(message: ChatMessage): void {
    const seq = sequenceOf(message)
    if (seq <= this.#lastSeq) return
    this.#lastSeq = seq
    if (seq <= this.#writtenSeq) return
    this.#writtenSeq = seq + AHEAD
    this.#turn.change(() => this.#writeSequence.run(this.#writtenSeq))
  }

  setting(name: string): string | undefined {
    return this.#settings.get(name)
  }

  set(name: string, value: string): void {
    if (this.#settings.get(name) === value) return
    this.#settings.set(name, value)
    this.#turn.change(() => this.#writeSetting.run(bound(name), bound(value)))
  }

  /** What was read of the conversation `before` was read of `conversation`, and nothing of `before`. */
  moveReadMark(before: string, conversation: string): void {
    const [old, upTo] = [before, conversation].map((each) => Number(this.setting(readMarkOf(each)) ?? 0))
    if (old === undefined || upTo === undefined || old === 0) return
    this.set(readMarkOf(conversation), String(Math.max(old, upTo)))
    this.set(readMarkOf(before), '0')
  }

  get settings(): ReadonlyMap<string, string> {
    return this.#settings
  }

  /** The `seq` to write for a store that replaces this one. */
  get writtenSeq(): number {
    return this.#writtenSeq
  }

  rewrite(): void {
    this.#writeSequence.run(this.#writtenSeq)
    for (const [name, value] of this.#settings) this.#writeSetting.run(bound(name), bound(value))
  }
}

/** The setting that says until when a conversation was read, in milliseconds of store time. */
export function readMarkOf(conversation: string): string {
  return `read ${conversation}`
}

/** The first row of a new store, or of one that replaces another. */
export function writeProfile(database: Database, identity: string, lastSeq: number): void {
  database.prepare('INSERT INTO profile (identity, last_seq) VALUES (?, ?)').run(identity, lastSeq)
}
