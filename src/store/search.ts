/**
 * Full-text search. The index (https://sqlite.org/fts5.html) follows the messages in small background steps; it holds the
 * words, not the texts.
 *
 * Messages that are not indexed yet are scanned. Common words are found among the newest messages without the index, which
 * is slow for words that nearly every message has and is asked for the rare ones. A search runs in slices, with no
 * statement open between two of them, because messages come and go meanwhile.
 */
import { fold, FOLD_VERSION, isFoldedAnew } from '../chat/fold.ts'
import { textOf } from '../chat/content.ts'
import { senderKey, type PeerId } from '../chat/model.ts'
import { beginningsIn, hasBeginning, wordsIn } from './tokenizer.ts'
import { bound, ENTRY_COLUMNS, inOrder, numberIn, textIn, type Kept } from './rows.ts'
import type { History } from './history/history.ts'
import type { Database, Row, Statement } from './file/sqlite.ts'
import type { Slices } from './slices.ts'
import type { Entry, Within } from './store.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Messages and words of one index step, which takes some milliseconds. */
const STEP_MESSAGES = 50
const STEP_WORDS = 2_500
/** Messages of one step that mostly reads, and rewrites few. */
const STEP_READ = 500
/** Index pages merged in one step. A merge that FTS5 starts itself can take very long. */
const STEP_PAGES = 16
/** Newest messages that are scanned without the index; and while the hits so far promise that this many are enough. */
const SCANNED = 500
const MAX_SCANNED = 5_000
/** Rows per query. */
const ROWS = 50
/** The index is not asked for a word that more than this share of the scanned messages has, if there is a rarer one. */
const COMMON = 0.05
/** Words of one search; further words are ignored. */
const MAX_WORDS = 16
/** The setting with the number up to which the index has words in the current folding. */
const FOLDED = `search folded ${FOLD_VERSION}`

/** A search, and the numbers of the messages found so far. */
interface Wanted {
  readonly sieve: Sieve
  readonly limit: number
  readonly conversation: string | undefined
  /** The labels of that conversation (history/conversations.ts); undefined: all messages. */
  readonly labels: readonly string[] | undefined
  /** Who wrote them; undefined: anybody. */
  readonly sender: PeerId | undefined
  readonly signal: AbortSignal | undefined
  readonly found: Set<number>
}

/** A message as the search reads it. */
interface Candidate {
  readonly number: number
  readonly conversation: string
  readonly at: number
  readonly seq: number
  readonly text: string
  readonly sender: string
}

/** The place before the first row. */
const TOP: Candidate = {
  number: Number.MAX_SAFE_INTEGER,
  conversation: '',
  at: Number.MAX_VALUE,
  seq: 0,
  text: '',
  sender: '',
}

export class Search implements TransactionPart {
  readonly #turn: TransactionBatch
  readonly #history: History
  readonly #slices: Slices
  readonly #isPermanent: boolean
  readonly #statements: Statements
  /** Searches run one after the other: several at once would make one long slice. */
  #last: Promise<unknown> = Promise.resolve()
  /** The number of the last indexed message; and the same on disk. */
  #indexed: number
  #indexedOnDisk: number
  /** Messages whose words in the index may be out of date on disk. */
  readonly #changed = new Set<number>()
  /** The number of the last message indexed in the current folding; and the same on disk. */
  #folded: number
  #foldedOnDisk: number

