import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import { addressKey } from '../../src/chat/model.ts'
import { loadSqlite, type Database } from '../../src/store/file/sqlite.ts'
import { BOB, CAROL, everything, opened, own, said, texts, type Opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const openDatabase = await loadSqlite()

/** Messages of tests are so much older than the clock says. */
const AGE = 234_000

/** Lets the store do its work in the background, in turns. */
function work({ clock, turns }: Opened, ms: number): void {
  for (let passed = 0; passed < ms; passed += 20) {
    clock.advanceSync(20)
    turns.end()
  }
}

function ids({ store }: Opened, conversation = 'general'): string[] {
  return everything(store, conversation, 1_000).map(({ message }) => message.id)
}

describe('retention', () => {
  const CONVERSATIONS = ['general', 'ops', '@10.0.0.2:8000', 'a\0b', '']

  test('older messages are deleted, in every conversation', async () => {
    const all = await opened({ retention: AGE })
    for (const conversation of CONVERSATIONS) {
      for (const at of [-1, 0, 5_000]) all.store.add(said(`${conversation} ${at}`, { conversation, at }))
    }
    work(all, 200)
    for (const conversation of CONVERSATIONS) expect(ids(all, conversation)).toEqual([`${conversation} 5000`])
  })

  test('a message of exactly that age stays', async () => {
    const all = await opened({ retention: AGE })
    for (const at of [19, 20]) all.store.add(said(`m${at}`, { at }))
    all.clock.advanceSync(20)
    expect(ids(all)).toEqual(['m20'])
  })

  test('in steps, and again each hour', async () => {
    const all = await opened({ retention: AGE + 3_600_000 })
    for (let index = 0; index < 250; index++) all.store.add(said(`m${index}`, { at: index }))
    work(all, 100)
    expect(ids(all)).toHaveLength(250)
    all.clock.advanceSync(3_500_000)
    expect(ids(all)).toHaveLength(250)
    all.clock.advanceSync(101_000)
    expect(ids(all)).toHaveLength(0)
    // The sweep comes once an hour.
    all.store.add(said('old'))
    all.clock.advanceSync(3_500_000)
    expect(ids(all)).toEqual(['old'])
    all.clock.advanceSync(100_000)
    expect(ids(all)).toEqual([])
  })

  test('one step deletes a hundred at most', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path, retention: Infinity })
    for (let index = 0; index < 250; index++) first.store.add(said(`m${index}`, { at: index }))
    first.store.close()
    const all = await opened({ path, retention: 1 })
    const left: number[] = []
    for (let step = 0; step < 4; step++) {
      all.clock.advanceSync(20)
      all.turns.end()
      left.push(ids(all).length)
    }
    expect(left).toEqual([150, 50, 0, 0])
  })

  test('messages in the outbox are never deleted', async () => {
    const all = await opened({ retention: 1 })
    all.store.add(own('waits'), [BOB])
    all.store.add(own('settled'), [BOB])
    all.store.delivered('settled', addressKey(BOB))
    work(all, 100)
    expect(ids(all)).toEqual(['waits'])
    expect(all.store.unsettled()).toHaveLength(1)
    all.store.delivered('waits', addressKey(BOB))
    work(all, 3_600_100)
    expect(ids(all)).toEqual([])
  })

  test('failed messages are deleted with others of their age', async () => {
    const all = await opened({ retention: 10_000_000 })
    all.store.add(own('failed'), [BOB])
    all.store.failed('failed', addressKey(BOB), 'gone')
    all.clock.advanceSync(9_000_000)
    expect(all.store.unsettled()).toHaveLength(1)
    all.clock.advanceSync(9_000_000)
    expect(all.store.unsettled()).toEqual([])
  })

  test('default: a year', async () => {
    const all = await opened()
    all.store.add(said('m1'))
    all.clock.advanceSync(TIMES.retention - 4_000_000)
    expect(ids(all)).toEqual(['m1'])
    all.clock.advanceSync(8_000_000)
    expect(ids(all)).toEqual([])
  })
})

describe('a limit of bytes', () => {
  const TEXT = 'All of these words are there to take up room in the file and in its index. '.repeat(4)

  /** So many messages, one each millisecond; and all that is done about them in the background. */
  function talk(all: Opened, from: number, count: number): void {
    for (let index = from; index < from + count; index++)
      all.store.add(said(`m${index}`, { at: index, text: `${TEXT} ${index}` }))
    work(all, 5_000)
  }

  /** Of the pages that hold something. */
  function bytesOf(database: Database): number {
    const number = (pragma: string): number =>
      Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
    return (number('page_count') - number('freelist_count')) * number('page_size')
  }

  test('at the limit all stay; one byte over it, two old messages are deleted per new one', async () => {
    const [path, other] = [openDatabase(':memory:'), openDatabase(':memory:')]
    talk(await opened({ path }), 0, 100)
    const bytes = bytesOf(path)
    const within = await opened({ path: other, historyBytes: bytes })
    talk(within, 0, 100)
    expect(bytesOf(other)).toBe(bytes)
    expect(ids(within)).toHaveLength(100)
    const over = await opened({ path: other, historyBytes: bytes - 1 })
    work(over, 2_000)
    expect(ids(over)).toHaveLength(100)
    talk(over, 100, 1)
    expect(ids(over)).toEqual(Array.from({ length: 99 }, (_, index) => `m${index + 2}`))
  })

  test('holds as long as messages arrive, and messages in the outbox stay', async () => {
    const path = openDatabase(':memory:')
    const historyBytes = 2_000_000
    const all = await opened({ path, historyBytes })
    all.store.add(own('waits', { at: 0 }), [BOB])
    const sizes: number[] = []
    for (let round = 0; round < 20; round++) {
      talk(all, 1 + round * 500, 500)
      sizes.push(bytesOf(path))
    }
    expect(Math.max(...sizes)).toBeLessThan(1.2 * historyBytes)
    const left = ids(all)
    expect(left.length).toBeGreaterThan(1_000)
    expect(left.slice(0, 2)).toEqual(['waits', `m${10_001 - left.length + 1}`])
    expect(left.at(-1)).toBe('m10000')
    expect(await all.store.search('10000', 9)).toHaveLength(1)
    expect(await all.store.search('17', 9)).toEqual([])
  })

  test('default: two gibibytes', () => {
    expect(LIMITS.historyBytes).toBe(2 ** 31)
  })
})

