import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold } from '../../src/chat/fold.ts'
import { beginningsIn, hasBeginning, wordsIn } from '../../src/store/tokenizer.ts'

function isFound(query: string, text: string): boolean {
  const folded = fold(text)
  return [...beginningsIn(fold(query))].every((beginning) => hasBeginning(folded, beginning))
}

describe('matches', () => {
  test.each<[query: string, text: string]>([
    ['hello', 'Hello there'],
    ['HEL', 'hello'],
    ['there hello', 'Hello there'],
    ['b-c', 'a b c'],
    ["don't", "I don't"],
    ['42', '#42.'],
    ['naive', 'naïve'],
    ['NAÏVE', 'naive'],
    ['istanbul', 'İSTANBUL'],
    ['strasse', 'Straße'],
    ['Straße', 'STRASSE'],
    ['οδος', 'ΟΔΟΣ'],
    ['ﬁle', 'file'],
    ['１２', '12'],
    ['привет', 'ПРИВЕТ!'],
    ['日本', '今日は日本語'],
    ['本', '日本語'],
    ['語', '日本語'],
    ['日本語', 'これは日本語です'],
    ['カ', 'カタカナ'],
    ['ไทย', 'ภาษาไทย'],
    ['한', '한국어'],
    ['wiki日本', 'wiki日本語'],
    ['naïve 日本', '日本 naive'],
    ['duong', 'Đường phố'],
    ['Đường', 'duong pho'],
    ['本語です日', 'です日 本語 語で'],
    ['b', '本b'],
    ['b', 'a b'],
    ['𠮷野', '𠮷野家'],
    ['野', '𠮷野家'],
  ])('%j finds %j', (query, text) => {
    expect(isFound(query, text)).toBe(true)
  })

  test.each<[query: string, text: string]>([
    ['ello', 'hello'],
    ['hello you', 'hello there'],
    ['hellos', 'hello'],
    ['日語', '日本語'],
    ['本日', '日本語'],
    ['b', 'ab 本ab'],
    ['aab', 'aaab aaaab'],
  ])('%j does not find %j', (query, text) => {
    expect(isFound(query, text)).toBe(false)
  })
})

test.each(['', ' ', '"*', '(-)', '👍', '\0', '…'])('%j has no words', (text) => {
  expect(wordsIn(fold(text))).toEqual(new Set())
  expect(beginningsIn(fold(text))).toEqual(new Set())
})

test('property: a beginning matches where a word has it', () => {
  const unit = fc.constantFrom(...Array.from('abBéđ日本語かカไทย한👍𠮷 .-1'))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), fc.string({ unit, maxLength: 4 }), (text, query) => {
      const folded = fold(text)
      const words = [...wordsIn(folded)]
      for (const beginning of beginningsIn(fold(query)))
        expect(hasBeginning(folded, beginning)).toBe(words.some((word) => word.startsWith(beginning)))
    }),
    { numRuns: 2_000 },
  )
})

test('words have no characters that could be FTS5 syntax', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      for (const word of [...wordsIn(fold(text)), ...beginningsIn(fold(text))])
        expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
    }),
  )
})

test('property: every text is found by each of its words, in any case, and by the beginning of it', () => {
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('日本語', 'Straße', 'und', 'ΟΔΟΣ'),
    ),
  )
  fc.assert(
    fc.property(text, fc.nat(), (parts, which) => {
      const whole = parts.join(' ')
      const part = parts[which % Math.max(1, parts.length)] ?? ''
      expect(isFound(part, whole)).toBe(true)
      expect(isFound(part.toLowerCase(), whole)).toBe(true)
    }),
  )
})
