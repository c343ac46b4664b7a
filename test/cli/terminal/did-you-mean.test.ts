import { expect, test } from 'vitest'
import { didYouMean } from '../../../src/cli/terminal/did-you-mean.ts'

const WORDS = ['peer', 'peers', 'tracker', 'tail', 'lan', 'no-lan']

test.each([
  ['a letter too few', 'per', 'peer'],
  ['a letter too many', 'trackeer', 'tracker'],
  ['another letter', 'tale', 'tail'],
  ['two swapped', 'trakcer', 'tracker'],
  ['the word itself', 'peers', 'peers'],
  ['too far', 'nothing', undefined],
  ['one letter is not a word', 'x', undefined],
])('%s: %s', (_name, word, meant) => {
  expect(didYouMean(word, WORDS)).toBe(meant)
})

test('of no words none is meant', () => {
  expect(didYouMean('peer', [])).toBeUndefined()
})
