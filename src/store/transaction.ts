/**
 * Group commit: one transaction for each turn of the event loop.
 *
 * While the disk takes nothing, the transaction is rolled back, and its changes and all later ones stay in memory.
 * Invariant: every part of the store (TransactionPart) has in memory whatever is not on disk. Every TIMES.rewrite the
 * parts write all of it in one transaction.
 */
import { TIMES } from '../chat/limits.ts'
import { ChatError } from '../chat/errors.ts'
import { LostFile, troubleIn, troubleSentence, type Trouble } from './errors.ts'
import type { Clock } from '../chat/clock.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { OpenFile } from './file/open-file.ts'

/** A part of the store. */
export interface TransactionPart {
  /** Called before the commit: writes changes that were left for the end of the turn. */
  committing?(): void
  /** Writes everything that may not be on disk. Writing what is there already must do no harm. */
  rewrite?(): void
  /** Called when everything is committed. */
  committed?(): void
  /** Called when everything written since the last commit was rolled back. */
  rolledBack?(): void
}

export interface TurnOptions {
  readonly database: Database
  /** Names the file in sentences for users. */
  readonly place: string
  /** Undefined for a database in memory. */
  readonly file: OpenFile | undefined
  readonly clock: Clock
  /** Calls the task at the end of this turn of the event loop. */
  readonly defer: (task: () => void) => void
  /** Called when writing begins to fail, and when it works again. */
  readonly onProblem: (sentence: string) => void
}

interface Waiting {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: ChatError) => void
}

/** The state in which a store ends. */
export interface Finished {
  readonly trouble: Trouble | undefined
  /** Some changes are in memory only. */
  readonly isBehind: boolean
  /** Changes that were in memory only are in the file now, which is no longer at its path. */
  readonly isElsewhere: boolean
}

const SAVED = Promise.resolve()

/** Changes that are not urgent are written after this, in milliseconds. */
const LATER = 50

/** Between two checks of the file, in milliseconds. It is also checked before each commit. */
const CHECK_INTERVAL = 1_000

