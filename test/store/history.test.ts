import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { DIRECT, WHEN_ASKED, type Peer } from '../../src/chat/model.ts'
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
  type Said,
} from './support.ts'
import { temporaryDirectory } from '../support/files.ts'
import type { Store } from '../../src/store/store.ts'

let store: Store

beforeEach(async () => {
  ;({ store } = await opened())
})

describe('add', () => {
  const lsnp: Peer = { ip: '10.0.0.9', port: 50999, name: 'dave', lsnp: 'dave@10.0.0.9' }

  test.each<[what: string, said: Said]>([
    ['a plain message', {}],
    ['an action', { kind: 'action' }],
    ['a message that was passed on', { hops: 2 }],
    ['one that came straight, and says so', { hops: 0 }],
    ['with a place among those of its sender', { seq: 7 }],
    ['with the first place', { seq: 0 }],
    ['with the last place there can be', { seq: Number.MAX_SAFE_INTEGER }],
    ['from a peer with an identity', { from: CAROL }],
    ['from a program that takes datagrams only', { from: lsnp }],
    ['from a peer with a key, by its word only', { from: ERIN }],
    ['from a peer with a key, straight from it', { from: ERIN, proof: 'direct', hops: 0 }],
    ['with a checked signature', { from: ERIN, proof: 'signed', signature: SIGNATURE, hops: 2 }],
    ['direct, from a peer with a key', { from: ERIN, channel: DIRECT, conversation: `@${ERIN.key}` }],
    ['direct', { channel: DIRECT, conversation: '@10.0.0.2:8000' }],
    ['ours', { own: true }],
    ['at a fraction of a millisecond', { at: 0.123, sentAt: 1.5 }],
    ['sent before 1970', { sentAt: -1 }],
    ['any script', { text: 'żółć 日本語 עברית 👩‍👩‍👧 \u200b' }],
    ['quotes and semicolons', { text: `'; DROP TABLE message; --"` }],
    ['lines', { text: 'one\r\ntwo\n' }],
    ['NUL', { text: 'a\0b', id: 'x\0y' }],
  ])('reads back as it was kept: %s', (_, what) => {
    const entry = said('m1', what)
    expect(store.add(entry)).toEqual({ verdict: 'new', entry, isLate: false })
    expect(store.page(entry.conversation, 10).entries).toEqual([entry])
  })

  test.each<[what: string, first: Said, second: Said, verdict: string]>([
    ['the same again', {}, {}, 'known'],
    ['the same at another time', { at: 0 }, { at: 5_000, sentAt: 77 }, 'known'],
    ['the same, passed on', {}, { hops: 1 }, 'known'],
    ['the same by another name', {}, { from: { ...BOB, name: 'robert' } }, 'known'],
    ['another text', { text: 'yes' }, { text: 'no' }, 'conflict'],
    ['another channel', { channel: 'general' }, { channel: 'ops' }, 'conflict'],
    [
      'to us alone, by one who has moved',
      { channel: 'private', conversation: '@10.0.0.2:1' },
      { channel: 'private', conversation: '@10.0.0.2:2' },
      'known',
    ],
    ['an action now', { kind: 'text' }, { kind: 'action' }, 'conflict'],
    ['another sender', { from: BOB }, { from: CAROL }, 'new'],
    ['the same identity elsewhere', { from: CAROL }, { from: { ...CAROL, ip: '10.0.0.77' } }, 'known'],
    [
      'another identity at the same address',
      { from: CAROL },
      { from: { ...CAROL, identity: 'f'.repeat(16) } },
      'new',
    ],
    ['first without identity', { from: { ...CAROL, identity: '' } }, { from: CAROL }, 'new'],
    ['half a character', { text: 'a\ud800' }, { text: 'a\ud800' }, 'known'],
    ['the same with NUL', { text: 'a\0b' }, { text: 'a\0b' }, 'known'],
    ['another text behind NUL', { text: 'a\0b' }, { text: 'a\0c' }, 'conflict'],
  ])('the same id again, %s', (_, first, second, verdict) => {
    const kept = store.add(said('m1', first)).entry
    const again = store.add(said('m1', second))
    expect(again.verdict).toBe(verdict)
    if (verdict !== 'new') expect(again.entry.at).toBe(kept.at)
    const rows = new Set([first.conversation ?? 'general', second.conversation ?? 'general'])
    const shown = [...rows].flatMap((conversation) => everything(store, conversation))
    expect(shown).toHaveLength(verdict === 'new' ? 2 : 1)
  })

  test.each<[what: string, copies: readonly Said[], hops: number]>([
    ['by a third party, then by its sender', [{ hops: 1 }, { hops: 0 }], 0],
    ['by a third party, then by datagram', [{ hops: 2 }, {}], 0],
    [
      'by a third party, then by its sender when it was asked',
      [{ hops: 1 }, { hops: WHEN_ASKED }],
      WHEN_ASKED,
    ],
    ['by its sender, then by a third party', [{ hops: 0 }, { hops: 1 }], 0],
    [
      'by its sender when it was asked, then by a third party',
      [{ hops: WHEN_ASKED }, { hops: 2 }],
      WHEN_ASKED,
    ],
    ['by two third parties', [{ hops: 2 }, { hops: 1 }], 2],
    ['by a third party, then another text under its id', [{ hops: 1 }, { text: 'another', hops: 0 }], 1],
  ])('received %s: the origin is kept over a restart', async (_, copies, hops) => {
    const path = join(temporaryDirectory(), 'parley.db')
    for (const endsTurns of [true, false]) {
      const { store: first, turns } = await opened({ path })
      const id = `m ${endsTurns}`
      for (const copy of copies) {
        first.add(said(id, copy))
        if (endsTurns) turns.end()
      }
      turns.end()
      first.close()
      const { store: second } = await opened({ path })
      const found = everything(second).find(({ message }) => message.id === id)
      expect(found).toMatchObject({ message: { id, content: { text: id } }, hops })
      second.close()
    }
  })

  test('a repeat is recognised if the first copy came before the identity of its sender was known', () => {
    const { ip, port, name } = CAROL
    store.add(said('m1', { from: { ip, port, name } }))
    expect(store.add(said('m1', { from: CAROL })).verdict).toBe('known')
    expect(store.add(said('m1', { from: CAROL, text: 'of another who was there' })).verdict).toBe('new')
  })

  test('impossible times do no harm', () => {
    const entry = { ...said('m1', { sentAt: NaN, seq: 2 ** 60, hops: 1e300 }), at: NaN }
    expect(store.add(entry).verdict).toBe('new')
    expect(store.page('general', 1).entries[0]).toMatchObject({ at: BEGIN })
  })
})

