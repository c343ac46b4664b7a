/**
 * The file of a secret key: made once, at the first start, and never replaced. A key that is lost is a person that is
 * lost, so a start is refused when the file cannot be read, and when it is missing or another one beside data of a key.
 */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { KeyPair, SEED_BYTES } from './key-pair.ts'
import type { EndKind } from './proof.ts'
import type { KeyId } from './public-key.ts'
import type { RandomBytes } from '../noise/primitives.ts'

/** The first word says what follows; the second is the seed of 32 bytes in base64url. */
const FORM = /^parley-key-1 ([A-Za-z0-9_-]{43})\n?$/

/** A new file before it has its name. One that is left belongs to a process that was killed. */
const TEMPORARY = /^\.key-[0-9a-f]{16}\.tmp$/

const OTHERS = 0o077

export type KeyFileFault =
  /** The directory or the file cannot be made: there was no key here, and there is none. */
  | 'unwritable'
  | 'missing'
  | 'unreadable'
  | 'malformed'
  /** It is not the key under which the data here were written. */
  | 'other_key'

/** The message says which file, why, and what to do. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly fault: KeyFileFault

  constructor(fault: KeyFileFault, sentence: string) {
    super(sentence)
    this.fault = fault
  }
}

export interface KeyFileOptions {
  readonly path: string
  readonly owner: EndKind
  /** The id of the key under which data of the owner were written; undefined: there are none, so a missing key is made. */
  readonly expected: string | undefined
  readonly random: RandomBytes
  /** Gets a sentence for users when others could read the key. */
  readonly warn: (sentence: string) => void
}

/** The key in this file, or a new one that is on the disk when this returns. Throws KeyFileError. */
export function openKeyFile(options: KeyFileOptions): KeyPair {
  const { path, owner, expected } = options
  const found = readKeyFile(options)
  if (expected === undefined) return found ?? makeKeyFile(options)
  const remedy = remedyFor(options)
  if (found === undefined)
    throw new KeyFileError('missing', `${path} is missing: others know this ${owner} by its key. ${remedy}`)
  if (found.id !== expected)
    throw new KeyFileError(
      'other_key',
      `${path} is not the key that belongs to the data beside it. ${remedy}`,
    )
  return found
}

/** The key in this file; one that is made of the seed where there is no file. A file that is there stays. Throws KeyFileError. */
export function keepKeyFile(options: KeyFileOptions, seed: Buffer): KeyPair {
  return readKeyFile(options) ?? makeKeyFile(options, seed)
}

/**
 * Puts another key in the place of this one. `between` runs when the new one is on the disk beside it; if the process ends
 * then, takeNextKey() finishes or forgets it. Rejects as `between` does, with the old key in its place.
 */
