/**
 * What a history holds, page by page. Invariant: a message that is in memory only is read at its place among those on
 * disk, and instead of its row there. The order is by (at, seq, number).
 */
import { placeOf } from '../../chat/moment.ts'
import { cursorAt, cursorOf, isAt, isBefore, placeBefore, readCursor, type Place } from './cursor.ts'
import { bound, ENTRY_COLUMNS, inOrder, keptIn, numberIn, textIn, type Kept } from '../rows.ts'
import type { Database, Row, Statement, Value } from '../file/sqlite.ts'
import type { Cursor, Direct, Entry, Page } from '../store.ts'
import type { TransactionBatch } from '../transaction.ts'
import type { Conversations } from './conversations.ts'
import type { WriteBuffer } from './write-buffer.ts'

const MAX_DIRECTS = 100
/** Rows per query where many are read. */
const SLICE = 500

/**
 * Conversations that begin with `@`; "A" is the character after it. Two index lookups for each conversation, however
 * many messages there are.
 */
const DIRECTS = `
  WITH RECURSIVE found (last) AS (
    SELECT min(conversation) FROM message WHERE conversation >= '@' AND conversation < 'A'
    UNION ALL
    SELECT (SELECT min(conversation) FROM message WHERE conversation > found.last AND conversation < 'A')
      FROM found WHERE found.last IS NOT NULL
  )
  SELECT last AS conversation, (SELECT max(at) FROM message WHERE conversation = last) AS at
    FROM found WHERE last IS NOT NULL`

export class Reader {
  readonly #turn: TransactionBatch
  readonly #unsaved: WriteBuffer
  readonly #conversations: Conversations
  readonly #last: Statement
  readonly #before: Statement
  readonly #after: Statement
  readonly #since: Statement
  readonly #lastAt: Statement
  readonly #directs: Statement
  readonly #lastName: Statement
  readonly #newest: Statement

