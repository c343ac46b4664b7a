/**
 * The copy of a file as an older Parley left it, beside the file. It is made before the tables are changed, because the
 * older Parley cannot read them afterwards, and removed when the newer one has ended cleanly for the first time.
 *
 * Invariant: under its name is a whole copy that is on the disk, or none.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../../chat/errors.ts'
import { troubleIn } from '../errors.ts'
import type { Database } from './sqlite.ts'

/**
 * Copies the file of this database. Throws if it is damaged; a copy that there is no room or no permission for is reported
 * and done without, because a chat that does not start would be worse, and the change of the tables is one transaction.
 */
export function keepOldFile(path: string, database: Database, warn: (sentence: string) => void): void {
  const made = `${copyOf(path)}.new`
  try {
    rmSync(made, { force: true })
    closeSync(openSync(made, 'wx', 0o600))
    // Not by copying the file, because closing it would release the locks of SQLite; and this copies the journal, too.
    database.exec(`VACUUM INTO '${made.replaceAll("'", "''")}'`)
    flush(made, 'r+')
    renameSync(made, copyOf(path))
    if (process.platform !== 'win32') flush(dirname(path), 'r')
  } catch (error) {
    if (!isBearable(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    warn(`No copy of ${path} was made (${reason}): an older Parley cannot use it from now on`)
  } finally {
    removeIfPossible(made)
  }
}

export function forgetOldFile(path: string): void {
  removeIfPossible(copyOf(path))
}

function copyOf(path: string): string {
  return `${path}.before-update`
}

function isBearable(error: unknown): boolean {
  const trouble = troubleIn(error)
  if (trouble !== undefined) return trouble === 'full' || trouble === 'inaccessible'
  return systemCode(error) !== 'unknown' && systemCode(error) !== 'ERR_SQLITE_ERROR'
}

function flush(path: string, flags: string): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** What cannot be removed now is replaced by the next copy. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (systemCode(error) === 'unknown') throw error
  }
}
