import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  PERCENTILE_TICKS,
  Rounds,
  histogram,
  median,
  percentile,
  percentileLine,
  spread,
  summarize,
} from '../../scripts/bench/statistics.ts'

const samples = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1 })

describe('the median', () => {
  test.each([
    ['of one', [7], 7],
    ['of an odd number is the middle one', [9, 1, 5], 5],
    ['of an even number is the mean of the two in the middle', [4, 1, 2, 100], 3],
    ['of none is not a number', [], NaN],
  ])('%s', (_, values, expected) => {
    expect(median(values)).toBe(expected)
  })

  test('has as many below as above, whatever the order', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const middle = median(values)
        const below = values.filter((value) => value < middle).length
        const above = values.filter((value) => value > middle).length
        expect(below).toBeLessThanOrEqual(values.length / 2)
        expect(above).toBeLessThanOrEqual(values.length / 2)
      }),
    )
  })
})

describe('percentiles', () => {
  test.each([
    ['the smallest', 0, 1],
    ['half', 0.5, 51],
    ['nearly all', 0.99, 100],
    ['all', 1, 100],
  ])('%s of 1 to 100', (_, share, expected) => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(percentile(sorted, share)).toBe(expected)
  })

  test('a summary is in order and of the samples', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { count, p50, p90, p99, max } = summarize(values)
        expect(count).toBe(values.length)
        expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].sort((one, other) => one - other))
        for (const value of [p50, p90, p99, max]) expect(values).toContain(value)
        expect(max).toBe(Math.max(...values))
      }),
    )
  })

  test('a line never falls, and begins with the smallest', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const line = percentileLine(values)
        const heights = line.map(([, y]) => y)
        expect(heights).toEqual([...heights].sort((one, other) => one - other))
        expect(line[0]).toEqual([1, Math.min(...values)])
      }),
    )
  })

  test('a line claims no more nines than there are samples for', () => {
    const ends = [1, 10, 999, 5_000].map((count) => percentileLine(Array<number>(count).fill(1)).at(-1)?.[0])
    expect(ends).toEqual([1, 10, 500, 1_000])
  })

  test('the mark of a share stands where a line has it', () => {
    const nines = PERCENTILE_TICKS.map(({ at, label }) => [
      label,
      `${Number((100 * (1 - 1 / at)).toFixed(1))} %`,
    ])
    expect(nines.slice(1).every(([label, share]) => label === share)).toBe(true)
  })
})

describe('rounds', () => {
  test('a ratio is taken in each round, so the drift of the machine cancels out', () => {
    const rounds = new Rounds()
    for (const slow of [1, 10, 3]) {
      rounds.add('floor', 60 * slow)
      rounds.add('ours', 90 * slow)
    }
    expect(rounds.ratios('ours', 'floor')).toEqual([1.5, 1.5, 1.5])
    expect(rounds.of('ours')).toEqual([90, 900, 270])
  })

  test('what was never measured has no values and no ratios', () => {
    const rounds = new Rounds()
    rounds.add('ours', 1)
    expect(rounds.of('floor')).toEqual([])
    expect(rounds.ratios('floor', 'ours')).toEqual([])
    expect(rounds.ratios('ours', 'floor')).toEqual([NaN])
  })
})

test.each([
  ['several values', [1.31, 1.2, 1.23], '1.23 (1.20 to 1.31)'],
  ['one value', [1.234], '1.23'],
  ['values that read alike', [1.2301, 1.2302], '1.23'],
  ['no value', [], '-'],
])('a spread of %s', (_, values, expected) => {
  expect(spread(values)).toBe(expected)
})

test('a histogram has a line for each power of two that occurs, the longest bar for the most', () => {
  const lines = histogram([1, 3, 3, 3, 3, 100]).split('\n')
  expect(lines.map((line) => line.replace(/#+$/, '').trim())).toEqual([
    '1 - 2       µs       1',
    '2 - 4       µs       4',
    '64 - 128     µs       1',
  ])
  expect(lines.map((line) => /#*$/.exec(line)?.[0].length)).toEqual([13, 50, 13])
})
