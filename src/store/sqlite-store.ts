/**
 * The store of a peer: history, outbox, peers met and settings, in one SQLite file or in memory.
 *
 * All changes of one turn of the event loop are one transaction (transaction.ts). The parts: the file (file/file.ts), its
 * tables (migrations.ts), store time (store-time.ts), the history (history/history.ts) and its search (search.ts), the outbox
 * (outbox.ts), what is deleted (retention.ts), and when (maintenance.ts).
 */
import { realpathSync } from 'node:fs'
import { LIMITS, TIMES } from '../chat/limits.ts'
import { peerId, type Peer, type PeerId } from '../chat/model.ts'
import { randomHex } from '../chat/random.ts'
import { loadSqlite, type Database } from './file/sqlite.ts'
import { Retention } from './retention.ts'
import { openFile } from './file/file.ts'
import { forgetOldFile } from './file/old-file.ts'
import { History } from './history/history.ts'
import { WalSync } from './file/wal-sync.ts'
import { Outbox } from './outbox.ts'
import { FormerNames } from './former-names.ts'
import { ClosedTable } from './closed.ts'
import { HushedTable } from './hushed.ts'
import { People } from './people.ts'
import { Verified } from './verified.ts'
import { rescue, type Left } from './file/rescue.ts'
import { Profile, writeProfile } from './profile.ts'
import { Slices } from './slices.ts'
import { beginWithoutHistory, dropTemporaryHistory, migrate } from './migrations.ts'
import { Search } from './search.ts'
import { lastUsed, StoreTime } from './store-time.ts'
import { rollBack, TransactionBatch } from './transaction.ts'
import { Maintenance } from './maintenance.ts'
import type { StoreOptions } from './options.ts'
import type { OpenFile } from './file/open-file.ts'
import type { Added, Cursor, Direct, Entry, Page, Store, PendingMessage, Within } from './store.ts'

const IN_MEMORY = ':memory:'

/** The setting with the last known store time ... */
const TIME = 'time'
/** ... which is written at this interval, in milliseconds, and at the end. */
const NOTED_EVERY = 3_600_000

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The last store on each database that was passed in open. */
const stores = new WeakMap<Database, PeerStore>()

/** Opens a store, or creates it. Rejects with StoreError if the file cannot be used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const openDatabase = await loadSqlite()
  const fill = (database: Database): void => {
    writeProfile(database, options.identity?.() ?? randomHex(options.random, 16), options.firstSeq?.() ?? 0)
  }
  const { path } = options
  if (typeof path === 'object') {
    crash(path)
    migrate(path, fill)
    const store = new PeerStore({ database: path, options, place: 'The database', close: () => undefined })
    stores.set(path, store)
    return store
  }
  if (path === IN_MEMORY) {
    const database = openDatabase(IN_MEMORY)
    migrate(database, fill)
    const close = (): void => {
      database.close()
    }
    return new PeerStore({ database, options, place: 'Memory', close })
  }
  const open = (place: string, fill: (database: Database) => void, network?: string): PeerStore =>
    openFile(place, openDatabase, {
      fill,
      begin: (database, file) =>
        new PeerStore({
          // What is rescued into another file stays in the network where it was kept.
          ...{ database, options: { ...options, path: place, network }, place, file, open },
          close: (isClean) => {
            file.close()
            if (isClean) forgetOldFile(place)
          },
        }),
      warn: (sentence) => options.onProblem?.(sentence),
    })
  return open(path, fill, options.network)
}

/** The database of a store, and where it is. */
interface Ground {
  readonly database: Database
  readonly options: StoreOptions
  /** Names the file in sentences for users. */
  readonly place: string
  /** `isClean`: everything is on the disk, in the file at its path. */
  readonly close: (isClean: boolean) => void
  /** These two only for a store in a file. */
  readonly file?: OpenFile
  readonly open?: (path: string, fill: (database: Database) => void) => PeerStore
}

/** Does to an open database what a crash does: its transaction is lost, and its store does nothing more. */
export function crash(database: Database): void {
  stores.get(database)?.abandon()
  stores.delete(database)
  rollBack(database)
}

class PeerStore implements Store {
  readonly identity: string
  readonly formerNames: FormerNames
  readonly verified: Verified
  readonly hushed: HushedTable
  readonly closed: ClosedTable
  readonly #options: StoreOptions
  readonly #ground: Ground
  readonly #turn: TransactionBatch
  readonly #profile: Profile
  readonly #time: StoreTime
  readonly #outbox: Outbox
  readonly #history: History
  readonly #search: Search
  readonly #people: People
  readonly #expiry: Retention
  readonly #upkeep: Maintenance
  readonly #journal: WalSync | undefined
  /** Most messages that are kept. */
  readonly #most: number
  #notedAt: number
  #isClosed = false