  /** `isPermanent`: the history is in the file, so another version may have written its index. */
  constructor(
    database: Database,
    turn: TransactionBatch,
    history: History,
    slices: Slices,
    isPermanent: boolean,
  ) {
    this.#turn = turn
    this.#history = history
    this.#slices = slices
    this.#isPermanent = isPermanent
    this.#statements = prepare(database)
    const last = database.prepare('SELECT rowid AS number FROM search ORDER BY rowid DESC LIMIT 1').get()
    const folded = database.prepare('SELECT value FROM setting WHERE name = ?').get(FOLDED)
    this.#indexed = last === undefined ? 0 : numberIn(last, 'number')
    this.#indexedOnDisk = this.#indexed
    this.#folded = isPermanent
      ? Math.min(this.#indexed, folded === undefined ? 0 : Number(textIn(folded, 'value')) || 0)
      : this.#indexed
    this.#foldedOnDisk = this.#folded
    turn.join(this)
  }

  /** Indexes some more messages. Returns whether there are others. */
  step(): boolean {
    if (this.#turn.problem !== undefined) return false
    if (this.#folded < this.#indexed) return this.#foldAnew()
    const rows = this.#turn.read(() => this.#statements.next.all(this.#indexed, STEP_MESSAGES), [])
    if (rows.length === 0) return false
    let words = 0
    this.#turn.change(() => {
      for (const row of rows) {
        this.#indexed = numberIn(row, 'number')
        words += this.#index(row)
        if (words >= STEP_WORDS) break
      }
      this.#foldedUpTo(this.#indexed)
      this.#statements.merge.run(STEP_PAGES)
    })
    return rows.length === STEP_MESSAGES || words >= STEP_WORDS
  }

  /** Indexes again some messages that an older version folded differently. */
  #foldAnew(): boolean {
    const rows = this.#turn.read(() => this.#statements.next.all(this.#folded, STEP_READ), [])
    const old = rows.filter((row) => numberIn(row, 'number') <= this.#indexed)
    let words = 0
    this.#turn.change(() => {
      for (const row of old) {
        this.#folded = numberIn(row, 'number')
        if (!isFoldedAnew(textIn(row, 'text'))) continue
        this.#statements.forget.run(this.#folded)
        words += this.#index(row)
        if (words >= STEP_WORDS) break
      }
      this.#foldedUpTo(words >= STEP_WORDS || old.length === STEP_READ ? this.#folded : this.#indexed)
    })
    return true
  }

  /** Returns the number of words written. */
  #index(row: Row): number {
    const words = [conversationWord(textIn(row, 'conversation')), ...wordsIn(fold(textIn(row, 'text')))]
    this.#statements.write.run(numberIn(row, 'number'), words.join(' '))
    return words.length
  }

  #foldedUpTo(number: number): void {
    this.#folded = number
    if (this.#isPermanent) this.#statements.setFolded.run(FOLDED, String(number))
  }

  /** To be called when a message is deleted, in the same transaction. */
  forget(number: number): void {
    if (number <= this.#indexed) this.#statements.forget.run(number)
  }

  /** To be called when a message says something else, in the same transaction. */
  renew(number: number): void {
    this.#changed.add(number)
    this.#turn.change(() => {
      this.#renew(number)
    })
  }

  #renew(number: number): void {
    if (number > this.#indexed) return
    this.#statements.forget.run(number)
    for (const row of this.#statements.one.all(number)) this.#index(row)
  }

  /** As Store.search(). The newest messages are those that arrived last. */
  async find(query: string, limit: number, { conversation, sender, signal }: Within): Promise<Entry[]> {
    const words = [...beginningsIn(fold(query))].slice(0, MAX_WORDS)
    if (words.length === 0 || limit <= 0) return []
    const sieve = new Sieve(words)
    const labels = conversation === undefined ? undefined : this.#history.reader.labelsOf(conversation)
    const wanted = { sieve, limit, conversation, labels, sender, signal, found: new Set<number>() }
    const search = this.#last.then(() => this.#find(wanted))
    this.#last = search.catch(() => undefined)
    return search
  }

  // --- as a TransactionPart -------------------------------------------------------------------------

  committed(): void {
    this.#indexedOnDisk = this.#indexed
    this.#foldedOnDisk = this.#folded
    this.#changed.clear()
  }

  rewrite(): void {
    for (const number of this.#changed) this.#renew(number)
  }

  rolledBack(): void {
    this.#indexed = this.#indexedOnDisk
    this.#folded = this.#foldedOnDisk
  }

  // --- searching ------------------------------------------------------------------------------------

  async #find(wanted: Wanted): Promise<Entry[]> {
    const { limit, conversation, found } = wanted
    await this.#slices.next()
    const inMemory: Kept[] = []
    for (const kept of this.#history.unsaved) {
      const isThere = conversation === undefined || kept.entry.conversation === conversation
      const { message } = kept.entry
      if (isThere && passes(wanted, { text: textOf(message.content), sender: senderKey(message) }))
        inMemory.push(kept)
      if (this.#slices.isOver()) await this.#slices.next()
    }
    const isEnough = (await this.#scanUnindexed(wanted)) || (await this.#scanNewest(wanted))
    if (!isEnough) await this.#askIndex(wanted)
    const onDisk: Kept[] = []
    for (const number of found) {
      onDisk.push(
        ...this.#turn.read(
          () => this.#statements.one.all(number).map((row) => this.#history.reader.keptIn(row)),
          [],
        ),
      )
      if (this.#slices.isOver()) await this.#slices.next()
    }
    // Messages in memory may have been written meanwhile; those that are there still are newer than their rows.
    const unsaved = new Set(this.#history.unsaved.map(({ number }) => number))
    const written = onDisk.filter(({ number }) => !unsaved.has(number))
    return [...written, ...inMemory.filter(({ number }) => unsaved.has(number) || !found.has(number))]
      .sort((one, other) => inOrder(other, one))
      .slice(0, limit)
      .map(({ entry }) => entry)
  }

  /** Scans messages that are not in the index, or in it in an older folding. Returns whether enough are found. */
  async #scanUnindexed(wanted: Wanted): Promise<boolean> {
    const { limit, labels, found } = wanted
    const from = this.#folded
    const rows = this.#rows(wanted, (last) => this.#statements.unindexed.all(from, last.number, ROWS))
    for await (const row of rows) {
      const isThere = labels === undefined || labels.includes(row.conversation)
      if (isThere && passes(wanted, row)) found.add(row.number)
      if (found.size >= limit) return true
    }
    return false
  }

  /** Scans the newest messages. Returns whether the index need not be asked. */
  async #scanNewest(wanted: Wanted): Promise<boolean> {
    const { limit, labels, found } = wanted
    const { newest, newestOf } = this.#statements
    const rows = this.#rows(wanted, ({ at, seq, number }) =>
      labels === undefined
        ? newest.all(number, ROWS)
        : newestFirst(labels.flatMap((label) => newestOf.all(bound(label), at, seq, number, ROWS))),
    )
    let scanned = 0
    for await (const row of rows) {
      const isPromising = found.size * MAX_SCANNED >= limit * scanned
      if (scanned >= (isPromising ? MAX_SCANNED : SCANNED)) return false
      if (passes(wanted, row)) found.add(row.number)
      if (found.size >= limit) return true
      scanned += 1
    }
    return true
  }

  async #askIndex(wanted: Wanted): Promise<void> {
    const { sieve, limit, labels, found } = wanted
    const expression = sieve.expression(labels)
    const rows = this.#rows(wanted, (last) => this.#statements.match.all(expression, last.number, ROWS))
    for await (const row of rows) {
      if (passes(wanted, row)) found.add(row.number)
      if (found.size >= limit) return
    }
  }

  /** Reads rows page by page, each after the last row of the one before. Ends early when the search is aborted. */
  async *#rows({ signal }: Wanted, page: (last: Candidate) => readonly Row[]): AsyncGenerator<Candidate> {
    for (let last: Candidate | undefined = TOP; last !== undefined;) {
      const after: Candidate = last
      const rows = this.#turn.read(() => page(after).map(candidateIn), [])
      for (const row of rows) {
        if (signal?.aborted === true) return
        yield row
        if (this.#slices.isOver()) await this.#slices.next()
      }
      last = rows.length < ROWS ? undefined : rows.at(-1)
    }
  }
}

