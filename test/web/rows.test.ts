/** Messages -> the rows of the log. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LocalMessage } from '../../src/chat/wire/local-api.ts'
import { renameWords } from '../../src/chat/renames.ts'
import { followsOwn, GROUPED, rowsIn, rowsOf, withRenames, type Row } from '../../src/web/model/rows.ts'
import { message, MINUTE, NOON, outgoing, ownMessage } from './samples.ts'

const carol = { from: { id: '10.0.0.3:8000', name: 'carol' } }
const day = 24 * 60

/** `A` a message with a heading, `a` one of the group above, `-` a day line, `!` the unread line, `>` a change of a name. */
function drawn(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      if (row.kind === 'day') return '-'
      if (row.kind === 'unread') return '!'
      if (row.kind === 'rename') return '>'
      return row.isFirst ? row.message.text.toUpperCase() : row.message.text
    })
    .join('')
}

test.each<[name: string, messages: LocalMessage[], drawn: string]>([
  ['nothing', [], ''],
  ['one author', [message('a'), message('b', 1)], '-Ab'],
  ['just within five minutes', [message('a'), message('b', (GROUPED - 1) / MINUTE)], '-Ab'],
  ['five minutes', [message('a'), message('b', 5)], '-AB'],
  ['a chain of short pauses', [message('a'), message('b', 4), message('c', 8)], '-AbC'],
  [
    'five minutes from the name on, again and again',
    [0, 3, 6, 9, 12].map((at) => message(`m${at}`, at)),
    '-M0m3M6m9M12',
  ],
  ['twenty rows under a name', numbered(20), `-A${'a'.repeat(19)}`],
  ['one row more', numbered(21), `-A${'a'.repeat(19)}A`],
  ['many rows', numbered(41), `-A${'a'.repeat(19)}A${'a'.repeat(19)}A`],
  ['another author', [message('a'), message('b', 1, carol), message('c', 2)], '-ABC'],
  [
    'another name of the same',
    [message('a'), message('b', 1, { from: { id: '10.0.0.2:8000', name: 'rob' } })],
    '-AB',
  ],
  ['an action stands alone', [message('a'), message('b', 1, { action: true }), message('c', 2)], '-ABC'],
  ['a new day', [message('a'), message('b', day)], '-A-B'],
  ['midnight between two of one author', [message('a', 719), message('b', 721)], '-A-B'],
])('%s', (_name, messages, expected) => {
  expect(drawn(rowsOf(messages, undefined, undefined))).toBe(expected)
})

/** Messages of one author, all in one minute. */
function numbered(count: number): LocalMessage[] {
  return Array.from({ length: count }, (_, index) => message('a', index / 60, { key: `a${index}` }))
}

test('the rows do not depend on where the window begins', () => {
  const authors = fc.constantFrom('bob', 'carol')
  const said = fc.array(fc.record({ author: authors, pause: fc.constantFrom(0, 1, 4, 6, 800) }), {
    maxLength: 80,
  })
  fc.assert(
    fc.property(said, fc.nat(80), fc.nat(80), (all, one, other) => {
      let minutes = 0
      const messages = all.map(({ author, pause }, index) =>
        message('a', (minutes += pause), { key: `a${index}`, from: { id: author, name: author } }),
      )
      const [from, to] = [
        Math.min(one, other, messages.length),
        Math.min(Math.max(one, other), messages.length),
      ]
      const whole = rowsIn(messages, 0, messages.length, NOON + MINUTE)
      const begin = whole.findIndex((row) => row.kind === 'message' && row.message === messages[from])
      const shown = rowsIn(messages, from, to, NOON + MINUTE).filter(({ kind }) => kind === 'message')
      const expected = whole.slice(Math.max(0, begin)).filter(({ kind }) => kind === 'message')
      expect(shown).toEqual(expected.slice(0, to - from))
    }),
  )
})

