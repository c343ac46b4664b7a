/** Messages -> the rows of the log. */
import { describe, expect, test } from 'vitest'
import type { LocalMessage } from '../../src/chat/local.ts'
import { followsOwn, GROUPED, rowsOf, type Row } from '../../src/web/model/rows.ts'
import { message, MINUTE, NOON, outgoing, ownMessage } from './samples.ts'

const carol = { from: { id: '10.0.0.3:8000', name: 'carol' } }
const day = 24 * 60

/** `A` under a name of its own, `a` under the one before, `-` a day, `!` the unread line. */
function drawn(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      if (row.kind === 'day') return '-'
      if (row.kind === 'unread') return '!'
      return row.isFirst ? row.message.text.toUpperCase() : row.message.text
    })
    .join('')
}

test.each<[name: string, messages: LocalMessage[], drawn: string]>([
  ['nothing', [], ''],
  ['one author', [message('a'), message('b', 1)], '-Ab'],
  ['just within five minutes', [message('a'), message('b', (GROUPED - 1) / MINUTE)], '-Ab'],
  ['five minutes', [message('a'), message('b', 5)], '-AB'],
  ['a chain of short pauses', [message('a'), message('b', 4), message('c', 8)], '-Abc'],
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

describe('behind what is not shown', () => {
  test('the group and the day go on', () => {
    expect(drawn(rowsOf([message('b', 1)], message('a'), undefined))).toBe('b')
  })
  test('the unread line was drawn there already', () => {
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
  test('does not stand before our own', () => {
    expect(drawn(rowsOf([message('a'), ownMessage('b', 1), message('c', 2)], undefined, NOON))).toBe('-AB!C')
  })
})

test('a clock that was set for two years and back makes days of its own, each with its key', () => {
  const shift = 2 * 365 * day * MINUTE
  const ahead = message('b', 1 + 2 * 365 * day, { clockShift: shift })
  const rows = rowsOf([message('a'), ahead, message('c', 2)], undefined, NOON)
  expect(drawn(rows)).toBe('-A-!B-C')
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

test('keys are different, so that no row is taken for another', () => {
  const rows = rowsOf([message('a'), message('b', 1), message('c', day)], undefined, NOON)
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

test.each<[name: string, previous: LocalMessage | undefined, more: object, follows: boolean]>([
  ['nothing', undefined, {}, false],
  ['our own of a minute ago', ownMessage('a', -1), {}, true],
  ['our own of long ago', ownMessage('a', -9), {}, false],
  ['somebody else', message('a', -1), {}, false],
  ['as an action', ownMessage('a', -1), { action: true }, false],
])('what we write behind: %s', (_name, previous, more, follows) => {
  expect(followsOwn(previous, outgoing('x', more))).toBe(follows)
})