describe('order', () => {
  function add(id: string, seq: number, at: number, from = BOB): boolean {
    return store.add(said(id, { seq, at, from })).isLate
  }

  test('by time', () => {
    store.add(said('second', { at: 20 }))
    store.add(said('first', { at: 10 }))
    store.add(said('third', { at: 30 }))
    expect(texts(store.page('general', 10).entries)).toEqual(['first', 'second', 'third'])
  })

  test('messages of one sender by seq, whatever their times say', () => {
    expect(add('b', 2, 20)).toBe(false)
    expect(add('d', 4, 10)).toBe(false)
    expect(add('c', 3, 99)).toBe(true)
    expect(add('a', 1, 50)).toBe(true)
    expect(texts(store.page('general', 10).entries)).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each<[name: string, older: number, expected: number, isLate: boolean]>([
    ['movedBack at most: it takes its place', TIMES.movedBack, -TIMES.movedBack, true],
    ['one millisecond more: the times count', TIMES.movedBack + 1, 0, false],
    ['five hours: the times count', 5 * 3_600_000, 0, false],
    ['300 days: the times count', 300 * 86_400_000, 0, false],
  ])('before a later one of its sender that is older by %s', (_name, older, expected, isLate) => {
    const now = store.now() - BEGIN
    store.add(said('later', { seq: 9, at: now - older }))
    const added = store.add(said('now', { seq: 5, at: now }))
    expect([added.entry.at, added.isLate]).toEqual([BEGIN + now + expected, isLate])
    expect(texts(store.page('general', 10).entries)).toEqual(isLate ? ['now', 'later'] : ['later', 'now'])
  })

  test('at is the moved time', () => {
    store.add(said('a', { seq: 1, at: 50 }))
    expect(store.add(said('b', { seq: 2, at: 10 })).entry.at).toBe(BEGIN + 50)
  })

  test('seq counts in each conversation and for each sender alone', () => {
    store.add(said('a', { seq: 9, at: 50 }))
    expect(store.add(said('b', { seq: 1, at: 60, conversation: 'ops' }))).toMatchObject({ isLate: false })
    expect(store.add(said('c', { seq: 1, at: 70, from: CAROL }))).toMatchObject({ isLate: false })
    expect(texts(store.page('general', 10).entries)).toEqual(['a', 'c'])
  })

  test('a message without seq stays where it is', () => {
    add('a', 5, 50)
    store.add(said('b', { at: 10 }))
    add('c', 6, 40)
    expect(texts(store.page('general', 10).entries)).toEqual(['b', 'a', 'c'])
  })

  interface Step {
    readonly sender: number
    readonly seq: number | undefined
    readonly at: number
    readonly endsTurn: boolean
  }

  const step: fc.Arbitrary<Step> = fc.record({
    sender: fc.nat(2),
    seq: fc.option(fc.nat(12), { nil: undefined }),
    at: fc.nat(40),
    endsTurn: fc.boolean(),
  })

  test('property: the order never contradicts seq, and each message is there once', async () => {
    const senders = [ALICE, BOB, CAROL]
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, limit) => {
          const { store, turns } = await opened()
          for (const [index, { sender, seq, at, endsTurn }] of steps.entries()) {
            const place = seq === undefined ? {} : { seq }
            const from = senders[sender] ?? BOB
            const { entry } = store.add(said(`m${index}`, { from, at, ...place }))
            expect(store.page('general', 100).entries).toContainEqual(entry)
            if (endsTurn) turns.end()
          }
          const shown = everything(store, 'general', limit)
          expect(shown.map(({ message }) => message.id).sort()).toEqual(
            steps.map((_, index) => `m${index}`).sort(),
          )
          expect(shown.map(({ at }) => at)).toEqual(
            shown.map(({ at }) => at).sort((one, other) => one - other),
          )
          for (const { name } of senders) {
            const places = shown.flatMap(({ message }) =>
              message.from.name === name && message.seq !== undefined ? [message.seq] : [],
            )
            expect(places).toEqual(places.toSorted((one, other) => one - other))
          }
          store.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('page', () => {
  beforeEach(() => {
    for (let index = 1; index <= 5; index++) store.add(said(`${index}`, { at: index * 10 }))
    store.add(said('elsewhere', { conversation: 'ops' }))
  })

  test('page by page to the first', () => {
    const last = store.page('general', 2)
    expect(texts(last.entries)).toEqual(['4', '5'])
    const middle = store.page('general', 2, last.before)
    expect(texts(middle.entries)).toEqual(['2', '3'])
    const first = store.page('general', 2, middle.before)
    expect(texts(first.entries)).toEqual(['1'])
    expect(first.before).toBeUndefined()
  })

  test('a page that is just full is the last', () => {
    expect(store.page('general', 5).before).toBeUndefined()
    expect(store.page('general', 4).before).toBeDefined()
  })

  test('a place stays where it is while messages come', () => {
    const { before } = store.page('general', 2)
    store.add(said('6', { at: 60 }))
    expect(texts(store.page('general', 2, before).entries)).toEqual(['2', '3'])
    store.add(said('2½', { at: 25 }))
    expect(texts(store.page('general', 2, before).entries)).toEqual(['2½', '3'])
  })

  test('messages with the same time are not lost between two pages', () => {
    for (let index = 0; index < 10; index++)
      store.add(said(`at once ${index}`, { at: 99, conversation: 'busy' }))
    expect(texts(everything(store, 'busy', 3))).toEqual(
      Array.from({ length: 10 }, (_, index) => `at once ${index}`),
    )
  })

  test.each(['', 'x', '1', '1_2', '1_2_', '1_2_3_4', 'NaN_1_1', '1_2_1e999', "1_2_3' OR 1", '__'])(
    'a cursor that the store never made gives an empty page: %j',
    (before) => {
      expect(store.page('general', 2, before)).toEqual({ entries: [], before: undefined })
    },
  )

  test.each([0, -1])('of %d', async (limit) => {
    expect(store.page('general', limit)).toEqual({ entries: [], before: undefined })
    expect(store.since('general', 0, limit)).toEqual([])
    expect(await store.search('elsewhere', limit)).toEqual([])
  })

  test('of a conversation that nobody had', () => {
    expect(store.page('nowhere', 2)).toEqual({ entries: [], before: undefined })
    expect(store.lastAt('nowhere')).toBeUndefined()
    expect(store.since('nowhere', 0, 9)).toEqual([])
  })

  test('since: the newest messages from a time on', () => {
    expect(texts(store.since('general', BEGIN + 30, 9))).toEqual(['3', '4', '5'])
    expect(texts(store.since('general', BEGIN + 30.5, 9))).toEqual(['4', '5'])
    expect(texts(store.since('general', BEGIN + 30, 2))).toEqual(['4', '5'])
    expect(texts(store.since('general', BEGIN + 51, 9))).toEqual([])
  })

  test('lastAt is the time of the newest', () => {
    expect(store.lastAt('general')).toBe(BEGIN + 50)
    store.add(said('late', { at: 5 }))
    expect(store.lastAt('general')).toBe(BEGIN + 50)
  })
})

test('lastSeq is the greatest seq of an own message', () => {
  expect(store.lastSeq).toBe(0)
  store.add(own('a', { seq: 5 }))
  store.add(own('b', { seq: 3, conversation: 'ops' }))
  store.add(said('c', { seq: 9 }))
  store.add(own('d'))
  expect(store.lastSeq).toBe(5)
})

test('each store has an identity of its own', async () => {
  const identities = await Promise.all([0, 1, 2].map(async () => (await opened()).store.identity))
  expect(new Set(identities).size).toBe(3)
  for (const identity of identities) expect(identity).toMatch(/^[0-9a-f]{16}$/)
})

test('a closed store returns nothing and keeps nothing', async () => {
  store.add(said('m1'))
  store.close()
  store.close()
  expect(store.page('general', 9).entries).toEqual([])
  expect(await store.search('m1', 9)).toEqual([])
  expect(store.lastAt('general')).toBeUndefined()
  store.add(said('m2'))
  store.delivered('m1', 'x')
  store.set('a', 'b')
  store.remember(BOB, 1)
})
