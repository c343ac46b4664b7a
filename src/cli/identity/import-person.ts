/**
 * Brings a person to this machine from the file of an export.
 *
 * Invariant: the file is opened and checked to its end before anything here is replaced. From then until all is in its place
 * the directory is marked, so nothing starts in a half of it, and the import can be done again. A copy in clear that a killed
 * import leaves is removed by the next import or start there.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { systemCode } from '../../chat/errors.ts'
import { chosenName, personName } from '../../chat/wire/fields.ts'
import {
  ExportRecords,
  exportKey,
  HEAD_BYTES,
  kindOfHead,
  LENGTH_BYTES,
  recordLength,
} from '../../identity/export-format.ts'
import { keepKeyFile, readSeed, type KeyFileOptions } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { checkedSetting } from '../../store/file/copy.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import {
  DATABASE_FILE,
  KEY_FILE,
  LocalPerson,
  localPeople,
  localPerson,
  personCalled,
} from '../running/local-person.ts'
import { newImportCopy, removeDatabase, removeImportCopies } from '../running/clear-copies.ts'
import { flushDirectory, markMoved, movedMark, removeMark } from '../running/moved-mark.ts'
import { KEY } from '../running/open-store.ts'
import { readManifest, type Manifest } from './manifest.ts'

export interface ImportOptions {
  readonly file: string
  readonly passphrase: string
  /** Undefined: as on the machine that it comes from. */
  readonly name: string | undefined
  /** Undefined: the directory where this person was, or a new one of the data home. */
  readonly data: string | undefined
  readonly warn: (sentence: string) => void
}

export interface Imported {
  readonly person: LocalPerson
  readonly keys: KeyPair
}

/** Rejects with ExitError, StoreError, KeyFileError or ChatError; then all here is as it was, or the import can be repeated. */
export async function importPerson(options: ImportOptions): Promise<Imported> {
  const { file, passphrase, name, data, warn } = options
  const source = openExport(file)
  let created: string | undefined
  let copy: string | undefined
  try {
    const head = source.take(HEAD_BYTES)
    checkHead(head, file)
    const records = new ExportRecords(await exportKey(passphrase, head), head)
    const manifest = readManifest(nextChunk(source, records, file))
    if (manifest === undefined) throw changed(file)
    const keys = new KeyPair(manifest.seed)
    const person = placeFor(keys, manifest, name, data, warn)
    const { directory } = person
    if (!existsSync(directory)) created = directory
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    removeImportCopies(directory)
    copy = newImportCopy(directory)
    writeCopy(copy, source, records, file)
    if ((await checkedSetting(copy, KEY)) !== keys.id) throw changed(file)
    settle(person, copy, keys, manifest, warn)
    const called = nameFor(manifest, name)
    if (called !== undefined) person.rename(called)
    removeMark(directory)
    return { person, keys }
  } finally {
    source.close()
    if (copy !== undefined) removeDatabase(copy)
    if (created !== undefined && readdirSync(created).length === 0) rmdirSync(created)
  }
}

// --- the file ---------------------------------------------------------------------------------------

interface Source {
  /** The next bytes: fewer at the end of the file. */
  take(count: number): Buffer
  readonly isAtEnd: boolean
  close(): void
}

function openExport(path: string): Source {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw new ExitError(
      EXIT.usage,
      `${path} cannot be read (${systemCode(error)}): name the file of an export`,
    )
  }
  let ahead = Buffer.alloc(0)
  const fill = (count: number): void => {
    while (ahead.length < count) {
      const bytes = Buffer.alloc(count - ahead.length)
      const length = readSync(file, bytes)
      if (length === 0) return
      ahead = Buffer.concat([ahead, bytes.subarray(0, length)])
    }
  }
  return {
    take: (count) => {
      fill(count)
      const taken = ahead.subarray(0, count)
      ahead = ahead.subarray(count)
      return taken
    },
    get isAtEnd() {
      fill(1)
      return ahead.length === 0
    },
    close: () => {
      closeSync(file)
    },
  }
}

function checkHead(head: Buffer, path: string): void {
  const kind = kindOfHead(head)
  if (kind === 'export') return
  throw new ExitError(
    EXIT.failure,
    kind === 'later_export'
      ? `${path} was made by a later version of Parley: import it with that one`
      : `${path} is no file of "parley identity export"`,
  )
}

