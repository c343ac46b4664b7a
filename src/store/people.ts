/**
 * Peers that were met, so that users can write to them by name later, and each is recognised. All of them are in memory,
 * too.
 *
 * Invariant: each peer is there once, by its PeerId, with the address and the name that it had last. A person that takes the
 * name of another goes on to be called here as before, until the user accepts the new name. However
 * many keys one host has, they push out each other and not the peers of other hosts, whose names they would take over.
 */
import { addressKey, peerId, type Peer, type PeerId } from '../chat/model.ts'
import { isAlike } from '../chat/look-alikes.ts'
import { NameIndex } from '../chat/name-index.ts'
import { hostKey } from '../http/ip.ts'
import {
  bound,
  numberIn,
  optional,
  optionalTextIn,
  PEER_COLUMNS,
  peerIn,
  peerValues,
  textIn,
} from './rows.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { FormerNames } from './former-names.ts'
import type { TransactionPart, TransactionBatch } from './transaction.ts'

/** Over it, the host with most peers loses the one that was not met for longest: a host can have any number of keys. */
const MAX_PEOPLE = 1_000
/** Of a host with more peers only so many of the oldest are asked about, because each question is one to the database. */
const MAX_ASKED = 32

export interface Person {
  readonly peer: Peer
  /** When the peer was first met, since when it has its name, and when it was last met: Unix time in milliseconds. */
  readonly since: number
  readonly named: number
  readonly met: number
  /** What it is called here, because another person had its name first. */
  readonly called?: string | undefined
}

export class People implements TransactionPart {
  readonly #database: Database
  readonly #turn: TransactionBatch
  readonly #isNeeded: (id: PeerId) => boolean
  readonly #formerNames: Pick<FormerNames, 'ownersOf' | 'forget'>
  readonly #insert: Statement
  readonly #remove: Statement
  /** The peer that was met last is at the end. */
  readonly #people = new Map<PeerId, Person>()
  readonly #names = new NameIndex()

  /**
   * `isNeeded`: whether there is a conversation with a peer, or a message that waits for it. Those are forgotten last.
   */
  constructor(
    database: Database,
    turn: TransactionBatch,
    isNeeded: (id: PeerId) => boolean,
    formerNames: Pick<FormerNames, 'ownersOf' | 'forget'>,
  ) {
    this.#database = database
    this.#turn = turn
    this.#isNeeded = isNeeded
    this.#formerNames = formerNames
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO person (peer, ${PEER_COLUMNS}, since, named, met, called) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = database.prepare('DELETE FROM person WHERE peer = ?')
    const rows = database.prepare(
      `SELECT peer, ${PEER_COLUMNS}, since, named, met, called FROM person ORDER BY met`,
    )
    for (const row of rows.all()) {
      const [id, peer] = [textIn(row, 'peer'), peerIn(row)]
      const [since, named, met] = [numberIn(row, 'since'), numberIn(row, 'named'), numberIn(row, 'met')]
      const called = optionalTextIn(row, 'called')
      this.#people.set(id, { peer, since, named, met, called })
      this.#names.set(id, called ?? peer.name)
    }
    turn.join(this)
  }

