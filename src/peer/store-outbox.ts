/**
 * The outbox of a store: messages of ours and who has not got them. All of it is in memory, too, so it is right
 * also while the disk takes nothing.
 */
import { LIMITS } from '../chat/limits.ts'
import { peerId, type Peer, type PeerId } from '../chat/model.ts'
import {
  bound,
  ENTRY_COLUMNS,
  ENTRY_PLACES,
  entryValues,
  keptIn,
  numberIn,
  optionalTextIn,
  PEER_COLUMNS,
  peerIn,
  peerValues,
  sequenceOf,
  textIn,
  type Kept,
} from './store-values.ts'
import type { Database, Statement } from './sqlite.ts'
import type { Unsettled } from './store-model.ts'
import type { Keeper, Turn } from './store-turn.ts'

interface Failure {
  readonly peer: Peer
  readonly reason: string
}

interface Outgoing {
  readonly kept: Kept
  readonly recipients: number
  queuedAt: number
  readonly waiting: Map<PeerId, Peer>
  readonly failed: Map<PeerId, Failure>
}

export class Outbox implements Keeper {
  readonly #database: Database
  readonly #turn: Turn
  readonly #statements: Statements
  /** By the id of the message, in the order in which they were said. */
  readonly #messages: Map<string, Outgoing>

  constructor(database: Database, turn: Turn) {
    this.#database = database
    this.#turn = turn
    this.#statements = prepare(database)
    this.#messages = load(database)
    turn.join(this)
  }

  /** What is in it, as it was kept. */
  get kept(): Kept[] {
    return [...this.#messages.values()].map(({ kept }) => kept)
  }

  /** The greatest number in it. */
  get lastNumber(): number {
    return this.kept.at(-1)?.number ?? 0
  }

  has(messageId: string): boolean {
    return this.#messages.has(messageId)
  }

  /** `now` is Unix time in milliseconds. */
  add(kept: Kept, recipients: readonly Peer[], now: number): void {
    const waiting = new Map(recipients.map((peer) => [peerId(peer), peer]))
    const outgoing = {
      kept,
      recipients: waiting.size,
      queuedAt: now,
      waiting,
      failed: new Map<PeerId, Failure>(),
    }
    this.#messages.set(kept.entry.message.id, outgoing)
    this.#turn.change(() => {
      this.#write(outgoing)
    })
  }

  delivered(messageId: string, recipient: PeerId): void {
    const outgoing = this.#messages.get(messageId)
    if (outgoing === undefined) return
    const wasThere = outgoing.waiting.delete(recipient) || outgoing.failed.delete(recipient)
    if (!wasThere) return
    const { number } = outgoing.kept
    // Should it be forgotten, the message is sent again, and known there.
    this.#turn.change(() => this.#statements.removeRecipient.run(number, bound(recipient)), false)
    if (outgoing.waiting.size + outgoing.failed.size === 0) this.#remove(outgoing)
  }

  failed(messageId: string, recipient: PeerId, reason: string): void {
    const outgoing = this.#messages.get(messageId)
    const peer = outgoing?.waiting.get(recipient)
    if (outgoing === undefined || peer === undefined) return
    outgoing.waiting.delete(recipient)
    outgoing.failed.set(recipient, { peer, reason })
    const { number } = outgoing.kept
    this.#turn.change(() => this.#statements.fail.run(bound(reason), number, bound(recipient)))
    this.#limitFailures()
  }

  unsettled(): Unsettled[] {
    return bySequence([...this.#messages.values()])
  }

  /** `now`, Unix time in milliseconds, is when they begin to wait anew. */
  retry(now: number): Unsettled[] {
    const again = [...this.#messages.values()].filter(({ failed }) => failed.size > 0)
    for (const outgoing of again) {
      for (const [id, { peer }] of outgoing.failed) outgoing.waiting.set(id, peer)
      outgoing.failed.clear()
      outgoing.queuedAt = now
      const { number } = outgoing.kept
      this.#turn.change(() => {
        this.#statements.retry.run(number)
        this.#statements.queue.run(now, number)
      })
    }
    return bySequence(again)
  }

  /** What has only failed, and was said before `time`, is not tried again. */
  forgetFailed(time: number): void {
    for (const outgoing of this.#failures()) if (outgoing.queuedAt < time) this.#remove(outgoing)
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM outgoing; DELETE FROM recipient')
    for (const outgoing of this.#messages.values()) this.#write(outgoing)
  }

  #failures(): Outgoing[] {
    return [...this.#messages.values()].filter(({ waiting }) => waiting.size === 0)
  }

  /** Of what has only failed, as much is kept as could wait for somebody; then the oldest go. */
  #limitFailures(): void {
    if (this.#messages.size <= LIMITS.outbox) return
    for (const outgoing of this.#failures().slice(0, -LIMITS.outbox)) this.#remove(outgoing)
  }

  #remove({ kept }: Outgoing): void {
    this.#messages.delete(kept.entry.message.id)
    this.#turn.change(() => {
      this.#statements.remove.run(kept.number)
      this.#statements.removeRecipients.run(kept.number)
    }, false)
  }

  #write({ kept, recipients, queuedAt, waiting, failed }: Outgoing): void {
    const { number } = kept
    this.#statements.insert.run(...entryValues(kept), recipients, queuedAt)
    for (const [id, peer] of waiting) this.#writeRecipient(number, id, peer, null)
    for (const [id, { peer, reason }] of failed) this.#writeRecipient(number, id, peer, bound(reason))
  }

  #writeRecipient(number: number, id: PeerId, peer: Peer, reason: string | Uint8Array | null): void {
    this.#statements.insertRecipient.run(number, bound(id), ...peerValues(peer), reason)
  }
}

