import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../src/chat/limits.ts'
import { addressKey } from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { loadSqlite, type Database } from '../../src/store/file/sqlite.ts'
import { crash } from '../../src/store/sqlite-store.ts'
import {
  ALICE,
  BEGIN,
  BOB,
  CAROL,
  ERIN,
  SIGNATURE,
  everything,
  opened,
  own,
  said,
  texts,
  type Opened,
} from './support.ts'
import { temporaryDirectory, mount } from '../support/files.ts'

const openDatabase = await loadSqlite()

/** A database that can be made full: as on a full disk, it takes no more pages. */
function database(): { readonly database: Database; readonly fill: () => void; readonly free: () => void } {
  const database = openDatabase(':memory:')
  const pages = (count: number): void => {
    database.exec(`PRAGMA max_page_count = ${count}`)
  }
  return {
    database,
    fill: () => {
      pages(1)
    },
    free: () => {
      pages(1_000_000)
    },
  }
}

/** `resolved`, the refusal, or `waiting`. */
async function stateOf(promise: Promise<void>): Promise<unknown> {
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => error,
    ),
    Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => 'waiting'),
  ])
}

/** More than fits into what is left of the last page. */
const BIG = 'x'.repeat(8_000)

/** A store on a database that is full, after some messages. */
async function onFullDisk(): Promise<Opened & { readonly free: () => void; readonly fill: () => void }> {
  const { database: path, fill, free } = database()
  const all = await opened({ path })
  all.store.add(said('before', { at: 0 }))
  all.turns.end()
  fill()
  return { ...all, fill, free }
}

describe('a turn', () => {
  test('is one transaction, deferred once', async () => {
    const { store, turns } = await opened()
    store.add(own('m1'), [BOB])
    store.add(said('m2'))
    store.remember(BOB, 1)
    store.set('a', 'b')
    expect(turns.deferred).toBe(1)
    turns.end()
    expect(turns.deferred).toBe(0)
    store.add(said('m3'))
    expect(turns.deferred).toBe(1)
  })

  test('saved() resolves when it has ended', async () => {
    const { store, turns } = await opened()
    store.add(said('m1'))
    const saved = store.saved()
    expect(store.saved()).toBe(saved)
    expect(await stateOf(saved)).toBe('waiting')
    turns.end()
    expect(await stateOf(saved)).toBe('resolved')
  })

  test('saved() is resolved when nothing has changed', async () => {
    const { store, turns } = await opened()
    expect(await stateOf(store.saved())).toBe('resolved')
    store.add(said('m1'))
    turns.end()
    store.page('general', 9)
    await store.search('hello', 9)
    expect(turns.deferred).toBe(0)
    expect(await stateOf(store.saved())).toBe('resolved')
  })

  test('closing ends it', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const { store } = await opened({ path })
    store.add(said('m1'))
    const saved = store.saved()
    store.close()
    expect(await stateOf(saved)).toBe('resolved')
    expect(texts((await opened({ path })).store.page('general', 9).entries)).toEqual(['m1'])
  })
})