  /** Keeps a known identity when the peer is met through a source that does not know it, such as a tracker. */
  remember(peer: Peer, now: number): void {
    const before = this.#people.get(peerId(peer))
    const called = before && this.#calledNow(before, peer)
    const isSame = before !== undefined && nameHere(before) === (called ?? peer.name)
    this.#put({
      ...{ peer: withIdentity(peer, before?.peer), called },
      ...{ since: before?.since ?? now, named: isSame ? before.named : now, met: now },
    })
    if (this.#people.size > MAX_PEOPLE) this.#forgetOne()
  }

  /** A person with the name of another keeps the one that it has here. One that had the name first takes it back. */
  #calledNow(before: Person, { name, key }: Peer): string | undefined {
    if (name === before.peer.name || key === undefined) return before.called
    const [owner] = this.#formerNames.ownersOf(name)
    const isTaken =
      owner === undefined ? this.namesakes(name).some((other) => other.key !== key) : owner !== key
    return isTaken && nameHere(before) !== name ? nameHere(before) : undefined
  }

  /** The person is called by its own name from now on, with what tells it apart. */
  acceptName(id: PeerId): void {
    const person = this.#people.get(id)
    if (person?.called !== undefined) this.#put({ ...person, called: undefined, named: person.met })
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
      // Another name than that of `old` begins when the peer is remembered with it.
      peer: now?.peer ?? { ...peer, name: before.peer.name },
      called: now === undefined ? before.called : now.called,
      since: Math.min(before.since, now?.since ?? Infinity),
      named: now === undefined ? namedBefore(before) : namedSince(now, before),
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

  /** Peers whose name looks the same, the last met first. */
  alike(name: string): Peer[] {
    return this.#alike(name)
      .reverse()
      .sort((one, other) => other.met - one.met)
      .map(({ peer }) => peer)
  }

  /** Peers with keys who are called here by a name that looks the same: the one that had it first is first. */
  namesakes(name: string): Peer[] {
    return this.#alike(name)
      .filter(({ peer }) => peer.key !== undefined)
      .sort((one, other) => one.named - other.named)
      .map(({ peer }) => peer)
  }

  /** The peer that was met last is at the end. */
  get all(): readonly Person[] {
    return [...this.#people.values()]
  }

  rewrite(): void {
    this.#database.exec('DELETE FROM person')
    for (const [id, person] of this.#people) this.#write(id, person)
  }

  #alike(name: string): Person[] {
    return this.#names.alike(name).flatMap((id) => this.#people.get(id) ?? [])
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
    this.#names.set(id, nameHere(person))
    this.#turn.change(() => {
      this.#write(id, person)
    })
  }

  #delete(id: PeerId): void {
    this.#people.delete(id)
    this.#names.delete(id)
    this.#turn.change(() => this.#remove.run(bound(id)))
    this.#formerNames.forget(id)
  }

  #forgetOne(): void {
    const others = this.#ofLargestHosts([...this.#people].slice(0, -1))
    const forgotten = others.find((id) => !this.#isNeeded(id)) ?? others[0]
    if (forgotten !== undefined) this.#delete(forgotten)
  }

  /** The peers of the hosts with most of them, in their order. */
  #ofLargestHosts(people: readonly (readonly [PeerId, Person])[]): PeerId[] {
    const hosts = people.map(([, { peer }]) => hostKey(peer.ip))
    const counts = new Map<string, number>()
    for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const ids = people.flatMap(([id], index) => (counts.get(hosts[index] ?? '') === most ? [id] : []))
    return most > MAX_ASKED ? ids.slice(0, MAX_ASKED) : ids
  }

  #write(id: PeerId, { peer, since, named, met, called }: Person): void {
    this.#insert.run(bound(id), ...peerValues(peer), since, named, met, optional(called))
  }
}

/** What a person is called here, apart from what tells it from others of that name. */
function nameHere({ called, peer }: Person): string {
  return called ?? peer.name
}

/** Since when a person has its name whose other key was this one: another person of that name may have come in between. */
function namedSince(now: Person, before: Person): number {
  const isSame = before.peer.key !== undefined && isAlike(nameHere(now), nameHere(before))
  return isSame ? Math.min(now.named, before.named) : now.named
}

/** A program without a key could be called anything; a person had its name. */
function namedBefore({ peer, met, named }: Person): number {
  return peer.key === undefined ? met : named
}

/** A key is a peer for life, whatever its name; without one, another name at the address may be another peer. */
function withIdentity(peer: Peer, before: Peer | undefined): Peer {
  const isSame = peer.key !== undefined || before?.name === peer.name
  if (peer.identity !== undefined || before?.identity === undefined || !isSame) return peer
  return { ...peer, identity: before.identity }
}
