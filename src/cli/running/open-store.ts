/**
 * Opens the store and the key of a person: in a directory that the user named, in one of the data home, or in memory.
 *
 * Invariant: a store notes the id of its key, and is never used with another one. A process that is killed between any
 * two steps leaves a directory that starts: the key is there before the store, and is not lost when the note is missing.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ChatError } from '../../chat/errors.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { StoreError } from '../../store/errors.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import { KeyFileError, openKeyFile, takeNextKey } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { legacyIdentity } from '../../identity/legacy-identity.ts'
import type { NetworkKey } from '../../identity/network-key.ts'
import { SecureSelf } from '../../secure/self.ts'
import { exportCopyIn, removeDatabase, removeImportCopies } from './clear-copies.ts'
import { DATABASE_FILE, KEY_FILE, keepName, LocalPerson, localPerson, renamedFrom } from './local-person.ts'
import { refuseMoved } from './moved-mark.ts'
import type { Store } from '../../store/store.ts'
import type { StoreOptions } from '../../store/options.ts'

export interface StorageFlags {
  /** Undefined: a directory for each person in $XDG_DATA_HOME/parley. */
  readonly data: string | undefined
  /** False: messages are kept only until they are delivered. */
  readonly history: boolean
  /** Write nothing to disk. */
  readonly ephemeral: boolean
  /** The closed network of this run: what is kept is told in it alone. Undefined: an open one. */
  readonly network?: NetworkKey | undefined
}

export interface PeerStore {
  readonly store: Store
  readonly secure: SecureSelf
  /** Undefined: all of it is in memory, and is another person at the next start. */
  readonly person: LocalPerson | undefined
  readonly name: string
  /** Why it is not the name asked for, as the end of a line: `: kim runs on this machine already`; else empty. */
  readonly nameNote: string
}

type Opened = Pick<PeerStore, 'store' | 'secure'>

/** Gets sentences for users about what does not stop the start. */
type OnProblem = (sentence: string) => void

/** Peers of one user on one machine without a name that the user chose. */
const MAX_UNNAMED = 9

/** The setting with the id of the key. */
export const KEY = 'key'
/** The setting with the name of the last start: a copy of the directory may be where its own name says nothing. */
const NAME = 'name'

/**
 * Opens the store of the person with this name. If the user did not choose the name and that person runs on this machine,
 * the next one is `name-2` and so on. A second peer with a chosen name, and one that may not write to the default
 * directory, has its store in memory, and `onProblem` says so. Rejects with ExitError if a directory that the user named
 * cannot be used, if a file must not be touched, or if the key is lost.
 */
