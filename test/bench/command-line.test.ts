import { describe, expect, test } from 'vitest'
import { given } from '../../scripts/support/command-line.ts'

const WANTED = {
  numbers: { seeds: 200 },
  texts: { log: '' },
  switches: ['quick'],
  words: 'NAME…: only these',
} as const

describe('the command line of a script', () => {
  test.each([
    ['no flags', [], { numbers: { seeds: 200 }, texts: { log: '' }, switches: { quick: false }, words: [] }],
    [
      'all flags',
      ['--seeds', '3', '--log=x', 'one', '--quick', 'two'],
      { numbers: { seeds: 3 }, texts: { log: 'x' }, switches: { quick: true }, words: ['one', 'two'] },
    ],
  ])('%s', (_, args, expected) => {
    expect(given(WANTED, args)).toEqual(expected)
  })

  test.each([
    ['no number', ['--seeds', 'abc'], '--seeds abc: must be a number, 0 or more'],
    ['a number without a value', ['--seeds'], "Option '--seeds <value>' argument missing"],
    ['an infinite number', ['--seeds', 'Infinity'], '--seeds Infinity: must be a number, 0 or more'],
    ['an unknown flag', ['--seed', '3'], "Unknown option '--seed'"],
    ['a value for a switch', ['--quick=yes'], "Option '--quick' does not take an argument"],
  ])('%s is refused, and named', (_, args, sentence) => {
    expect(() => given(WANTED, args)).toThrow(sentence)
  })

  test('an unexpected word is refused', () => {
    expect(() => given({ numbers: {} }, ['word'])).toThrow("Unexpected argument 'word'")
  })
})
