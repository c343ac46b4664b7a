import { describe, expect, test } from 'vitest'
import { summaryOf } from '../../../src/cli/demo/summary.ts'
import { result } from './fixtures.ts'

describe('summaryOf', () => {
  const good = { expected: 'it works', passed: true }
  const bad = { expected: 'it works', passed: false, missing: 'it did not' }

  test('counts checks and deliveries of all scenarios', () => {
    const results = [result({ checks: [good, good], times: [3, 1] }), result({ checks: [good], times: [2] })]
    expect(summaryOf(results, 2, 1_234)).toEqual({
      acts: 2,
      checks: 3,
      passed: 3,
      deliveries: 3,
      p50: 2,
      p99: 2.98,
      max: 3,
      slow: 0,
      complete: true,
      ms: 1_234,
    })
  })

  test.each([
    ['a check that failed', [result({ checks: [good, bad] })], 1],
    ['a scenario that is missing', [result({ checks: [good] })], 2],
    ['a scenario without any check', [result({ checks: [good] }), result({ checks: [] })], 2],
    ['nothing at all', [], 1],
  ])('%s: not complete', (_name, results, of) => {
    expect(summaryOf(results, of, 0).complete).toBe(false)
  })

  test.each([
    ['99.9 ms are prompt', 99.9, 0],
    ['100 ms are not', 100, 1],
  ])('%s', (_name, time, slow) => {
    expect(summaryOf([result({ checks: [good], times: [time] })], 1, 0)).toMatchObject({
      slow,
      complete: true,
    })
  })

  test('without deliveries there are no times', () => {
    const { p50, p99, max } = summaryOf([result({ checks: [good] })], 1, 0)
    expect([p50, p99, max]).toEqual([undefined, undefined, undefined])
  })
})
