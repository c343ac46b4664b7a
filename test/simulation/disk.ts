/** The disk of one person: what was committed outlives a crash; the transaction that was open does not. */
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { crash, openStore } from '../../src/store/sqlite-store.ts'
import type { Random } from '../../src/chat/random.ts'
import type { Database, Statement } from '../../src/store/file/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'

// Once, before any run begins: it takes real time.
const openDatabase = await loadSqlite()

const FASTEST = 0.05
const SLOWEST = 20

export class Disk {
  readonly #database: Database
  readonly #dice: Dice
  /** When it was written to: virtual milliseconds. What was done before is on it. */
  readonly writes: number[] = []

  constructor(dice: Dice, now: () => number) {
    this.#dice = dice
    this.#database = watched(openDatabase(':memory:'), () => {
      this.writes.push(now())
    })
  }

  /** For a program. Writing takes a moment, in which the program can be killed. */
  open(life: Life, random: Random, onProblem: (sentence: string) => void): Promise<Store> {
    return openStore({
      path: this.#database,
      clock: life.clock,
      random,
      defer: (task) => {
        life.after(this.#dice.scale(FASTEST, SLOWEST), task)
      },
      keepHistory: true,
      onProblem,
    })
  }

  /** The program was killed: what it had not written is lost. */
  crash(): void {
    crash(this.#database)
  }

  /** What is on it, for whoever looks at it when the run is over. */
  read(life: Life): Promise<Store> {
    return openStore({
      path: this.#database,
      clock: life.clock,
      random: this.#dice.random,
      defer: () => undefined,
      keepHistory: true,
    })
  }

  /** Nobody needs it any more. */
  close(): void {
    this.#database.close()
  }
}

/** The same database; `onCommit` is called whenever a transaction has ended well. */
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