function passes({ sieve, sender }: Wanted, one: Pick<Candidate, 'text' | 'sender'>): boolean {
  return sieve.passes(one.text) && (sender === undefined || one.sender === sender)
}

/** The first page of rows that were read for several labels. */
function newestFirst(rows: readonly Row[]): readonly Row[] {
  const inOrder = rows.toSorted(
    (one, other) =>
      numberIn(other, 'at') - numberIn(one, 'at') ||
      numberIn(other, 'seq') - numberIn(one, 'seq') ||
      numberIn(other, 'number') - numberIn(one, 'number'),
  )
  return inOrder.slice(0, ROWS)
}

function candidateIn(row: Row): Candidate {
  return {
    number: numberIn(row, 'number'),
    conversation: textIn(row, 'conversation'),
    at: numberIn(row, 'at'),
    seq: numberIn(row, 'seq'),
    text: textIn(row, 'text'),
    sender: textIn(row, 'sender'),
  }
}

interface Statements {
  readonly next: Statement
  readonly write: Statement
  readonly merge: Statement
  readonly forget: Statement
  readonly setFolded: Statement
  readonly match: Statement
  readonly unindexed: Statement
  readonly newest: Statement
  readonly newestOf: Statement
  readonly one: Statement
}

function prepare(database: Database): Statements {
  const select = 'SELECT number, conversation, at, seq, text, sender FROM message'
  return {
    next: database.prepare(
      'SELECT number, conversation, text FROM message WHERE number > ? ORDER BY number LIMIT ?',
    ),
    write: database.prepare('INSERT INTO search (rowid, words) VALUES (?, ?)'),
    merge: database.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)"),
    forget: database.prepare('DELETE FROM search WHERE rowid = ?'),
    setFolded: database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)'),
    // A JavaScript number is bound as REAL, which FTS5 does not accept as a bound of the rowid.
    match: database.prepare(
      `SELECT number, conversation, at, seq, text, sender FROM search JOIN message ON number = search.rowid
       WHERE search MATCH ? AND search.rowid < CAST(? AS INTEGER) ORDER BY search.rowid DESC LIMIT ?`,
    ),
    unindexed: database.prepare(`${select} WHERE number > ? AND number < ? ORDER BY number DESC LIMIT ?`),
    newest: database.prepare(`${select} WHERE number < ? ORDER BY number DESC LIMIT ?`),
    newestOf: database.prepare(
      `${select} WHERE conversation = ? AND (at, seq, number) < (?, ?, ?)
       ORDER BY at DESC, seq DESC, number DESC LIMIT ?`,
    ),
    one: database.prepare(`SELECT ${ENTRY_COLUMNS} FROM message WHERE number = ?`),
  }
}

/** Passes texts that have all the words, and counts which words are common. */
class Sieve {
  /** How many of the scanned texts have each word. */
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

  /** The FTS5 query. Words are letters and digits, so nothing in them can be syntax. */
  expression(labels: readonly string[] | undefined): string {
    const wanted = [...this.#counts.keys()]
    const rare = wanted.filter((beginning) => (this.#counts.get(beginning) ?? 0) <= this.#texts * COMMON)
    const asked = (rare.length > 0 ? rare : wanted).map((beginning) => `"${beginning}"*`)
    if (labels !== undefined)
      asked.push(`(${labels.map((label) => `"${conversationWord(label)}"`).join(' OR ')})`)
    return asked.join(' AND ')
  }
}

/** A word that no text has and that marks the messages with one label in the index. */
function conversationWord(label: string): string {
  return `#${Buffer.from(label).toString('hex')}`
}
