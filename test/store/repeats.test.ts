/** Copies of one message: by an old program and by a key, straight from the author, signed, and told by others. */
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { loadSqlite } from '../../src/store/file/sqlite.ts'
import { crash } from '../../src/store/sqlite-store.ts'
import {
  ALICE,
  BEGIN,
  BOB,
  ERIN,
  FRANK,
  SIGNATURE,
  everything,
  opened,
  own,
  said,
  texts,
  type Opened,
  type Said,
} from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Entry } from '../../src/store/store.ts'

const openDatabase = await loadSqlite()

const OTHER_SIGNATURE = Buffer.alloc(64, 8).toString('base64url')

/** Erin before she had a key: an old program, and one of which only the address was known. */
const ERIN_OLD = { ip: ERIN.ip, port: ERIN.port, name: ERIN.name, identity: ERIN.identity }
const ERIN_NAMELESS = { ip: ERIN.ip, port: ERIN.port, name: ERIN.name }

const DIRECT: Said = { from: ERIN, proof: 'direct', hops: 0 }
const SIGNED: Said = { from: ERIN, proof: 'signed', signature: SIGNATURE, hops: 1 }
const CLAIMED: Said = { from: ERIN, hops: 1 }
const OLD: Said = { from: ERIN_OLD, hops: 1 }

/** What is kept: sender, text, and how the author is known. */
function brief({ message, proof, hops = 0 }: Entry): string {
  const sender = message.from.key === undefined ? 'keyless' : message.from.key === ERIN.key ? 'erin' : 'frank'
  const words = [sender, ...texts([{ message } as Entry]), proof, message.signature && 'signature']
  return [...words.filter((word) => word !== undefined), `${hops} hops`].join(', ')
}

type Case = [what: string, first: readonly Said[], last: Said, verdict: string, kept: readonly string[]]

const CASES: Case[] = [
  ['told by an old program, then said by its author', [OLD], DIRECT, 'known', ['erin, m1, direct, 0 hops']],
  ['told by an old program, then signed', [OLD], SIGNED, 'known', ['erin, m1, signed, signature, 1 hops']],
  [
    'told with another content, then said by its author',
    [{ ...OLD, text: 'forged' }],
    DIRECT,
    'replaced',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'told in another channel, then said by its author',
    [{ ...OLD, channel: 'ops' }],
    DIRECT,
    'replaced',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'told under the key with another content, then signed',
    [{ ...CLAIMED, text: 'forged' }],
    SIGNED,
    'replaced',
    ['erin, m1, signed, signature, 1 hops'],
  ],
  ['told under the key, then said by its author', [CLAIMED], DIRECT, 'known', ['erin, m1, direct, 0 hops']],
  [
    'from an address without an identity, then said by its author',
    [{ from: ERIN_NAMELESS }],
    DIRECT,
    'known',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'of another one at that address, then said by an author with a key',
    [{ from: ERIN_NAMELESS, text: 'of another' }],
    DIRECT,
    'new',
    ['keyless, of another, 0 hops', 'erin, m1, direct, 0 hops'],
  ],
  ['said by its author, then told by an old program', [DIRECT], OLD, 'known', ['erin, m1, direct, 0 hops']],
  [
    'said by its author, then told with another content by an old program',
    [DIRECT],
    { ...OLD, text: 'forged' },
    'known',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'said by its author, then in clear under its key with another content',
    [DIRECT],
    { ...CLAIMED, text: 'forged', hops: 0 },
    'known',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'signed, then in clear from its author: the hops are those of the proved copy',
    [SIGNED],
    { ...CLAIMED, hops: 0 },
    'known',
    ['erin, m1, signed, signature, 1 hops'],
  ],
  [
    'told under the key, then under the old identity',
    [CLAIMED],
    OLD,
    'new',
    ['erin, m1, 1 hops', 'keyless, m1, 1 hops'],
  ],
  ['told under the old identity, then under the key', [OLD], CLAIMED, 'known', ['keyless, m1, 1 hops']],
  [
    'told under the old identity, then under the key with another content',
    [OLD],
    { ...CLAIMED, text: 'another' },
    'new',
    ['keyless, m1, 1 hops', 'erin, another, 1 hops'],
  ],
  ['said by its author, then signed', [DIRECT], SIGNED, 'known', ['erin, m1, direct, signature, 0 hops']],
  ['signed, then said by its author', [SIGNED], DIRECT, 'known', ['erin, m1, direct, signature, 0 hops']],
  [
    'signed twice: the first signature stays',
    [SIGNED],
    { ...SIGNED, signature: OTHER_SIGNATURE },
    'known',
    ['erin, m1, signed, signature, 1 hops'],
  ],
  [
    'said by its author, then with another content under its signature',
    [DIRECT],
    { ...SIGNED, text: 'another' },
    'conflict',
    ['erin, m1, direct, 0 hops'],
  ],
  [
    'claimed twice under the key, with another content',
    [CLAIMED],
    { ...CLAIMED, text: 'another' },
    'conflict',
    ['erin, m1, 1 hops'],
  ],
  [
    'said by its author, then by another key that claims its identity',
    [DIRECT],
    { from: { ...FRANK, identity: ERIN.identity }, proof: 'direct', hops: 0, text: 'of frank' },
    'new',
    ['erin, m1, direct, 0 hops', 'frank, of frank, direct, 0 hops'],
  ],
  [
    'said by two keys with one identity, then told by an old program',
    [DIRECT, { from: { ...FRANK, identity: ERIN.identity }, proof: 'direct', hops: 0, text: 'of frank' }],
    OLD,
    'known',
    ['erin, m1, direct, 0 hops', 'frank, of frank, direct, 0 hops'],
  ],
  [
    'told by an old program, then said by a key with another identity',
    [OLD],
    { from: { ...FRANK, ip: '10.0.0.9' }, proof: 'direct' },
    'new',
    ['keyless, m1, 1 hops', 'frank, m1, direct, 0 hops'],
  ],
  [
    'a proof without a key is none',
    [{ ...OLD, proof: 'direct' }],
    DIRECT,
    'known',
    ['erin, m1, direct, 0 hops'],
  ],
]