export async function openPeerStore(
  name: string,
  flags: StorageFlags,
  onProblem: OnProblem,
  isNamed = true,
): Promise<PeerStore> {
  const { data, ephemeral } = flags
  if (ephemeral) return inMemory(name, flags, onProblem)
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`
    const person = data === undefined ? localPerson(candidate, isNamed) : new LocalPerson(data)
    if (person === undefined) {
      onProblem(
        'there is no home directory; nothing is kept of this chat when it ends, unless --data DIRECTORY says where',
      )
      return inMemory(name, flags, onProblem)
    }
    const renamed = data === undefined && isNamed ? renamedFrom(name) : undefined
    try {
      const opened = await openIn(person, isNamed ? name : undefined, flags, onProblem)
      if (renamed !== undefined)
        onProblem(
          `${name} is a new person here: the one who had this name is ${renamed} now, and starts with --name ${renamed}`,
        )
      const called = isNamed ? name : (person.label ?? opened.store.setting(NAME) ?? candidate)
      opened.store.set(NAME, called)
      return { ...opened, person, name: called, nameNote: nameNote(name, called, count > 1) }
    } catch (error) {
      const isTaken = error instanceof StoreError && error.code === 'in_use' && data === undefined
      if (isTaken && !isNamed && count < MAX_UNNAMED) continue
      const isUseless = data === undefined && isNoAccess(error)
      if (!isTaken && !isUseless) throw refusal(error)
      onProblem(
        isTaken
          ? `${name} runs on this machine already: others see two of this name, and nothing is kept of this chat when it ends; --name gives it another`
          : `${error.message}; nothing is kept of this chat when it ends`,
      )
      return inMemory(name, flags, onProblem)
    }
  }
}

/** `name`: as the user wants the person to be called from now on. Rejects with StoreError, KeyFileError or ChatError. */
async function openIn(
  person: LocalPerson,
  name: string | undefined,
  flags: StorageFlags,
  onProblem: OnProblem,
): Promise<Opened> {
  removeImportCopies(person.directory)
  refuseMoved(person.directory)
  const path = join(person.directory, KEY_FILE)
  const keys = (expected?: string): KeyPair =>
    openKeyFile({ path, owner: 'peer', expected, random: randomBytes, warn: onProblem })
  const isOld = existsSync(path)
  const store = await openStoreAt(join(person.directory, DATABASE_FILE), flags, onProblem, {
    identity: () => legacyIdentity(keys().id),
    // A person who lost the database, and not the key, goes on behind what others have kept.
    firstSeq: () => (isOld ? systemClock.wall() * 1000 : 0),
  })
  try {
    // The store is locked from here on, so no other process is this person, or moves it.
    refuseMoved(person.directory)
    removeDatabase(exportCopyIn(person.directory))
    const expected = store.setting(KEY)
    if (expected !== undefined)
      takeNextKey({ path, owner: 'peer', expected, random: randomBytes, warn: onProblem })
    const own = keys(expected)
    store.set(KEY, own.id)
    await store.saved().catch(unlessFull)
    if (name !== undefined) keepName(person, name, onProblem)
    return { store, secure: selfWith(own, flags) }
  } catch (error) {
    store.close()
    throw error
  }
}

/** A person of this run: with a key that is gone when it ends. */
async function inMemory(name: string, flags: StorageFlags, onProblem: OnProblem): Promise<PeerStore> {
  const keys = new KeyPair(randomBytes(32))
  const store = await openStoreAt(':memory:', flags, onProblem, {
    identity: () => legacyIdentity(keys.id),
  })
  return { store, secure: selfWith(keys, flags), person: undefined, name, nameNote: '' }
}

async function openStoreAt(
  path: string,
  { history, network }: StorageFlags,
  onProblem: OnProblem,
  fresh: Pick<StoreOptions, 'identity' | 'firstSeq'>,
): Promise<Store> {
  // Loaded late: Node opens the files of all modules at once, and a system may allow 64 open files.
  const { openStore } = await import('../../store/sqlite-store.ts')
  return openStore({
    path,
    clock: systemClock,
    random: systemRandom,
    ...fresh,
    defer: setImmediate,
    keepHistory: history,
    network: network?.tag.toString('base64url'),
    onProblem,
  })
}

function selfWith(keys: KeyPair, { network }: StorageFlags): SecureSelf {
  return new SecureSelf({ keys, kind: 'peer', random: randomBytes, network })
}

function nameNote(wanted: string, name: string, isTaken: boolean): string {
  if (isTaken) return `: ${sanitizeLine(wanted)} runs on this machine already`
  return name === wanted ? '' : ': the name that you chose last'
}

/** The id of the key is written as soon as there is room; the store tells the user. */
function unlessFull(error: unknown): void {
  if (!(error instanceof ChatError)) throw error
}

function isNoAccess(error: unknown): error is Error {
  if (error instanceof KeyFileError) return error.fault === 'unwritable'
  return error instanceof StoreError && error.code === 'no_access'
}

function refusal(error: unknown): unknown {
  if (error instanceof ChatError) return new ExitError(EXIT.usage, error.message)
  const isKnown = error instanceof StoreError || error instanceof KeyFileError
  return isKnown ? new ExitError(EXIT.failure, error.message, { cause: error }) : error
}