test('the window keeps the lines before its first message', () => {
  expect(drawn(rowsIn([message('a'), message('b', day), message('c', day)], 1, 3, undefined))).toBe('-Bc')
  expect(drawn(rowsIn([message('a'), message('b', 1), message('c', 2)], 1, 3, NOON))).toBe('!Bc')
})

describe('after a message outside of the window', () => {
  test('the group and the day continue', () => {
    expect(drawn(rowsOf([message('b', 1)], message('a'), undefined))).toBe('b')
  })
  test('the unread line is not drawn a second time', () => {
    expect(drawn(rowsOf([message('b', 1)], message('a'), NOON - 1))).toBe('b')
  })
})

describe('the unread line', () => {
  test.each<[name: string, line: number, drawn: string]>([
    ['before the first that came after it', NOON, '-A!Bc'],
    ['before all', NOON - 1, '-!Abc'],
    ['nowhere, when all was read', NOON + day * MINUTE, '-Abc'],
  ])('stands %s', (_name, line, expected) => {
    expect(drawn(rowsOf([message('a'), message('b', 1), message('c', 2)], undefined, line))).toBe(expected)
  })
  test('does not stand before an own message', () => {
    expect(drawn(rowsOf([message('a'), ownMessage('b', 1), message('c', 2)], undefined, NOON))).toBe('-AB!C')
  })
})

test('a clock that was wrong for a while makes extra day lines, each with its own key', () => {
  const shift = 2 * 365 * day * MINUTE
  const ahead = message('b', 1 + 2 * 365 * day, { clockShift: shift })
  const rows = rowsOf([message('a'), ahead, message('c', 2)], undefined, NOON)
  expect(drawn(rows)).toBe('-A-!B-C')
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

test('every row has its own key', () => {
  const rows = rowsOf([message('a'), message('b', 1), message('c', day)], undefined, NOON)
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

test.each<[name: string, previous: LocalMessage | undefined, more: object, follows: boolean]>([
  ['nothing', undefined, {}, false],
  ['our own of a minute ago', ownMessage('a', -1), {}, true],
  ['our own of long ago', ownMessage('a', -9), {}, false],
  ['another person', message('a', -1), {}, false],
  ['as an action', ownMessage('a', -1), { action: true }, false],
])('an outgoing message after %s', (_name, previous, more, follows) => {
  expect(followsOwn(previous, outgoing('x', more))).toBe(follows)
})

test('a change of a name gives the name under which the person is shown, and says that it stays', () => {
  const other = {
    name: 'bob',
    callsItself: 'zorro',
    formerNames: [
      { name: 'bob', until: NOON + 3 * MINUTE },
      { name: 'alice', until: NOON + 2 * MINUTE, shown: 'bob·k3f9-2mx7' },
    ],
  }
  const rows = rowsIn([message('a', 1)], 0, 1, undefined)
  const lines = withRenames(rows, new Map([[message('a').from.id, other]]), true)
  expect(lines.flatMap((row) => (row.kind === 'rename' ? [renameWords(row.rename)] : []))).toEqual([
    'bob·k3f9-2mx7 is now bob',
    'bob calls itself zorro now, which is the name of another person: it stays bob here',
  ])
})

test('a change of a name stands between the messages of its time, and at the end when that is shown', () => {
  const bob = {
    name: 'robert',
    formerNames: [
      { name: 'rob', until: NOON + 9 * MINUTE },
      { name: 'bob', until: NOON + 1.5 * MINUTE },
    ],
  }
  const rows = rowsIn([message('a', 1), message('b', 2)], 0, 2, undefined)
  const people = new Map([[message('a').from.id, bob]])
  const drawnRows = (isEnd: boolean): string[] =>
    withRenames(rows, people, isEnd).map((row) =>
      row.kind === 'rename' ? `${row.rename.before}>${row.rename.after}` : row.kind,
    )
  expect(drawnRows(true)).toEqual(['day', 'message', 'bob>rob', 'message', 'rob>robert'])
  expect(drawnRows(false)).toEqual(['day', 'message', 'bob>rob', 'message'])
  expect(withRenames(rows, new Map(), true)).toBe(rows)
})
