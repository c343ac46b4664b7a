/** When the WAL is synced to disk. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WalSync, type Files } from '../../../src/store/file/wal-sync.ts'
import { ManualClock } from '../../support/clock.ts'
import { opened, said } from '../support.ts'
import { temporaryDirectory } from '../../support/files.ts'

/** Files that finish what they do when they are told. */
function setUp({ isThere = true } = {}) {
  const did: string[] = []
  const pending: (() => void)[] = []
  const files: Files = {
    open: (path, flags, done) => {
      did.push(`open ${path} ${flags}`)
      pending.push(() => {
        done(isThere ? null : new Error('ENOENT'), 7)
      })
    },
    fdatasync: (file, done) => {
      did.push(`flush ${file}`)
      pending.push(() => {
        done(null)
      })
    },
    close: (file) => did.push(`close ${file}`),
  }
  const clock = new ManualClock()
  const finish = (): void => pending.shift()?.()
  return { did, finish, clock, journal: new WalSync('/parley.db', clock, files) }
}

test('soon after a commit, once for all commits meanwhile', () => {
  const { did, finish, clock, journal } = setUp()
  journal.committed()
  clock.advanceSync(299)
  journal.committed()
  expect(did).toEqual([])
  clock.advanceSync(1)
  expect(did).toEqual(['open /parley.db-wal r+'])
  finish()
  finish()
  journal.committed()
  clock.advanceSync(300)
  expect(did).toEqual(['open /parley.db-wal r+', 'flush 7', 'flush 7'])
})

test('not while a sync is running', () => {
  const { did, finish, clock, journal } = setUp()
  journal.committed()
  clock.advanceSync(300)
  finish()
  journal.committed()
  clock.advanceSync(1_000)
  expect(did).toEqual(['open /parley.db-wal r+', 'flush 7'])
})

test('without a WAL, the next commit tries again', () => {
  const { did, finish, clock, journal } = setUp({ isThere: false })
  for (let round = 0; round < 2; round++) {
    journal.committed()
    clock.advanceSync(300)
    finish()
  }
  expect(did).toEqual(['open /parley.db-wal r+', 'open /parley.db-wal r+'])
})

test.each([
  ['before anything', 0, []],
  ['while it waits', 1, []],
  ['while it is being opened', 2, ['open /parley.db-wal r+', 'flush 7', 'close 7']],
  ['while it is being flushed', 3, ['open /parley.db-wal r+', 'flush 7', 'close 7']],
  ['afterwards', 4, ['open /parley.db-wal r+', 'flush 7', 'close 7']],
])('stopped %s: nothing stays open, and nothing more is done', (_name, steps, expected) => {
  const { did, finish, clock, journal } = setUp()
  const all = [
    () => {
      journal.committed()
    },
    () => {
      clock.advanceSync(300)
    },
    finish,
    finish,
  ]
  for (const step of all.slice(0, steps)) step()
  journal.stop()
  journal.committed()
  clock.advanceSync(1_000)
  finish()
  finish()
  expect(did).toEqual(expected)
})

test('a real store: the WAL is synced and closed, and nothing is left beside the file', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const { store, clock, turns } = await opened({ path })
  store.add(said('m1'))
  turns.end()
  clock.advanceSync(300)
  expect(existsSync(`${path}-wal`)).toBe(true)
  store.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
})

test('a real store: a checkpoint in the middle of a burst keeps the length of the WAL, which does not grow', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const { store, turns } = await opened({ path })
  const lengths: number[] = []
  for (let burst = 0; burst < 4; burst++) {
    for (let number = 0; number < 1_500; number++) {
      store.add(said(`m${burst}.${number}`))
      turns.end()
    }
    lengths.push(statSync(`${path}-wal`).size / 2 ** 20)
  }
  expect(lengths).toEqual(lengths.toSorted((one, other) => one - other))
  expect(lengths.at(-1)).toBeGreaterThan(30)
  expect(lengths.at(-1)).toBeLessThan(36)
  store.close()
})
