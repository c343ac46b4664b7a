/**
 * Copies of the database of a person while it moves by `parley identity export` and `import`: in clear, as the database is.
 *
 * Invariant: those that a killed process leaves are gone after the next start or move of this person.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** With the files that SQLite puts beside one. */
const IMPORT_COPY = /^\.import-[0-9a-f]{16}\.tmp(?:-wal|-shm|-journal)?$/

export function newImportCopy(directory: string): string {
  return join(directory, `.import-${randomBytes(8).toString('hex')}.tmp`)
}

/** An import that is at work there fails, and can be done again. */
export function removeImportCopies(directory: string): void {
  for (const name of namesIn(directory))
    if (IMPORT_COPY.test(name)) rmSync(join(directory, name), { force: true })
}

/** There is one at most, because its maker has the lock of the database; so must the caller have it. */
export function exportCopyIn(directory: string): string {
  return join(directory, 'export.tmp')
}

/** A database file that nothing uses, with its journals. */
export function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
