/** Words, and names in quotes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asWord, firstWord, lastWord, nameIn, wordsOf } from '../../../../src/cli/chat/commands/words.ts'

test.each<[text: string, word: string, rest: string]>([
  ['', '', ''],
  ['bob', 'bob', ''],
  ['bob  hi there', 'bob', 'hi there'],
  ['"An Văn" hi', 'An Văn', 'hi'],
  ['@"An Văn"', '@An Văn', ''],
  ['"a \\"b\\" \\\\" c', 'a "b" \\', 'c'],
  ['"open hi', '"open', 'hi'],
  ['"a"b c', '"a"b', 'c'],
  ['bob "hi" you', 'bob', '"hi" you'],
  ['bob one\ntwo', 'bob', 'one\ntwo'],
])('the first word of %j', (text, word, rest) => {
  expect(firstWord(text)).toEqual({ word, rest })
})

test('all words', () => {
  expect(wordsOf('  #lab "An Văn" @bob  x"y" ')).toEqual(['#lab', 'An Văn', '@bob', 'x"y"'])
})

test.each<[text: string, from: number, word: string]>([
  ['', 0, ''],
  ['bo', 0, 'bo'],
  ['bob ', 4, ''],
  ['bob "An V', 4, 'An V'],
  ['"An Văn" bo', 9, 'bo'],
  ['"An Văn" "b', 9, 'b'],
  ['"An Văn"', 0, 'An Văn'],
])('the last word of %j', (text, from, word) => {
  expect(lastWord(text)).toEqual({ from, word })
})

describe('any name', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => text.trim() === text && text !== '')

  test('as a word is that name again', () => {
    fc.assert(
      fc.property(name, (text) => {
        fc.pre(!text.startsWith('@'))
        expect(firstWord(`${asWord(text)} rest of it`)).toEqual({ word: text, rest: 'rest of it' })
        expect(nameIn(asWord(text))).toBe(text)
        expect(wordsOf(`${asWord(text)} x ${asWord(text)}`)).toEqual([text, 'x', text])
      }),
    )
  })
})