/** What happens between the first copies and the last one, and after it. */
interface Way {
  readonly between: (all: Opened) => Promise<Opened> | Opened
  readonly after: (all: Opened) => Promise<Opened> | Opened
}

function endTurn(all: Opened): Opened {
  all.turns.end()
  return all
}

/** On a full disk the last copy is in memory until there is room; then a crash shows what was written. */
function onFullDisk(): Way & { readonly path: ReturnType<typeof openDatabase> } {
  const path = openDatabase(':memory:')
  const between = (all: Opened): Opened => {
    all.turns.end()
    path.exec('PRAGMA max_page_count = 1')
    all.store.add(said('big', { text: 'x'.repeat(8_000), conversation: 'elsewhere' }))
    all.turns.end()
    expect(all.store.problem).toBeDefined()
    return all
  }
  const after = async (all: Opened): Promise<Opened> => {
    path.exec('PRAGMA max_page_count = 1000000')
    all.clock.advanceSync(TIMES.rewrite)
    expect(all.store.problem).toBeUndefined()
    crash(path)
    return opened({ path })
  }
  return { path, between, after }
}

function all(store: Opened['store']): Entry[] {
  return [...everything(store), ...everything(store, 'ops')]
}

describe.each(CASES)('%s', (_, first, last, verdict, kept) => {
  const check = async (begun: Opened, { between, after }: Way): Promise<void> => {
    let now = begun
    for (const [index, copy] of first.entries()) now.store.add(said('m1', { at: index * 10, ...copy }))
    const before = new Map(
      all(now.store).map((entry) => [entry.message.from.key ?? entry.message.from.ip, entry.at]),
    )
    now = await between(now)
    const added = now.store.add(said('m1', { at: 5_000, ...last }))
    expect(added.verdict).toBe(verdict)
    expect(all(now.store).map(brief), 'at once').toEqual(kept)
    now = await after(now)
    expect(all(now.store).map(brief), 'afterwards').toEqual(kept)
    // A kept message does not move.
    expect(all(now.store)[0]?.at).toBe([...before.values()][0])
    expect(await now.store.search('forged', 9)).toEqual([])
  }

  test('in one turn', async () => {
    await check(await opened(), { between: (all) => all, after: endTurn })
  })

  test('in several turns', async () => {
    await check(await opened(), { between: endTurn, after: endTurn })
  })

  test('over restarts', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const restart = async (all: Opened): Promise<Opened> => {
      all.turns.end()
      all.store.close()
      return opened({ path })
    }
    await check(await opened({ path }), { between: restart, after: restart })
  })

  test('on a full disk', async () => {
    const { path, ...way } = onFullDisk()
    await check(await opened({ path }), way)
  })

  test('without a history on disk', async () => {
    await check(await opened({ keepHistory: false }), { between: endTurn, after: endTurn })
  })
})

