import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distributionOf, median, percentiles } from '../../../src/cli/bench/distribution.ts'

test.each([
  ['one sample is every percentile', [7], [7, 7, 7, 7]],
  ['interpolated between the two nearest samples', [4, 1, 3, 2], [2.5, 3.7, 3.97, 4]],
  ['of 1 to 101', Array.from({ length: 101 }, (_, index) => index + 1), [51, 91, 100, 101]],
])('%s', (_, samples, expected) => {
  const { count, p50, p90, p99, max } = distributionOf(samples)
  expect(count).toBe(samples.length)
  const rounded = [p50, p90, p99, max].map((value) => Number(value.toFixed(9)))
  expect(rounded).toEqual(expected)
  expect(median(samples)).toBe(p50)
})

test('without samples there are no percentiles', () => {
  expect(distributionOf([])).toEqual({ count: 0, p50: NaN, p90: NaN, p99: NaN, max: NaN })
  expect(percentiles([], [0.5])).toEqual([])
})

test('percentiles ascend from the smallest to the largest sample, whatever the order, and the samples stay as they are', () => {
  const samples = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(samples, (values) => {
      const before = [...values]
      const found = percentiles(values, [0, 0.25, 0.5, 0.9, 0.99, 1])
      expect(found).toEqual([...found].sort((one, other) => one - other))
      expect([found[0], found.at(-1)]).toEqual([Math.min(...values), Math.max(...values)])
      expect(values).toEqual(before)
    }),
  )
})
