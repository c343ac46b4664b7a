import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { loadSqlite } from '../../../src/store/file/sqlite.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { BOB, CAROL, everything, opened, own, said } from '../support.ts'
import { temporaryDirectory } from '../../support/files.ts'

const openDatabase = await loadSqlite()

let path: string

beforeEach(() => {
  path = join(temporaryDirectory(), 'parley.db')
})

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** A store that was closed, as bytes. */
async function closedStore(messages = 200): Promise<Buffer> {
  const { store, turns } = await opened({ path })
  for (let index = 0; index < messages; index++) {
    store.add(
      own(`m${index}`, { seq: index, at: index, text: `message ${index} ${'x'.repeat(index)}` }),
      index % 5 === 0 ? [BOB] : [],
    )
    store.remember(CAROL, index)
  }
  await store.search('message', 1)
  turns.end()
  store.close()
  return readFileSync(path)
}

/** Uses all of a store; returns whether it is well. */
async function use(): Promise<boolean> {
  const { store, turns, clock } = await opened({ path })
  everything(store)
  await store.search('message', 9)
  await store.search('nothing', 9)
  store.add(said('new'))
  store.delivered('m5', '10.0.0.2:8000')
  store.retry()
  store.remember(BOB, 1)
  store.since('general', 0, 9)
  turns.end()
  clock.advanceSync(10_000)
  turns.end()
  const isWell = store.problem === undefined
  store.close()
  return isWell
}

describe('creating the file', () => {
  test('the directory and the file are for this user only', async () => {
    path = join(temporaryDirectory(), 'a', 'b', 'parley.db')
    const { store, told } = await opened({ path })
    expect(modeOf(path)).toBe(0o600)
    expect(modeOf(join(path, '..'))).toBe(0o700)
    expect(modeOf(join(path, '../..'))).toBe(0o700)
    store.add(said('m1'))
    expect(modeOf(`${path}-wal`)).toBe(0o600)
    expect(told).toEqual([])
  })

  test('an empty file is a new store', async () => {
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    const { store, told } = await opened({ path })
    expect(store.identity).toMatch(/^[0-9a-f]{16}$/)
    expect(modeOf(path)).toBe(0o600)
    expect(told).toEqual([])
  })

  test('a directory that all users can write to is reported, and not changed', async () => {
    const open = join(temporaryDirectory(), 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    const { told } = await opened({ path: join(open, 'parley.db') })
    expect(told).toEqual([expect.stringContaining(open)])
    expect(modeOf(open)).toBe(0o777)
    chmodSync(open, 0o1777)
    expect((await opened({ path: join(open, 'other.db') })).told).toEqual([])
  })

  test('a file by another name is the same file', async () => {
    await opened({ path })
    const link = join(temporaryDirectory(), 'link.db')
    symlinkSync(path, link)
    await expect(opened({ path: link })).rejects.toMatchObject({ code: 'in_use' })
  })

  test('after closing, nothing is left beside it, and another process may open it', async () => {
    await closedStore()
    expect(readdirSync(join(path, '..'))).toEqual(['parley.db'])
    expect(await use()).toBe(true)
    expect(await use()).toBe(true)
  })

  test('a checkpoint runs when it is quiet, not while messages arrive', async () => {
    const { store, clock, turns } = await opened({ path })
    const made = statSync(path).size
    for (let number = 0; number < 300; number++) {
      store.add(said(`m${number}`, { text: 'x'.repeat(1_000) }))
      turns.end()
    }
    expect(statSync(path).size).toBe(made)
    for (let passed = 0; passed < 2_000; passed += 20) {
      clock.advanceSync(20)
      turns.end()
    }
    expect(statSync(path).size).toBeGreaterThan(made + 300 * 1_000)
  })

  test.each(['file:x.db?mode=memory', 'x y?.db', ':memory:x', '%41.db'])(
    'a strange name is a name: %s',
    async (name) => {
      path = join(temporaryDirectory(), name)
      await closedStore(1)
      expect(existsSync(path)).toBe(true)
    },
  )
})

describe('a file that is refused is not touched', () => {
  async function refusal(): Promise<StoreError> {
    const error: unknown = await opened({ path }).catch((error: unknown) => error)
    if (!(error instanceof StoreError)) throw new Error(`no StoreError: ${String(error)}`)
    return error
  }

  function foreign(sql: string): void {
    const database = openDatabase(path)
    database.exec(sql)
    database.close()
  }

  const CASES: [what: string, make: () => unknown, code: string][] = [
    [
      'a text',
      () => {
        writeFileSync(path, 'Dear diary\n'.repeat(50))
      },
      'not_ours',
    ],
    [
      'one byte',
      () => {
        writeFileSync(path, 'S')
      },
      'not_ours',
    ],
    [
      'zeros',
      () => {
        writeFileSync(path, Buffer.alloc(8_192))
      },
      'not_ours',
    ],
    [
      'a database of another program',
      () => {
        foreign('PRAGMA application_id = 7; CREATE TABLE a (b)')
      },
      'not_ours',
    ],
    [
      'a database of a program that does not say so',
      () => {
        foreign('CREATE TABLE message (a)')
      },
      'not_ours',
    ],
    [
      'a database in WAL mode',
      () => {
        foreign('PRAGMA journal_mode = WAL; CREATE TABLE a (b)')
      },
      'not_ours',
    ],
    [
      'a later version',
      () =>
        closedStore().then(() => {
          foreign('PRAGMA user_version = 99')
        }),
      'too_new',
    ],
    [
      'a version below all',
      () =>
        closedStore().then(() => {
          foreign('PRAGMA user_version = -1')
        }),
      'damaged',
    ],
    [
      'no version',
      () =>
        closedStore().then(() => {
          foreign('PRAGMA user_version = 0')
        }),
      'damaged',
    ],
    [
      'a table that is gone',
      () =>
        closedStore().then(() => {
          foreign('DROP TABLE outgoing')
        }),
      'damaged',
    ],
    [
      'a profile without identity',
      () =>
        closedStore().then(() => {
          foreign('DELETE FROM profile')
        }),
      'damaged',
    ],
    [
      'an identity that is none',
      () =>
        closedStore().then(() => {
          foreign("UPDATE profile SET identity = 'x'")
        }),
      'damaged',
    ],
    [
      'half of it',
      async () => {
        truncateSync(path, (await closedStore()).length / 2)
      },
      'damaged',
    ],
    [
      'all but the last byte',
      async () => {
        truncateSync(path, (await closedStore()).length - 1)
      },
      'damaged',
    ],
    [
      'its head only',
      async () => {
        await closedStore()
        truncateSync(path, 100)
      },
      'damaged',
    ],
  ]

  test.each(CASES)('%s', async (_, make, code) => {
    await make()
    chmodSync(path, 0o644)
    const before = readFileSync(path)
    const error = await refusal()
    expect(error.code).toBe(code)
    expect(error.message).toContain(path)
    expect(readFileSync(path).equals(before)).toBe(true)
    if (code === 'not_ours') expect(modeOf(path)).toBe(0o644)
    expect(readdirSync(join(path, '..')).filter((name) => !name.startsWith('parley.db'))).toEqual([])
  })

  test('a directory', async () => {
    mkdirSync(path)
    expect((await refusal()).code).toBe('no_access')
  })

  test('a path where nothing can be created', async ({ skip }) => {
    skip(!existsSync('/proc/self'), 'this system has no /proc')
    path = '/proc/parley/parley.db'
    expect((await refusal()).code).toBe('no_access')
  })

  test('a path below a file', async () => {
    writeFileSync(path, 'x')
    path = join(path, 'parley.db')
    expect((await refusal()).code).toBe('no_access')
  })

  test('a file without read permission, and one in a directory without access', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may')
    await closedStore()
    chmodSync(path, 0)
    expect((await refusal()).code).toBe('no_access')
    chmodSync(path, 0o400)
    expect((await refusal()).code).toBe('no_access')
    chmodSync(join(path, '..'), 0)
    onTestFinished(() => {
      chmodSync(join(path, '..'), 0o700)
    })
    expect((await refusal()).code).toBe('no_access')
  })

  test('a file that is open already', async () => {
    const { store } = await opened({ path })
    store.add(said('m1'))
    expect((await refusal()).code).toBe('in_use')
    // The lock is still there for others: closing a file that one has open gives up all locks on it.
    const database = openDatabase(path)
    expect(() => {
      database.exec('SELECT * FROM profile')
    }).toThrow('locked')
    database.close()
  })
})

