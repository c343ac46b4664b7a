/**
 * SQLite: the one that is in Node where there is one that can do what we need, else the same API as a package.
 */

export type Value = null | number | string | Uint8Array
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  run(...parameters: readonly Value[]): { readonly changes: number | bigint }
  get(...parameters: readonly Value[]): Row | undefined
  all(...parameters: readonly Value[]): readonly Row[]
  iterate(...parameters: readonly Value[]): Iterable<Row>
}

/** What we use of DatabaseSync (https://nodejs.org/api/sqlite.html). */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** Opens a file, or with `:memory:` a database that is in no file. */
export type OpenDatabase = (path: string) => Database

interface Sqlite {
  readonly DatabaseSync: new (path: string) => Database
}

let loaded: Promise<OpenDatabase> | undefined

/** Loads SQLite once. Rejects when there is none for this machine. */
export function loadSqlite(): Promise<OpenDatabase> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<OpenDatabase> {
  const builtIn = withoutWarning(() => process.getBuiltinModule('node:sqlite') as unknown)
  if (isSqlite(builtIn)) {
    const open = opener(builtIn)
    if (hasSearch(open)) return open
  }
  const installed: unknown = await import('@photostructure/sqlite')
  if (!isSqlite(installed)) throw new Error('SQLite is not installed')
  return opener(installed)
}

function opener({ DatabaseSync }: Sqlite): OpenDatabase {
  return (path) => new DatabaseSync(path)
}

function isSqlite(module: unknown): module is Sqlite {
  return (
    typeof module === 'object' &&
    module !== null &&
    'DatabaseSync' in module &&
    typeof module.DatabaseSync === 'function'
  )
}

/** Early versions of Node were built without FTS5. */
function hasSearch(open: OpenDatabase): boolean {
  const database = open(':memory:')
  try {
    database.exec("CREATE VIRTUAL TABLE probe USING fts5 (words, content = '', contentless_delete = 1)")
    return true
  } catch {
    return false
  } finally {
    database.close()
  }
}

/** Node says on stderr that its SQLite is experimental, which is no concern of whoever chats. */
function withoutWarning<T>(task: () => T): T {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  process.emitWarning = () => undefined
  try {
    return task()
  } finally {
    if (before !== undefined) Object.defineProperty(process, 'emitWarning', before)
  }
}