describe('a message that takes the place of another one', () => {
  /** Enough others that the index is asked. */
  async function indexed(path = openDatabase(':memory:')): Promise<Opened & { path: typeof path }> {
    const all = await opened({ path })
    all.store.add(said('m1', { ...OLD, text: 'the forged word', at: 1, seq: 3 }))
    for (let index = 0; index < 700; index++) all.store.add(said(`filler ${index}`, { at: 10 + index }))
    quiet(all)
    return { ...all, path }
  }

  function quiet({ clock, turns }: Opened): void {
    for (let passed = 0; passed < 5_000; passed += 20) {
      clock.advanceSync(20)
      turns.end()
    }
  }

  test('is found by its own words, and has its place, time, name, and number', async () => {
    const { store, turns } = await indexed()
    const { verdict, entry } = store.add(
      said('m1', { ...DIRECT, text: 'the genuine word', at: 9_000, seq: 3, from: { ...ERIN, name: 'Erin' } }),
    )
    turns.end()
    expect(verdict).toBe('replaced')
    expect(entry).toMatchObject({ at: BEGIN + 1, receivedAt: BEGIN + 1, message: { from: { name: 'Erin' } } })
    const first = everything(store)[0]
    expect(first).toEqual(entry)
    expect(texts(await store.search('genuine', 9))).toEqual(['the genuine word'])
    expect(await store.search('forged', 9)).toEqual([])
    expect(texts(await store.search('word', 9, { conversation: 'general' }))).toEqual(['the genuine word'])
    expect(store.since('general', BEGIN, 1_000)[0]).toEqual(entry)
  })

  test('is found by its own words also while the disk is full, and afterwards', async () => {
    const all = await indexed()
    all.path.exec('PRAGMA max_page_count = 1')
    all.store.add(said('big', { text: 'x'.repeat(80_000), conversation: 'elsewhere' }))
    all.turns.end()
    expect(all.store.problem).toBeDefined()
    all.store.add(said('m1', { ...DIRECT, text: 'the genuine word', at: 9_000, seq: 3 }))
    const check = async (): Promise<void> => {
      expect(texts(await all.store.search('genuine', 9))).toEqual(['the genuine word'])
      expect(await all.store.search('forged', 9)).toEqual([])
      expect(everything(all.store)).toHaveLength(701)
    }
    await check()
    all.path.exec('PRAGMA max_page_count = 1000000')
    all.clock.advanceSync(TIMES.rewrite)
    expect(all.store.problem).toBeUndefined()
    await check()
    quiet(all)
    await check()
  })

  test.each<[what: string, copy: Said, ahead: number, verdict: string, at: number]>([
    ['told in clear', OLD, 60_001, 'replaced', 60_002],
    ['told in clear, a minute before it', OLD, 60_000, 'known', 1],
    ['told under its key', CLAIMED, 60_001, 'replaced', 60_002],
    ['signed', SIGNED, 60_001, 'replaced', 60_002],
    ['signed, a minute before it', SIGNED, 60_000, 'known', 1],
    ['said by its author', DIRECT, 60_001, 'known', 1],
  ])('that was dated back has the date of its author: %s', async (_, copy, ahead, verdict, at) => {
    const { store, turns } = await opened()
    store.add(said('m1', { ...copy, at: 1, seq: 1 }))
    turns.end()
    expect(store.add(said('m1', { ...DIRECT, at: 1 + ahead, seq: 1 })).verdict).toBe(verdict)
    turns.end()
    expect(everything(store).map((kept) => kept.at - BEGIN)).toEqual([at])
    // A signed copy moves nothing: a third peer may say of an old message that it is a new one.
    expect(store.add(said('m1', { ...SIGNED, at: 1_000_000, seq: 1 })).verdict).toBe('known')
    expect(everything(store).map((kept) => kept.at - BEGIN)).toEqual([at])
  })

  test('that was dated back comes late behind what its author said later', async () => {
    const { store } = await opened()
    store.add(said('m1', { ...SIGNED, seq: 1 }))
    store.add(said('m2', { ...DIRECT, seq: 2, at: 200_000 }))
    const { verdict, isLate } = store.add(said('m1', { ...DIRECT, seq: 1, at: 190_000 }))
    expect([verdict, isLate]).toEqual(['replaced', true])
  })

  test('that stays among others that were dated back is no news', async () => {
    const { store } = await opened()
    for (const [index, id] of ['m1', 'm2'].entries())
      store.add(said(id, { ...SIGNED, seq: index + 1, at: index }))
    const { verdict, entry } = store.add(said('m1', { ...DIRECT, seq: 1, at: 100_000 }))
    expect([verdict, entry.at - BEGIN]).toEqual(['known', 0])
    expect(brief(everything(store)[0] ?? entry)).toBe('erin, m1, direct, signature, 0 hops')
  })

  test('that was dated back does not overtake what its author said later', async () => {
    const { store, turns } = await opened()
    for (const [id, seq] of [
      ['m1', 1],
      ['m2', 2],
      ['m3', 3],
    ] as const)
      store.add(said(id, { ...SIGNED, seq }))
    for (const [id, seq] of [
      ['m2', 2],
      ['m1', 1],
      ['m3', 3],
    ] as const) {
      store.add(said(id, { ...DIRECT, at: 1_000_000 + seq, seq }))
      turns.end()
    }
    expect(texts(everything(store))).toEqual(['m1', 'm2', 'm3'])
  })

  test('is not an own one: a peer that proves its key takes no place of what was said here', async () => {
    const { store } = await opened()
    store.add(own('m1', { from: { ...ALICE, identity: ERIN.identity }, text: 'mine' }))
    expect(store.add(said('m1', DIRECT)).verdict).toBe('new')
    expect(texts(everything(store))).toEqual(['mine', 'm1'])
  })
})

