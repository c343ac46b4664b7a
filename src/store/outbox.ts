/**
 * The outbox of a store: own messages and the recipients that do not have them. All of it is in memory, so it is right
 * also while the disk takes nothing; changed rows are written once, at the end of the turn of the event loop.
 */
import { LIMITS } from '../chat/limits.ts'
import { peerId, type Peer, type PeerId } from '../chat/model.ts'
import { arrivalOf } from '../chat/moment.ts'
import {
  arrivalValues,
  bound,
  ENTRY_COLUMNS,
  ENTRY_PLACES,
  entryValues,
  failuresIn,
  keptIn,
  listOf,
  numberIn,
  peersIn,
  sequenceOf,
  type Failure,
  type Kept,
} from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { PendingMessage } from './store.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

interface Outgoing {
  kept: Kept
  recipients: number
  queuedAt: number
  readonly waiting: Map<PeerId, Peer>
  readonly failed: Map<PeerId, Failure>
  /** Whether it has a row in the database. */
  isWritten: boolean
}

export class Outbox implements TransactionPart {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #statements: Statements
  readonly #network: string | undefined
  /** By message id, in the order in which they were said. */
  readonly #messages: Map<string, Outgoing>
  /** Messages that have only failed recipients left. */
  readonly #failures = new Set<Outgoing>()
  /** Messages whose rows are out of date. */
  readonly #changed = new Set<Outgoing>()

