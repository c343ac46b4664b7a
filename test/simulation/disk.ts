/** The disk of one user: committed transactions survive a crash, the open one does not. */
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { crash, openStore } from '../../src/store/sqlite-store.ts'
import type { Random } from '../../src/chat/random.ts'
import type { Database, Statement } from '../../src/store/file/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import type { Rng } from './rng.ts'
import type { Life } from './life.ts'

// Loaded once, before any run begins: it takes real time.
const openDatabase = await loadSqlite()

const FASTEST = 0.05
const SLOWEST = 20

export class Disk {
  readonly #database: Database
  readonly #rng: Rng
  /** Times of all commits, in virtual milliseconds. Everything before the last is on the disk. */
  readonly writes: number[] = []

  constructor(rng: Rng, now: () => number) {
    this.#rng = rng
    this.#database = watched(openDatabase(':memory:'), () => {
      this.writes.push(now())
    })
  }

  /** Opens the store for a program. A write takes some time, in which the program can be killed. */
  open(life: Life, random: Random, onProblem: (sentence: string) => void): Promise<Store> {
    return openStore({
      path: this.#database,
      clock: life.clock,
      random,
      defer: (task) => {
        life.after(this.#rng.scale(FASTEST, SLOWEST), task)
      },
      keepHistory: true,
      onProblem,
    })
  }

  /** The program was killed: its open transaction is lost. */
  crash(): void {
    crash(this.#database)
  }

  /** Opens the store for the checks, when the run is over. */
  read(life: Life): Promise<Store> {
    return openStore({
      path: this.#database,
      clock: life.clock,
      random: this.#rng.random,
      defer: () => undefined,
      keepHistory: true,
    })
  }

  /** The run and its checks are over. */
  close(): void {
    this.#database.close()
  }
}

/** The same database; `onCommit` is called after each commit. */
function watched(database: Database, onCommit: () => void): Database {
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    prepare: (sql) => {
      const statement = database.prepare(sql)
      if (sql !== 'COMMIT') return statement
      const run: Statement['run'] = () => {
        const result = statement.run()
        onCommit()
        return result
      }
      return { run, get: () => undefined, all: () => [], iterate: () => [] }
    },
    close: () => {
      database.close()
    },
  }
}
