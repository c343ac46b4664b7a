/** Where a peer keeps its messages: in a directory that was named, in one of its own, or nowhere. */
import { join } from 'node:path'
import { StoreError } from '../../store/errors.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { directoryOf } from '../system/paths.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import type { Store } from '../../store/store.ts'

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
  /** That of the peer: the one that was asked for, or the next that nobody here has. */
  readonly name: string
}

/** Peers of one user on one machine that nobody has given a name. */
const MOST_UNNAMED = 9

/**
 * Opens the store of the peer of this name. Where nobody chose the name and it is taken on this machine, it is `name-2`
 * and so on. A second peer of a name that was chosen, and one that may not write where nobody told it to, goes without
 * a file: `onProblem` says so. Rejects with ExitError for a directory that was named, or a file that must not be touched.
 */
export async function openKept(
  name: string,
  { data, history, ephemeral }: KeepingFlags,
  onProblem: (sentence: string) => void,
  isNamed = true,
): Promise<Kept> {
  // Not with the rest: Node opens all files of a program's modules at once, and a system may allow 64.
  const { openStore } = await import('../../store/sqlite-store.ts')
  const opened = (path: string): Promise<Store> =>
    openStore({
      path,
      clock: systemClock,
      random: systemRandom,
      defer: setImmediate,
      keepHistory: history,
      onProblem,
    })
  const inMemory = async (): Promise<Kept> => ({
    ...{ store: await opened(':memory:'), directory: undefined, name },
  })
  if (ephemeral) return inMemory()
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`
    const directory = data ?? directoryOf(candidate)
    if (directory === undefined) {
      onProblem(
        'there is no home directory; nothing is kept of this chat when it ends, unless --data DIRECTORY says where',
      )
      return inMemory()
    }
    try {
      return { store: await opened(join(directory, 'parley.db')), directory, name: candidate }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const isTaken = error.code === 'in_use' && data === undefined
      if (isTaken && !isNamed && count < MOST_UNNAMED) continue
      if (!isTaken && (error.code !== 'no_access' || data !== undefined))
        throw new ExitError(EXIT.failure, error.message)
      onProblem(
        isTaken
          ? `${name} runs on this machine already: others see two of this name, and nothing is kept of this chat when it ends; --name gives it another`
          : `${error.message}; nothing is kept of this chat when it ends`,
      )
      return inMemory()
    }
  }
}
