/**
 * The file of a store while it is open, with its WAL (https://sqlite.org/wal.html, called the journal here): handles other
 * programs that move, remove, cut or replace one of the two.
 *
 * Invariant: nothing is written into, or left beside, a file of another program, and committed changes are never only in a
 * journal that was removed: they are moved into the file, and the journal is created again.
 */
import { renameSync } from 'node:fs'
import { isFromSqlite, LostFile } from '../errors.ts'
import { Watch } from './watch.ts'
import type { Database } from './sqlite.ts'

/** A checkpoint runs in quiet times; at the latest when the journal has this many pages of 4 KiB. */
const MAX_JOURNAL_PAGES = 8_000
/**
 * Bytes of the journal file that stay after a checkpoint: enough for that many pages. Truncating it and letting it grow
 * again would block the process for 6 to 13 milliseconds each time.
 */
const MAX_JOURNAL_BYTES = 36 * 1024 * 1024

export class OpenFile {
  readonly #path: string
  readonly #database: Database
  /** Undefined until begin(), and where the file system cannot tell files apart. */
  #watch: Watch | undefined
  #hasJournal = false
  #isClosed = false
  readonly #closed: () => void

  /** `closed` is called when the file is closed. */
  constructor(path: string, database: Database, closed: () => void) {
    this.#path = path
    this.#database = database
    this.#closed = closed
  }

  /** From now on changes go to the journal first, and changes by other programs are noticed. */
  begin(isMigrated: boolean): void {
    this.#useJournal()
    // The header of the file must have the version, also for an older Parley.
    if (isMigrated) this.#pragma('wal_checkpoint (TRUNCATE)')
    const watch = new Watch(this.#path, MAX_JOURNAL_BYTES)
    if (watch.place() === 'there') this.#watch = watch
    else watch.close()
  }

  /** Throws LostFile if the file is not as it was left. A journal that was removed is not an error: settle() creates it again. */
  check(): void {
    const watch = this.#watch
    if (watch === undefined || (this.#hasJournal && watch.isAsLeft())) return
    const place = watch.place()
    if (place !== 'there') throw new LostFile(place)
    // Without a journal SQLite writes into the file before it commits.
    if (this.#hasJournal && watch.isSpoilt()) throw new LostFile('damaged')
  }

  /**
   * To be called after each transaction. Creates a journal that was removed again, and returns a sentence about that.
   * Throws if it cannot be created, because the committed changes are then not safe.
   */
  settle(): string | undefined {
    const watch = this.#watch
    if (watch === undefined || watch.note()) return undefined
    const sentence = this.#renewJournal(watch)
    watch.note()
    return sentence
  }

  /**
   * Moves committed changes from the journal into the file (https://sqlite.org/wal.html#ckpt), which waits for the disk.
   * Throws the error of SQLite.
   */
  checkpoint(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint (PASSIVE)')
    } finally {
      this.#watch?.note()
    }
  }

  /** The file was moved: moves all committed changes into it, and leaves nothing at its old path. */
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

  /** Closes the file. Writes nothing into one that another program has moved, cut or changed. Idempotent. */
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

  /** Closing runs a checkpoint, too, but not in a binding that keeps the connection open while there are statements. */
  #release(): void {
    this.#pragma('journal_mode = DELETE')
    this.#closeDatabase()
  }

  /** Empties the journal first, because SQLite runs a checkpoint at closing. A journal that was cut is kept for the next start. */
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
    // This moves the changes of the removed journal into the file.
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
    this.#pragma(`wal_autocheckpoint = ${MAX_JOURNAL_PAGES}`)
    this.#pragma(`journal_size_limit = ${MAX_JOURNAL_BYTES}`)
  }

  /** Runs a pragma that is optional: errors of the disk are ignored. */
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

/** Ignores errors of the file system while a file is being closed. */
function quietly<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch {
    // The file or its directory cannot be reached, so there is nothing to clean up.
    return undefined
  }
}
