/** Differences that a search ignores. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, isFoldedAnew } from '../../src/chat/fold.ts'

describe('letters that users type as plain ones', () => {
  test.each<[plain: string, written: string]>([
    ['duong', 'Đường'],
    ['Đường', 'DUONG'],
    ['nguyen', 'Nguyễn'],
    ['smorrebrod', 'smørrebrød'],
    ['lodz', 'ŁÓDŹ'],
    ['hamrun', 'Ħamrun'],
    ['isik', 'ışık'],
    ['IŞIK', 'ışık'],
    ['strasse', 'Straße'],
    ['STRASSE', 'STRAẞE'],
    ['aether', 'Æther'],
    ['oeuvre', 'œuvre'],
    ['thor', 'Þór'],
    ['gudrun', 'Guðrún'],
    ['sapmi tana', 'Sápmi Ŧana'],
    ['nganga', 'ŋganga'],
    ['ijsland', 'ĳsland'],
    ['azerbaycan', 'Azərbaycan'],
    ['elan', 'Ǝlan'],
    ['ghana', 'Ɠhana'],
    ['oresund', 'ǾRESUND'],
    ['aere', 'ǽre'],
    ['галаган', 'ґалаґан'],
    ['file', 'ﬁle'],
    ['12', '１２'],
    ['οδος', 'ΟΔΟΣ'],
  ])('%j and %j fold to the same text', (plain, written) => {
    expect(fold(plain)).toBe(fold(written))
  })

  test.each(['Đ', 'ø', 'Ł', 'æ', 'þ', 'ǿ', 'a đ', 'ə'])('%j was not folded by version 1', (text) => {
    expect(isFoldedAnew(text)).toBe(true)
  })

  test.each(['', 'plain', 'Nguyễn', 'Straße', '日本語', 'ышык', '👍'])(
    '%j was folded by version 1 as it is now',
    (text) => {
      expect(isFoldedAnew(text)).toBe(false)
    },
  )
})

test('property: folding is idempotent and ignores case', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...Array.from('ĐđØøŁłÆæŒœÞþÐðıİßẞŋəaeo')) }),
  )
  fc.assert(
    fc.property(text, (text) => {
      expect(fold(fold(text))).toBe(fold(text))
      expect(fold(text.toLowerCase())).toBe(fold(text.toUpperCase().toLowerCase()))
    }),
  )
})
