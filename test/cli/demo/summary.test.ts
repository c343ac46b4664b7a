import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { percentile, summaryOf } from '../../../src/cli/demo/summary.ts'
import { played } from './fixtures.ts'

describe('percentile (nearest rank)', () => {
  test.each([
    ['of nothing there is none', [], 50, undefined],
    ['of one it is that one', [7], 99, 7],
    ['the middle of three', [1, 2, 3], 50, 2],
    ['the lower middle of four', [1, 2, 3, 4], 50, 2],
    ['99 of 100 values', Array.from({ length: 100 }, (_, index) => index + 1), 99, 99],
    ['99 of 99 values is the largest', Array.from({ length: 99 }, (_, index) => index + 1), 99, 99],
    ['100 is the largest', [1, 2, 3], 100, 3],
    ['0 is the smallest', [1, 2, 3], 0, 1],
  ])('%s', (_name, sorted, percent, expected) => {
    expect(percentile(sorted, percent)).toBe(expected)
  })

  test('at least so many per cent are not above it, and it is one of them', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
        const sorted = [...list].sort((one, other) => one - other)
        const value = percentile(sorted, percent) ?? NaN
        expect(sorted).toContain(value)
        const notAbove = sorted.filter((each) => each <= value).length
        expect(notAbove / sorted.length).toBeGreaterThanOrEqual(percent / 100)
        const below = sorted.filter((each) => each < value).length
        expect(below / sorted.length).toBeLessThan(percent / 100)
      }),
    )
  })
})

describe('summaryOf', () => {
  const good = { expected: 'it works', passed: true }
  const bad = { expected: 'it works', passed: false, missing: 'it did not' }

  test('counts checks and deliveries of all acts', () => {
    const acts = [played({ checks: [good, good], times: [3, 1] }), played({ checks: [good], times: [2] })]
    expect(summaryOf(acts, 2, 1_234)).toEqual({
      acts: 2,
      checks: 3,
      passed: 3,
      deliveries: 3,
      p50: 2,
      p99: 3,
      max: 3,
      slow: 0,
      complete: true,
      ms: 1_234,
    })
  })

  test.each([
    ['a check that failed', [played({ checks: [good, bad] })], 1],
    ['an act that is missing', [played({ checks: [good] })], 2],
    ['an act without any check', [played({ checks: [good] }), played({ checks: [] })], 2],
    ['nothing at all', [], 1],
  ])('%s: not complete', (_name, acts, of) => {
    expect(summaryOf(acts, of, 0).complete).toBe(false)
  })

  test.each([
    ['99.9 ms are prompt', 99.9, 0],
    ['100 ms are not', 100, 1],
  ])('%s', (_name, time, slow) => {
    expect(summaryOf([played({ checks: [good], times: [time] })], 1, 0)).toMatchObject({
      slow,
      complete: true,
    })
  })

  test('without deliveries there are no times', () => {
    const { p50, p99, max } = summaryOf([played({ checks: [good] })], 1, 0)
    expect([p50, p99, max]).toEqual([undefined, undefined, undefined])
  })
})
