/**
 * Signatures of messages that are on disk already: they come at the rate of messages, so each is one change and no look-up.
 *
 * Invariant: a message keeps the first signature that it gets.
 */
import { bound, PROOF_NUMBERS, type Kept } from '../rows.ts'
import type { Database, Statement } from '../file/sqlite.ts'
import type { TransactionBatch } from '../transaction.ts'

export interface LateSignature {
  readonly sender: string
  readonly messageId: string
  /** Base64url. */
  readonly signature: string
}

/** A signature proves the author where nothing has; of own messages nothing is to be proved. */
const SET = `
  UPDATE message SET signature = ?,
    proof = CASE WHEN own = 1 OR proof <> 0 THEN proof ELSE ${PROOF_NUMBERS.signed} END
    WHERE sender = ? AND id = ? AND signature IS NULL`

export class LateSignatures {
  readonly #turn: TransactionBatch
  readonly #set: Statement
  /** Those that the transaction of this turn of the event loop will bring to disk. */
  #fresh: LateSignature[] = []

  constructor(database: Database, turn: TransactionBatch) {
    this.#turn = turn
    this.#set = database.prepare(SET)
  }

  /** Returns whether there is such a message without a signature on disk. */
  set(late: LateSignature, isUrgent: boolean): boolean {
    const bytes = Buffer.from(late.signature, 'base64url')
    const write = () => this.#set.run(bytes, bound(late.sender), bound(late.messageId)).changes > 0
    const isNew = this.#turn.change(write, isUrgent) ?? false
    if (isNew) this.#fresh.push(late)
    return isNew
  }

  /** The transaction is over: those that were in it. */
  takeFresh(): readonly LateSignature[] {
    const fresh = this.#fresh
    if (fresh.length > 0) this.#fresh = []
    return fresh
  }
}

/** The message with its signature; undefined if it has one. */
export function withSignature({ number, entry }: Kept, signature: string): Kept | undefined {
  const { message, own, proof = 'signed' } = entry
  if (message.signature !== undefined) return undefined
  return { number, entry: { ...entry, message: { ...message, signature }, ...(own ? {} : { proof }) } }
}