describe('a store in memory', () => {
  test('keeps the newest messages, and those in the outbox', async () => {
    const all = await opened()
    all.store.add(own('waits', { at: 0 }), [BOB])
    for (let index = 1; index < LIMITS.ephemeral + 10; index++) {
      all.store.add(said(`m${index}`, { at: index }))
      if (index % 1_000 === 0) all.turns.end()
    }
    const left = ids(all)
    expect(left).toHaveLength(LIMITS.ephemeral)
    expect(left.slice(0, 2)).toEqual(['waits', 'm11'])
    expect(all.store.add(said('m10')).verdict).toBe('new')
    expect(all.store.add(said('m20')).verdict).toBe('known')
  })

  test('holds its limit without background work', async () => {
    const { store } = await opened()
    for (let index = 0; index < 10; index++) store.add(said(`m${index}`, { at: index }))
    expect(everything(store)).toHaveLength(10)
  })
})

describe('without history', () => {
  const NEEDLE = 'nobody shall find this'

  test('messages are in the session, not in the file', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const all = await opened({ path, keepHistory: false })
    all.store.add(said('m1', { text: NEEDLE }))
    all.store.add(own('m2', { text: `${NEEDLE}, ours`, at: 1 }))
    all.turns.end()
    expect(texts(all.store.page('general', 9).entries)).toHaveLength(2)
    expect(texts(await all.store.search('nobody', 9))).toHaveLength(2)
    expect(all.store.add(said('m1', { text: NEEDLE })).verdict).toBe('known')
    all.store.close()
    expect(readFileSync(path).includes(NEEDLE)).toBe(false)
    expect(everything((await opened({ path })).store)).toEqual([])
  })

  test('the outbox is in the file until it is settled', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path, keepHistory: false })
    first.store.add(own('m1', { seq: 4, text: NEEDLE }), [BOB, CAROL])
    first.turns.end()
    expect(existsSync(`${path}-wal`)).toBe(true)
    first.store.close()
    expect(readFileSync(path).includes(NEEDLE)).toBe(true)

    const second = await opened({ path, keepHistory: false })
    expect(second.store.unsettled().map(({ waiting }) => waiting)).toEqual([[BOB, CAROL]])
    expect(ids(second)).toEqual(['m1'])
    expect(second.store.add(own('m1', { seq: 4, text: NEEDLE })).verdict).toBe('known')
    expect(second.store.add(own('m2', { seq: 5, at: 1 }), [BOB]).verdict).toBe('new')
    second.store.delivered('m1', addressKey(BOB))
    second.store.delivered('m1', addressKey(CAROL))
    expect(ids(second)).toEqual(['m1', 'm2'])
    second.store.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(readFileSync(path).includes(NEEDLE)).toBe(false)

    const third = await opened({ path, keepHistory: false })
    expect(third.store.unsettled().map(({ message }) => message.id)).toEqual(['m2'])
    expect(third.store.lastSeq).toBeGreaterThanOrEqual(5)
  })

  test('the history in the file stays, and is hidden meanwhile', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    const { identity } = first.store
    first.store.add(said('m1', { text: 'old words' }))
    first.store.add(own('waits', { at: 900 }), [BOB])
    first.store.set('colour', 'green')
    first.clock.advanceSync(5_000)
    first.turns.end()
    first.store.close()

    const second = await opened({ path, keepHistory: false })
    expect(ids(second)).toEqual(['waits'])
    expect(texts(await second.store.search('words', 9))).toEqual([])
    expect(second.store.identity).toBe(identity)
    expect(second.store.setting('colour')).toBe('green')
    second.store.add(said('m2', { text: NEEDLE }))
    second.turns.end()
    second.store.close()

    const third = await opened({ path })
    expect(third.store.unsettled()).toHaveLength(1)
    expect(ids(third)).toEqual(['m1', 'waits'])
    third.store.add(said('new', { text: 'new words', at: 1_000 }))
    expect(texts(await third.store.search('words', 9))).toEqual(['new words', 'old words'])
  })

  test('failed messages stay until TIMES.giveUp', async () => {
    const all = await opened({ path: join(temporaryDirectory(), 'parley.db'), keepHistory: false })
    all.store.add(own('m1'), [BOB])
    all.store.failed('m1', addressKey(BOB), 'gone')
    all.clock.advanceSync(TIMES.giveUp - 4_000_000)
    expect(all.store.unsettled()).toHaveLength(1)
    all.clock.advanceSync(8_000_000)
    expect(all.store.unsettled()).toEqual([])
  })

  test('several stores on the same database, one after the other', async () => {
    const path = openDatabase(':memory:')
    for (const keepHistory of [true, false, false, true]) {
      const all = await opened({ path, keepHistory })
      expect(ids(all)).toEqual([])
      all.store.add(own('m1'))
      expect(ids(all)).toEqual(['m1'])
      all.store.close()
      if (keepHistory) path.exec('DELETE FROM message')
    }
  })
})
