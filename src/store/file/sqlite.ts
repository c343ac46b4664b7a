/**
 * SQLite: that of Node, where it has all that the store needs, or else a package with the same API.
 */

export type Value = null | number | string | Uint8Array
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  /** Runs a change. Returns how many rows it changed. */
  run(...parameters: readonly Value[]): { readonly changes: number }
  get(...parameters: readonly Value[]): Row | undefined
  all(...parameters: readonly Value[]): readonly Row[]
  iterate(...parameters: readonly Value[]): Iterable<Row>
}

/** The part of DatabaseSync that is used (https://nodejs.org/api/sqlite.html). */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** Opens a file, or with `:memory:` a database that is in no file. */
export type OpenDatabase = (path: string) => Database

/** The module: node:sqlite, or a package with the same API. */
interface Sqlite {
  readonly DatabaseSync: new (path: string) => {
    exec(sql: string): void
    prepare(sql: string): NativeStatement
    close(): void
  }
}

/** StatementSync. */
interface NativeStatement extends Omit<Statement, 'run'> {
  setReadBigInts(isWanted: boolean): void
  run(...parameters: readonly Value[]): { readonly changes: number | bigint }
}

let loaded: Promise<OpenDatabase> | undefined

/** Loads SQLite once. Rejects if there is none for this machine. */
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

/** Opens databases with a module. */
export function opener({ DatabaseSync }: Sqlite): OpenDatabase {
  return (path) => {
    const database = new DatabaseSync(path)
    return {
      exec: (sql) => {
        database.exec(sql)
      },
      prepare: (sql) => new Prepared(database.prepare(sql)),
      close: () => {
        database.close()
      },
    }
  }
}

/**
 * A statement whose changes never fail because of a row number.
 *
 * Every change reports the row number of the last insertion of its connection, also a DELETE or a COMMIT. FTS5 writes
 * to tables of its own under numbers above Number.MAX_SAFE_INTEGER, and from Node 26 on such a number is an error,
 * unless the statement reads integers as BigInt. So changes read BigInt, and answers read numbers.
 */
class Prepared implements Statement {
  readonly #statement: NativeStatement
  #readsBigInts = false

  constructor(statement: NativeStatement) {
    this.#statement = statement
  }

  run(...parameters: readonly Value[]): { readonly changes: number } {
    return { changes: Number(this.#reading(true).run(...parameters).changes) }
  }

  get(...parameters: readonly Value[]): Row | undefined {
    return this.#reading(false).get(...parameters)
  }

  all(...parameters: readonly Value[]): readonly Row[] {
    return this.#reading(false).all(...parameters)
  }

  iterate(...parameters: readonly Value[]): Iterable<Row> {
    return this.#reading(false).iterate(...parameters)
  }

  #reading(bigInts: boolean): NativeStatement {
    if (bigInts !== this.#readsBigInts) {
      this.#statement.setReadBigInts(bigInts)
      this.#readsBigInts = bigInts
    }
    return this.#statement
  }
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

/** Suppresses Node's warning on stderr that its SQLite is experimental, which means nothing to users of a chat. */
function withoutWarning<T>(task: () => T): T {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  process.emitWarning = () => undefined
  try {
    return task()
  } finally {
    if (before !== undefined) Object.defineProperty(process, 'emitWarning', before)
  }
}
