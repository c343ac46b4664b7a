/**
 * One transaction for each turn of the event loop, and what happens while the disk takes nothing.
 *
 * Then the turn is rolled back, and its changes stay in memory, with all later ones: every part of the store (a
 * Keeper) has in memory what is not on disk. Every TIMES.rewrite the parts write it, in one transaction.
 */
import { TIMES } from '../chat/limits.ts'
import { ChatError } from '../chat/errors.ts'
import { LostFile, troubleIn, troubleSentence, type Trouble } from './errors.ts'
import type { Clock } from '../chat/clock.ts'
import type { Database, Statement } from './file/sqlite.ts'
import type { OpenFile } from './file/open-file.ts'

/** A part of the store. */
export interface TransactionPart {
  /** The transaction ends now: writes what it left for the end. */
  committing?(): void
  /** Writes all that may not be on disk; also what is there already, without harm. */
  rewrite?(): void
  /** Everything is on disk. */
  committed?(): void
  /** What was written since the last commit is not. */
  rolledBack?(): void
}

export interface TurnOptions {
  readonly database: Database
  /** The file, in sentences for people. */
  readonly place: string
  /** Undefined when it is in memory. */
  readonly file: OpenFile | undefined
  readonly clock: Clock
  /** Calls the task when this turn of the event loop is over. */
  readonly defer: (task: () => void) => void
  /** Told when writing begins to fail, and when it works again. */
  readonly onProblem: (sentence: string) => void
}

interface Waiting {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: ChatError) => void
}

/** How a store ends. */
export interface Finished {
  readonly trouble: Trouble | undefined
  /** Something is in memory only. */
  readonly isBehind: boolean
  /** What was in memory only is in the file now, which is not at its place. */
  readonly isElsewhere: boolean
}

const SAVED = Promise.resolve()

/** When what is not urgent is written at the latest, in milliseconds. */
const LATER = 50

/** Between two looks at the file, in milliseconds; it is looked at before each commit, too. */
const LOOK = 1_000

export class TransactionBatch {
  readonly #options: TurnOptions
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #keepers: TransactionPart[] = []
  readonly #commitNow = (): void => {
    this.commit()
  }
  #isOpen = false
  /** The transaction ends with this turn. */
  #isUrgent = false
  #cancelLater: (() => void) | undefined
  #isClosed = false
  #waiting: Waiting | undefined
  #problem: string | undefined
  #trouble: Trouble | undefined
  #isDamaged = false
  /** Something is in memory only. */
  #isBehind = false
  #cancelRewrite: (() => void) | undefined
  #cancelLook: (() => void) | undefined

  constructor(options: TurnOptions) {
    this.#options = options
    this.#begin = options.database.prepare('BEGIN IMMEDIATE')
    this.#commit = options.database.prepare('COMMIT')
    if (options.file !== undefined) this.#cancelLook = options.clock.after(LOOK, this.#lookLater)
  }

  join(keeper: TransactionPart): void {
    this.#keepers.push(keeper)
  }

  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Changes the database in the transaction of this turn, and returns what `write` does; while that fails, nothing is
   * done. What can be done again without harm, should it be lost, is not urgent: it is written with what is.
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

  /** Asks the database; `otherwise` is the answer when it has none. */
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

  /** Ends the turn's transaction, if there is one. */
  commit(): void {
    if (!this.#isOpen || this.#isClosed) return
    let notice: string | undefined
    try {
      for (const keeper of this.#keepers) keeper.committing?.()
      notice = this.#commitToFile()
    } catch (error) {
      this.#fail(error, true)
      return
    }
    this.#end()
    for (const keeper of this.#keepers) keeper.committed?.()
    this.#waiting?.resolve()
    this.#waiting = undefined
    this.#say(notice)
  }

  /** Nothing is committed to a file that is not at its place, and as it was left. */
  #commitToFile(): string | undefined {
    const { file } = this.#options
    file?.check()
    this.#commit.run()
    return file?.settle()
  }

  #say(sentence: string | undefined): void {
    if (sentence !== undefined) this.#options.onProblem(sentence)
  }

  /** Once a second: notices what happened to the file, and that it is back. */
  readonly #lookLater = (): void => {
    this.#look()
    this.#cancelLook = this.#options.clock.after(LOOK, this.#lookLater)
  }

  #look(): void {
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
   * Moves what is committed from the journal into the file (https://sqlite.org/wal.html#ckpt), which waits for the
   * disk. What the disk does not take now is taken another time.
   */
  foldJournal(): void {
    const { file } = this.#options
    if (this.#isClosed || this.#isOpen || this.#problem !== undefined || file === undefined) return
    try {
      file.check()
      file.fold()
    } catch (error) {
      if (error instanceof LostFile) this.#fail(error, false)
      else if (troubleIn(error) === undefined) throw error
    }
  }

  /** Writes what can be written; nothing is to be changed afterwards. Returns what became of it. */
  finish(): Finished {
    this.commit()
    this.#look()
    if (this.#isBehind && !this.#isDamaged) this.#rewrite()
    const wasBehind = this.#isBehind
    // The file that was moved is still ours, wherever it is.
    if (this.#trouble === 'moved') this.#rewrite(false)
    return { trouble: this.#trouble, isBehind: this.#isBehind, isElsewhere: wasBehind && !this.#isBehind }
  }

  /** Nothing is written or read any more, not even what was begun. */
  abandon(): void {
    this.#isClosed = true
    this.#cancelLater?.()
    this.#cancelRewrite?.()
    this.#cancelLook?.()
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

  /** There is no transaction any more. */
  #end(): void {
    this.#isOpen = false
    this.#isUrgent = false
    this.#cancelLater?.()
    this.#cancelLater = undefined
  }

  /** Throws what is a mistake of ours. */
  #fail(error: unknown, isChange: boolean): void {
    const { file, place, onProblem } = this.#options
    // Whatever SQLite says of a file that another program has changed, that is the reason.
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
    for (const keeper of this.#keepers) keeper.rolledBack?.()
  }

  #rewriteLater(): void {
    this.#cancelRewrite?.()
    this.#cancelRewrite = this.#options.clock.after(TIMES.rewrite, () => {
      this.#rewrite()
      if (this.#problem !== undefined) this.#rewriteLater()
    })
  }

  /** Also what was committed and is in the file already; `toItsPlace` is false when the file may be anywhere. */
  #rewrite(toItsPlace = true): void {
    // Whatever is written to a damaged file may damage more of it.
    if (this.#isDamaged || this.#problem === undefined) return
    const { file, place } = this.#options
    try {
      if (toItsPlace) file?.check()
      this.#begin.run()
      for (const keeper of this.#keepers) keeper.rewrite?.()
      if (toItsPlace) this.#commitToFile()
      else this.#commit.run()
    } catch (error) {
      this.#fail(error, true)
      return
    }
    this.#isBehind = false
    for (const keeper of this.#keepers) keeper.committed?.()
    if (!toItsPlace) return
    this.#problem = undefined
    this.#trouble = undefined
    this.#say(`${place} can be written again; what was said meanwhile is there`)
  }

  #refusal(): ChatError {
    return new ChatError(507, 'disk_full', this.#problem ?? 'It could not be written')
  }
}

/** Ends a transaction as a crash would; does nothing when there is none. */
export function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Some errors have ended it already.
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
