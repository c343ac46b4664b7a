/**
 * The history of a store: each message once, in the order of its conversation.
 *
 * Messages that are in memory only (unsaved) are read at their place among the others. The order is by (at, seq, number).
 * Where `at` contradicts the `seq` of the sender it is moved, so the order is fixed when a message is kept.
 */
import { senderKey } from '../../chat/model.ts'
import { placeOf } from '../../chat/moment.ts'
import { Conversations } from './conversations.ts'
import { cursorAt, cursorOf, isAt, isBefore, placeBefore, readCursor, type Place } from './cursor.ts'
import { withSignature, LateSignatures, type LateSignature } from './late-signatures.ts'
import { MessageOrder } from './message-order.ts'
import { isStill, repeatOf, unchanged, type Repeat } from './repeats.ts'
import { MAX_KEYS, Senders } from './senders.ts'
import { WriteBuffer } from './write-buffer.ts'
import {
  arrivalValues,
  bound,
  ENTRY_COLUMNS,
  ENTRY_PLACES,
  entryValues,
  inOrder,
  keptIn,
  numberIn,
  textIn,
  type Kept,
} from '../rows.ts'
import type { Database, Row, Statement, Value } from '../file/sqlite.ts'
import type { Cursor, Direct, Entry, Page, Verdict } from '../store.ts'
import type { TransactionPart, TransactionBatch } from '../transaction.ts'

const MAX_DIRECTS = 100
/** Rows per query where many are read. */
const SLICE = 500
/** Senders of one look-up: the message's own, and those of senders.ts. */
const MAX_SENDERS = MAX_KEYS + 2

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

interface Judged {
  readonly verdict: Verdict
  readonly kept: Kept
  readonly isLate: boolean
  /** A kept message says something else now. */
  readonly isRewritten: boolean
}

