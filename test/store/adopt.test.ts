/** What was kept for an address becomes that of a key. */
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { crash } from '../../src/store/sqlite-store.ts'
import {
  ALICE,
  BOB,
  CAROL,
  ERIN,
  everything,
  opened,
  own,
  said,
  texts,
  type Opened,
  type Said,
} from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Peer } from '../../src/chat/model.ts'

const openDatabase = await loadSqlite()

const OLD: Peer = { ip: ERIN.ip, port: ERIN.port, name: ERIN.name, identity: ERIN.identity }
const OLD_ID = '10.0.0.5:8000'
const BEFORE: Said = { channel: 'private', conversation: `@${OLD_ID}`, from: OLD }
const NOW: Said = { channel: 'private', conversation: `@${ERIN.key}`, from: ERIN, proof: 'direct' }
const WITH_ERIN = `@${ERIN.key}`

let path: string

beforeEach(() => {
  path = join(temporaryDirectory(), 'parley.db')
})

/** A conversation with Erin's old program, and the beginning of one with her key. */
function talk({ store }: Opened): void {
  store.remember(BOB, 5)
  store.remember(OLD, 10)
  store.add(said('1', { ...BEFORE, at: 10, text: 'first word' }))
  store.add(own('2', { ...BEFORE, from: ALICE, at: 20, seq: 2 }), [OLD])
  store.add(said('3', { ...NOW, at: 15, text: 'second word' }))
  store.add(said('4', { ...BEFORE, at: 30 }))
  store.add(own('5', { at: 40, seq: 5 }), [OLD, BOB])
  store.add(own('6', { at: 50, seq: 6 }), [OLD, ERIN, BOB])
  store.failed('5', OLD_ID, 'gone')
  store.set(`read @${OLD_ID}`, '25')
  store.set(`read ${WITH_ERIN}`, '15')
  store.remember(ERIN, 60)
}

async function check({ store }: Opened): Promise<void> {
  expect(texts(everything(store, WITH_ERIN, 2))).toEqual(['first word', 'second word', '2', '4'])
  expect(everything(store, WITH_ERIN).every(({ conversation }) => conversation === WITH_ERIN)).toBe(true)
  expect(everything(store, `@${OLD_ID}`)).toEqual([])
  expect(store.directs()).toEqual([{ conversation: WITH_ERIN, name: 'erin' }])
  expect(texts(store.since(WITH_ERIN, 0, 9))).toEqual(['first word', 'second word', '2', '4'])
  expect([store.lastAt(WITH_ERIN), store.lastAt(`@${OLD_ID}`)]).toEqual([
    everything(store, WITH_ERIN)[3]?.at,
    undefined,
  ])
  expect(texts(await store.search('word', 9, { conversation: WITH_ERIN }))).toEqual([
    'second word',
    'first word',
  ])
  expect(await store.search('word', 9, { conversation: `@${OLD_ID}` })).toEqual([])
  expect((await store.search('first', 9)).map(({ conversation }) => conversation)).toEqual([WITH_ERIN])
  expect(
    store
      .unsettled()
      .map(({ message, recipients, waiting, failed }) => [
        message.id,
        recipients,
        waiting.map(({ key, name }) => key ?? name),
        failed.map(({ peer, reason }) => `${peer.key}: ${reason}`),
      ]),
  ).toEqual([
    ['2', 1, [ERIN.key], []],
    ['5', 2, ['bob'], [`${ERIN.key}: gone`]],
    ['6', 2, [ERIN.key, 'bob'], []],
  ])
  expect(store.remembered('erin')).toEqual([ERIN])
  expect([store.firstMet(ERIN), store.firstMet(OLD)]).toEqual([10, undefined])
  expect([store.setting(`read ${WITH_ERIN}`), store.setting(`read @${OLD_ID}`)]).toEqual(['25', '0'])
  expect(store.adopt(OLD_ID, ERIN)).toBe(0)
}

describe('a conversation, what waits, and what is known of an address become those of a key', () => {
  test('in one turn, and over a restart', async () => {
    const first = await opened({ path })
    talk(first)
    expect(first.store.adopt(OLD_ID, ERIN)).toBe(3)
    await check(first)
    first.store.close()
    const second = await opened({ path })
    await check(second)
    second.store.close()
    // Also without the history.
    const third = await opened({ path, keepHistory: false })
    expect(texts(everything(third.store, WITH_ERIN))).toEqual(['2'])
  })

  test('all or nothing: a crash before the commit leaves everything as it was', async () => {
    const database = openDatabase(':memory:')
    const first = await opened({ path: database })
    talk(first)
    first.turns.end()
    first.store.adopt(OLD_ID, ERIN)
    crash(database)
    const second = await opened({ path: database })
    expect(texts(everything(second.store, `@${OLD_ID}`))).toEqual(['first word', '2', '4'])
    expect(second.store.unsettled()[0]?.waiting).toEqual([OLD])
    expect(second.store.firstMet(OLD)).toBe(10)
    second.store.adopt(OLD_ID, ERIN)
    second.turns.end()
    crash(database)
    await check(await opened({ path: database }))
  })

  test('while the disk takes nothing, with messages that are in memory only', async () => {
    const database = openDatabase(':memory:')
    const first = await opened({ path: database })
    talk(first)
    first.turns.end()
    database.exec('PRAGMA max_page_count = 1')
    first.store.add(said('big', { text: 'x'.repeat(8_000), conversation: 'elsewhere' }))
    first.store.add(said('7', { ...BEFORE, at: 35 }))
    first.turns.end()
    expect(first.store.problem).toBeDefined()
    expect(first.store.adopt(OLD_ID, ERIN)).toBe(4)
    const all = ['first word', 'second word', '2', '4', '7']
    expect(texts(everything(first.store, WITH_ERIN, 2))).toEqual(all)
    database.exec('PRAGMA max_page_count = 1000000')
    first.clock.advanceSync(TIMES.rewrite)
    expect(first.store.problem).toBeUndefined()
    expect(texts(everything(first.store, WITH_ERIN, 2))).toEqual(all)
    crash(database)
    const { store } = await opened({ path: database })
    expect(texts(everything(store, WITH_ERIN))).toEqual(all)
    expect(everything(store, `@${OLD_ID}`)).toEqual([])
    expect(store.unsettled()[0]?.waiting).toEqual([ERIN])
    expect(store.firstMet(ERIN)).toBe(10)
  })

  test('in the transaction that fails', async () => {
    const database = openDatabase(':memory:')
    const first = await opened({ path: database })
    talk(first)
    first.turns.end()
    database.exec('PRAGMA max_page_count = 1')
    first.store.add(said('7', { ...BEFORE, at: 35 }))
    first.store.adopt(OLD_ID, ERIN)
    first.store.add(said('big', { text: 'x'.repeat(80_000), conversation: 'elsewhere' }))
    first.turns.end()
    expect(first.store.problem).toBeDefined()
    const all = ['first word', 'second word', '2', '4', '7']
    expect(texts(everything(first.store, WITH_ERIN))).toEqual(all)
    database.exec('PRAGMA max_page_count = 1000000')
    first.clock.advanceSync(TIMES.rewrite)
    crash(database)
    expect(texts(everything((await opened({ path: database })).store, WITH_ERIN))).toEqual(all)
  })
})

