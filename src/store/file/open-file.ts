/**
 * The file of a store while it is open: its journal (https://sqlite.org/wal.html), and what is done when another program
 * moves, removes, cuts or replaces one of the two.
 *
 * Nothing is written into, or left beside, a file that is not ours. What was committed is never only in a journal that
 * has no name any more: it is folded into the file, and the journal is made again.
 */
import { renameSync } from 'node:fs'
import { isFromSqlite, LostFile } from '../errors.ts'
import { Watch } from './watch.ts'
import type { Database } from './sqlite.ts'

/** The journal is folded into the file when nobody waits; at the latest when it has so many pages of 4 KiB. */
const MOST_JOURNAL_PAGES = 8_000
/**
 * Bytes that it keeps on disk afterwards: all that so many pages take. To be cut off and to grow again costs it 6 to 13
 * milliseconds each time, in which nothing else is done.
 */
const LARGEST_JOURNAL = 36 * 1024 * 1024

export class OpenFile {
  readonly #path: string
  readonly #database: Database
  /** Undefined until begin(), and where the file system cannot tell files apart. */
  #watch: Watch | undefined
  #hasJournal = false
  #isClosed = false
  readonly #closed: () => void

  /** `closed` is told when the file is given back. */
  constructor(path: string, database: Database, closed: () => void) {
    this.#path = path
    this.#database = database
    this.#closed = closed
  }

  /** From here on changes go to a journal first, and another program's changes are noticed. */
  begin(isMigrated: boolean): void {
    this.#useJournal()
    // The head of the file tells the version, also to a Parley that is older.
    if (isMigrated) this.#pragma('wal_checkpoint (TRUNCATE)')
    const watch = new Watch(this.#path, LARGEST_JOURNAL)
    if (watch.place() === 'there') this.#watch = watch
    else watch.close()
  }

  /** Throws LostFile when the file is not as it was left. That the journal alone is gone is mended by settle(). */
  check(): void {
    const watch = this.#watch
    if (watch === undefined || (this.#hasJournal && watch.isAsLeft())) return
    const place = watch.place()
    if (place !== 'there') throw new LostFile(place)
    // Without a journal SQLite writes into the file before it commits.
    if (this.#hasJournal && watch.isSpoilt()) throw new LostFile('damaged')
  }

  /**
   * A transaction has ended. Makes a journal that was removed again, and returns a sentence about that. Throws when it
   * cannot be made: what was committed is not safe, then.
   */
  settle(): string | undefined {
    const watch = this.#watch
    if (watch === undefined || watch.note()) return undefined
    const sentence = this.#renewJournal(watch)
    watch.note()
    return sentence
  }

  /**
   * Moves what is committed from the journal into the file (https://sqlite.org/wal.html#ckpt), which waits for the
   * disk. Throws what SQLite says against it.
   */
  fold(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint (PASSIVE)')
    } finally {
      this.#watch?.note()
    }
  }

  /** The file is elsewhere: all that is committed goes into it, and nothing of it stays at its old place. */
  leave(): void {
    const watch = this.#watch
    if (watch === undefined) return
    const folded = this.#pragma('wal_checkpoint (TRUNCATE)')
    if (folded?.['busy'] === 0) watch.noteEmptyJournal()
    quietly(() => {
      watch.clearJournal()
      watch.note()
    })
  }

  /** Gives the file back. Nothing is written into one that another program has moved, cut or changed. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closed()
    const watch = this.#watch
    if (watch === undefined) this.#release()
    else if (watch.place() !== 'there') {
      this.leave()
      this.#closeDatabase()
    } else if (this.#hasJournal && watch.isSpoilt()) this.#closeSpoilt(watch)
    else {
      quietly(() => watch.setAsideForeignJournal())
      this.#release()
    }
    watch?.close()
  }

  /** Closing folds the journal, too, but not in a binding that keeps the connection as long as there are statements. */
  #release(): void {
    this.#pragma('journal_mode = DELETE')
    this.#closeDatabase()
  }

  /** SQLite folds the journal when it closes: it is emptied before. One that was cut is for the next start to read. */
  #closeSpoilt(watch: Watch): void {
    const isFileWhole = !watch.isFileSpoilt()
    const aside = quietly(() => watch.emptyJournal())
    this.#closeDatabase()
    quietly(() => {
      watch.clearJournal()
      if (isFileWhole && aside !== undefined) renameSync(aside, watch.journal)
    })
  }

  #closeDatabase(): void {
    unlock(this.#database)
    this.#database.close()
  }

  #renewJournal(watch: Watch): string {
    const { journal } = watch
    const aside = watch.setAsideForeignJournal()
    // The journal without a name is folded into the file.
    const mode = this.#database.prepare('PRAGMA journal_mode = DELETE').get()
    if (mode?.['journal_mode'] !== 'delete') throw new LostFile('inaccessible')
    this.#useJournal()
    watch.forgetJournal()
    const was = aside === undefined ? 'was removed' : `was replaced (what was there is ${aside} now)`
    return `${journal} ${was} by another program; it is made again, and nothing is lost`
  }

  #useJournal(): void {
    const mode = this.#pragma('journal_mode = WAL')
    this.#hasJournal = mode?.['journal_mode'] === 'wal'
    this.#pragma('synchronous = NORMAL')
    this.#pragma('cache_size = -8000')
    this.#pragma(`wal_autocheckpoint = ${MOST_JOURNAL_PAGES}`)
    this.#pragma(`journal_size_limit = ${LARGEST_JOURNAL}`)
  }

  /** What the disk does not let us do here can be left undone. */
  #pragma(pragma: string) {
    return ignoringTrouble(() => this.#database.prepare(`PRAGMA ${pragma}`).get())
  }
}

export function unlock(database: Database): void {
  ignoringTrouble(() => {
    database.exec('PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema')
  })
}

function ignoringTrouble<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch (error) {
    if (!isFromSqlite(error)) throw error
    return undefined
  }
}

/** While a file is given back, what the file system refuses changes nothing. */
function quietly<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch {
    // The file, or its directory, is out of reach: there is nothing to tidy up.
    return undefined
  }
}
