/**
 * The history of a store: each message once, in the order of its conversation. Where `at` contradicts the `seq` of the
 * sender it is moved, so the order is fixed when a message is kept. reader.ts reads it.
 */
import { senderKey } from '../../chat/model.ts'
import { Conversations } from './conversations.ts'
import { withSignature, LateSignatures, type LateSignature } from './late-signatures.ts'
import { MessageOrder } from './message-order.ts'
import { Reader } from './reader.ts'
import { isStill, repeatOf, unchanged, type Repeat } from './repeats.ts'
import { MAX_KEYS, Senders } from './senders.ts'
import { WriteBuffer } from './write-buffer.ts'
import {
  arrivalValues,
  bound,
  ENTRY_COLUMNS,
  ENTRY_PLACES,
  entryValues,
  numberIn,
  type Kept,
} from '../rows.ts'
import type { Database, Statement } from '../file/sqlite.ts'
import type { Entry, Verdict } from '../store.ts'
import type { TransactionPart, TransactionBatch } from '../transaction.ts'

/** Senders of one look-up: the message's own, and those of senders.ts. */
const MAX_SENDERS = MAX_KEYS + 2

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
  /** Messages that the transaction of this turn of the event loop will bring to disk. */
  #fresh: Kept[] = []
  readonly #unsaved: WriteBuffer
  readonly #senders: Senders
  readonly #signatures: LateSignatures
  readonly #conversations: Conversations
  readonly reader: Reader
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
    this.reader = new Reader(database, turn, this.#unsaved, this.#conversations)
    this.#senders = new Senders(database)
    this.#signatures = new LateSignatures(database, turn)
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

  /** What is in memory only, in the order in which it came. */
  get unsaved(): Kept[] {
    return this.#unsaved.all()
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
    const rows = this.reader.read(this.#copies, bound(messageId), ...parameters)
    const inMemory = this.#unsaved.find(senders, messageId)
    return [...inMemory, ...rows.filter(({ number }) => !this.#unsaved.has(number))]
  }
}
