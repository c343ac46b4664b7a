import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold } from '../../src/chat/fold.ts'
import { isAlike, lookOf } from '../../src/chat/look-alikes.ts'

describe('names that look alike', () => {
  test.each([
    ['bob', 'b0b'],
    ['bob', 'Bób'],
    ['BOB', 'ВОВ'],
    ['alice', 'a1ice'],
    ['alice', 'aIice'],
    ['caro', 'саго'.replace('г', 'r')],
    ['coco', 'сосо'],
    ['tom', 'torn'],
    ['wim', 'vvirn'],
    ['kim', 'kιm'],
  ])('%s and %s', (one, other) => {
    expect(lookOf(other)).toBe(lookOf(one))
  })

  test.each([
    ['greg', 'ɡreɡ'],
    ['bob', 'bᴏʙ'],
    ['sam', 'ꜱam'],
    ['lisa', 'ꞁisa'],
    ['roy', 'гоу'],
    ['nunu', 'ոսոս'],
    ['BOB', 'ꓐꓳꓐ'],
    ['ARA', 'ᎪᎡᎪ'],
    ['ANNA', 'ⲀⲚⲚⲀ'],
    ['bob', 'bob.'],
    ['bob smith', 'bob  smith'],
    ['a-b', 'a‐b'],
    ["o'neil", 'o’neil'],
    ['ANNA', 'ΑΝΝΑ'],
    ['TONY', 'ΤΟΝΥ'],
    ['Hanna', 'ΗΑΝΝΑ'],
    ['αννα', 'ΑΝΝΑ'],
    ['Νίκος', 'νίκος'],
  ])('%s and %s, in other scripts and with other marks', (one, other) => {
    expect(isAlike(one, other)).toBe(true)
    expect(isAlike(other, one)).toBe(true)
  })

  test.each([
    ['bob', 'rob'],
    ['alice', 'alicia'],
    ['anna', 'hanna'],
    ['Анна', 'Алла'],
  ])('not %s and %s', (one, other) => {
    expect(isAlike(one, other)).toBe(false)
  })

  test('all names that differ in case and accents only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(lookOf(fold(name))).toBe(lookOf(name))
      }),
    )
  })
})
