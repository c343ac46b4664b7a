/** Opens the store and the key of a peer: in a directory that the user named, in one for its name, or in memory. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { StoreError } from '../../store/errors.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { directoryOf } from '../system/paths.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import { openKeyFile } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { SecureSelf } from '../../secure/self.ts'
import type { Store } from '../../store/store.ts'

export interface StorageFlags {
  /** Undefined: a directory for each name in $XDG_DATA_HOME/parley. */
  readonly data: string | undefined
  /** False: messages are kept only until they are delivered. */
  readonly history: boolean
  /** Write nothing to disk. */
  readonly ephemeral: boolean
}

export interface PeerStore {
  readonly store: Store
  readonly secure: SecureSelf
  /** The directory of this peer; undefined: the store is in memory. */
  readonly directory: string | undefined
  /** The name of the peer: the one asked for, or the next one that is free on this machine. */
  readonly name: string
}

/** Peers of one user on one machine without a name that the user chose. */
const MAX_UNNAMED = 9

/**
 * Opens the store of the peer with this name. If the user did not choose the name and it is taken on this machine, the
 * name becomes `name-2` and so on. A second peer with a chosen name, and one that may not write to the default directory,
 * has its store in memory, and `onProblem` says so. Rejects with ExitError if a directory that the user named cannot be
 * used, or if a file must not be touched.
 */
export async function openPeerStore(
  name: string,
  { data, history, ephemeral }: StorageFlags,
  onProblem: (sentence: string) => void,
  isNamed = true,
): Promise<PeerStore> {
  // Loaded late: Node opens the files of all modules at once, and a system may allow 64 open files.
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
  const inMemory = async (): Promise<PeerStore> => ({
    store: await opened(':memory:'),
    secure: selfWith(new KeyPair(randomBytes(32))),
    directory: undefined,
    name,
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
      const store = await opened(join(directory, 'parley.db'))
      const keys = openKeyFile({ path: join(directory, 'key'), mustExist: false, random: randomBytes })
      return { store, secure: selfWith(keys), directory, name: candidate }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const isTaken = error.code === 'in_use' && data === undefined
      if (isTaken && !isNamed && count < MAX_UNNAMED) continue
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

function selfWith(keys: KeyPair): SecureSelf {
  return new SecureSelf({ keys, kind: 'peer', random: randomBytes })
}