describe('afterwards', () => {
  test('another program at the old address has a conversation of its own, over restarts', async () => {
    const stranger = { ...OLD, name: 'stranger', identity: 'ffffffffffffffff' }
    let now = await opened({ path })
    talk(now)
    now.store.adopt(OLD_ID, ERIN)
    now.store.add(said('a', { ...BEFORE, from: stranger, at: 100, seq: 2 }))
    now.store.add(said('b', { ...BEFORE, from: stranger, at: 110, seq: 3 }))
    const late = now.store.add(said('c', { ...BEFORE, from: stranger, at: 120, seq: 1 }))
    expect(late.isLate).toBe(true)
    now.store.add(said('8', { ...NOW, at: 130 }))
    for (let restarts = 0; restarts < 3; restarts++) {
      const { store } = now
      expect(texts(everything(store, `@${OLD_ID}`, 1))).toEqual(['c', 'a', 'b'])
      expect(texts(everything(store, WITH_ERIN, 1))).toEqual(['first word', 'second word', '2', '4', '8'])
      expect(store.directs()).toEqual([
        { conversation: WITH_ERIN, name: 'erin' },
        { conversation: `@${OLD_ID}`, name: 'stranger' },
      ])
      expect(texts(await store.search('a', 9, { conversation: `@${OLD_ID}` }))).toEqual(['a'])
      store.close()
      now = await opened({ path })
    }
    // The next one there, too.
    expect(now.store.adopt(OLD_ID, CAROL)).toBe(3)
    now.store.add(said('d', { ...BEFORE, from: stranger, at: 140 }))
    expect(texts(everything(now.store, `@${OLD_ID}`))).toEqual(['d'])
    expect(texts(everything(now.store, '@[fd00::3]:8000'))).toEqual(['c', 'a', 'b'])
  })

  test('a second old address is added, and a key can follow a key', async () => {
    const { store, turns } = await opened()
    store.add(said('1', { ...BEFORE, at: 1 }))
    store.add(said('2', { ...BEFORE, at: 2, conversation: '@10.0.0.99:1' }))
    store.add(said('3', { ...NOW, at: 3 }))
    turns.end()
    expect(store.adopt(OLD_ID, ERIN)).toBe(1)
    expect(store.adopt('10.0.0.99:1', ERIN)).toBe(1)
    expect(texts(everything(store, WITH_ERIN, 1))).toEqual(['1', '2', '3'])
    expect(store.adopt(ERIN.key, BOB)).toBe(3)
    expect(texts(everything(store, '@10.0.0.2:8000', 1))).toEqual(['1', '2', '3'])
    store.add(said('4', { ...NOW, at: 4 }))
    expect(texts(everything(store, WITH_ERIN))).toEqual(['4'])
    expect(store.adopt('10.0.0.2:8000', ERIN)).toBe(3)
    expect(texts(everything(store, WITH_ERIN, 1))).toEqual(['1', '2', '3', '4'])
  })

  test('a name is free again when its messages were deleted', async () => {
    const first = await opened({ path, retention: 1_000_000 })
    first.store.add(said('1', { ...BEFORE, at: 1 }))
    first.store.adopt(OLD_ID, ERIN)
    first.turns.end()
    expect(texts(everything(first.store, WITH_ERIN))).toEqual(['1'])
    first.store.close()
    const database = openDatabase(path)
    database.exec('DELETE FROM message')
    database.close()
    const second = await opened({ path })
    second.store.add(said('2', { ...BEFORE, at: 2 }))
    second.store.close()
    const { store } = await opened({ path })
    expect(texts(everything(store, `@${OLD_ID}`))).toEqual(['2'])
    expect(everything(store, WITH_ERIN)).toEqual([])
  })

  test('nothing is adopted by the peer itself', async () => {
    const { store } = await opened()
    store.add(said('1', NOW))
    expect(store.adopt(ERIN.key, ERIN)).toBe(0)
    expect(texts(everything(store, WITH_ERIN))).toEqual(['1'])
  })
})