  constructor(ground: Ground) {
    const { database, options, place, file } = ground
    const { clock, defer, keepHistory, onProblem = () => undefined } = options
    this.#options = options
    this.#ground = ground
    this.#most = keepHistory && options.path !== IN_MEMORY ? Infinity : LIMITS.ephemeral
    if (keepHistory) dropTemporaryHistory(database)
    else beginWithoutHistory(database)
    this.#turn = new TransactionBatch({ database, place, file, clock, defer, onProblem })
    this.#profile = new Profile(database, this.#turn)
    this.#time = new StoreTime(clock, lastUsed(database, this.#profile.setting(TIME)))
    this.#outbox = new Outbox(database, this.#turn, options.network)
    this.#notedAt = this.now()
    // Messages wait only while the program runs. Noted now, in case the process is killed in a moment.
    if (this.#outbox.postpone(this.#time.break)) this.#noteTime()
    const isWaiting = (messageId: string): boolean => this.#outbox.has(messageId)
    this.#history = new History(database, this.#turn, isWaiting, this.#outbox.lastNumber, this.#time.begun)
    this.#search = new Search(
      database,
      this.#turn,
      this.#history,
      new Slices(clock, options.pause ?? nextTurn),
      keepHistory,
    )
    this.formerNames = new FormerNames(database, this.#turn)
    this.verified = new Verified(database, this.#turn)
    this.hushed = new HushedTable(database, this.#turn)
    this.closed = new ClosedTable(database, this.#turn)
    const isMarked = (id: PeerId): boolean => this.verified.has(id) || this.hushed.get(id) !== undefined
    const isNeeded = (id: PeerId): boolean =>
      this.#history.reader.lastAt(`@${id}`) !== undefined || this.#outbox.hasRecipient(id) || isMarked(id)
    this.#people = new People(database, this.#turn, isNeeded, this.formerNames)
    this.#expiry = new Retention(database, this.#turn, this.#search, isWaiting)
    this.#upkeep = new Maintenance({
      clock,
      isStuck: () => this.#turn.problem !== undefined,
      index: () => this.#search.step(),
      shrink: () => this.#expiry.shrink(options.historyBytes ?? LIMITS.historyBytes),
      expire: () => this.#expire(),
      checkpoint: () => {
        this.#turn.checkpoint()
      },
    })
    if (typeof options.path === 'string' && options.path !== IN_MEMORY) {
      this.#journal = new WalSync(realpathSync(options.path), clock)
      this.#turn.join(this.#journal)
    }
    this.identity = this.#profile.identity
    if (!keepHistory) for (const kept of this.#outbox.kept) this.#history.put(kept)
    this.#turn.commit()
  }

  now(): number {
    return this.#time.now()
  }

  // --- history --------------------------------------------------------------------------------------

  add(said: Entry, recipients: readonly Peer[] = []): Added {
    const { network } = this.#options
    const entry = network === undefined ? said : { ...said, network }
    const { verdict, kept, isLate, isRewritten } = this.#history.keep(entry)
    if (isRewritten) this.#search.renew(kept.number)
    if (verdict === 'new') {
      if (entry.own) this.#profile.count(entry.message)
      if (entry.own && recipients.length > 0) this.#outbox.add(kept, recipients, this.now())
      this.#expiry.added()
      if (this.#most !== Infinity) this.#expiry.limit(this.#most)
      this.#upkeep.added()
    }
    return { verdict, entry: kept.entry, isLate }
  }

  page(conversation: string, limit: number, before?: Cursor): Page {
    return this.#history.reader.page(conversation, limit, before)
  }

  pageAfter(conversation: string, limit: number, after: Cursor): Page {
    return this.#history.reader.pageAfter(conversation, limit, after)
  }

  pageAround(conversation: string, limit: number, at: number): Page {
    return this.#history.reader.pageAround(conversation, limit, at)
  }

  own(messageId: string): Entry | undefined {
    return this.#history.own(messageId)?.entry
  }

  message(sender: PeerId, messageId: string): Entry | undefined {
    return this.#history.of(sender, messageId)?.entry
  }

  setSignature(sender: string, messageId: string, signature: string): boolean {
    const isNew = this.#history.sign({ sender, messageId, signature })
    if (isNew && this.#history.isOwn(sender)) this.#outbox.sign(messageId, signature)
    return isNew
  }

  since(conversation: string, at: number, limit: number): readonly Entry[] {
    return this.#history.reader.since(conversation, at, limit, this.#options.network)
  }

  search(words: string, limit: number, within: Within = {}): Promise<readonly Entry[]> {
    return this.#search.find(words, limit, within)
  }

  lastAt(conversation: string): number | undefined {
    return this.#history.reader.lastAt(conversation)
  }

  directs(): readonly Direct[] {
    return this.#history.reader.directs()
  }

  get lastSeq(): number {
    return this.#profile.lastSeq
  }

  // --- outbox ---------------------------------------------------------------------------------------

  extend(messageId: string, recipient: Peer): void {
    const kept = this.#history.own(messageId)
    if (kept !== undefined) this.#outbox.extend(kept, recipient, this.#options.clock.now())
  }

  delivered(messageId: string, recipient: PeerId): void {
    this.#outbox.delivered(messageId, recipient)
  }

  failed(messageId: string, recipient: PeerId, reason: string): void {
    this.#outbox.failed(messageId, recipient, reason)
  }

  unsettled(): readonly PendingMessage[] {
    return this.#outbox.unsettled()
  }

  retry(): readonly PendingMessage[] {
    return this.#outbox.retry(this.now())
  }

  // --- peers met and settings -----------------------------------------------------------------------

  remember(peer: Peer, now: number): void {
    this.#people.remember(peer, now)
  }

  remembered(name: string): readonly Peer[] {
    return this.#people.remembered(name)
  }

  alike(name: string): readonly Peer[] {
    return this.#people.alike(name)
  }

  namesakes(name: string): readonly Peer[] {
    return this.#people.namesakes(name)
  }

  people(): readonly Peer[] {
    return this.#people.all.map(({ peer }) => peer).reverse()
  }

  person(id: PeerId): Peer | undefined {
    return this.#people.get(id)?.peer
  }

  hasSaidWithoutKey(identity: string): boolean {
    return this.#history.hasSaidWithoutKey(identity)
  }

  identified(identity: string): readonly Peer[] {
    return this.#people.all.map(({ peer }) => peer).filter((peer) => peer.identity === identity)
  }

  firstMet(peer: Peer): number | undefined {
    return this.#people.get(peerId(peer))?.since
  }

  calledHere(key: PeerId): string | undefined {
    return this.#people.get(key)?.called
  }

  acceptName(key: PeerId): void {
    this.#people.acceptName(key)
  }

  lastMet(peer: Peer): number | undefined {
    return this.#people.get(peerId(peer))?.met
  }

  adopt(old: PeerId, peer: Peer): number {
    const [before, conversation] = [`@${old}`, `@${peerId(peer)}`]
    if (before === conversation) return 0
    this.#people.adopt(old, peer)
    this.#outbox.adopt(old, peer)
    this.#profile.moveReadMark(before, conversation)
    return this.#history.rename(before, conversation)
  }

  setting(name: string): string | undefined {
    return this.#profile.setting(name)
  }

  set(name: string, value: string): void {
    this.#profile.set(name, value)
  }

  // --- the disk -------------------------------------------------------------------------------------

  saved(): Promise<void> {
    return this.#turn.saved()
  }

  get problem(): string | undefined {
    return this.#turn.problem
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#upkeep.stop()
    this.#noteTime()
    const { place, open } = this.#ground
    const finished = this.#turn.finish()
    if (open !== undefined && finished.trouble !== undefined)
      this.#options.onProblem?.(rescue(place, finished, this.#left(), open))
    this.#turn.abandon()
    this.#journal?.stop()
    this.#ground.close(finished.trouble === undefined)
  }

  /** Everything in memory, and what can be read of the file. */
  #left(): Left {
    return {
      ...{ identity: this.identity, lastSeq: this.#profile.writtenSeq, settings: this.#profile.settings },
      ...{ formerNames: this.formerNames.all, verified: this.verified.all },
      ...{ hushed: this.hushed.all, closed: this.closed.all },
      ...{ people: this.#people.all, unsettled: this.#outbox.all(), queued: this.#outbox.kept },
      unsaved: this.#history.unsaved.length,
      entries: () => this.#history.reader.newest(LIMITS.ephemeral),
    }
  }

  /** Writes nothing more, as if the process had ended. */
  abandon(): void {
    this.#isClosed = true
    this.#upkeep.stop()
    this.#turn.abandon()
    this.#journal?.stop()
  }

  /** One step of expiry. Returns whether there is more. While the clock is behind, messages do not become older. */
  #expire(): boolean {
    const { clock, retention = TIMES.retention, keepHistory } = this.#options
    const now = Math.min(this.#time.certain(), clock.wall())
    if (this.now() - this.#notedAt >= NOTED_EVERY) this.#noteTime()
    this.#outbox.forgetFailed(now - (keepHistory ? retention : TIMES.giveUp))
    return this.#expiry.step(now - retention)
  }

  /** Writes store time, from which the next start computes how long the program did not run. */
  #noteTime(): void {
    this.#notedAt = Math.floor(this.now())
    this.#profile.set(TIME, String(this.#notedAt))
  }
}
