/**
 * Writes a person into a file for another machine: its key, and all that it keeps.
 *
 * Invariant: nothing runs in the directory from before the copy is made until the directory is marked as moved, and it is
 * marked only when the file is on the disk whole.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readSeed } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import {
  CHUNK_BYTES,
  exportHead,
  exportKey,
  ExportRecords,
  SALT_BYTES,
} from '../../identity/export-format.ts'
import { copyStore } from '../../store/file/copy.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { exportCopyIn, removeDatabase } from '../running/clear-copies.ts'
import { DATABASE_FILE, KEY_FILE, type LocalPerson } from '../running/local-person.ts'
import { flushDirectory, markMoved, refuseMoved } from '../running/moved-mark.ts'
import { writeManifest } from './manifest.ts'

export interface ExportOptions {
  readonly person: LocalPerson
  readonly file: string
  readonly passphrase: string
  readonly warn: (sentence: string) => void
  /** `2026-11-28`. */
  readonly date: string
}

/** Returns the key of the person. Rejects with ExitError, StoreError or KeyFileError, and the directory is as before. */
export async function exportPerson(options: ExportOptions): Promise<KeyPair> {
  const { person, passphrase, warn, date } = options
  const { directory } = person
  const file = resolve(options.file)
  const database = join(directory, DATABASE_FILE)
  refuseMoved(directory)
  const seed = readSeed({
    path: join(directory, KEY_FILE),
    owner: 'peer',
    expected: undefined,
    random: randomBytes,
    warn,
  })
  if (seed === undefined || !existsSync(database))
    throw new ExitError(
      EXIT.failure,
      `there is no person in ${directory}: "parley identity show" lists those of this machine`,
    )
  if (existsSync(file)) throw new ExitError(EXIT.failure, `${file} is there already: name a new file`)
  const copy = exportCopyIn(directory)
  const lock = await copyStore(database, copy)
  try {
    refuseMoved(directory)
    const head = exportHead(randomBytes(SALT_BYTES))
    const records = new ExportRecords(await exportKey(passphrase, head), head)
    // One that a killed process left.
    rmSync(`${file}.new`, { force: true })
    writeExport(`${file}.new`, head, records, writeManifest({ name: person.label ?? '', seed }), copy)
    renameSync(`${file}.new`, file)
    flushDirectory(dirname(file))
    markMoved(directory, `was moved on ${date} by the file ${file}`)
  } finally {
    rmSync(`${file}.new`, { force: true })
    removeDatabase(copy)
    lock.close()
  }
  return new KeyPair(seed)
}

function writeExport(
  path: string,
  head: Buffer,
  records: ExportRecords,
  manifest: Buffer,
  copy: string,
): void {
  const [from, to] = [openSync(copy, 'r'), openSync(path, 'wx', 0o600)]
  try {
    const size = statSync(copy).size
    writeSync(to, head)
    writeSync(to, records.seal(manifest, size === 0))
    for (let at = 0; at < size;) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at))
      const length = readSync(from, chunk, 0, chunk.length, at)
      if (length === 0) throw new ExitError(EXIT.failure, `${copy} was cut by another program`)
      at += length
      writeSync(to, records.seal(chunk.subarray(0, length), at >= size))
    }
    fsyncSync(to)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}
