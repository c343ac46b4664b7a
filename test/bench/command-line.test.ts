import { describe, expect, test } from 'vitest'
import { given } from '../../scripts/command-line.ts'

const WANTED = {
  numbers: { seeds: 200 },
  texts: { log: '' },
  switches: ['quick'],
  words: 'NAME…: only these',
} as const

describe('the command line of a script', () => {
  test.each([
    [
      'nothing said',
      [],
      { numbers: { seeds: 200 }, texts: { log: '' }, switches: { quick: false }, words: [] },
    ],
    [
      'everything said',
      ['--seeds', '3', '--log=x', 'one', '--quick', 'two'],
      { numbers: { seeds: 3 }, texts: { log: 'x' }, switches: { quick: true }, words: ['one', 'two'] },
    ],
  ])('%s', (_, args, expected) => {
    expect(given(WANTED, args)).toEqual(expected)
  })

  test.each([
    ['a number that is none', ['--seeds', 'abc'], '--seeds abc: must be a number, 0 or more'],
    ['no number at all', ['--seeds'], "Option '--seeds <value>' argument missing"],
    ['an infinite number', ['--seeds', 'Infinity'], '--seeds Infinity: must be a number, 0 or more'],
    ['a flag that is not known', ['--seed', '3'], "Unknown option '--seed'"],
    ['a value for a switch', ['--quick=yes'], "Option '--quick' does not take an argument"],
  ])('%s is refused, and named', (_, args, sentence) => {
    expect(() => given(WANTED, args)).toThrow(sentence)
  })

  test('a word where there may be none is refused', () => {
    expect(() => given({ numbers: {} }, ['word'])).toThrow("Unexpected argument 'word'")
  })
})
