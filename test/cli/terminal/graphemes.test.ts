/** Graphemes and words in long texts: found by a piece of the text, as in all of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundary,
  graphemeAt,
  graphemesOf,
  widthOf,
  wordEnd,
  wordStart,
} from '../../../src/cli/terminal/graphemes.ts'

const FAMILY = '👨‍👩‍👧'

test.each<[name: string, text: string, at: number, segment: string | undefined]>([
  ['a letter', 'abc', 1, 'b'],
  ['a letter with a mark', 'e\u0301x', 1, 'e\u0301'],
  ['a family', `a${FAMILY}b`, 4, FAMILY],
  ['a flag after a flag', '🇫🇷🇩🇪', 5, '🇩🇪'],
  ['the end', 'abc', 3, undefined],
  ['a place far into a long text', `${'x'.repeat(100_000)}e\u0301`, 100_001, 'e\u0301'],
])('the grapheme at an index: %s', (_name, text, at, segment) => {
  expect(graphemeAt(text, at)?.segment).toBe(segment)
})

test('all graphemes of a text are the text, and those of the segmenter', () => {
  const parts = fc.array(fc.constantFrom('a', 'é', 'e\u0301', FAMILY, '🇫🇷', '你', '\n', ' '), {
    maxLength: 400,
  })
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  fc.assert(
    fc.property(parts, (all) => {
      const text = all.join('')
      expect([...graphemesOf(text)]).toEqual([...segmenter.segment(text)].map(({ segment }) => segment))
    }),
  )
})

describe('words', () => {
  test.each<[text: string, at: number, start: number, end: number]>([
    ['one two', 7, 4, 7],
    ['one two', 4, 0, 7],
    ['one, two', 3, 0, 8],
    ['  ', 2, 0, 2],
    ['', 0, 0, 0],
  ])('%j at %d: from %d to %d', (text, at, start, end) => {
    expect([wordStart(text, at), wordEnd(text, at)]).toEqual([start, end])
  })
})

test.each<[text: string, width: number]>([
  ['abc', 3],
  ['你好', 4],
  [FAMILY, 2],
  ['e\u0301', 1],
  ['\x1b[31mred\x1b[0m', 3],
])('%j has a width of %d cells', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

test('an index between the halves of a surrogate pair moves to its start', () => {
  expect([-1, 0, 1, 2, 3, 9].map((at) => boundary('a👍', at))).toEqual([0, 0, 1, 1, 3, 3])
})
