/** Probes the directory of messages: is it writable, is there room, and is its store intact? Changes nothing. */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadSqlite } from '../../../store/file/sqlite.ts'
import { StoreError } from '../../../store/errors.ts'
import { checkHeader, HEADER_BYTES } from '../../../store/file/header.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../store/migrations.ts'
import { holderOfFile } from './port-owner.ts'
import type { DiskFinding, Holder } from '../findings.ts'

type StoreFinding = Pick<DiskFinding, 'store' | 'problem' | 'holder' | 'identity'>

const NONE: StoreFinding = { store: 'none', problem: undefined, holder: undefined, identity: undefined }

/** There is no directory for messages. */
export const NO_DISK: DiskFinding = { ...NONE, directory: '', isWritable: false, freeBytes: undefined }

/** Never rejects. */
export async function probeDisk(
  directory: string,
  holderOf: (path: string) => Holder | undefined = holderOfFile,
): Promise<DiskFinding> {
  const full = resolve(directory)
  const existing = nearest(full)
  return {
    directory: full,
    isWritable: isWritable(existing),
    freeBytes: freeBytes(existing),
    ...(await probeStore(join(full, 'parley.db'), holderOf)),
  }
}

/** The directory, or the existing one in which it would be made. */
function nearest(directory: string): string {
  if (isThere(directory)) return directory
  return dirname(directory) === directory ? directory : nearest(dirname(directory))
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Such as a path below a file.
    return false
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return statSync(directory).isDirectory()
  } catch {
    return false
  }
}

function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return undefined
  }
}

async function probeStore(
  path: string,
  holderOf: (path: string) => Holder | undefined,
): Promise<StoreFinding> {
  if (!isThere(path)) return NONE
  try {
    const hasJournal = [`${path}-wal`, `${path}-journal`].some(isThere)
    checkFile(path, hasJournal)
    const holder = holderOf(realpathSync(path))
    return {
      ...NONE,
      store: holder === undefined ? 'ready' : 'in_use',
      holder,
      identity: await identityIn(path),
    }
  } catch (error) {
    if (error instanceof StoreError) return { ...NONE, store: error.code, problem: error.message }
    const reason = error instanceof Error ? error.message : String(error)
    return { ...NONE, store: 'no_access', problem: `${path} cannot be read (${reason})` }
  }
}

/** Throws StoreError, or the error of the file system. */
function checkFile(path: string, hasJournal: boolean): void {
  const { size } = statSync(path)
  const header = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    accessSync(path, constants.W_OK)
    const length = readSync(file, header, 0, HEADER_BYTES, 0)
    // An empty file becomes a store when a peer opens it.
    if (length > 0)
      checkHeader(
        { path, header: header.subarray(0, length), size, hasJournal },
        APPLICATION_ID,
        MIGRATIONS.length,
      )
  } finally {
    closeSync(file)
  }
}

/**
 * The identity in the store. It is read without a lock and without the journal (https://sqlite.org/uri.html, "immutable"),
 * so that a peer that uses the store does not notice. Undefined if it cannot be read.
 */
async function identityIn(path: string): Promise<string | undefined> {
  try {
    const address = pathToFileURL(path)
    address.search = '?immutable=1'
    const database = (await loadSqlite())(address.href)
    try {
      const identity = database.prepare('SELECT identity FROM profile').get()?.['identity']
      return typeof identity === 'string' ? identity : undefined
    } finally {
      database.close()
    }
  } catch {
    return undefined
  }
}
