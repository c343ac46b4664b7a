/** When something happened: its place in the order of the store, and its date. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { momentOf, placeOf } from '../../src/chat/moment.ts'

const time = fc.double({ min: 1.6e12, max: 4.1e12, noNaN: true })
const shift = fc.integer({ min: -1e12, max: 1e12 })

describe('a place', () => {
  test('is the same with any shift, so that messages at one place stay in their order', () => {
    fc.assert(
      fc.property(
        ...[time, time, shift, fc.double({ min: 0, max: 9e7, noNaN: true })],
        (now, wall, other, age) => {
          const place = placeOf(momentOf({ now: () => now, wall: () => wall }, age))
          expect(placeOf({ at: place + other, clockShift: other })).toBe(place)
        },
      ),
      { examples: [[1763771268277.4363, 1763771268277.4363, 3_600_001, 0]] },
    )
  })

  test.each<[what: string, wall: number, age: number, dates: object]>([
    ['clocks that agree', 1_005_000, 300, { at: 999_700, receivedAt: 1_000_000 }],
    ['a wall clock that is ahead', 9_000_000, 300, { at: 8_999_700, receivedAt: 9_000_000, clockShift: 8e6 }],
    ['one that is behind', 0, 0, { at: 0, receivedAt: 0, clockShift: -1e6 }],
  ])('%s', (_what, wall, age, dates) => {
    expect(momentOf({ now: () => 1_000_000, wall: () => wall }, age)).toEqual(dates)
  })
})
