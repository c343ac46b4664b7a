/**
 * What can be wrong with the file of a store: at opening (StoreError), and later (Trouble).
 */

export type StoreErrorCode =
  /** The file belongs to another program. */
  | 'not_ours'
  /** A later version of Parley wrote the file. */
  | 'too_new'
  | 'damaged'
  /** Another process has the file open. */
  | 'in_use'
  /** The file cannot be created, read or written. */
  | 'no_access'

/** Why a store cannot be opened; the message names the file and what to do. The file is as it was. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, sentence: string) {
    super(sentence)
    this.code = code
  }
}

/** A row holds a value that this program never writes there. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow'
}

/** An open file is not as it was left: another program has moved, removed, cut or changed it. */
export class LostFile extends Error {
  override readonly name = 'LostFile'
  readonly trouble: Trouble

  constructor(trouble: Trouble) {
    super(`the file: ${trouble}`)
    this.trouble = trouble
  }
}

export type Trouble =
  | 'full'
  | 'damaged'
  | 'in_use'
  | 'inaccessible'
  /** The file exists, but at its path is another file, or none. */
  | 'moved'
  /** The file was deleted: it disappears when it is closed. */
  | 'removed'

/** By the primary result code: https://sqlite.org/rescode.html */
const TROUBLE: Readonly<Record<number, Trouble>> = {
  2: 'damaged', // SQLITE_INTERNAL
  3: 'inaccessible', // SQLITE_PERM
  5: 'in_use', // SQLITE_BUSY
  6: 'in_use', // SQLITE_LOCKED
  7: 'inaccessible', // SQLITE_NOMEM
  8: 'inaccessible', // SQLITE_READONLY
  10: 'inaccessible', // SQLITE_IOERR
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'inaccessible', // SQLITE_CANTOPEN
  15: 'in_use', // SQLITE_PROTOCOL
  17: 'damaged', // SQLITE_SCHEMA
  20: 'damaged', // SQLITE_MISMATCH
  22: 'inaccessible', // SQLITE_NOLFS
  24: 'damaged', // SQLITE_FORMAT
  26: 'damaged', // SQLITE_NOTADB
}

/** Rows are looked up before they are inserted, so a duplicate key means that an index does not match its table. */
const DUPLICATES = [1555, 2067] // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE

/** Some errors have only a message of SQLite: sqlite3_errstr() of these codes, or a message of FTS5. */
const SENTENCES: readonly (readonly [sentence: RegExp, trouble: Trouble])[] = [
  [/malformed|not a database|corrupt/, 'damaged'],
  [/is full/, 'full'],
  [/is locked|locking protocol/, 'in_use'],
  [/I\/O error|readonly|unable to open|out of memory|permission denied/, 'inaccessible'],
]

/** The trouble with the disk or the file that an error reports; undefined for a bug of this program. */
export function troubleIn(error: unknown): Trouble | undefined {
  if (error instanceof DamagedRow) return 'damaged'
  if (error instanceof LostFile) return error.trouble
  if (!(error instanceof Error) || !('code' in error)) return undefined
  // A number beyond those of JavaScript, which this program never writes.
  if (error.code === 'ERR_OUT_OF_RANGE') return 'damaged'
  if (!isFromSqlite(error)) return undefined
  if (!('errcode' in error) || typeof error.errcode !== 'number')
    return SENTENCES.find(([sentence]) => sentence.test(error.message))?.[1]
  return DUPLICATES.includes(error.errcode) ? 'damaged' : TROUBLE[error.errcode & 0xff]
}

export function isFromSqlite(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}

/** The sentence for users, about a file that is open already. */
export function troubleSentence(trouble: Trouble, place: string): string {
  const kept = 'what is said now is kept in memory only'
  switch (trouble) {
    case 'full':
      return `The disk is full: ${kept}, and written to ${place} as soon as there is room`
    case 'damaged':
      return `${place} is damaged: ${kept}; stop Parley, which saves beside it what can be read and what was said since`
    case 'moved':
      return `${place} was moved, or another file is in its place: ${kept}, and written as soon as the file is back`
    case 'removed':
      return `${place} was removed: ${kept}; stop Parley, which saves what can be saved, and start it again`
    case 'in_use':
    case 'inaccessible':
      return `${place} cannot be written: ${kept}, and written as soon as it can be`
  }
}