describe('a signature that comes later', () => {
  test('is kept, over a restart, and the first one stays', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    first.store.add(said('m1', DIRECT))
    first.turns.end()
    first.store.setSignature(ERIN.key, 'm1', SIGNATURE)
    first.store.setSignature(ERIN.key, 'm1', OTHER_SIGNATURE)
    first.store.setSignature(FRANK.key, 'm1', OTHER_SIGNATURE)
    first.store.setSignature(ERIN.key, 'm2', OTHER_SIGNATURE)
    const expected = [said('m1', { ...DIRECT, signature: SIGNATURE })]
    expect(everything(first.store)).toEqual(expected)
    first.store.close()
    expect(everything((await opened({ path })).store)).toEqual(expected)
  })

  test('of a peer is saved before saved() resolves; it proves what nothing has proved', async () => {
    const path = openDatabase(':memory:')
    const { store, turns } = await opened({ path })
    store.add(said('m1', CLAIMED))
    turns.end()
    store.setSignature(ERIN.key, 'm1', SIGNATURE)
    const saved = store.saved()
    turns.end()
    await saved
    crash(path)
    const expected = [said('m1', { ...CLAIMED, proof: 'signed', signature: SIGNATURE })]
    expect(everything((await opened({ path })).store)).toEqual(expected)
  })

  test('of an own message goes into the outbox, too', async () => {
    const path = join(temporaryDirectory(), 'parley.db')
    const first = await opened({ path })
    const message = own('m1', { seq: 1, from: { ...ALICE, key: FRANK.key } })
    first.store.add(message, [BOB, ERIN])
    first.turns.end()
    first.store.setSignature(FRANK.key, 'm1', SIGNATURE)
    first.store.delivered('m1', ERIN.key)
    first.store.close()
    const { store } = await opened({ path })
    expect(store.own('m1')).toMatchObject({ own: true, message: { signature: SIGNATURE } })
    expect(store.own('m1')?.proof).toBeUndefined()
    expect(store.unsettled()).toMatchObject([{ message: { signature: SIGNATURE }, waiting: [BOB] }])
  })
})

test('an own message is found by its id, said under the identity or under the key', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  const first = await opened({ path })
  const from = { ...ALICE, identity: first.store.identity }
  const before = own('before', { seq: 1, at: 1, from })
  const after = own('after', { seq: 2, at: 2, from: { ...from, key: FRANK.key } })
  first.store.add(before)
  first.store.add(after)
  first.store.add(said('theirs', { from: BOB }))
  const check = ({ store }: Opened): void => {
    expect([store.own('before'), store.own('after'), store.own('theirs')]).toEqual([before, after, undefined])
  }
  check(first)
  first.store.close()
  check(await opened({ path }))
})

test('property: what the author has proved first is there once, whatever comes before and behind it', async () => {
  const copy = fc.record({
    said: fc.constantFrom<Said>(DIRECT, SIGNED, CLAIMED, OLD, { from: ERIN_NAMELESS }),
    text: fc.constantFrom('one', 'two'),
    endsTurn: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(copy, { minLength: 1, maxLength: 8 }), async (copies) => {
      const { store, turns } = await opened()
      let proved: string | undefined
      for (const { said: how, text, endsTurn } of copies) {
        const { verdict } = store.add(said('m1', { ...how, text }))
        if (how.proof !== undefined && proved !== undefined)
          expect(verdict).toBe(text === proved ? 'known' : 'conflict')
        if (how.proof !== undefined) proved ??= text
        if (endsTurn) turns.end()
      }
      const genuine = everything(store).filter(({ message }) => message.from.key === ERIN.key)
      if (proved !== undefined) expect(texts(genuine)).toEqual([proved])
      expect(genuine.length).toBeLessThan(2)
      store.close()
    }),
    { numRuns: 150 },
  )
})
