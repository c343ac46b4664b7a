import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { BEGIN, opened, own, said, texts, type Opened } from './support.ts'
import { join } from 'node:path'
import { temporaryDirectory } from '../support/files.ts'

const openDatabase = await loadSqlite()

/** Messages with these texts, and then nothing for so long that they are indexed. */
async function indexed(said: readonly string[], options: Parameters<typeof opened>[0] = {}): Promise<Opened> {
  const all = await opened(options)
  add(all, said)
  quiet(all)
  return all
}

function add({ store, turns }: Opened, messages: readonly string[]): void {
  for (const text of messages) store.add(said(`m${++count}`, { text, at: count }))
  turns.end()
}

let count = 0

function quiet({ clock, turns }: Opened, ms = 60_000): void {
  for (let passed = 0; passed < ms; passed += 20) {
    clock.advanceSync(20)
    turns.end()
  }
}

/** More than are looked at without the index. */
const LONG = 700

function filler(length = LONG): string[] {
  return Array.from({ length }, (_, index) => `said ${index % 7} times`)
}

describe('what is found', () => {
  test.each<[where: string, length: number]>([
    ['among the newest', 0],
    ['by the index', LONG],
  ])('the newest first, with all of the words: %s', async (_, length) => {
    const all = await indexed([
      'one red apple',
      'two red pears',
      'Two red apples',
      'no fruit',
      ...filler(length),
    ])
    expect(texts(await all.store.search('red apple', 9))).toEqual(['Two red apples', 'one red apple'])
    expect(texts(await all.store.search('RED two', 9))).toEqual(['Two red apples', 'two red pears'])
    expect(texts(await all.store.search('red', 2))).toEqual(['Two red apples', 'two red pears'])
    expect(texts(await all.store.search('green', 9))).toEqual([])
    expect(texts(await all.store.search('ears', 9))).toEqual([])
  })

  test('in one conversation only', async () => {
    const all = await opened()
    for (const conversation of ['general', 'ops', '@10.0.0.2:8000'])
      all.store.add(said(`in ${conversation}`, { conversation, text: `needle in ${conversation}` }))
    add(all, filler())
    quiet(all)
    expect(texts(await all.store.search('needle', 9, { conversation: 'ops' }))).toEqual(['needle in ops'])
    expect(texts(await all.store.search('needle', 9, { conversation: '@10.0.0.2:8000' }))).toEqual([
      'needle in @10.0.0.2:8000',
    ])
    expect(texts(await all.store.search('needle', 9, { conversation: 'general' }))).toEqual([
      'needle in general',
    ])
    expect(texts(await all.store.search('needle', 9, { conversation: 'nowhere' }))).toEqual([])
    expect(await all.store.search('needle', 9)).toHaveLength(3)
  })

  test('a rare word together with one that all messages have, and two common words', async () => {
    const many = filler().map((text, index) => `${text}${index % 9 === 0 ? ' often' : ''}`)
    const all = await indexed(['times of the needle', ...many])
    expect(texts(await all.store.search('times needle', 9))).toEqual(['times of the needle'])
    expect(await all.store.search('said often', 9)).toHaveLength(9)
    expect(await all.store.search('said times', 2_000)).toHaveLength(LONG)
  })

  test('messages that are not indexed yet', async () => {
    const all = await indexed(filler())
    add(all, ['needle'])
    expect(texts(await all.store.search('needle', 9))).toEqual(['needle'])
  })

  test('what is not indexed yet behind much that is not, in one conversation and in all', async () => {
    const all = await indexed(filler())
    all.store.add(said('n1', { text: 'needle', conversation: 'ops' }))
    all.store.add(said('n2', { text: 'needle' }))
    add(all, filler(6_000))
    expect(texts(await all.store.search('needle', 9))).toEqual(['needle', 'needle'])
    expect(texts(await all.store.search('needle', 9, { conversation: 'ops' }))).toEqual(['needle'])
  })

  test('any script, also by the index', async () => {
    const all = await indexed(['これは日本語です', 'Ünï cödé', ...filler()])
    expect(texts(await all.store.search('日本', 9))).toEqual(['これは日本語です'])
    expect(texts(await all.store.search('uni CODE', 9))).toEqual(['Ünï cödé'])
  })

  test('a text with NUL', async () => {
    const all = await indexed(['before\0behind', ...filler()])
    expect(texts(await all.store.search('behind', 9))).toEqual(['before\0behind'])
  })
})

describe('the index', () => {
  test('is not written while messages arrive, but when it is quiet', async () => {
    const all = await opened()
    all.store.add(said('m1'))
    all.turns.end()
    const before = all.clock.now()
    expect(all.turns.deferred).toBe(0)
    all.clock.advanceSync(999)
    expect(all.turns.deferred).toBe(0)
    all.clock.advanceSync(1)
    expect(all.turns.deferred).toBe(1)
    expect(all.clock.now() - before).toBe(1_000)
  })

  test('is written also when it is never quiet, once many messages are missing', async () => {
    const all = await opened()
    const writesAfter = (messages: number): number => {
      add(all, filler(messages))
      all.clock.advanceSync(500)
      add(all, filler(1))
      all.clock.advanceSync(500)
      return all.turns.deferred
    }
    expect(writesAfter(9_998)).toBe(0)
    expect(writesAfter(1)).toBe(1)
  })

  test('goes on after a restart', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await indexed(['needle one', ...filler()], { path })
    add(first, ['needle two', ...filler()])
    first.store.close()
    const second = await opened({ path })
    quiet(second)
    add(second, ['needle three', ...filler()])
    quiet(second)
    expect(texts(await second.store.search('needle', 9))).toEqual([
      'needle three',
      'needle two',
      'needle one',
    ])
  })

  test('does not find deleted messages', async () => {
    const all = await indexed(['needle', ...filler()], { retention: 10_000_000 })
    expect(await all.store.search('needle', 9)).toHaveLength(1)
    all.clock.advanceSync(20_000_000)
    quiet(all)
    expect(await all.store.search('needle', 9)).toEqual([])
  })
})