describe('damage', () => {
  test('a file cut anywhere: refused and untouched, or it works', async () => {
    const whole = await closedStore(60)
    const cuts = [1, 15, 16, 17, 99, 100, 101, 511, 512, 4_095, 4_096, 4_097]
    for (let cut = 8_192; cut < whole.length; cut += 4_096) cuts.push(cut, cut + 1_000)
    for (const cut of cuts) {
      const bytes = whole.subarray(0, cut)
      writeFileSync(path, bytes)
      await expect(use(), `cut at ${cut}`).rejects.toBeInstanceOf(StoreError)
      expect(readFileSync(path).equals(bytes), `cut at ${cut}`).toBe(true)
    }
  })

  test('wrong bytes: refused and untouched, or a problem, or it works; never another error', async () => {
    const whole = await closedStore(60)
    let seed = 1
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const results = { refused: 0, problem: 0, fine: 0 }
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(whole)
      // The head, the first bytes of a page, and anything.
      const offset =
        round < 60
          ? round + 16
          : round % 2 === 0
            ? random(bytes.length / 4_096) * 4_096 + random(60)
            : random(bytes.length)
      const length = round % 3 === 0 ? 1 + random(200) : 1
      for (let index = offset; index < Math.min(bytes.length, offset + length); index++)
        bytes[index] = random(256)
      writeFileSync(path, bytes)
      try {
        results[(await use()) ? 'fine' : 'problem'] += 1
      } catch (error) {
        if (!(error instanceof StoreError)) throw new Error(`round ${round} at ${offset}`, { cause: error })
        expect(readFileSync(path).equals(bytes), `round ${round} at ${offset}: changed`).toBe(true)
        results.refused += 1
      }
      path = join(temporaryDirectory(), `${round}.db`)
    }
    for (const count of Object.values(results)) expect(count).toBeGreaterThan(5)
  })
})