describe('a crash', () => {
  test('leaves committed turns only, and a store that does nothing more', async () => {
    const path = openDatabase(':memory:')
    const first = await opened({ path })
    first.store.add(own('m1', { seq: 1 }), [BOB, CAROL])
    first.turns.end()
    first.store.add(own('m2', { seq: 2 }), [BOB])
    first.store.delivered('m1', addressKey(BOB))
    const saved = first.store.saved()
    crash(path)
    const second = await opened({ path })
    expect(second.store.identity).toBe(first.store.identity)
    expect(second.store.lastSeq).toBeGreaterThanOrEqual(1)
    expect(second.store.unsettled().map(({ waiting }) => waiting)).toEqual([[BOB, CAROL]])
    second.store.add(said('m3'))
    first.turns.end()
    first.store.add(said('m4'))
    first.store.close()
    crash(path)
    const third = await opened({ path })
    expect(texts(third.store.page('general', 9).entries)).toEqual(['m1'])
    expect(await stateOf(saved)).toBe('waiting')
  })

  test('property: exactly the saved messages are there afterwards', async () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('add' as const), id: fc.nat(30), own: fc.boolean() }),
      fc.record({ does: fc.constant('deliver' as const), id: fc.nat(30) }),
      fc.record({ does: fc.constantFrom('end' as const, 'crash' as const, 'search' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const path = openDatabase(':memory:')
        let all = await opened({ path })
        let kept = { messages: new Set<string>(), waiting: new Set<string>() }
        const copy = (of: typeof kept): typeof kept => ({
          messages: new Set(of.messages),
          waiting: new Set(of.waiting),
        })
        let now = copy(kept)
        for (const step of steps) {
          const id = 'id' in step ? `m${step.id}` : ''
          if (step.does === 'add') {
            const isNew = all.store.add(step.own ? own(id) : said(id), [BOB]).verdict === 'new'
            if (isNew) now.messages.add(`${step.own} ${id}`)
            if (isNew && step.own) now.waiting.add(id)
          } else if (step.does === 'deliver') {
            all.store.delivered(id, addressKey(BOB))
            now.waiting.delete(id)
          } else if (step.does === 'search') await all.store.search('m', 3)
          else if (step.does === 'end') {
            all.turns.end()
            kept = copy(now)
          } else {
            crash(path)
            all = await opened({ path })
            now = copy(kept)
          }
          const shown = everything(all.store).map(({ own, message }) => `${own} ${message.id}`)
          expect(shown.sort()).toEqual([...now.messages].sort())
          expect(
            all.store
              .unsettled()
              .map(({ message }) => message.id)
              .sort(),
          ).toEqual([...now.waiting].sort())
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('a full disk', () => {
  test('is reported once, rejects saved(), and is over when there is room', async () => {
    const { store, turns, clock, told, free } = await onFullDisk()
    expect(store.problem).toBeUndefined()
    store.add(said('big', { text: BIG, at: 1 }))
    const saved = store.saved()
    turns.end()
    expect(await stateOf(saved)).toMatchObject({ status: 507, code: 'disk_full' })
    expect(await saved.catch((error: unknown) => error)).toBeInstanceOf(ChatError)
    expect(store.problem).toMatch(/^The disk is full: /)
    expect(told).toEqual([store.problem])
    store.add(said('more', { at: 2 }))
    expect(await stateOf(store.saved())).toMatchObject({ status: 507 })
    clock.advanceSync(3 * TIMES.rewrite)
    expect(told).toHaveLength(1)
    free()
    clock.advanceSync(TIMES.rewrite)
    expect(store.problem).toBeUndefined()
    expect(told).toHaveLength(2)
    expect(told[1]).toContain('can be written again')
    expect(await stateOf(store.saved())).toBe('resolved')
    expect(everything(store).map(({ message }) => message.id)).toEqual(['before', 'big', 'more'])
  })

  test('the store works on in memory', async () => {
    const { store, turns, clock, free } = await onFullDisk()
    store.add(own('m1', { seq: 1, text: BIG, at: 10 }), [BOB, CAROL])
    turns.end()
    expect(store.problem).toBeDefined()
    const check = async (): Promise<void> => {
      expect(store.add(own('m1', { seq: 1, text: BIG })).verdict).toBe('known')
      expect(store.add(own('m1', { seq: 1, text: 'else' })).verdict).toBe('conflict')
      expect(store.add(said('before')).verdict).toBe('known')
      expect(everything(store).map(({ message }) => message.id)).toEqual([
        'before',
        'between',
        'm0',
        'm1',
        'last',
      ])
      expect(everything(store, 'general', 1)).toHaveLength(5)
      expect(texts(store.since('general', BEGIN + 11, 9))).toEqual(['last words'])
      expect(texts(await store.search('LAST wo', 9))).toEqual(['last words'])
      expect(texts(await store.search('last', 9, { conversation: 'ops' }))).toEqual([])
      expect(store.lastAt('general')).toBe(BEGIN + 30)
      expect(store.lastAt('ops')).toBe(BEGIN + 1)
      expect(store.lastSeq).toBe(1)
      expect(store.unsettled().map(({ waiting }) => waiting)).toEqual([[CAROL]])
      expect(store.setting('colour')).toBe('green')
      expect(store.remembered('BOB')).toEqual([BOB])
    }
    store.add(said('last', { at: 30, text: 'last words' }))
    store.add(said('between', { at: 5 }))
    expect(store.add(own('m0', { seq: 0, at: 99 }))).toMatchObject({
      entry: { at: BEGIN + 10 },
      isLate: true,
    })
    store.add(said('elsewhere', { conversation: 'ops', at: 1 }))
    store.delivered('m1', addressKey(BOB))
    store.set('colour', 'green')
    store.remember(BOB, 5)
    await check()
    free()
    clock.advanceSync(TIMES.rewrite)
    expect(store.problem).toBeUndefined()
    await check()
  })

  test('a signature of a turn that fails is kept in memory, and written later', async () => {
    const { database: path, fill, free } = database()
    const { store, turns, clock } = await opened({ path })
    store.add(said('before', { from: ERIN, proof: 'direct', at: 0 }))
    turns.end()
    fill()
    expect(store.setSignature(ERIN.key, 'before', SIGNATURE)).toBe(true)
    store.add(said('big', { text: BIG, at: 1 }))
    turns.end()
    expect(store.problem).toBeDefined()
    expect(store.setSignature(ERIN.key, 'before', SIGNATURE)).toBe(false)
    expect(store.message(ERIN.key, 'before')?.message.signature).toBe(SIGNATURE)
    free()
    clock.advanceSync(TIMES.rewrite)
    expect(store.problem).toBeUndefined()
    crash(path)
    expect((await opened({ path })).store.message(ERIN.key, 'before')?.message.signature).toBe(SIGNATURE)
  })

  test('changes in memory are on disk if there is room at the end', async () => {
    const { database: path, fill, free } = database()
    const first = await opened({ path })
    fill()
    first.store.add(own('m1', { seq: 1, text: BIG }), [BOB])
    first.turns.end()
    expect(first.store.problem).toBeDefined()
    free()
    first.store.close()
    const { store } = await opened({ path })
    expect(store.unsettled()).toHaveLength(1)
    expect(everything(store)).toHaveLength(1)
  })

  test('messages keep their place when they are written later', async () => {
    const { store, turns, clock, free } = await onFullDisk()
    for (let index = 0; index < 9; index++) store.add(said(`m${index}`, { text: BIG, at: 7 }))
    turns.end()
    const { before } = store.page('general', 4)
    free()
    clock.advanceSync(TIMES.rewrite)
    expect(store.problem).toBeUndefined()
    expect(store.page('general', 4, before).entries.map(({ message }) => message.id)).toEqual([
      'm1',
      'm2',
      'm3',
      'm4',
    ])
  })

  test('the oldest messages of other peers in memory are dropped, never those in the outbox', async () => {
    const { store, turns } = await onFullDisk()
    store.add(own('mine', { text: BIG, at: 1 }), [BOB])
    turns.end()
    expect(store.problem).toBeDefined()
    store.add(own('settled', { at: 2 }))
    for (let index = 1; index < LIMITS.unsaved + 5; index++) store.add(said(`m${index}`, { at: 2 + index }))
    const shown = everything(store, 'general', 500).map(({ message }) => message.id)
    expect(shown).toHaveLength(LIMITS.unsaved + 1)
    expect(shown.slice(0, 4)).toEqual(['before', 'mine', 'settled', 'm7'])
    expect(store.add(said('m1')).verdict).toBe('new')
  })

  test('own messages that are delivered are dropped when there are no others, the rest never', async () => {
    const { store, turns } = await onFullDisk()
    store.add(own('settled', { text: BIG, at: 1 }))
    turns.end()
    for (let index = 1; index <= LIMITS.unsaved + 5; index++)
      store.add(own(`m${index}`, { at: 1 + index }), [BOB])
    const shown = everything(store, 'general', 500).map(({ message }) => message.id)
    expect(shown).toHaveLength(LIMITS.unsaved + 6)
    expect(shown.slice(0, 2)).toEqual(['before', 'm1'])
  })

  test('property: with a disk that is full at times no own message is lost, and saved ones stay', async () => {
    const step = fc.constantFrom(
      'say',
      'hear',
      'deliver',
      'fail',
      'set',
      'end',
      'full',
      'free',
      'wait',
      'search',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { database: path, fill, free } = database()
        const { store, turns, clock } = await opened({ path })
        const said_: string[] = []
        const waiting = new Set<string>()
        for (const [index, step] of steps.entries()) {
          if (step === 'say') {
            store.add(own(`m${index}`, { seq: index, at: index, text: `m${index} ${BIG.slice(0, 3_000)}` }), [
              BOB,
            ])
            waiting.add(`m${index}`)
          } else if (step === 'hear') store.add(said(`m${index}`, { at: index }))
          else if (step === 'deliver' || step === 'fail') {
            const [id = ''] = waiting
            if (step === 'deliver') store.delivered(id, addressKey(BOB))
            else store.failed(id, addressKey(BOB), 'gone')
            if (step === 'deliver') waiting.delete(id)
          } else if (step === 'set') store.set('last', String(index))
          else if (step === 'end') turns.end()
          else if (step === 'full') fill()
          else if (step === 'free') free()
          else if (step === 'wait') clock.advanceSync(TIMES.rewrite)
          else await store.search('m', 5)
          if (step === 'say' || step === 'hear') said_.push(`m${index}`)
          expect(everything(store).map(({ message }) => message.id)).toEqual(said_)
          expect(store.unsettled().map(({ message }) => message.id)).toEqual([...waiting])
        }
        free()
        clock.advanceSync(TIMES.rewrite)
        turns.end()
        expect(store.problem).toBeUndefined()
        crash(path)
        const after = await opened({ path })
        expect(everything(after.store).map(({ message }) => message.id)).toEqual(said_)
        expect(after.store.unsettled().map(({ message }) => message.id)).toEqual([...waiting])
        const last = steps.lastIndexOf('set')
        expect(after.store.setting('last')).toBe(last < 0 ? undefined : String(last))
      }),
      { numRuns: 40 },
    )
  })
})

describe('a damaged database', () => {
  test('is a problem, not an error, and nothing more is written', async () => {
    const path = openDatabase(':memory:')
    const { store, turns, clock, told } = await opened({ path })
    store.add(own('m1'), [BOB])
    turns.end()
    path.exec("PRAGMA ignore_check_constraints = ON; UPDATE message SET at = x'00'")
    expect(store.page('general', 9).entries).toEqual([])
    expect(store.problem).toContain('damaged')
    store.add(said('m2'))
    expect(await stateOf(store.saved())).toMatchObject({ status: 507 })
    clock.advanceSync(10 * TIMES.rewrite)
    expect(told).toHaveLength(1)
    expect(store.problem).toContain('damaged')
    expect(path.prepare('SELECT count(*) AS count FROM message').get()).toEqual({ count: 1 })
    expect(store.unsettled()).toHaveLength(1)
  })

  test('a bug of the program throws', async () => {
    const path = openDatabase(':memory:')
    const { store } = await opened({ path })
    path.exec('DROP TABLE message')
    expect(() => store.add(said('m1'))).toThrow('no such table')
    expect(store.problem).toBeUndefined()
  })
})

test('a disk that is really full (skipped where no file system can be mounted)', async (context) => {
  const disk = mount('1m')
  if (disk === undefined) return context.skip('no file system can be mounted here')
  const path = join(disk, 'parley.db')
  const { store, turns, clock, told } = await opened({ path })
  store.add(own('mine', { seq: 1, from: ALICE }), [BOB])
  turns.end()
  const [spare, reserve] = [join(disk, 'spare'), join(disk, 'reserve')]
  writeFileSync(spare, Buffer.alloc(60_000))
  writeFileSync(reserve, Buffer.alloc(400_000))
  let count = 0
  while (store.problem === undefined && count < 1_000) {
    store.add(said(`m${++count}`, { at: count, text: `${count} ${BIG}` }))
    turns.end()
  }
  expect(store.problem).toMatch(/^The disk is full: /)
  expect(everything(store)).toHaveLength(count + 1)
  rmSync(spare)
  clock.advanceSync(TIMES.rewrite)
  expect(store.problem).toBeUndefined()
  expect(told).toHaveLength(2)
  rmSync(reserve)
  store.close()
  const again = await opened({ path })
  expect(everything(again.store)).toHaveLength(count + 1)
  expect(again.store.unsettled()).toHaveLength(1)
})