interface Statements {
  readonly insert: Statement
  readonly insertRecipient: Statement
  readonly remove: Statement
  readonly removeRecipient: Statement
  readonly removeRecipients: Statement
  readonly fail: Statement
  readonly retry: Statement
  readonly queue: Statement
}

function prepare(database: Database): Statements {
  return {
    insert: database.prepare(
      `INSERT INTO outgoing (${ENTRY_COLUMNS}, recipients, queued_at) VALUES (${ENTRY_PLACES}, ?, ?)`,
    ),
    insertRecipient: database.prepare(
      `INSERT INTO recipient (number, peer, ${PEER_COLUMNS}, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    remove: database.prepare('DELETE FROM outgoing WHERE number = ?'),
    removeRecipient: database.prepare('DELETE FROM recipient WHERE number = ? AND peer = ?'),
    removeRecipients: database.prepare('DELETE FROM recipient WHERE number = ?'),
    fail: database.prepare('UPDATE recipient SET reason = ? WHERE number = ? AND peer = ?'),
    retry: database.prepare('UPDATE recipient SET reason = NULL WHERE number = ?'),
    queue: database.prepare('UPDATE outgoing SET queued_at = ? WHERE number = ?'),
  }
}

function load(database: Database): Map<string, Outgoing> {
  const byNumber = new Map<number, Outgoing>()
  const rows = database.prepare(
    `SELECT ${ENTRY_COLUMNS}, recipients, queued_at FROM outgoing ORDER BY number`,
  )
  for (const row of rows.all()) {
    const kept = keptIn(row)
    byNumber.set(kept.number, {
      kept,
      recipients: numberIn(row, 'recipients'),
      queuedAt: numberIn(row, 'queued_at'),
      waiting: new Map(),
      failed: new Map(),
    })
  }
  const recipients = database.prepare(`SELECT number, peer, ${PEER_COLUMNS}, reason FROM recipient`)
  for (const row of recipients.all()) {
    const outgoing = byNumber.get(numberIn(row, 'number'))
    const peer = peerIn(row)
    const reason = optionalTextIn(row, 'reason')
    if (reason === undefined) outgoing?.waiting.set(textIn(row, 'peer'), peer)
    else outgoing?.failed.set(textIn(row, 'peer'), { peer, reason })
  }
  return new Map([...byNumber.values()].map((outgoing) => [outgoing.kept.entry.message.id, outgoing]))
}

function bySequence(messages: readonly Outgoing[]): Unsettled[] {
  return messages
    .toSorted(
      ({ kept: one }, { kept: other }) =>
        sequenceOf(one.entry.message) - sequenceOf(other.entry.message) || one.number - other.number,
    )
    .map(({ kept, recipients, queuedAt, waiting, failed }) => ({
      message: kept.entry.message,
      recipients,
      queuedAt,
      waiting: [...waiting.values()],
      failed: [...failed.values()],
    }))
}
