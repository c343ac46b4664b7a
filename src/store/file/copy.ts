/** Copies of the file of a store, for another machine: made while nothing else uses the store, and checked before they are used. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { textIn } from '../rows.ts'
import { openFile } from './file.ts'
import { damaged } from './header.ts'
import { loadSqlite, type Database } from './sqlite.ts'
import type { OpenFile } from './open-file.ts'

/**
 * Writes what the store at this path has into the file `copy`, whole and without a journal. No other process can open the store
 * until the result is closed. Rejects with StoreError.
 */
export async function copyStore(path: string, copy: string): Promise<Pick<OpenFile, 'close'>> {
  return openFile(path, await loadSqlite(), {
    ...NOT_MADE,
    begin: (database, file) => {
      // One that a killed process left.
      rmSync(copy, { force: true })
      closeSync(openSync(copy, 'wx', 0o600))
      try {
        database.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`)
      } catch (error) {
        rmSync(copy, { force: true })
        throw error
      }
      return file
    },
  })
}

/** The setting of this name in a copy, which is whole. Rejects with StoreError. */
export async function checkedSetting(copy: string, setting: string): Promise<string | undefined> {
  const { file, value } = openFile(copy, await loadSqlite(), {
    ...NOT_MADE,
    begin: (database, opened) => {
      const [row = {}] = database.prepare('PRAGMA quick_check (1)').all()
      if (row['quick_check'] !== 'ok') throw damaged(copy)
      return { file: opened, value: settingIn(database, setting) }
    },
  })
  file.close()
  return value
}

const NOT_MADE = {
  fill: () => undefined,
  warn: () => undefined,
}

function settingIn(database: Database, name: string): string | undefined {
  const row = database.prepare('SELECT value FROM setting WHERE name = ?').get(name)
  return row && textIn(row, 'value')
}