/** Throws ExitError. */
function nextChunk(source: Source, records: ExportRecords, path: string): Buffer {
  const length = recordLength(source.take(LENGTH_BYTES))
  if (length === undefined) throw changed(path)
  const sealed = source.take(length)
  try {
    return records.open(sealed, source.isAtEnd)
  } catch {
    throw changed(path)
  }
}

function changed(path: string): ExitError {
  return new ExitError(
    EXIT.failure,
    `${path} does not open: the passphrase is another one, or the file was cut or changed. Nothing was replaced`,
  )
}

function writeCopy(copy: string, source: Source, records: ExportRecords, path: string): void {
  const to = openSync(copy, 'wx', 0o600)
  try {
    while (!source.isAtEnd) writeSync(to, nextChunk(source, records, path))
    fsyncSync(to)
  } finally {
    closeSync(to)
  }
}

// --- the place --------------------------------------------------------------------------------------

/** Throws ExitError where another person is, or this one that was not moved away. */
function placeFor(
  keys: KeyPair,
  manifest: Manifest,
  name: string | undefined,
  data: string | undefined,
  warn: (sentence: string) => void,
): LocalPerson {
  const isHere = ({ directory }: LocalPerson): boolean => keyIn(directory, warn)?.id === keys.id
  const before = data === undefined ? localPeople().find(isHere) : new LocalPerson(data)
  const called = nameFor(manifest, name)
  const person = before ?? (called === undefined ? undefined : newPerson(called))
  if (person === undefined)
    throw new ExitError(
      EXIT.usage,
      'this person has no name, or there is no home directory: say where with --data DIRECTORY',
    )
  refuseOther(person, keys, warn)
  if (movedMark(person.directory) === undefined) refusePresent(person, warn)
  return person
}

/** Throws ExitError. */
function refuseOther({ directory }: LocalPerson, keys: KeyPair, warn: (sentence: string) => void): void {
  const there = keyIn(directory, warn)
  if (there === undefined || there.id === keys.id) return
  throw new ExitError(
    EXIT.failure,
    `${directory} is another person: choose another place with --data, or another --name`,
  )
}

/** Throws ExitError. */
function refusePresent({ directory }: LocalPerson, warn: (sentence: string) => void): void {
  const there = keyIn(directory, warn)
  if (there !== undefined || existsSync(join(directory, DATABASE_FILE)))
    throw new ExitError(
      EXIT.failure,
      `this person is in ${directory} already and was not moved away: nothing was replaced. What is said there would be lost; to have what is in the file instead, move that directory away first`,
    )
}

function newPerson(name: string): LocalPerson | undefined {
  if (personCalled(name) === undefined) return localPerson(name, true)
  throw new ExitError(
    EXIT.failure,
    `${name} is another person of this machine: give this one another name with --name`,
  )
}

/** What the person is called here. Throws ChatError. */
function nameFor(manifest: Manifest, name: string | undefined): string | undefined {
  if (name !== undefined) return chosenName(name)
  return manifest.name === '' ? undefined : personName(manifest.name)
}

function keyIn(directory: string, warn: (sentence: string) => void): KeyPair | undefined {
  const seed = readSeed(keyFileOf(directory, warn))
  return seed && new KeyPair(seed)
}

function keyFileOf(directory: string, warn: (sentence: string) => void): KeyFileOptions {
  return {
    path: join(resolve(directory), KEY_FILE),
    owner: 'peer',
    expected: undefined,
    random: randomBytes,
    warn,
  }
}

/** Puts the key and the database into their place. What was there stays beside it. Throws ExitError. */
function settle(
  person: LocalPerson,
  copy: string,
  keys: KeyPair,
  { seed }: Manifest,
  warn: (sentence: string) => void,
): void {
  const { directory } = person
  if (movedMark(directory) === undefined) {
    markMoved(directory, 'is being imported')
    refuseLateStart(person, keys, warn)
  }
  keepKeyFile(keyFileOf(directory, warn), seed)
  const database = join(directory, DATABASE_FILE)
  if (existsSync(database)) renameSync(database, `${database}.before-import`)
  removeDatabase(database)
  renameSync(copy, database)
  flushDirectory(directory)
}

/** A person that was started here while the file was read stays: it looks for the mark after it has made its database. */
function refuseLateStart(person: LocalPerson, keys: KeyPair, warn: (sentence: string) => void): void {
  try {
    refuseOther(person, keys, warn)
    refusePresent(person, warn)
  } catch (error) {
    removeMark(person.directory)
    throw error
  }
}