export class TransactionBatch {
  readonly #options: TurnOptions
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #parts: TransactionPart[] = []
  readonly #commitNow = (): void => {
    this.commit()
  }
  #isOpen = false
  /** The transaction is committed at the end of this turn. */
  #isUrgent = false
  #cancelLater: (() => void) | undefined
  #isClosed = false
  #waiting: Waiting | undefined
  #problem: string | undefined
  #trouble: Trouble | undefined
  #isDamaged = false
  /** Some changes are in memory only. */
  #isBehind = false
  #cancelRewrite: (() => void) | undefined
  #cancelCheck: (() => void) | undefined

  constructor(options: TurnOptions) {
    this.#options = options
    this.#begin = options.database.prepare('BEGIN IMMEDIATE')
    this.#commit = options.database.prepare('COMMIT')
    if (options.file !== undefined) this.#cancelCheck = options.clock.after(CHECK_INTERVAL, this.#checkLater)
  }

  join(part: TransactionPart): void {
    this.#parts.push(part)
  }

  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Changes the database in the transaction of this turn and returns the result of `write`; undefined while the disk
   * takes nothing. A change that is not urgent can be lost in a crash without harm, and is committed with the next one.
   */
  change<T>(write: () => T, isUrgent = true): T | undefined {
    if (this.#isClosed) return undefined
    if (this.#problem !== undefined) {
      this.#isBehind = true
      return undefined
    }
    try {
      this.#open(isUrgent)
      return write()
    } catch (error) {
      this.#fail(error, true)
      return undefined
    }
  }

  /** Returns the result of a query, or `otherwise` if it fails. */
  read<T>(query: () => T, otherwise: T): T {
    if (this.#isClosed) return otherwise
    try {
      return query()
    } catch (error) {
      this.#fail(error, false)
      return otherwise
    }
  }

  /** As Store.saved(). */
  saved(): Promise<void> {
    if (this.#isBehind) return Promise.reject(this.#refusal())
    if (!this.#isUrgent) return SAVED
    this.#waiting ??= newWaiting()
    return this.#waiting.promise
  }

  /** Commits the transaction of this turn, if there is one. */
  commit(): void {
    if (!this.#isOpen || this.#isClosed) return
    let notice: string | undefined
    try {
      for (const part of this.#parts) part.committing?.()
      notice = this.#commitToFile()
    } catch (error) {
      this.#fail(error, true)
      return
    }
    this.#end()
    for (const part of this.#parts) part.committed?.()
    this.#waiting?.resolve()
    this.#waiting = undefined
    this.#say(notice)
  }

  /** Commits only to a file that is at its path, and as it was left. */
  #commitToFile(): string | undefined {
    const { file } = this.#options
    file?.check()
    this.#commit.run()
    return file?.settle()
  }

  #say(sentence: string | undefined): void {
    if (sentence !== undefined) this.#options.onProblem(sentence)
  }

  /** Once a second: notices that another program changed the file, or that it is back. */
  readonly #checkLater = (): void => {
    this.#check()
    this.#cancelCheck = this.#options.clock.after(CHECK_INTERVAL, this.#checkLater)
  }

  #check(): void {
    const { file } = this.#options
    if (this.#trouble === 'moved') this.#rewrite()
    if (this.#isOpen || this.#problem !== undefined) return
    try {
      file?.check()
      this.#say(file?.settle())
    } catch (error) {
      this.#fail(error, false)
    }
  }

  /**
   * Checkpoint: moves committed changes from the WAL into the file (https://sqlite.org/wal.html#ckpt), which waits for the
   * disk. If the disk does not take them now, a later checkpoint moves them.
   */
  checkpoint(): void {
    const { file } = this.#options
    if (this.#isClosed || this.#isOpen || this.#problem !== undefined || file === undefined) return
    try {
      file.check()
      file.checkpoint()
    } catch (error) {
      if (error instanceof LostFile) this.#fail(error, false)
      else if (troubleIn(error) === undefined) throw error
    }
  }

  /** Writes what can be written. Nothing may be changed afterwards. */
  finish(): Finished {
    this.commit()
    this.#check()
    if (this.#isBehind && !this.#isDamaged) this.#rewrite()
    const wasBehind = this.#isBehind
    // A file that was moved still belongs to this store, wherever it is.
    if (this.#trouble === 'moved') this.#rewrite(false)
    return { trouble: this.#trouble, isBehind: this.#isBehind, isElsewhere: wasBehind && !this.#isBehind }
  }

  /** Reads and writes nothing from now on; an open transaction is never committed. */
  abandon(): void {
    this.#isClosed = true
    this.#cancelLater?.()
    this.#cancelRewrite?.()
    this.#cancelCheck?.()
  }

  #open(isUrgent: boolean): void {
    const { clock, defer } = this.#options
    if (!this.#isOpen) this.#begin.run()
    this.#isOpen = true
    if (isUrgent && !this.#isUrgent) {
      this.#isUrgent = true
      defer(this.#commitNow)
    } else if (!isUrgent) this.#cancelLater ??= clock.after(LATER, this.#commitNow)
  }

  /** Notes that there is no open transaction. */
  #end(): void {
    this.#isOpen = false
    this.#isUrgent = false
    this.#cancelLater?.()
    this.#cancelLater = undefined
  }

  /** Rethrows an error that is a bug of this program. */
  #fail(error: unknown, isChange: boolean): void {
    const { file, place, onProblem } = this.#options
    // If another program changed the file, that is the reason, whatever SQLite reports.
    const trouble = this.#troubleWithFile() ?? troubleIn(error)
    if (trouble === undefined) throw error
    const isNew = this.#problem === undefined
    const isLost = trouble !== this.#trouble && (trouble === 'moved' || trouble === 'removed')
    this.#trouble = trouble
    this.#problem = troubleSentence(trouble, place)
    this.#isDamaged ||= trouble === 'damaged'
    this.#isBehind ||= isChange || this.#isOpen
    this.#rollBack()
    if (isLost) file?.leave()
    this.#waiting?.reject(this.#refusal())
    this.#waiting = undefined
    if (isNew) {
      onProblem(this.#problem)
      this.#rewriteLater()
    }
  }

  #troubleWithFile(): Trouble | undefined {
    try {
      this.#options.file?.check()
      return undefined
    } catch (error) {
      return troubleIn(error)
    }
  }

  #rollBack(): void {
    this.#end()
    rollBack(this.#options.database)
    for (const part of this.#parts) part.rolledBack?.()
  }

  #rewriteLater(): void {
    this.#cancelRewrite?.()
    this.#cancelRewrite = this.#options.clock.after(TIMES.rewrite, () => {
      this.#rewrite()
      if (this.#problem !== undefined) this.#rewriteLater()
    })
  }

  /** Writes everything, also what is in the file already. `toItsPlace`: only if the file is at its path. */
  #rewrite(toItsPlace = true): void {
    // Writing to a damaged file may damage more of it.
    if (this.#isDamaged || this.#problem === undefined) return
    const { file, place } = this.#options
    try {
      if (toItsPlace) file?.check()
      this.#begin.run()
      for (const part of this.#parts) part.rewrite?.()
      if (toItsPlace) this.#commitToFile()
      else this.#commit.run()
    } catch (error) {
      this.#fail(error, true)
      return
    }
    this.#isBehind = false
    for (const part of this.#parts) part.committed?.()
    if (!toItsPlace) return
    this.#problem = undefined
    this.#trouble = undefined
    this.#say(`${place} can be written again; what was said meanwhile is there`)
  }

  #refusal(): ChatError {
    return new ChatError(507, 'disk_full', this.#problem ?? 'It could not be written')
  }
}

/** Ends a transaction as a crash would; does nothing if there is none. */
export function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Some errors have ended the transaction already.
  }
}

function newWaiting(): Waiting {
  let resolve = (): void => undefined
  let reject: (error: ChatError) => void = () => undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