export class History implements TransactionPart {
  readonly #turn: TransactionBatch
  readonly #order: MessageOrder
  readonly #insert: Statement
  readonly #setArrival: Statement
  readonly #replace: Statement
  readonly #copies: Statement
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
  readonly #senders: Senders
  readonly #signatures: LateSignatures
  readonly #conversations: Conversations
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
    // Joins before the history, so that a label is written before its messages.
    this.#conversations = new Conversations(database, turn)
    this.#order = new MessageOrder(database, turn, this.#unsaved, this.#conversations, startedAt)
    this.#senders = new Senders(database)
    this.#signatures = new LateSignatures(database, turn)
    const select = `SELECT ${ENTRY_COLUMNS} FROM message WHERE conversation = ?`
    const newestFirst = 'ORDER BY at DESC, seq DESC, number DESC LIMIT ?'
    this.#insert = database.prepare(
      `INSERT INTO message (${ENTRY_COLUMNS}) VALUES (${ENTRY_PLACES}) ON CONFLICT (sender, id) DO NOTHING`,
    )
    this.#setArrival = database.prepare(
      'UPDATE message SET hops = ?, signature = ?, proof = ? WHERE number = ?',
    )
    this.#replace = database.prepare(
      `UPDATE OR IGNORE message SET (${ENTRY_COLUMNS}) = (${ENTRY_PLACES}) WHERE number = ?`,
    )
    const senders = Array.from({ length: MAX_SENDERS }, () => '?').join(', ')
    this.#copies = database.prepare(
      `SELECT ${ENTRY_COLUMNS} FROM message WHERE id = ? AND sender IN (${senders})`,
    )
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
    const greatest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM message').get() ?? {}
    this.#number = Math.max(used, numberIn(greatest, 'number'))
    turn.join(this)
  }

  /** Keeps a message, unless it is a repeat or contradicts one that has the same id. */
  keep(entry: Entry): Judged {
    const others = this.#senders.others(entry.message)
    const isInsertEnough = others.length === 0 && this.#unsaved.size === 0 && this.#turn.problem === undefined
    const repeat = isInsertEnough ? undefined : this.#repeat(entry, others)
    if (repeat !== undefined) return this.#repeated(repeat)
    const { placed, isLate } = this.#order.place(entry)
    const kept = { number: this.#number + 1, entry: placed }
    if (!this.put(kept)) return this.#repeated(this.#repeat(entry, others) ?? unchanged('known', kept))
    this.#number += 1
    if (!isLate) this.#order.remember(placed)
    return { verdict: 'new', kept, isLate, isRewritten: false }
  }

  #repeat(entry: Entry, others: readonly string[]): Repeat | undefined {
    const copies = this.#find([senderKey(entry.message), ...others], entry.message.id)
    return copies.length === 0 ? undefined : repeatOf(entry, copies)
  }

  #repeated({ verdict, before, kept: repeat, changed }: Repeat): Judged {
    const isProof = repeat.entry.proof !== before.entry.proof
    const { placed: kept, isLate } =
      changed === 'all' || isProof ? this.#placed(repeat) : { placed: repeat, isLate: false }
    const isAll = changed === 'all' || kept.entry.at !== before.entry.at
    if (changed !== 'none') this.#change(kept, isAll)
    const isKnown = verdict === 'replaced' ? isStill(before.entry, kept.entry) : verdict === 'known'
    return {
      verdict: isKnown ? 'known' : verdict,
      kept: isKnown ? before : kept,
      isLate,
      isRewritten: isAll,
    }
  }

  /** A message is placed among those of its author again when the author proves it: others may have dated it as they like. */
  #placed({ number, entry }: Kept): { readonly placed: Kept; readonly isLate: boolean } {
    const { placed, isLate } = this.#order.place(entry)
    if (!isLate) this.#order.remember(placed)
    return { placed: { number, entry: placed }, isLate }
  }

  /** Keeps a message that has its number and place. Returns false if its sender has used the id before. */
  put(kept: Kept): boolean {
    const label = this.#conversations.labelFor(kept.entry.conversation)
    if (this.#turn.problem === undefined) this.#fresh.push(kept)
    else this.#unsaved.add(kept)
    const isNew = this.#turn.change(() => this.#write(kept, label)) ?? true
    if (isNew) this.#senders.add(kept.entry)
    else this.#fresh.pop()
    return isNew
  }

  /** Changes a kept message: all of it, or only what a later copy may change. */
  #change(kept: Kept, isAll: boolean, isUrgent = true): void {
    const label = this.#conversations.labelFor(kept.entry.conversation)
    const index = this.#fresh.findIndex(({ number }) => number === kept.number)
    if (this.#turn.problem !== undefined) this.#unsaved.add(kept)
    else if (index === -1) this.#fresh.push(kept)
    else this.#fresh[index] = kept
    if (isAll) this.#senders.add(kept.entry)
    this.#turn.change(() => {
      if (isAll) this.#rewrite(kept, label)
      else this.#setArrival.run(...arrivalValues(kept.entry), kept.number)
    }, isUrgent)
  }

  /** The message with this id of a sender. */
  of(sender: string, messageId: string): Kept | undefined {
    return this.#find([sender], messageId).at(0)
  }

  /** Adds a signature to a message without one. Returns whether there is such a message. */
  sign(late: LateSignature): boolean {
    // Without the signature of an own message nothing is lost: it can be made again.
    const isUrgent = !this.#senders.isOwn(late.sender)
    if (!this.#isInMemory(late)) return this.#signatures.set(late, isUrgent)
    const signed = this.#signed(late)
    if (signed !== undefined) this.#change(signed, false, isUrgent)
    return signed !== undefined
  }

  #isInMemory({ sender, messageId }: LateSignature): boolean {
    if (this.#turn.problem !== undefined || this.#unsaved.find([sender], messageId).length > 0) return true
    return this.#fresh.some(({ entry: { message } }) => {
      return message.id === messageId && senderKey(message) === sender
    })
  }

  /** The message with its signature, unless it has one. */
  #signed({ sender, messageId, signature }: LateSignature): Kept | undefined {
    const kept = this.of(sender, messageId)
    return kept && withSignature(kept, signature)
  }

  /** Gives the messages of a conversation to another one. Returns how many there were. */
  rename(before: string, name: string): number {
    const renamed = (kept: Kept): Kept => {
      if (kept.entry.conversation !== before) return kept
      return { number: kept.number, entry: { ...kept.entry, conversation: name } }
    }
    const inMemory = this.#unsaved.of(before)
    for (const kept of inMemory) this.#unsaved.add(renamed(kept))
    this.#fresh = this.#fresh.map(renamed)
    const onDisk = this.#conversations.rename(before, name)
    // The messages in memory need a label, also when they are written later.
    this.#conversations.labelFor(name)
    return onDisk + inMemory.length
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

  /** Whether own messages have this sender. */
  isOwn(sender: string): boolean {
    return this.#senders.isOwn(sender)
  }

  /** Whether a message was kept of a sender without a key. */
  hasSaidWithoutKey(sender: string): boolean {
    return this.#senders.isKeyless(sender)
  }

  /** An own message, which this peer may have said when it had an identity only. */
  own(messageId: string): Kept | undefined {
    return this.#find(this.#senders.own, messageId).at(0)
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
      const rows = this.#read(this.#newest, before, Math.min(SLICE, most - newest.size))
      for (const kept of rows) if (!newest.has(kept.number)) newest.set(kept.number, kept)
      before = rows.at(-1)?.number ?? 0
      if (rows.length === 0) break
    }
    return [...newest.values()].sort((one, other) => one.number - other.number).slice(-most)
  }

  /** What is in memory only, in the order in which it came. */
  get unsaved(): Kept[] {
    return this.#unsaved.all()
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

  // --- as a TransactionPart -------------------------------------------------------------------------

  committed(): void {
    if (this.#fresh.length > 0) this.#fresh = []
    this.#signatures.takeFresh()
    if (this.#unsaved.size > 0) this.#unsaved.clear()
  }

  rolledBack(): void {
    for (const kept of this.#fresh) this.#unsaved.add(kept)
    this.#fresh = []
    for (const late of this.#signatures.takeFresh()) {
      const signed = this.#signed(late)
      if (signed !== undefined) this.#unsaved.add(signed)
    }
  }

  rewrite(): void {
    for (const kept of this.#unsaved.all()) {
      const label = this.#conversations.labelFor(kept.entry.conversation)
      if (!this.#rewrite(kept, label)) this.#write(kept, label)
    }
  }

  #write(kept: Kept, label: string): boolean {
    return this.#insert.run(...entryValues(kept, label)).changes > 0
  }

  /** Returns whether there is a row with this number. */
  #rewrite(kept: Kept, label: string): boolean {
    return this.#replace.run(...entryValues(kept, label), kept.number).changes > 0
  }

  // --- look-ups -------------------------------------------------------------------------------------

  /** The kept messages with this id of these senders: MAX_SENDERS at most. */
  #find(senders: readonly string[], messageId: string): Kept[] {
    const [first] = senders
    if (first === undefined) return []
    const parameters = Array.from({ length: MAX_SENDERS }, (_, index) => bound(senders[index] ?? first))
    const rows = this.#read(this.#copies, bound(messageId), ...parameters)
    const inMemory = this.#unsaved.find(senders, messageId)
    return [...inMemory, ...rows.filter(({ number }) => !this.#unsaved.has(number))]
  }

  /** Asks for each label of a conversation, and returns the rows of all. */
  #ask(conversation: string, statement: Statement, ...parameters: readonly Value[]): Kept[] {
    return this.labelsOf(conversation).flatMap((label) => this.#read(statement, bound(label), ...parameters))
  }

  #read(statement: Statement, ...parameters: readonly Value[]): Kept[] {
    return this.#turn.read(() => statement.all(...parameters).map((row) => this.keptIn(row)), [])
  }

  /** In the order of the conversation. A message in memory is newer than its row. */
  #withUnsaved(conversation: string, rows: readonly Kept[], which: (kept: Kept) => boolean): Kept[] {
    const inMemory = this.#unsaved.size === 0 ? [] : this.#unsaved.of(conversation).filter(which)
    const onDisk = this.#unsaved.size === 0 ? rows : rows.filter(({ number }) => !this.#unsaved.has(number))
    return [...onDisk, ...inMemory].sort(inOrder)
  }
}
