/**
 * Search. The index (https://sqlite.org/fts5.html) follows the messages in small steps and is not on their path; it
 * holds the words only, not the texts.
 *
 * What is not indexed yet is looked through. What is said often is found among the newest messages without the index,
 * which is asked for what is rare among them: it is slow for words that nearly every message has.
 */
import { beginningsIn, fold, hasBeginning, wordsIn } from './store-words.ts'
import { bound, ENTRY_COLUMNS, inOrder, keptIn, numberIn, textIn, type Kept } from './store-values.ts'
import type { History } from './store-history.ts'
import type { Database, Row, Statement } from './sqlite.ts'
import type { Entry } from './store-model.ts'
import type { Keeper, Turn } from './store-turn.ts'

/** Of one step: takes some milliseconds. */
const STEP_MESSAGES = 50
const STEP_CHARACTERS = 15_000
/** Pages of the index that are merged in one step; left to FTS5, a step can be very long. */
const STEP_PAGES = 16
/** Newest messages that are looked at without the index; and when those promise that as many are enough. */
const LOOKED_AT = 500
const LOOKED_AT_MOST = 5_000
/** A word that more than this share of them has is not asked of the index, if there is a rarer one. */
const COMMON = 0.05
/** Words of one search; the rest is ignored. */
const MOST_WORDS = 16

export class Search implements Keeper {
  readonly #turn: Turn
  readonly #history: History
  readonly #next: Statement
  readonly #write: Statement
  readonly #merge: Statement
  readonly #forget: Statement
  readonly #match: Statement
  readonly #unindexed: Statement
  readonly #newest: Statement
  readonly #newestOf: Statement
  readonly #one: Statement
  /** The number of the last message that is indexed; and as it is on disk. */
  #indexed: number
  #indexedOnDisk: number

