/**
 * The network key that a user gives: by a file, or by a variable or the configuration as text. Never as a word of the command
 * line, which every user of the machine can read.
 */
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemCode } from '../../chat/errors.ts'
import {
  NetworkKeyError,
  looksLikeNetworkKey,
  readNetworkKey,
  type NetworkKey,
} from '../../identity/network-key.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { baseDirectory } from '../system/paths.ts'

/** More than a file with a key has, in bytes. */
const MAX_SIZE = 1_024

const OTHERS = 0o077

export interface GivenKey {
  /** A path or a key; undefined: an open network. */
  readonly value: string | undefined
  /** It stands on the command line. */
  readonly isTyped: boolean
}

/** Undefined: an open network. `warn` gets a sentence when others could read the key. Throws ExitError. */
export function givenNetworkKey(
  { value, isTyped }: GivenKey,
  warn: (sentence: string) => void,
): NetworkKey | undefined {
  if (value === undefined) return undefined
  if (!looksLikeNetworkKey(value)) return networkKeyIn(value, warn)
  if (isTyped)
    throw wrong(
      'every user of this machine can read a command line: put the network key into a file, and give that by --network-key FILE',
    )
  return keyIn(value, 'PARLEY_NETWORK_KEY, or "network-key" of the configuration')
}

/** The key in this file. Throws ExitError. */
export function networkKeyIn(path: string, warn: (sentence: string) => void): NetworkKey {
  return keyIn(contentOf(path, warn), path)
}

/** Writes a new file, which only this user may read. Throws ExitError; a file that is there stays as it is. */
export function writeNetworkKey(path: string, key: NetworkKey): void {
  let file: number | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    file = openSync(path, 'wx', 0o600)
    writeSync(file, `${key.text}\n`)
    fsyncSync(file)
  } catch (error) {
    throw wrong(
      systemCode(error) === 'EEXIST'
        ? `${path} is there already, and is never replaced: "parley network show ${path}" shows it; name another file for another network`
        : `${path} cannot be written (${systemCode(error)}): name another file`,
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** `~/.config/parley/network-key`; undefined without a home directory. */
export function usualNetworkKeyFile(): string | undefined {
  const base = baseDirectory('XDG_CONFIG_HOME', '.config')
  return base === undefined ? undefined : join(base, 'parley', 'network-key')
}

function contentOf(path: string, warn: (sentence: string) => void): string {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const facts = fstatSync(file)
    if (facts.isDirectory()) throw wrong(`${path} is a directory: name the file with the network key`)
    if (facts.size > MAX_SIZE) throw wrong(`${path} is larger than a network key: it is another file`)
    // On Windows a mode has no effect, and every file has the same one.
    if (process.platform !== 'win32' && (facts.mode & OTHERS) !== 0)
      warn(
        `others on this machine can read the network key in ${path}; "chmod 600 ${path}" keeps it from them`,
      )
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof ExitError) throw error
    const code = systemCode(error)
    if (code === 'ENOENT')
      throw wrong(`there is no file ${path}: "parley network new ${path}" makes one, for a new network`)
    throw wrong(`the network key in ${path} cannot be read (${code})`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function keyIn(text: string, place: string): NetworkKey {
  try {
    return readNetworkKey(text)
  } catch (error) {
    if (error instanceof NetworkKeyError) throw wrong(`${place}: ${error.message}`)
    throw error
  }
}

function wrong(sentence: string): ExitError {
  return new ExitError(EXIT.usage, sentence)
}
