/**
 * The file of a store: created readable for its user only, and opened only if it belongs to Parley and is whole.
 *
 * One store has the file for itself: SQLite holds a lock for the life of the process, and the system releases it when the
 * process dies (https://sqlite.org/pragma.html#pragma_locking_mode).
 */
import { systemCode } from '../../chat/errors.ts'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  type BigIntStats,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isFromSqlite, StoreError, troubleIn } from '../errors.ts'
import { checkHeader, damaged, HEADER_BYTES } from './header.ts'
import { OpenFile, unlock } from './open-file.ts'
import { keepOldFile } from './old-file.ts'
import { APPLICATION_ID, migrate, MIGRATIONS, versionOf } from '../migrations.ts'
import { factsAt, setAside } from './watch.ts'
import type { Database, OpenDatabase } from './sqlite.ts'

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/**
 * The files that this process has open, by device and inode. Closing a file releases all locks that the process has on it
 * (POSIX), also those of SQLite, so none of these may be opened again, not even to read its header.
 */
const open = new Set<string>()

export interface FileOptions<T> {
  /** Writes the first rows of a new store. */
  readonly fill: (database: Database) => void
  /** Reads the database; if this throws, the file is refused. The caller closes `file`. */
  readonly begin: (database: Database, file: OpenFile) => T
  /** Called with a sentence when other users can access the file, and this program cannot change that. */
  readonly warn: (sentence: string) => void
}

/** Opens the file of a store, or creates it. Returns the result of `begin`. Throws StoreError. */
export function openFile<T>(path: string, openDatabase: OpenDatabase, options: FileOptions<T>): T {
  const full = resolve(path)
  const facts = accessible(full, () =>
    prepare(full, options.warn, () => {
      make(full, openDatabase, options)
    }),
  )
  const key = `${facts.dev}:${facts.ino}`
  if (open.has(key)) throw inUse(full)
  const isNew = facts.size === 0n
  accessible(full, () => {
    if (isNew) setAsideJournal(`${full}-wal`, options.warn)
    else checkFile(full, Number(facts.size))
  })
  if ((Number(facts.mode) & OTHERS) !== 0 && hasModes) narrow(full, options.warn)
  const database = accessible(full, () => openDatabase(full))
  open.add(key)
  const file = new OpenFile(full, database, () => open.delete(key))
  try {
    // Takes the lock whether anything is written or not, and checks that the schema can be read.
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_schema; COMMIT',
    )
    if (!isNew && versionOf(database) < MIGRATIONS.length) keepOldFile(full, database, options.warn)
    const isMigrated = migrate(database, options.fill)
    const begun = options.begin(database, file)
    accessible(full, () => {
      file.begin(isMigrated)
    })
    return begun
  } catch (error) {
    open.delete(key)
    unlock(database)
    database.close()
    throw refusal(full, error, isNew)
  }
}

/** Creates the directory and the file, where they are missing, for this user only. */
function prepare(path: string, warn: (sentence: string) => void, makeFile: () => void): BigIntStats {
  const directory = dirname(path)
  makeDirectory(directory)
  const around = statSync(directory)
  if ((around.mode & OTHERS_WRITE) !== 0 && (around.mode & STICKY) === 0 && hasModes)
    warn(`Others can write to ${directory}, where your messages are`)
  // An existing file is not opened here, because closing it would release its locks.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) makeFile()
  const facts = statSync(path, { bigint: true })
  if (!facts.isFile()) throw new StoreError('no_access', `${path} is no file: give another place`)
  accessSync(path, constants.R_OK | constants.W_OK)
  return facts
}

/** The `recursive` of mkdirSync() never returns where nothing can be created, as in /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

const hasModes = process.platform !== 'win32'

/**
 * Creates an empty store atomically, so that a killed process leaves no half of one. It is built in memory and copied
 * (https://sqlite.org/lang_vacuum.html), so no connection is left that could release the locks of another.
 */
function make<T>(path: string, openDatabase: OpenDatabase, { fill, warn }: FileOptions<T>): void {
  const made = `${path}.${process.pid}.new`
  closeSync(openSync(made, 'w', 0o600))
  try {
    const database = openDatabase(':memory:')
    migrate(database, fill)
    database.exec(`VACUUM INTO '${made.replaceAll("'", "''")}'`)
    database.close()
    if (factsAt(path) !== undefined) return
    setAsideJournal(`${path}-wal`, warn)
    setAsideJournal(`${path}-journal`, warn)
    giveName(made, path)
  } finally {
    rmSync(made, { force: true })
  }
}

/** Moves the new file to its path, unless there is one by now, which is then used. */
function giveName(made: string, path: string): void {
  try {
    linkSync(made, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return
    // Some file systems have no links.
    if (factsAt(path) === undefined) renameSync(made, path)
  }
}

/** A journal beside a new file belongs to another one, and SQLite would write it into the new file. */
function setAsideJournal(journal: string, warn: (sentence: string) => void): void {
  const aside = setAside(journal)
  if (aside !== undefined) warn(`${journal} belongs to a file that is gone: it is ${aside} now`)
}

function narrow(path: string, warn: (sentence: string) => void): void {
  try {
    chmodSync(path, 0o600)
  } catch {
    warn(`Others can read ${path}, where your messages are, and it is not ours to change that`)
  }
}

/** Reads the header as it is on disk, before SQLite opens the file. */
function checkFile(path: string, size: number): void {
  const header = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    const length = readSync(file, header, 0, HEADER_BYTES, 0)
    const hasJournal = sizeOf(`${path}-wal`) > 0 || sizeOf(`${path}-journal`) > 0
    checkHeader(
      { path, header: header.subarray(0, length), size, hasJournal },
      APPLICATION_ID,
      MIGRATIONS.length,
    )
  } finally {
    closeSync(file)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function refusal(path: string, error: unknown, isNew: boolean): unknown {
  if (error instanceof StoreError) return error
  switch (troubleIn(error)) {
    case 'in_use':
      return inUse(path)
    case 'full':
      return new StoreError('no_access', `${path} cannot be made: the disk is full`)
    case 'inaccessible':
    case 'moved':
    case 'removed':
      return noAccess(path, error)
    case 'damaged':
      return damaged(path)
    case undefined:
      // An error of SQLite in an existing file means damage; in a new file it is a bug of this program.
      return isNew || !isFromSqlite(error) ? error : damaged(path)
  }
}

/** Errors of the file system and of SQLite become StoreErrors; those that `fill` throws pass. */
function accessible<T>(path: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    const isOfTheDisk = !(error instanceof StoreError) && systemCode(error) !== 'unknown'
    throw isOfTheDisk ? noAccess(path, error) : error
  }
}

function noAccess(path: string, error: unknown): StoreError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError('no_access', `${path} cannot be used (${reason}): give another place, or mend that`)
}

function inUse(path: string): StoreError {
  return new StoreError('in_use', `${path} is in use by another Parley: stop that one, or give another place`)
}
