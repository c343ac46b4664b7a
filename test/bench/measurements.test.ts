import { expect, test } from 'vitest'
import {
  Measurements,
  PERCENTILE_TICKS,
  percentileLine,
  spread,
} from '../../scripts/bench/harness/measurements.ts'

test('a ratio is taken in each round, so the drift of the machine cancels out', () => {
  const measured = new Measurements()
  for (const slow of [1, 10, 3]) {
    measured.add('floor', [50 * slow, 60 * slow, 70 * slow])
    measured.add('own', 90 * slow)
  }
  expect(measured.ratios('own', 'floor')).toEqual([1.5, 1.5, 1.5])
  expect(measured.ratio('own', 'floor')).toBe('1.50')
  expect(measured.medians('own')).toEqual([90, 900, 270])
  expect(measured.samples('floor')).toHaveLength(9)
  expect(measured.spread('own')).toBe('270 (90 to 900)')
})

test('a key without a round has no samples, and no ratio to it is a number', () => {
  const measured = new Measurements()
  measured.add('own', 1)
  expect(measured.samples('floor')).toEqual([])
  expect(measured.ratios('floor', 'own')).toEqual([])
  expect(measured.ratios('own', 'floor')).toEqual([NaN])
  expect(measured.median('floor')).toBeNaN()
})

test.each([
  ['several values', [1.31, 1.2, 1.23], '1.23 (1.20 to 1.31)'],
  ['one value', [1.234], '1.23'],
  ['values that look alike', [1.2301, 1.2302], '1.23'],
  ['no value', [], '-'],
])('the spread of %s', (_, values, expected) => {
  expect(spread(values)).toBe(expected)
})

test('a percentile plot has no more nines than there are samples for, and its ticks name their share', () => {
  const ends = [1, 10, 999, 5_000].map((count) => percentileLine(Array<number>(count).fill(1)).at(-1)?.[0])
  expect(ends).toEqual([1, 10, 500, 1_000])
  expect(percentileLine([])).toEqual([])
  for (const { at, label } of PERCENTILE_TICKS.slice(1))
    expect(label).toBe(`${Number((100 * (1 - 1 / at)).toFixed(1))} %`)
})
