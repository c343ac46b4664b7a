/**
 * The history of a store: each message once, in the order of its conversation.
 *
 * Messages that are in memory only (unsaved) are read at their place among the others. The order is by (at, seq, number).
 * Where `at` contradicts the `seq` of the sender it is moved, so the order is fixed when a message is kept.
 */
import { textOf } from '../chat/content.ts'
import { addressKey, senderKey } from '../chat/model.ts'
import { placeOf as placeIn } from '../chat/moment.ts'
import { MessageOrder } from './message-order.ts'
import { WriteBuffer } from './write-buffer.ts'
import {
  asStored,
  bound,
  ENTRY_COLUMNS,
  ENTRY_PLACES,
  entryValues,
  inOrder,
  keptIn,
  NO_SEQUENCE,
  numberIn,
  sequenceOf,
  textIn,
  type Kept,
} from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { Cursor, Direct, Entry, Page, Verdict } from './store.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

const MAX_DIRECTS = 100
/** Rows per query where many are read. */
const SLICE = 500
/** A sequence number less than any that a message has. */
const BEFORE_ALL = NO_SEQUENCE - 1

/** The senders without an identity: their keys are addresses, which have a colon. One index lookup for each sender. */
const SENDERS = `
  WITH RECURSIVE found (last) AS (
    SELECT min(sender) FROM message
    UNION ALL
    SELECT (SELECT min(sender) FROM message WHERE sender > found.last) FROM found WHERE found.last IS NOT NULL
  )
  SELECT last AS sender FROM found WHERE last LIKE '%:%'`

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
    FROM found WHERE last IS NOT NULL ORDER BY at DESC LIMIT ${MAX_DIRECTS}`

interface Judged {
  readonly verdict: Verdict
  readonly kept: Kept
  readonly isLate: boolean
}

export class History implements TransactionPart {
  readonly #turn: TransactionBatch
  readonly #order: MessageOrder
  readonly #insert: Statement
  readonly #setHops: Statement
  readonly #find: Statement
  readonly #last: Statement
  readonly #before: Statement
  readonly #after: Statement
  readonly #since: Statement
  readonly #lastAt: Statement
  readonly #directs: Statement
  readonly #lastName: Statement
  readonly #newest: Statement
  /** Messages that the transaction of this turn of the event loop will bring to disk. */
  #fresh: Kept[] = []
  readonly #unsaved: WriteBuffer
  /** Keys of senders without an identity. */
  readonly #nameless: Set<string>
  #number: number

  /**
   * `isWaiting`: whether an own message still waits for a recipient. `used`: the greatest number that is taken elsewhere.
   * `startedAt`: store time at this start.
   */
  constructor(
    database: Database,
    turn: TransactionBatch,
    isWaiting: (messageId: string) => boolean,
    used: number,
    startedAt: number,
  ) {
    this.#turn = turn
    this.#unsaved = new WriteBuffer(isWaiting)
    this.#order = new MessageOrder(database, turn, this.#unsaved, startedAt)
    const select = `SELECT ${ENTRY_COLUMNS} FROM message WHERE conversation = ?`
    const newestFirst = 'ORDER BY at DESC, seq DESC, number DESC LIMIT ?'
    this.#insert = database.prepare(
      `INSERT INTO message (${ENTRY_COLUMNS}) VALUES (${ENTRY_PLACES}) ON CONFLICT (sender, id) DO NOTHING`,
    )
    this.#setHops = database.prepare('UPDATE message SET hops = ? WHERE number = ?')
    this.#find = database.prepare(`SELECT ${ENTRY_COLUMNS} FROM message WHERE sender IN (?, ?) AND id = ?`)
    this.#last = database.prepare(`${select} ${newestFirst}`)
    this.#before = database.prepare(`${select} AND (at, seq, number) < (?, ?, ?) ${newestFirst}`)
    this.#after = database.prepare(
      `${select} AND (at, seq, number) > (?, ?, ?) ORDER BY at, seq, number LIMIT ?`,
    )
    this.#since = database.prepare(`${select} AND at >= ? ${newestFirst}`)
    this.#lastAt = database.prepare('SELECT max(at) AS at FROM message WHERE conversation = ?')
    this.#directs = database.prepare(DIRECTS)
    this.#lastName = database.prepare(
      'SELECT name FROM message WHERE conversation = ? AND own = 0 ORDER BY at DESC, seq DESC, number DESC LIMIT 1',
    )
    this.#newest = database.prepare(
      `SELECT ${ENTRY_COLUMNS} FROM message WHERE number < ? ORDER BY number DESC LIMIT ?`,
    )
    const greatest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM message').get() ?? {}
    this.#nameless = new Set(
      database
        .prepare(SENDERS)
        .all()
        .map((row) => textIn(row, 'sender')),
    )
    this.#number = Math.max(used, numberIn(greatest, 'number'))
    turn.join(this)
  }

  /** Keeps a message, unless it is a repeat or contradicts one that has the same id. */
  keep(entry: Entry): Judged {
    const { placed, isLate } = this.#order.place(entry)
    const kept = { number: this.#number + 1, entry: placed }
    const known = this.#mayBeElsewhere(entry) ? this.#known(entry) : undefined
    if (known === undefined && this.put(kept)) {
      this.#number += 1
      if (!isLate) this.#order.remember(placed)
      return { verdict: 'new', kept, isLate }
    }
    const before = known ?? this.#known(entry) ?? kept
    if (!isSame(entry, before.entry)) return { verdict: 'conflict', kept: before, isLate: false }
    if (isHearsay(before.entry) && !isHearsay(entry)) this.#cameStraight(before, entry.hops ?? 0)
    return { verdict: 'known', kept: before, isLate: false }
  }

  /** A message that was only relayed before has arrived from its sender. `hops`: as in this copy. */
  #cameStraight({ number, entry }: Kept, hops: number): void {
    const straight = { number, entry: { ...entry, hops } }
    this.#fresh = this.#fresh.map((kept) => (kept.number === number ? straight : kept))
    this.#unsaved.replace(straight)
    this.#turn.change(() => this.#setHops.run(hops, number))
  }

  /** Keeps a message that has its number and place. Returns false if its sender has used the id before. */
  put(kept: Kept): boolean {
    if (this.#turn.problem === undefined) this.#fresh.push(kept)
    else this.#unsaved.add(kept)
    const isNew = this.#turn.change(() => this.#write(kept)) ?? true
    if (!isNew) this.#fresh.pop()
    else if (kept.entry.message.from.identity === undefined) this.#nameless.add(senderKey(kept.entry.message))
    return isNew
  }

  page(conversation: string, limit: number, before: Cursor | undefined): Page {
    const place = before === undefined ? undefined : readCursor(before)
    if (limit <= 0 || (before !== undefined && place === undefined)) return { entries: [], before: undefined }
    const rows =
      place === undefined
        ? this.#ask(this.#last, bound(conversation), limit + 1)
        : this.#ask(this.#before, bound(conversation), place.at, place.seq, place.number, limit + 1)
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
    const place = { at, seq: BEFORE_ALL, number: 0 }
    const earlier = this.page(conversation, Math.ceil(limit / 2), cursorAt(place))
    const later = this.#pageAfter(conversation, Math.ceil(limit / 2), place)
    return { ...later, entries: [...earlier.entries, ...later.entries], before: earlier.before }
  }

  #pageAfter(conversation: string, limit: number, place: Place): Page {
    const { at, seq, number } = place
    const rows = this.#ask(this.#after, bound(conversation), at, seq, number, limit + 1).reverse()
    const all = this.#withUnsaved(conversation, rows, (kept) => !isBefore(kept, place) && !isAt(kept, place))
    const shown = all.slice(0, limit)
    const newest = shown.at(-1)
    return {
      entries: shown.map(({ entry }) => entry),
      before: undefined,
      after: newest === undefined || all.length <= limit ? undefined : cursorOf(newest),
    }
  }

  /** The message with this id of a sender with an identity. */
  of(sender: string, messageId: string): Kept | undefined {
    const inMemory = this.#unsaved.all().find(({ entry: { message } }) => {
      return message.id === messageId && senderKey(message) === sender
    })
    const [row] = this.#ask(this.#find, bound(sender), bound(sender), bound(messageId))
    return inMemory ?? row
  }

  since(conversation: string, at: number, limit: number): Entry[] {
    if (limit <= 0) return []
    const rows = this.#ask(this.#since, bound(conversation), at, limit)
    const all = this.#withUnsaved(conversation, rows, ({ entry }) => placeIn(entry) >= at)
    return all.slice(-limit).map(({ entry }) => entry)
  }

  lastAt(conversation: string): number | undefined {
    const row = this.#turn.read(() => this.#lastAt.get(bound(conversation)), undefined)
    const onDisk = typeof row?.['at'] === 'number' ? [row['at']] : []
    const inMemory = this.#unsaved.of(conversation).map(({ entry }) => placeIn(entry))
    return onDisk.length + inMemory.length === 0 ? undefined : Math.max(...onDisk, ...inMemory)
  }

  directs(): Direct[] {
    const lastAt = new Map<string, number>()
    for (const row of this.#turn.read(() => this.#directs.all(), []))
      lastAt.set(textIn(row, 'conversation'), numberIn(row, 'at'))
    for (const { entry } of this.#unsaved.all())
      if (entry.conversation.startsWith('@'))
        lastAt.set(entry.conversation, Math.max(placeIn(entry), lastAt.get(entry.conversation) ?? 0))
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
    const row = this.#turn.read(() => this.#lastName.get(bound(conversation)), undefined)
    return row === undefined ? undefined : textIn(row, 'name')
  }

  /** The newest messages, as far as they can be read: at most `most`, in the order in which they came. */
  newest(most: number): Kept[] {
    const newest = this.#unsaved.all().reverse().slice(0, most)
    let before = Number.MAX_SAFE_INTEGER
    while (newest.length < most) {
      const rows = this.#ask(this.#newest, before, Math.min(SLICE, most - newest.length))
      newest.push(...rows)
      before = rows.at(-1)?.number ?? 0
      if (rows.length === 0) break
    }
    return newest.reverse()
  }

  /** What is in memory only, in the order in which it came. */
  get unsaved(): Kept[] {
    return this.#unsaved.all()
  }

  // --- as a TransactionPart -------------------------------------------------------------------------

  committed(): void {
    if (this.#fresh.length > 0) this.#fresh = []
    if (this.#unsaved.size > 0) this.#unsaved.clear()
  }

  rolledBack(): void {
    for (const kept of this.#fresh) this.#unsaved.add(kept)
    this.#fresh = []
  }

  rewrite(): void {
    for (const kept of this.#unsaved.all()) this.#write(kept)
  }

  #write(kept: Kept): boolean {
    return this.#insert.run(...entryValues(kept)).changes > 0
  }

  // --- lookups --------------------------------------------------------------------------------------

  /** Whether a repeat may be where an insert does not find it: in memory, or under the address of its sender. */
  #mayBeElsewhere({ message: { from } }: Entry): boolean {
    return (
      this.#unsaved.size > 0 ||
      this.#turn.problem !== undefined ||
      (from.identity !== undefined && this.#nameless.has(addressKey(from)))
    )
  }

  /** The kept copy, also one under the address of the sender, from before its identity was known. */
  #known(entry: Entry): Kept | undefined {
    const { message } = entry
    const sender = senderKey(message)
    const rows = this.#turn.read(
      () => this.#find.all(bound(sender), bound(addressKey(message.from)), bound(message.id)).map(keptIn),
      [],
    )
    const inMemory = this.#unsaved.find(message)
    if (inMemory !== undefined) return inMemory
    if (rows.length === 0) return undefined
    return (
      rows.find((kept) => asStored(sender) === senderKey(kept.entry.message)) ??
      rows.find((kept) => isSame(entry, kept.entry))
    )
  }

  #ask(statement: Statement, ...parameters: readonly (string | number | Uint8Array)[]): Kept[] {
    return this.#turn.read(() => statement.all(...parameters).map(keptIn), [])
  }

  /** Oldest first. */
  #withUnsaved(conversation: string, rows: readonly Kept[], which: (kept: Kept) => boolean): Kept[] {
    const inMemory = this.#unsaved.size === 0 ? [] : this.#unsaved.of(conversation).filter(which)
    return inMemory.length === 0 ? rows.toReversed() : [...rows, ...inMemory].sort(inOrder)
  }
}

/** Compares what was said, and not the sender or the time, which may differ between copies. */
function isSame(one: Entry, other: Entry): boolean {
  return (
    asStored(textOf(one.message.content)) === asStored(textOf(other.message.content)) &&
    asStored(one.message.channel) === asStored(other.message.channel) &&
    one.message.content.kind === other.message.content.kind
  )
}

/** Whether the message was only relayed by third parties so far. */
function isHearsay({ hops = 0 }: Entry): boolean {
  return hops > 0
}

// --- cursors ----------------------------------------------------------------------------------------

interface Place {
  readonly at: number
  readonly seq: number
  readonly number: number
}

function placeOf({ number, entry }: Kept): Place {
  return { at: placeIn(entry), seq: sequenceOf(entry.message), number }
}

function isBefore(kept: Kept, { at, seq, number }: Place): boolean {
  const own = placeOf(kept)
  return (own.at - at || own.seq - seq || own.number - number) < 0
}

function isAt(kept: Kept, { at, seq, number }: Place): boolean {
  const own = placeOf(kept)
  return own.at === at && own.seq === seq && own.number === number
}

function cursorOf(kept: Kept): Cursor {
  return cursorAt(placeOf(kept))
}

function cursorAt({ at, seq, number }: Place): Cursor {
  return `${at}_${seq}_${number}`
}

/** Cursors come back from clients: undefined for one that this store never made. */
function readCursor(cursor: Cursor): Place | undefined {
  const [at, seq, number, ...rest] = cursor.split('_').map((part) => (part === '' ? NaN : Number(part)))
  if (at === undefined || seq === undefined || number === undefined || rest.length > 0) return undefined
  return [at, seq, number].every(Number.isFinite) ? { at, seq, number } : undefined
}
