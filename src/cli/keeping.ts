/** Where a peer keeps its messages: in a directory that was named, in one of its own, or nowhere. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { openStore } from '../peer/store.ts'
import { StoreError } from '../peer/store-error.ts'
import { EXIT, ExitError } from './exit-codes.ts'
import { systemClock } from './system-clock.ts'
import type { Random } from '../chat/random.ts'
import type { Store } from '../peer/store-model.ts'

export interface KeepingFlags {
  /** Undefined: a directory for each name, in $XDG_DATA_HOME/parley. */
  readonly data: string | undefined
  /** False: messages are kept only until they are delivered. */
  readonly history: boolean
  /** Nothing is written to disk. */
  readonly ephemeral: boolean
}

export interface Kept {
  readonly store: Store
  /** The directory of this peer; undefined: it keeps nothing on disk. */
  readonly directory: string | undefined
}

export const systemRandom: Random = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48

/**
 * Opens the store of the peer of this name. A second peer of a name, and one that may not write where nobody told
 * it to, goes without: `onProblem` says so. Rejects with ExitError for a directory that was named, or a file that
 * must not be touched.
 */
export async function openKept(
  name: string,
  { data, history, ephemeral }: KeepingFlags,
  onProblem: (sentence: string) => void,
): Promise<Kept> {
  const opened = (path: string): Promise<Store> =>
    openStore({
      path,
      clock: systemClock,
      random: systemRandom,
      defer: setImmediate,
      keepHistory: history,
      onProblem,
    })
  if (ephemeral) return { store: await opened(':memory:'), directory: undefined }
  const directory = data ?? directoryOf(name)
  try {
    return { store: await opened(join(directory, 'parley.db')), directory }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const isExcusable = data === undefined && ['in_use', 'no_access'].includes(error.code)
    if (!isExcusable) throw new ExitError(EXIT.failure, error.message)
    onProblem(`${error.message}; nothing is kept of this chat when it ends`)
    return { store: await opened(':memory:'), directory: undefined }
  }
}

/** Every name is one directory, whatever is in it. */
function directoryOf(name: string): string {
  const base = process.env['XDG_DATA_HOME'] ?? ''
  const home = base.startsWith('/') ? base : join(homedir(), '.local', 'share')
  return join(home, 'parley', encodeURIComponent(name).replaceAll('.', '%2E'))
}
