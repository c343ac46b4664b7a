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
import { StoreError } from '../../../store/errors.ts'
import { checkHeader, HEADER_BYTES } from '../../../store/file/header.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../store/migrations.ts'
import { keyIdIn } from '../../../identity/key-file.ts'
import { DATABASE_FILE, KEY_FILE } from '../../running/local-person.ts'
import { movedMark } from '../../running/moved-mark.ts'
import { readKept, settingIn } from './kept.ts'
import { holderOfFile } from './port-owner.ts'
import type { DiskFinding, Holder } from '../findings.ts'

type StoreFinding = Pick<DiskFinding, 'store' | 'problem' | 'holder' | 'identity' | 'key'>

const NONE: StoreFinding = {
  store: 'none',
  problem: undefined,
  holder: undefined,
  identity: undefined,
  key: undefined,
}

/** There is no directory for messages. */
export const NO_DISK: DiskFinding = {
  ...NONE,
  directory: '',
  isWritable: false,
  freeBytes: undefined,
  moved: undefined,
}

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
    moved: movedMark(full),
    ...(await probeStore(join(full, DATABASE_FILE), holderOf)),
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
      ...(await ownerIn(path)),
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

/** The identity in the store, and whether the key beside it is the one that it belongs to. */
async function ownerIn(path: string): Promise<Pick<StoreFinding, 'identity' | 'key'>> {
  const owner = await readKept(path, (database) => {
    const identity = database.prepare('SELECT identity FROM profile').get()?.['identity']
    return {
      identity: typeof identity === 'string' ? identity : undefined,
      key: keyBeside(path, settingIn(database, 'key')),
    }
  })
  return owner ?? { identity: undefined, key: undefined }
}

function keyBeside(path: string, expected: string | undefined): DiskFinding['key'] {
  if (expected === undefined) return undefined
  const found = keyIdIn(join(dirname(path), KEY_FILE))
  if (found === undefined) return 'missing'
  return found === expected ? 'fine' : 'other'
}