export async function replaceKeyFile(
  path: string,
  seed: Buffer,
  random: RandomBytes,
  between: () => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.key-${random(8).toString('hex')}.tmp`)
  writeFlushed(temporary, contentOf(seed))
  renameSync(temporary, nextOf(path))
  flushDirectory(dirname(path))
  try {
    await between()
  } catch (error) {
    rmSync(nextOf(path), { force: true })
    throw error
  }
  renameSync(nextOf(path), path)
  flushDirectory(dirname(path))
}

/** Finishes a change of the key that was cut short: `expected` is the id of the key that the data belong to. */
export function takeNextKey(options: KeyFileOptions): void {
  const path = nextOf(options.path)
  if (!isThere(path)) return
  const next = readKeyFile({ ...options, path })
  if (next?.id === options.expected) renameSync(path, options.path)
  else rmSync(path, { force: true })
}

function nextOf(path: string): string {
  return `${path}.next`
}

function contentOf(seed: Buffer): string {
  return `parley-key-1 ${seed.toString('base64url')}\n`
}

/** The id of the key in this file, which stays as it is; undefined when none can be read. */
export function keyIdIn(path: string): KeyId | undefined {
  try {
    const [, seed] = FORM.exec(readFileSync(path, 'latin1')) ?? []
    return seed === undefined ? undefined : new KeyPair(Buffer.from(seed, 'base64url')).id
  } catch {
    return undefined
  }
}

/** Undefined when there is no such file. */
function readKeyFile(options: KeyFileOptions): KeyPair | undefined {
  const seed = readSeed(options)
  return seed && new KeyPair(seed)
}

/** The secret in this file, 32 bytes; undefined when there is no such file. Throws KeyFileError. */
export function readSeed(options: KeyFileOptions): Buffer | undefined {
  const { path, owner } = options
  const text = textOf(options)
  if (text === undefined) return undefined
  const [, seed] = FORM.exec(text) ?? []
  if (seed === undefined)
    throw new KeyFileError(
      'malformed',
      `${path} is not a key of a ${owner}, which begins with "parley-key-1". ${remedyFor(options)}`,
    )
  return Buffer.from(seed, 'base64url')
}

/** Parley never replaces a key. */
function remedyFor({ path, owner }: Pick<KeyFileOptions, 'path' | 'owner'>): string {
  return `Put the key back from a backup, or move ${dirname(path)} away to begin as another ${owner}`
}

function textOf(options: KeyFileOptions): string | undefined {
  const { path, owner } = options
  if (!isThere(path)) return undefined
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const text = readFileSync(file, 'latin1')
    narrow(file, options)
    return text
  } catch (error) {
    throw new KeyFileError(
      'unreadable',
      `${path} cannot be read (${codeOf(error)}): others know this ${owner} by the key in it. Make it readable for you, or put it back from a backup`,
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Also true of a link that leads nowhere, as to a disk that is not mounted; false in a directory that cannot be entered. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/**
 * Only the owner may read the file. On Windows a mode has no effect: the file inherits the access control list of its
 * directory, which below the profile of a user lets in this user, the system and administrators.
 */
function narrow(file: number, { path, owner, warn }: KeyFileOptions): void {
  if (process.platform === 'win32' || (fstatSync(file).mode & OTHERS) === 0) return
  try {
    fchmodSync(file, 0o600)
    warn(`Others on this machine could read ${path}, the secret key of this ${owner}, until now`)
  } catch {
    warn(
      `Others on this machine can read ${path}, the secret key of this ${owner}: make it readable for you only`,
    )
  }
}

/** Written beside its place, flushed, and linked there: a reader sees the whole file or none, and a file there stays. */
function makeKeyFile(options: KeyFileOptions, seed = options.random(SEED_BYTES)): KeyPair {
  const { path, owner, random } = options
  const directory = dirname(path)
  try {
    makeDirectory(directory)
    // Not by the process id: in two containers with one volume that may be the same.
    const temporary = join(directory, `.key-${random(8).toString('hex')}.tmp`)
    try {
      writeFlushed(temporary, contentOf(seed))
      giveName(temporary, path)
    } finally {
      rmSync(temporary, { force: true })
    }
    removeLeftovers(directory)
    flushDirectory(directory)
  } catch (error) {
    throw new KeyFileError(
      'unwritable',
      `${path} cannot be made (${codeOf(error)}): no ${owner} is without a key`,
    )
  }
  // Another process may have been faster: the file that is there counts.
  const made = readKeyFile(options)
  if (made === undefined) throw new KeyFileError('unwritable', `${path} vanished while it was made`)
  return made
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Throws the error of link(2) or rename(2), unless the name is taken by now. */
function giveName(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch {
    // The name is taken. Or the file system has no links, as on a memory stick.
    if (!isThere(path)) renameSync(temporary, path)
  }
}

/** Called when the key is in its place, so that a process that is still making one finds it there. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (TEMPORARY.test(name)) rmSync(join(directory, name), { force: true })
  }
}

/** The `recursive` of mkdirSync() never returns where nothing can be made, as in /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process that starts at the same moment.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Windows opens no directories, and needs no flush of one. */
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(directory, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