describe('an index that an older version has written', () => {
  /** A closed store whose index has letters with strokes as version 1 left them. */
  async function oldStore(): Promise<string> {
    const path = join(temporaryDirectory(), 'parley.db')
    const all = await indexed(['Đường phố', 'plain needle', ...filler(), 'smørrebrød'], { path })
    all.store.close()
    const database = openDatabase(path)
    database.exec(`
      DELETE FROM setting WHERE name LIKE 'search folded%';
      DELETE FROM search WHERE rowid IN (1, ${LONG + 3});
      INSERT INTO search (rowid, words) VALUES (1, '#67656e6572616c ĐUONG PHO'), (${LONG + 3}, '#67656e6572616c SMØRREBRØD');`)
    database.close()
    return path
  }

  test.each(['duong', 'Đường', 'DUONG pho', 'smorrebrod', 'needle'])(
    'everything is found by %s at once, and when the index is made anew',
    async (words) => {
      const all = await opened({ path: await oldStore() })
      expect(await all.store.search(words, 9)).toHaveLength(1)
      quiet(all)
      expect(await all.store.search(words, 9)).toHaveLength(1)
    },
  )

  test('is rebuilt gradually, and only once', async () => {
    const path = await oldStore()
    const first = await opened({ path })
    quiet(first)
    first.store.close()
    const database = openDatabase(path)
    const has = (word: string): unknown =>
      database.prepare('SELECT count(*) AS count FROM search WHERE search MATCH ?').get(`"${word}"`)
    expect(has('DUONG')).toEqual({ count: 1 })
    expect(has('ĐUONG')).toEqual({ count: 0 })
    expect(has('SMORREBROD')).toEqual({ count: 1 })
    expect(database.prepare("SELECT value FROM setting WHERE name LIKE 'search folded%'").all()).toEqual([
      { value: String(LONG + 3) },
    ])
    database.close()
    const second = await opened({ path })
    second.clock.advanceSync(5_000)
    expect(second.turns.deferred).toBe(0)
  })

  test('messages that arrive meanwhile are found, too, and indexed afterwards', async () => {
    const all = await opened({ path: await oldStore() })
    add(all, ['Đà Lạt'])
    expect(await all.store.search('da', 9)).toHaveLength(1)
    quiet(all)
    add(all, filler())
    expect(await all.store.search('da lat', 9)).toHaveLength(1)
    expect(await all.store.search('duong', 9)).toHaveLength(1)
  })

  test('a store without history leaves it as it is', async () => {
    const path = await oldStore()
    const all = await opened({ path, keepHistory: false })
    add(all, ['Đường'])
    quiet(all)
    expect(await all.store.search('duong', 9)).toHaveLength(1)
    all.store.close()
    const again = await opened({ path })
    expect(texts(await again.store.search('duong', 9))).toEqual(['Đường phố'])
  })
})

test('property: no query throws', async () => {
  const all = await indexed(['a "quoted" (text) AND NOT another*', ...filler()])
  const typed = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '"',
          '*',
          'AND',
          'NOT',
          'NEAR(',
          '(',
          ')',
          ':',
          '^',
          '-',
          '+',
          'words:',
          "'",
          '#',
          'a',
          '\0',
        ),
      )
      .map((parts) => parts.join(' ')),
    fc.constant('word '.repeat(5_000)),
    fc.constant('x'.repeat(100_000)),
  )
  await fc.assert(
    fc.asyncProperty(
      typed,
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      async (words, conversation) => {
        expect(Array.isArray(await all.store.search(words, 3, { conversation }))).toBe(true)
      },
    ),
  )
})

test('property: finds the messages that have all the words as beginnings', async () => {
  const word = fc.constantFrom('a', 'ab', 'abc', 'b', 'bc', 'ça', 'CA')
  const sentence = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))
  await fc.assert(
    fc.asyncProperty(
      fc.array(sentence, { maxLength: 20 }),
      sentence,
      fc.boolean(),
      async (said, query, isLong) => {
        const all = await indexed([...said, ...(isLong ? filler() : [])])
        const plain = (text: string): string[] => text.toLowerCase().replaceAll('ç', 'c').split(' ')
        const expected = said.filter((text) =>
          plain(query).every((beginning) => plain(text).some((word) => word.startsWith(beginning))),
        )
        expect(texts(await all.store.search(query, 99))).toEqual(expected.toReversed())
        all.store.close()
      },
    ),
    { numRuns: 25 },
  )
})

test('own messages are found, too, with the time they were said', async () => {
  const { store } = await opened()
  store.add(own('mine', { at: 5 }))
  expect((await store.search('mine', 1))[0]).toMatchObject({ own: true, at: BEGIN + 5 })
})
