/**
 * Peers that were met, so that users can write to them by name later, and each is recognised. All of them are in memory,
 * too.
 *
 * Invariant: each peer is there once, by its PeerId, with the address and the name that it had last.
 */
import { fold } from '../chat/fold.ts'
import { addressKey, peerId, type Peer, type PeerId } from '../chat/model.ts'
import { bound, numberIn, PEER_COLUMNS, peerIn, peerValues, textIn } from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Over it, the peers that were not met for longest are forgotten. */
const MAX_PEOPLE = 1_000

export interface Person {
  readonly peer: Peer
  /** When the peer was first met, and last: Unix time in milliseconds. */
  readonly since: number
  readonly met: number
}

export class People implements TransactionPart {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #isNeeded: (id: PeerId) => boolean
  readonly #insert: Statement
  readonly #remove: Statement
  /** The peer that was met last is at the end. */
  readonly #people = new Map<PeerId, Person>()

  /** `isNeeded`: whether there is a conversation with a peer, or a message that waits for it. Those are forgotten last. */
  constructor(database: Database, turn: TransactionBatch, isNeeded: (id: PeerId) => boolean) {
    this.#database = database
    this.#turn = turn
    this.#isNeeded = isNeeded
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO person (peer, ${PEER_COLUMNS}, since, met) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = database.prepare('DELETE FROM person WHERE peer = ?')
    const rows = database.prepare(`SELECT peer, ${PEER_COLUMNS}, since, met FROM person ORDER BY met`)
    for (const row of rows.all()) {
      const person = { peer: peerIn(row), since: numberIn(row, 'since'), met: numberIn(row, 'met') }
      this.#people.set(textIn(row, 'peer'), person)
    }
    turn.join(this)
  }

  /** Keeps a known identity when the peer is met through a source that does not know it, such as a tracker. */
  remember(peer: Peer, now: number): void {
    const before = this.#people.get(peerId(peer))
    this.#put({ peer: withIdentity(peer, before?.peer), since: before?.since ?? now, met: now })
    if (this.#people.size > MAX_PEOPLE) this.#forgetOne()
  }

  get(id: PeerId): Person | undefined {
    return this.#people.get(id)
  }

  /** What is known of the peer `old` becomes known of `peer`. */
  adopt(old: PeerId, peer: Peer): void {
    const before = this.#people.get(old)
    const now = this.#people.get(peerId(peer))
    if (before === undefined) return
    this.#delete(old)
    this.#put({
      peer: now?.peer ?? peer,
      since: Math.min(before.since, now?.since ?? Infinity),
      met: Math.max(before.met, now?.met ?? -Infinity),
    })
    const inOrder = [...this.#people].sort(([, one], [, other]) => one.met - other.met)
    this.#people.clear()
    for (const [id, person] of inOrder) this.#people.set(id, person)
  }

  /** By name without regard to case, by key, or by the last address; the last met first. */
  remembered(name: string): Peer[] {
    const folded = name.toLowerCase()
    return this.#which((peer) => {
      return peer.name.toLowerCase() === folded || peer.key === name || addressKey(peer) === name
    })
  }

  /** Peers whose name is the same apart from case, accents and the like, the last met first. */
  alike(name: string): Peer[] {
    const folded = fold(name)
    return this.#which((peer) => fold(peer.name) === folded)
  }

  /** The peer that was met last is at the end. */
  get all(): readonly Person[] {
    return [...this.#people.values()]
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM person')
    for (const [id, person] of this.#people) this.#write(id, person)
  }

  #which(isWanted: (peer: Peer) => boolean): Peer[] {
    return [...this.#people.values()]
      .map(({ peer }) => peer)
      .filter(isWanted)
      .reverse()
  }

  #put(person: Person): void {
    const id = peerId(person.peer)
    this.#people.delete(id)
    this.#people.set(id, person)
    this.#turn.change(() => {
      this.#write(id, person)
    })
  }

  #delete(id: PeerId): void {
    this.#people.delete(id)
    this.#turn.change(() => this.#remove.run(bound(id)))
  }

  #forgetOne(): void {
    const others = [...this.#people.keys()].slice(0, -1)
    const forgotten = others.find((id) => !this.#isNeeded(id)) ?? others[0]
    if (forgotten !== undefined) this.#delete(forgotten)
  }

  #write(id: PeerId, { peer, since, met }: Person): void {
    this.#insert.run(bound(id), ...peerValues(peer), since, met)
  }
}

/** A key is a peer for life, whatever its name; without one, another name at the address may be another peer. */
function withIdentity(peer: Peer, before: Peer | undefined): Peer {
  const isSame = peer.key !== undefined || before?.name === peer.name
  if (peer.identity !== undefined || before?.identity === undefined || !isSame) return peer
  return { ...peer, identity: before.identity }
}
