/**
 * The key of a tracker: in a directory that the user named, in one of the data home, or of this run only. Trackers of one
 * user on one machine have the same key.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { KeyFileError, openKeyFile } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { trackerDirectory } from '../system/paths.ts'

/** Beside the files of a peer where one directory is for both, as in a container. */
const KEY_FILE = 'tracker-key'

export interface TrackerKeyFlags {
  /** Undefined: $XDG_DATA_HOME/parley/.tracker. */
  readonly data?: string | undefined
  /** Write nothing to disk. */
  readonly ephemeral: boolean
}

export interface TrackerKey {
  readonly keys: KeyPair
  /** False: the next start has another key. */
  readonly isKept: boolean
}

/** `warn` gets a sentence when the key cannot be kept, or others could read it. Throws ExitError. */
export function openTrackerKey(
  { data, ephemeral }: TrackerKeyFlags,
  warn: (sentence: string) => void,
): TrackerKey {
  if (ephemeral) return keyOfThisRun()
  const directory = data ?? trackerDirectory()
  if (directory === undefined) {
    warn(
      'there is no home directory; the key is lost when the tracker ends, unless --data DIRECTORY says where',
    )
    return keyOfThisRun()
  }
  const path = join(directory, KEY_FILE)
  try {
    const keys = openKeyFile({ path, owner: 'tracker', expected: undefined, random: randomBytes, warn })
    return { keys, isKept: true }
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
    if (data !== undefined || error.fault !== 'unwritable') throw new ExitError(EXIT.failure, error.message)
    warn(`${error.message}; the key is lost when the tracker ends`)
    return keyOfThisRun()
  }
}

function keyOfThisRun(): TrackerKey {
  return { keys: new KeyPair(randomBytes(32)), isKept: false }
}
