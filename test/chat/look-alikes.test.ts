import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold } from '../../src/chat/fold.ts'
import { lookOf } from '../../src/chat/look-alikes.ts'

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
    ['bob', 'rob'],
    ['alice', 'alicia'],
    ['anna', 'hanna'],
    ['Анна', 'Алла'],
  ])('not %s and %s', (one, other) => {
    expect(lookOf(other)).not.toBe(lookOf(one))
  })

  test('all names that differ in case and accents only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(lookOf(fold(name))).toBe(lookOf(name))
      }),
    )
  })
})