  constructor(
    database: Database,
    turn: TransactionBatch,
    unsaved: WriteBuffer,
    conversations: Conversations,
  ) {
    this.#turn = turn
    this.#unsaved = unsaved
    this.#conversations = conversations
    const select = `SELECT ${ENTRY_COLUMNS} FROM message WHERE conversation = ?`
    const newestFirst = 'ORDER BY at DESC, seq DESC, number DESC LIMIT ?'
    this.#last = database.prepare(`${select} ${newestFirst}`)
    this.#before = database.prepare(`${select} AND (at, seq, number) < (?, ?, ?) ${newestFirst}`)
    this.#after = database.prepare(
      `${select} AND (at, seq, number) > (?, ?, ?) ORDER BY at, seq, number LIMIT ?`,
    )
    this.#since = database.prepare(`${select} AND at >= ? AND network IS ? ${newestFirst}`)
    this.#lastAt = database.prepare('SELECT max(at) AS at FROM message WHERE conversation = ?')
    this.#directs = database.prepare(DIRECTS)
    this.#lastName = database.prepare(
      'SELECT name, at FROM message WHERE conversation = ? AND own = 0 ORDER BY at DESC, seq DESC, number DESC LIMIT 1',
    )
    this.#newest = database.prepare(
      `SELECT ${ENTRY_COLUMNS} FROM message WHERE number < ? ORDER BY number DESC LIMIT ?`,
    )
  }

  page(conversation: string, limit: number, before: Cursor | undefined): Page {
    const place = before === undefined ? undefined : readCursor(before)
    if (limit <= 0 || (before !== undefined && place === undefined)) return { entries: [], before: undefined }
    const rows =
      place === undefined
        ? this.#ask(conversation, this.#last, limit + 1)
        : this.#ask(conversation, this.#before, place.at, place.seq, place.number, limit + 1)
    const all = this.#withUnsaved(conversation, rows, (kept) => place === undefined || isBefore(kept, place))
    const shown = all.slice(-limit)
    const [oldest] = shown
    return {
      entries: shown.map(({ entry }) => entry),
      before: oldest === undefined || all.length <= limit ? undefined : cursorOf(oldest),
    }
  }

  pageAfter(conversation: string, limit: number, after: Cursor): Page {
    const place = readCursor(after)
    if (limit <= 0 || place === undefined) return { entries: [], before: undefined }
    return this.#pageAfter(conversation, limit, place)
  }

  pageAround(conversation: string, limit: number, at: number): Page {
    const place = placeBefore(at)
    const earlier = this.page(conversation, Math.ceil(limit / 2), cursorAt(place))
    const later = this.#pageAfter(conversation, Math.ceil(limit / 2), place)
    return { ...later, entries: [...earlier.entries, ...later.entries], before: earlier.before }
  }

  #pageAfter(conversation: string, limit: number, place: Place): Page {
    const { at, seq, number } = place
    const rows = this.#ask(conversation, this.#after, at, seq, number, limit + 1)
    const all = this.#withUnsaved(conversation, rows, (kept) => !isBefore(kept, place) && !isAt(kept, place))
    const shown = all.slice(0, limit)
    const newest = shown.at(-1)
    return {
      entries: shown.map(({ entry }) => entry),
      before: undefined,
      after: newest === undefined || all.length <= limit ? undefined : cursorOf(newest),
    }
  }

  /** What was kept in this network; undefined: in an open one. */
  since(conversation: string, at: number, limit: number, network?: string): Entry[] {
    if (limit <= 0) return []
    const rows = this.#ask(conversation, this.#since, at, network ?? null, limit)
    const all = this.#withUnsaved(conversation, rows, ({ entry }) => {
      return placeOf(entry) >= at && entry.network === network
    })
    return all.slice(-limit).map(({ entry }) => entry)
  }

  lastAt(conversation: string): number | undefined {
    const onDisk = this.labelsOf(conversation).flatMap((label) => {
      const row = this.#turn.read(() => this.#lastAt.get(bound(label)), undefined)
      return typeof row?.['at'] === 'number' ? [row['at']] : []
    })
    const inMemory = this.#unsaved.of(conversation).map(({ entry }) => placeOf(entry))
    return onDisk.length + inMemory.length === 0 ? undefined : Math.max(...onDisk, ...inMemory)
  }

  directs(): Direct[] {
    const lastAt = new Map<string, number>()
    const note = (conversation: string, at: number): void => {
      lastAt.set(conversation, Math.max(at, lastAt.get(conversation) ?? -Infinity))
    }
    for (const row of this.#turn.read(() => this.#directs.all(), []))
      note(this.#conversations.nameOf(textIn(row, 'conversation')), numberIn(row, 'at'))
    for (const { entry } of this.#unsaved.all())
      if (entry.conversation.startsWith('@')) note(entry.conversation, placeOf(entry))
    return [...lastAt]
      .sort(([, one], [, other]) => other - one)
      .slice(0, MAX_DIRECTS)
      .map(([conversation]) => {
        const name = this.#nameIn(conversation)
        return name === undefined ? { conversation } : { conversation, name }
      })
  }

  #nameIn(conversation: string): string | undefined {
    const inMemory = this.#unsaved.of(conversation).findLast(({ entry }) => !entry.own)
    if (inMemory !== undefined) return inMemory.entry.message.from.name
    const rows = this.labelsOf(conversation)
      .map((label) => this.#turn.read(() => this.#lastName.get(bound(label)), undefined))
      .filter((row) => row !== undefined)
    const [last] = rows.sort((one, other) => numberIn(other, 'at') - numberIn(one, 'at'))
    return last === undefined ? undefined : textIn(last, 'name')
  }

  /** The newest messages, as far as they can be read: at most `most`, in the order in which they came. */
  newest(most: number): Kept[] {
    const newest = new Map(this.#unsaved.all().map((kept) => [kept.number, kept]))
    let before = Number.MAX_SAFE_INTEGER
    while (newest.size < most) {
      const rows = this.read(this.#newest, before, Math.min(SLICE, most - newest.size))
      for (const kept of rows) if (!newest.has(kept.number)) newest.set(kept.number, kept)
      before = rows.at(-1)?.number ?? 0
      if (rows.length === 0) break
    }
    return [...newest.values()].sort((one, other) => one.number - other.number).slice(-most)
  }

  /** The labels under which the messages of a conversation are written (conversations.ts). */
  labelsOf(conversation: string): readonly string[] {
    return this.#conversations.labelsOf(conversation)
  }

  /** A message in its conversation, from a row with ENTRY_COLUMNS. */
  keptIn(row: Row): Kept {
    const kept = keptIn(row)
    const conversation = this.#conversations.nameOf(kept.entry.conversation)
    if (conversation === kept.entry.conversation) return kept
    return { number: kept.number, entry: { ...kept.entry, conversation } }
  }

  // --- look-ups -------------------------------------------------------------------------------------

  /** Asks for each label of a conversation, and returns the rows of all. */
  #ask(conversation: string, statement: Statement, ...parameters: readonly Value[]): Kept[] {
    return this.labelsOf(conversation).flatMap((label) => this.read(statement, bound(label), ...parameters))
  }

  /** The messages of these rows; none while the database cannot be read. */
  read(statement: Statement, ...parameters: readonly Value[]): Kept[] {
    return this.#turn.read(() => statement.all(...parameters).map((row) => this.keptIn(row)), [])
  }

  /** In the order of the conversation. A message in memory is newer than its row. */
  #withUnsaved(conversation: string, rows: readonly Kept[], which: (kept: Kept) => boolean): Kept[] {
    const inMemory = this.#unsaved.size === 0 ? [] : this.#unsaved.of(conversation).filter(which)
    const onDisk = this.#unsaved.size === 0 ? rows : rows.filter(({ number }) => !this.#unsaved.has(number))
    return [...onDisk, ...inMemory].sort(inOrder)
  }
}
