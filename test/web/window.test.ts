/** The part of a long log that is in the document. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AT_END,
  isAtEnd,
  keptTop,
  movedDown,
  movedUp,
  NEAR_EDGE,
  SHOWN,
  STEP,
  wanted,
  windowOf,
} from '../../src/web/model/window.ts'

describe('windowOf', () => {
  test.each<[name: string, count: number, held: number | undefined, window: [number, number]]>([
    ['nothing', 0, undefined, [0, 0]],
    ['few', 3, undefined, [0, 3]],
    ['many: the newest', 1_000, undefined, [1_000 - SHOWN, 1_000]],
    ['held above', 1_000, 499, [500 - SHOWN, 500]],
    ['held near the beginning', 1_000, 9, [0, 10]],
    ['held by one that is gone', 1_000, -1, [1_000 - SHOWN, 1_000]],
    ['held behind the end', 10, 50, [0, 10]],
  ])('%s', (_name, count, held, window) => {
    expect(windowOf(count, held)).toEqual(window)
  })
})

describe('moving', () => {
  test('up by a step, and not beyond the first', () => {
    expect(movedUp(1_000, undefined)).toBe(999 - STEP)
    expect(windowOf(1_000, movedUp(1_000, SHOWN + 9))[0]).toBe(0)
    expect(movedUp(1_000, SHOWN - 1)).toBeUndefined()
    expect(movedUp(10, undefined)).toBeUndefined()
  })
  test('down by a step, and to the end', () => {
    expect(movedDown(1_000, 499)).toBe(499 + STEP)
    expect(movedDown(1_000, 999 - STEP)).toBe('end')
    expect(movedDown(1_000, undefined)).toBe('end')
  })
  test('always shows at most SHOWN, and gets from the end to the beginning and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (count) => {
        let held: number | undefined
        for (let up = movedUp(count, held); up !== undefined; up = movedUp(count, held)) held = up
        expect(windowOf(count, held)[0]).toBe(0)
        for (let down = movedDown(count, held); down !== 'end'; down = movedDown(count, held)) {
          held = down
          const [from, to] = windowOf(count, held)
          expect(to - from).toBeLessThanOrEqual(SHOWN)
        }
      }),
      { numRuns: 30 },
    )
  })
})

test.each<[name: string, fromEnd: number, isEnd: boolean]>([
  ['at the end', 0, true],
  ['nearly', AT_END, true],
  ['one pixel more', AT_END + 1, false],
  ['stretched beyond it', -20, true],
])('%s', (_name, fromEnd, isEnd) => {
  expect(isAtEnd({ top: 2_000 - 500 - fromEnd, height: 500, contentHeight: 2_000 })).toBe(isEnd)
})

test.each<[name: string, top: number, above: boolean, below: boolean]>([
  ['at the top', 0, true, false],
  ['near it', NEAR_EDGE - 1, true, false],
  ['in the middle', 5_000, false, false],
  ['near the end', 9_000, false, true],
])('wanted %s', (_name, top, above, below) => {
  expect(wanted({ top, height: 500, contentHeight: 10_000 })).toEqual({ above, below })
})

test('a row that has moved by 300 pixels is followed by 300 pixels', () => {
  expect(keptTop(120, 40, 340)).toBe(420)
  expect(keptTop(420, 340, 40)).toBe(120)
})
