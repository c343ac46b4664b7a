/**
 * The file of a secret key: made once, at the first start, and never replaced. A key that is lost is a person that is
 * lost, so a file that cannot be read stops the start, and so does one that is missing beside data of that person.
 */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KeyPair, SEED_BYTES } from './key-pair.ts'
import type { RandomBytes } from '../noise/primitives.ts'

/** The first word says what follows; the second is the seed of 32 bytes in base64url. */
const FORM = /^parley-key-1 ([A-Za-z0-9_-]{43})\n?$/

/** Says what to do. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

export interface KeyFileOptions {
  readonly path: string
  /** Data of the owner is here already, so a missing key is a loss and no first start. */
  readonly mustExist: boolean
  readonly random: RandomBytes
}

/** The key in this file, or a new one that is on the disk when this returns. Throws KeyFileError. */
export function openKeyFile({ path, mustExist, random }: KeyFileOptions): KeyPair {
  const kept = readKeyFile(path)
  if (kept !== undefined) return kept
  if (mustExist)
    throw new KeyFileError(
      `${path} is missing: it is the key of this peer, and others know the peer by it. Put it back from a backup, or start with another --data directory`,
    )
  createKeyFile(path, random(SEED_BYTES))
  // Another program may have been faster: what is on the disk counts.
  const made = readKeyFile(path)
  if (made === undefined) throw new KeyFileError(`${path} vanished while it was made`)
  return made
}

/** Undefined when there is no such file. */
function readKeyFile(path: string): KeyPair | undefined {
  const text = textOf(path)
  if (text === undefined) return undefined
  const [, seed] = FORM.exec(text) ?? []
  if (seed === undefined)
    throw new KeyFileError(
      `${path} is no key file: it begins with "parley-key-1". Put the key back from a backup; Parley never replaces it`,
    )
  return new KeyPair(Buffer.from(seed, 'base64url'))
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new KeyFileError(`${path} cannot be read (${codeOf(error)}): it is the key of this peer`)
  }
}

/** Written beside its place, flushed, and linked there: a reader sees the whole file or none, and a file there stays. */
function createKeyFile(path: string, seed: Buffer): void {
  const directory = dirname(path)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const temporary = join(directory, `.key-${process.pid}.tmp`)
  try {
    const file = openSync(temporary, 'w', 0o600)
    try {
      writeSync(file, `parley-key-1 ${seed.toString('base64url')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(temporary, path)
    flushDirectory(directory)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new KeyFileError(`${path} cannot be written (${codeOf(error)}): without a key there is no peer`)
  } finally {
    rmSync(temporary, { force: true })
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
