import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TIMES } from '../../src/chat/limits.ts'
import { beginning, StoreTime } from '../../src/store/store-time.ts'
import { ManualClock } from '../support/clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY
/** When the store was used last. */
const LAST = 1_763_771_234_000

describe('store time at a start', () => {
  test.each<[clock: string, wall: number, expected: number]>([
    ['is the same', LAST, LAST],
    ['is an hour later', LAST + HOUR, LAST + HOUR],
    ['is 25 hours later', LAST + 25 * HOUR, LAST + 25 * HOUR],
    ['is later by the longest break', LAST + TIMES.longestBreak, LAST + TIMES.longestBreak],
    ['is later by one millisecond more', LAST + TIMES.longestBreak + 1, LAST + DAY],
    ['is 400 days later', LAST + 400 * DAY, LAST + DAY],
    ['is an hour earlier', LAST - HOUR, LAST],
    ['is 25 hours earlier', LAST - 25 * HOUR, LAST],
    ['is 400 days earlier', LAST - 400 * DAY, LAST],
    ['is 20 years earlier', LAST - 20 * YEAR, LAST],
    ['began in 1970', 5_000, LAST],
  ])('when the clock of the next start %s', (_clock, wall, expected) => {
    expect(beginning(wall, LAST)).toBe(expected)
  })

  test('a new store follows the clock', () => {
    expect(beginning(LAST, undefined)).toBe(LAST)
    expect(beginning(LAST, NaN)).toBe(LAST)
  })

  test('property: it never goes back, and a start moves it by a month at most', () => {
    const wall = fc.integer({ min: 0, max: 4e12 })
    const step = fc.record({ wall, runs: fc.integer({ min: 0, max: 10 * DAY }) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (starts) => {
        let last: number | undefined
        for (const { wall: at, runs } of starts) {
          const begun = beginning(at, last)
          if (last !== undefined) {
            expect(begun).toBeGreaterThanOrEqual(last)
            expect(begun - last).toBeLessThanOrEqual(TIMES.longestBreak)
          }
          last = begun + runs
        }
      }),
    )
  })
})

describe('while a program runs', () => {
  test.each<[leap: string, ms: number]>([
    ['an hour forward', HOUR],
    ['25 hours forward', 25 * HOUR],
    ['400 days forward', 400 * DAY],
    ['an hour back', -HOUR],
    ['25 hours back', -25 * HOUR],
    ['400 days back', -400 * DAY],
    ['20 years back', -20 * YEAR],
  ])('a clock that is set %s does not move it', (_leap, ms) => {
    const clock = new ManualClock()
    const time = new StoreTime(clock, undefined)
    const begun = time.now()
    clock.set(ms)
    clock.advanceSync(60_000)
    expect(time.now()).toBe(begun + 60_000)
    clock.set(0)
    expect(time.now()).toBe(begun + 60_000)
  })

  test('a clock that was right at the start is used as it is', () => {
    const clock = new ManualClock()
    for (const last of [undefined, clock.now(), clock.now() - HOUR])
      expect(new StoreTime(clock, last).now()).toBe(clock.now())
  })

  test.each<[name: string, ago: number, doubted: number]>([
    ['an hour', HOUR, 0],
    ['an hour and a millisecond', HOUR + 1, HOUR + 1],
    ['a month', 30 * DAY, 30 * DAY],
  ])('after a break of %s, deleting waits for a day', (_name, ago, doubted) => {
    const clock = new ManualClock()
    const time = new StoreTime(clock, clock.now() - ago)
    expect(time.now() - time.certain()).toBe(doubted)
    clock.advanceSync(DAY - 1)
    expect(time.now() - time.certain()).toBe(doubted)
    clock.advanceSync(1)
    expect(time.certain()).toBe(clock.now())
  })

  test('the break is the step of store time at the start', () => {
    const clock = new ManualClock()
    expect(new StoreTime(clock, undefined).break).toBe(0)
    expect(new StoreTime(clock, clock.now() - HOUR).break).toBe(HOUR)
    expect(new StoreTime(clock, clock.now() + HOUR).break).toBe(0)
    clock.set(400 * DAY)
    expect(new StoreTime(clock, clock.now()).break).toBe(DAY)
  })
})
