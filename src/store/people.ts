/** Peers that were met, so that users can write to them by name later. All of them are in memory, too. */
import { fold } from '../chat/fold.ts'
import { addressKey, type Peer, type AddressKey } from '../chat/model.ts'
import { bound, numberIn, PEER_COLUMNS, peerIn, peerValues, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Over it, the peers that were not met for longest are forgotten. */
const MAX_PEOPLE = 1_000

export interface Person {
  readonly peer: Peer
  /** When the peer was last met: Unix time in milliseconds. */
  readonly met: number
}

export class People implements TransactionPart {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #insert: Statement
  readonly #remove: Statement
  /** The peer that was met last is at the end. */
  readonly #people = new Map<AddressKey, Person>()

  constructor(database: Database, turn: TransactionBatch) {
    this.#database = database
    this.#turn = turn
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO person (peer, ${PEER_COLUMNS}, met) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = database.prepare('DELETE FROM person WHERE peer = ?')
    for (const row of database.prepare(`SELECT peer, ${PEER_COLUMNS}, met FROM person ORDER BY met`).all()) {
      this.#people.set(textIn(row, 'peer'), { peer: peerIn(row), met: numberIn(row, 'met') })
    }
    turn.join(this)
  }

  /** Keeps a known identity when the peer is met through a source that does not know it, such as a tracker. */
  remember(peer: Peer, now: number): void {
    const id = addressKey(peer)
    const before = this.#people.get(id)?.peer
    const isSame = peer.identity === undefined && before?.identity !== undefined && before.name === peer.name
    const person = { peer: isSame ? { ...peer, identity: before.identity } : peer, met: now }
    this.#people.delete(id)
    this.#people.set(id, person)
    this.#turn.change(() => {
      this.#write(id, person)
    })
    if (this.#people.size > MAX_PEOPLE) this.#forgetOne()
  }

  remembered(name: string): Peer[] {
    const folded = name.toLowerCase()
    return [...this.#people.values()]
      .filter(({ peer }) => peer.name.toLowerCase() === folded || addressKey(peer) === name)
      .map(({ peer }) => peer)
      .reverse()
  }

  /** Peers whose name is the same apart from case, accents and the like, the last met first. */
  alike(name: string): Peer[] {
    const folded = fold(name)
    return [...this.#people.values()]
      .filter(({ peer }) => fold(peer.name) === folded)
      .map(({ peer }) => peer)
      .reverse()
  }

  /** The peer that was met last is at the end. */
  get all(): readonly Person[] {
    return [...this.#people.values()]
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM person')
    for (const [id, person] of this.#people) this.#write(id, person)
  }

  #forgetOne(): void {
    const [oldest] = this.#people.keys()
    if (oldest === undefined) return
    this.#people.delete(oldest)
    this.#turn.change(() => this.#remove.run(bound(oldest)))
  }

  #write(id: AddressKey, { peer, met }: Person): void {
    this.#insert.run(bound(id), ...peerValues(peer), met)
  }
}
