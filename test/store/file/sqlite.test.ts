/** SQLite behind one interface, whichever module brings it: the same statements on every version of Node. */
import { describe, expect, test } from 'vitest'
import { loadSqlite, opener } from '../../../src/store/file/sqlite.ts'
import { BEGIN, everything, opened, said } from '../support.ts'

const openDatabase = await loadSqlite()

/** Greater than Number.MAX_SAFE_INTEGER: FTS5 numbers the rows of its own tables so. */
const LARGE = 9_007_886_449_508_352n

describe('a row number that is no safe integer', () => {
  test('a change after it succeeds, and tells how many rows it changed', () => {
    const database = openDatabase(':memory:')
    database.exec('CREATE TABLE entry (number INTEGER PRIMARY KEY, word TEXT)')
    const insert = database.prepare('INSERT INTO entry (number, word) VALUES (?, ?)')
    for (const number of [1, 2, 3]) expect(insert.run(number, 'word')).toEqual({ changes: 1 })
    database.exec(`INSERT INTO entry (number, word) VALUES (${LARGE}, 'large')`)
    // The row number of the last insertion belongs to the connection: each later change would report it.
    expect(database.prepare('DELETE FROM entry WHERE number < ?').run(3)).toEqual({ changes: 2 })
    expect(database.prepare('BEGIN').run()).toHaveProperty('changes')
    expect(database.prepare('COMMIT').run()).toHaveProperty('changes')
    database.close()
  })

  test('one statement changes and answers in turn: the numbers of its rows stay numbers', () => {
    const database = openDatabase(':memory:')
    database.exec('CREATE TABLE entry (number INTEGER PRIMARY KEY, word TEXT)')
    const insert = database.prepare('INSERT INTO entry (word) VALUES (?) RETURNING number')
    insert.run('a')
    expect(insert.get('b')).toEqual({ number: 2 })
    insert.run('c')
    expect(insert.all('d')).toEqual([{ number: 4 }])
    insert.run('e')
    expect([...insert.iterate('f')]).toEqual([{ number: 6 }])
    database.close()
  })

  test('a module that refuses to report it as a number is asked for a BigInt', () => {
    const database = opener({ DatabaseSync: Strict })(':memory:')
    const statement = database.prepare('DELETE FROM search WHERE rowid = ?')
    expect(statement.run(1)).toEqual({ changes: 1 })
    expect(statement.get()).toEqual({ number: 7 })
    expect(statement.run(2)).toEqual({ changes: 1 })
  })
})

test('the store deletes indexed messages again and again, and stays intact', async () => {
  const { store, clock, turns, told } = await opened({ retention: 300_000 })
  for (let round = 0; round < 3; round++) {
    const at = clock.now() - BEGIN
    for (let index = 0; index < 250; index++) store.add(said(`${round} ${index}`, { at: at + index }))
    for (let step = 0; step < 100; step++) {
      clock.advanceSync(20)
      turns.end()
    }
    expect(await store.search(String(round), 1)).toHaveLength(1)
    // The next sweep, with all its steps.
    clock.advanceSync(3_600_100)
    turns.end()
    expect(everything(store)).toHaveLength(0)
  }
  expect([told, store.problem]).toEqual([[], undefined])
})

/** As node:sqlite since Node 26: a row number that a JavaScript number cannot hold is an error. */
class Strict {
  exec(): void {
    // Nothing is asked of it.
  }

  close(): void {
    // There is no file.
  }

  prepare() {
    let isBig = false
    return {
      setReadBigInts: (wanted: boolean) => (isBig = wanted),
      run: () => {
        if (isBig) return { changes: 1n, lastInsertRowid: LARGE }
        throw new RangeError(`Value is too large to be represented as a JavaScript number: ${LARGE}`)
      },
      get: () => ({ number: isBig ? 7n : 7 }),
      all: () => [],
      iterate: () => [],
    }
  }
}
