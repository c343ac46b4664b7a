/** What a store keeps, for probes: read without a lock and without the journal, so that a peer that uses it does not notice. */
import { pathToFileURL } from 'node:url'
import { loadSqlite, type Database } from '../../../store/file/sqlite.ts'

/** Undefined: it could not be read. Never rejects. */
export async function readKept<Kept>(
  path: string,
  read: (database: Database) => Kept,
): Promise<Kept | undefined> {
  try {
    const address = pathToFileURL(path)
    // https://sqlite.org/uri.html, "immutable"
    address.search = '?immutable=1'
    const database = (await loadSqlite())(address.href)
    try {
      return read(database)
    } finally {
      database.close()
    }
  } catch {
    return undefined
  }
}

export function settingIn(database: Database, name: string): string | undefined {
  const value = database.prepare('SELECT value FROM setting WHERE name = ?').get(name)?.['value']
  return typeof value === 'string' ? value : undefined
}