  /** `network`: that of this run. What waits in another one waits until this person is back there. */
  constructor(database: Database, turn: TransactionBatch, network?: string) {
    this.#database = database
    this.#network = network
    this.#turn = turn
    this.#statements = prepare(database)
    this.#messages = load(database)
    for (const outgoing of this.#messages.values())
      if (outgoing.waiting.size === 0) this.#failures.add(outgoing)
    turn.join(this)
  }

  /** The messages, as they were kept. */
  get kept(): Kept[] {
    return [...this.#messages.values()].map(({ kept }) => kept)
  }

  /** The greatest number of its messages; 0 if it is empty. */
  get lastNumber(): number {
    return this.kept.at(-1)?.number ?? 0
  }

  has(messageId: string): boolean {
    return this.#messages.has(messageId)
  }

  /** Whether a message waits for this peer, or has failed to reach it. */
  hasRecipient(id: PeerId): boolean {
    return [...this.#messages.values()].some(({ waiting, failed }) => waiting.has(id) || failed.has(id))
  }

  /** `now` is store time, here and below. */
  add(kept: Kept, recipients: readonly Peer[], now: number): void {
    const waiting = byId(recipients)
    const outgoing = {
      kept,
      recipients: waiting.size,
      queuedAt: now,
      waiting,
      failed: new Map<PeerId, Failure>(),
      isWritten: false,
    }
    this.#messages.set(kept.entry.message.id, outgoing)
    this.#change(outgoing)
  }

  /** Adds a recipient to a message; a message that is not in the outbox is added with this recipient. */
  extend(kept: Kept, recipient: Peer, now: number): void {
    const outgoing = this.#messages.get(kept.entry.message.id)
    if (outgoing === undefined) {
      this.add(kept, [recipient], now)
      return
    }
    outgoing.recipients++
    outgoing.waiting.set(peerId(recipient), recipient)
    this.#change(outgoing)
  }

  /** A message that waits has got its signature. */
  sign(messageId: string, signature: string): void {
    const outgoing = this.#messages.get(messageId)
    if (outgoing === undefined) return
    const { number, entry } = outgoing.kept
    outgoing.kept = { number, entry: { ...entry, message: { ...entry.message, signature } } }
    this.#change(outgoing, false)
  }

  /** What waits for the recipient `old` waits for `peer`, and the conversation with the one is that with the other. */
  adopt(old: PeerId, peer: Peer): void {
    const [before, conversation] = [`@${old}`, `@${peerId(peer)}`]
    for (const outgoing of this.#messages.values()) {
      const isMoved = moveRecipient(outgoing, old, peer)
      const { number, entry } = outgoing.kept
      if (entry.conversation === before) outgoing.kept = { number, entry: { ...entry, conversation } }
      else if (!isMoved) continue
      this.#change(outgoing)
    }
  }

  delivered(messageId: string, recipient: PeerId): void {
    const outgoing = this.#messages.get(messageId)
    if (outgoing === undefined) return
    const wasThere = outgoing.waiting.delete(recipient) || outgoing.failed.delete(recipient)
    if (!wasThere) return
    if (outgoing.waiting.size + outgoing.failed.size === 0) this.#remove(outgoing)
    else {
      if (outgoing.waiting.size === 0) this.#failures.add(outgoing)
      // If this is lost in a crash, the message is sent again, and the recipient recognises it.
      this.#change(outgoing, false)
    }
  }

  failed(messageId: string, recipient: PeerId, reason: string): void {
    const outgoing = this.#messages.get(messageId)
    const peer = outgoing?.waiting.get(recipient)
    if (outgoing === undefined || peer === undefined) return
    outgoing.waiting.delete(recipient)
    outgoing.failed.set(recipient, { peer, reason })
    if (outgoing.waiting.size === 0) this.#failures.add(outgoing)
    this.#change(outgoing)
    this.#limitFailures()
  }

  /** Takes a break of `ms` milliseconds, in which nothing was tried, off the time that messages have waited. Returns whether anything changed. */
  postpone(ms: number): boolean {
    if (ms <= 0 || this.#messages.size === 0) return false
    for (const outgoing of this.#messages.values()) {
      outgoing.queuedAt += ms
      this.#change(outgoing)
    }
    return true
  }

  /** Of this network. */
  unsettled(): PendingMessage[] {
    return bySequence([...this.#messages.values()].filter((outgoing) => this.#isHere(outgoing)))
  }

  /** Of all networks. */
  all(): PendingMessage[] {
    return bySequence([...this.#messages.values()])
  }

  #isHere({ kept }: Outgoing): boolean {
    return kept.entry.network === this.#network
  }

  /** Lets failed recipients wait again, from `now` on. Returns their messages. */
  retry(now: number): PendingMessage[] {
    const again = [...this.#messages.values()].filter(
      (outgoing) => outgoing.failed.size > 0 && this.#isHere(outgoing),
    )
    for (const outgoing of again) {
      for (const [id, { peer }] of outgoing.failed) outgoing.waiting.set(id, peer)
      outgoing.failed.clear()
      this.#failures.delete(outgoing)
      outgoing.queuedAt = now
      this.#change(outgoing)
    }
    return bySequence(again)
  }

  /** Drops messages that have only failed recipients, and were queued before `time`. */
  forgetFailed(time: number): void {
    for (const outgoing of this.#failures) if (outgoing.queuedAt < time) this.#remove(outgoing)
  }

  // --- as a TransactionPart -------------------------------------------------------------------------

  committing(): void {
    for (const outgoing of this.#changed) this.#write(outgoing)
    this.#changed.clear()
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM outgoing')
    this.#changed.clear()
    for (const outgoing of this.#messages.values()) {
      outgoing.isWritten = false
      this.#write(outgoing)
    }
  }

  // --- rows -----------------------------------------------------------------------------------------

  /** Keeps as many failed messages as may wait for one recipient; then the oldest are dropped. */
  #limitFailures(): void {
    for (const outgoing of this.#messages.values()) {
      if (this.#failures.size <= LIMITS.outbox) return
      if (this.#failures.has(outgoing)) this.#remove(outgoing)
    }
  }

  #remove(outgoing: Outgoing): void {
    this.#messages.delete(outgoing.kept.entry.message.id)
    this.#failures.delete(outgoing)
    this.#change(outgoing, false)
  }

  #change(outgoing: Outgoing, isUrgent = true): void {
    this.#changed.add(outgoing)
    this.#turn.change(() => undefined, isUrgent)
  }

  /** A message that came and went within one turn is never written. */
  #write(outgoing: Outgoing): void {
    const { kept, recipients, queuedAt, waiting, failed, isWritten } = outgoing
    const { insert, update, remove } = this.#statements
    // The same message may have been added anew, for a newcomer.
    const isThere = this.#messages.get(kept.entry.message.id) === outgoing
    const [, signature] = arrivalValues(kept.entry)
    const [left, lost] = isThere ? [listOf(waiting.values()), listOf(failed.values())] : ['', '']
    if (!isWritten && isThere) insert.run(...entryValues(kept), recipients, queuedAt, left, lost)
    else if (isThere)
      update.run(bound(kept.entry.conversation), signature, recipients, queuedAt, left, lost, kept.number)
    else if (isWritten) remove.run(kept.number)
    outgoing.isWritten = isThere
  }
}

interface Statements {
  readonly insert: Statement
  readonly update: Statement
  readonly remove: Statement
}

function prepare(database: Database): Statements {
  return {
    insert: database.prepare(
      `INSERT INTO outgoing (${ENTRY_COLUMNS}, recipients, queued_at, waiting, failed)
       VALUES (${ENTRY_PLACES}, ?, ?, ?, ?)`,
    ),
    update: database.prepare(
      `UPDATE outgoing SET conversation = ?, signature = ?, recipients = ?, queued_at = ?, waiting = ?, failed = ?
       WHERE number = ?`,
    ),
    remove: database.prepare('DELETE FROM outgoing WHERE number = ?'),
  }
}

function load(database: Database): Map<string, Outgoing> {
  const rows = database.prepare(
    `SELECT ${ENTRY_COLUMNS}, recipients, queued_at, waiting, failed FROM outgoing ORDER BY number`,
  )
  const messages = new Map<string, Outgoing>()
  for (const row of rows.all()) {
    const kept = keptIn(row)
    messages.set(kept.entry.message.id, {
      kept,
      recipients: numberIn(row, 'recipients'),
      queuedAt: numberIn(row, 'queued_at'),
      waiting: byId(peersIn(row, 'waiting')),
      failed: new Map(failuresIn(row, 'failed').map((failure) => [peerId(failure.peer), failure])),
      isWritten: true,
    })
  }
  return messages
}

/** Returns whether anything changed. A recipient that would be there twice is there once: it waits if either did. */
function moveRecipient(outgoing: Outgoing, old: PeerId, peer: Peer): boolean {
  const { waiting, failed } = outgoing
  const id = peerId(peer)
  const failure = failed.get(old)
  const isWaiting = waiting.delete(old)
  if (!isWaiting && failure === undefined) return false
  failed.delete(old)
  if (waiting.has(id) || failed.has(id)) outgoing.recipients--
  if (isWaiting) failed.delete(id)
  if (isWaiting && !waiting.has(id)) waiting.set(id, peer)
  else if (failure !== undefined && !waiting.has(id)) failed.set(id, { peer, reason: failure.reason })
  return true
}

/** By id; of a peer that is named twice, the last. */
function byId(peers: readonly Peer[]): Map<PeerId, Peer> {
  return new Map(peers.map((peer) => [peerId(peer), peer]))
}

function bySequence(messages: readonly Outgoing[]): PendingMessage[] {
  return messages
    .toSorted(
      ({ kept: one }, { kept: other }) =>
        sequenceOf(one.entry.message) - sequenceOf(other.entry.message) || one.number - other.number,
    )
    .map(({ kept, recipients, queuedAt, waiting, failed }) => ({
      message: kept.entry.message,
      recipients,
      saidAt: arrivalOf(kept.entry),
      queuedAt,
      waiting: [...waiting.values()],
      failed: [...failed.values()],
    }))
}
