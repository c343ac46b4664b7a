/**
 * The file of a store: made when it is not there, for our eyes only, and opened when it is ours and whole.
 *
 * A store has its file for itself: SQLite holds a lock as long as the process lives, and the system takes it
 * back when it dies (https://sqlite.org/pragma.html#pragma_locking_mode).
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
import { APPLICATION_ID, migrate, MIGRATIONS } from '../migrations.ts'
import { factsAt, setAside } from './watch.ts'
import type { Database, OpenDatabase } from './sqlite.ts'

const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/**
 * The files that this process has open, by device and inode. Whoever closes a file gives up all locks that the
 * process has on it (POSIX), also those of SQLite: none of these may be opened again, not even to read its head.
 */
const open = new Set<string>()

export interface FileOptions<T> {
  /** Writes what a new store begins with. */
  readonly fill: (database: Database) => void
  /** Reads what is there; when it throws, the file is refused. `file` is to be closed when it is no longer used. */
  readonly begin: (database: Database, file: OpenFile) => T
  /** Told when others can get at the file, and that is not ours to change. */
  readonly warn: (sentence: string) => void
}

/** Opens the file of a store, and makes it when it is not there. Returns what `begin` does; throws StoreError. */
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
    // The lock first, whether anything is written or not; and all tables there are can be read.
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_schema; COMMIT',
    )
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

/** Makes what is missing: the directory for us alone, the file too. */
function prepare(path: string, warn: (sentence: string) => void, makeFile: () => void): BigIntStats {
  const directory = dirname(path)
  makeDirectory(directory)
  const around = statSync(directory)
  if ((around.mode & OTHERS_WRITE) !== 0 && (around.mode & STICKY) === 0 && hasModes)
    warn(`Others can write to ${directory}, where your messages are`)
  // One that is there is not opened: that would cost its locks.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) makeFile()
  const facts = statSync(path, { bigint: true })
  if (!facts.isFile()) throw new StoreError('no_access', `${path} is no file: give another place`)
  accessSync(path, constants.R_OK | constants.W_OK)
  return facts
}

/** Not by `recursive` of mkdirSync(), which never returns where nothing can be made, as in /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

const hasModes = process.platform !== 'win32'

/**
 * A store with nothing in it, all at once: whoever is killed meanwhile leaves no half of one. It is made in memory and
 * copied (https://sqlite.org/lang_vacuum.html), so no connection is left that could cost the locks of another.
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

/** Not where there is another one by now; that is used, then. */
function giveName(made: string, path: string): void {
  try {
    linkSync(made, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return
    // Not every file system knows links.
    if (factsAt(path) === undefined) renameSync(made, path)
  }
}

/** What lies beside a new file as its journal is that of another one, which SQLite would write into it. */
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

/** Reads the head as it is on disk, before SQLite sees the file. */
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
      // What SQLite does not understand in a file that was there; in a new one it is a mistake of ours.
      return isNew || !isFromSqlite(error) ? error : damaged(path)
  }
}

/** What the file system refuses becomes a StoreError. */
function accessible<T>(path: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    throw error instanceof StoreError ? error : noAccess(path, error)
  }
}

function noAccess(path: string, error: unknown): StoreError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError('no_access', `${path} cannot be used (${reason}): give another place, or mend that`)
}

function inUse(path: string): StoreError {
  return new StoreError('in_use', `${path} is in use by another Parley: stop that one, or give another place`)
}