  constructor(database: Database, turn: Turn, history: History) {
    this.#turn = turn
    this.#history = history
    this.#next = database.prepare(
      `SELECT number, conversation, text FROM message WHERE number > ? ORDER BY number LIMIT ${STEP_MESSAGES}`,
    )
    this.#write = database.prepare('INSERT INTO search (rowid, words) VALUES (?, ?)')
    this.#merge = database.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)")
    this.#forget = database.prepare('DELETE FROM search WHERE rowid = ?')
    this.#match = database.prepare(
      `SELECT number, text FROM search JOIN message ON number = search.rowid
       WHERE search MATCH ? ORDER BY search.rowid DESC`,
    )
    this.#unindexed = database.prepare('SELECT number, conversation, text FROM message WHERE number > ?')
    this.#newest = database.prepare(`SELECT number, text FROM message ORDER BY number DESC`)
    this.#newestOf = database.prepare(
      `SELECT number, text FROM message WHERE conversation = ? ORDER BY at DESC, seq DESC, number DESC`,
    )
    this.#one = database.prepare(`SELECT ${ENTRY_COLUMNS} FROM message WHERE number = ?`)
    const last = database.prepare('SELECT rowid AS number FROM search ORDER BY rowid DESC LIMIT 1').get()
    this.#indexed = last === undefined ? 0 : numberIn(last, 'number')
    this.#indexedOnDisk = this.#indexed
    turn.join(this)
  }

  /** Brings the index forward by some messages; returns whether there are more. */
  step(): boolean {
    if (this.#turn.problem !== undefined) return false
    const rows = this.#turn.read(() => this.#next.all(this.#indexed), [])
    if (rows.length === 0) return false
    let characters = 0
    this.#turn.change(() => {
      for (const row of rows) {
        const text = textIn(row, 'text')
        const words = [conversationWord(textIn(row, 'conversation')), ...wordsIn(fold(text))]
        this.#indexed = numberIn(row, 'number')
        this.#write.run(this.#indexed, words.join(' '))
        characters += text.length
        if (characters >= STEP_CHARACTERS) break
      }
      this.#merge.run(STEP_PAGES)
    })
    return rows.length === STEP_MESSAGES || characters >= STEP_CHARACTERS
  }

  /** A message is deleted in this turn. */
  forget(number: number): void {
    if (number <= this.#indexed) this.#forget.run(number)
  }

  /** As Store.search(). The newest are those that came last. */
  find(query: string, limit: number, conversation: string | undefined): Entry[] {
    const wanted = [...beginningsIn(fold(query))].slice(0, MOST_WORDS)
    if (wanted.length === 0 || limit <= 0) return []
    const sieve = new Sieve(wanted)
    const inMemory = this.#history.unsaved.filter(
      ({ entry }) =>
        (conversation === undefined || entry.conversation === conversation) &&
        sieve.passes(entry.message.text),
    )
    const onDisk = this.#turn.read(() => this.#findOnDisk(sieve, limit, conversation), [])
    return [...onDisk, ...inMemory]
      .sort((one, other) => inOrder(other, one))
      .slice(0, limit)
      .map(({ entry }) => entry)
  }

  // --- as a Keeper ----------------------------------------------------------------------------------

  committed(): void {
    this.#indexedOnDisk = this.#indexed
  }

  rolledBack(): void {
    this.#indexed = this.#indexedOnDisk
  }

  #findOnDisk(sieve: Sieve, limit: number, conversation: string | undefined): Kept[] {
    const found = new Set<number>()
    for (const row of this.#unindexed.iterate(this.#indexed)) {
      const isThere = conversation === undefined || textIn(row, 'conversation') === conversation
      if (isThere && sieve.passes(textIn(row, 'text'))) found.add(numberIn(row, 'number'))
    }
    const newest =
      conversation === undefined ? this.#newest.iterate() : this.#newestOf.iterate(bound(conversation))
    if (!this.#lookAt(newest, sieve, found, limit)) {
      const rows = this.#match.iterate(sieve.expression(conversation))
      for (const row of rows) {
        if (sieve.passes(textIn(row, 'text'))) found.add(numberIn(row, 'number'))
        if (found.size >= limit) break
      }
    }
    return [...found].flatMap((number) => this.#one.all(number).map(keptIn))
  }

  /** Looks at the newest messages; returns whether that is all, and the index need not be asked. */
  #lookAt(newest: Iterable<Row>, sieve: Sieve, found: Set<number>, limit: number): boolean {
    let looked = 0
    for (const row of newest) {
      const isPromising = found.size * LOOKED_AT_MOST >= limit * looked
      if (looked >= (isPromising ? LOOKED_AT_MOST : LOOKED_AT)) return false
      if (sieve.passes(textIn(row, 'text'))) found.add(numberIn(row, 'number'))
      if (found.size >= limit) return true
      looked += 1
    }
    return true
  }
}

/** Lets texts pass that have all the words, and counts which words are common. */
class Sieve {
  /** How many of the texts have each. */
  readonly #counts: Map<string, number>
  #texts = 0

  constructor(wanted: readonly string[]) {
    this.#counts = new Map(wanted.map((beginning) => [beginning, 0]))
  }

  passes(text: string): boolean {
    const folded = fold(text)
    let hasAll = true
    for (const [beginning, count] of this.#counts) {
      if (hasBeginning(folded, beginning)) this.#counts.set(beginning, count + 1)
      else hasAll = false
    }
    this.#texts += 1
    return hasAll
  }

  /** What the index is asked. Nothing in it can be taken for syntax: words are letters and digits. */
  expression(conversation: string | undefined): string {
    const wanted = [...this.#counts.keys()]
    const rare = wanted.filter((beginning) => (this.#counts.get(beginning) ?? 0) <= this.#texts * COMMON)
    const asked = (rare.length > 0 ? rare : wanted).map((beginning) => `"${beginning}"*`)
    if (conversation !== undefined) asked.push(`"${conversationWord(conversation)}"`)
    return asked.join(' AND ')
  }
}

/** A word that no text has, for the messages of one conversation. */
function conversationWord(conversation: string): string {
  return `#${Buffer.from(conversation).toString('hex')}`
}
