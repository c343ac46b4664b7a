import { describe, expect, test } from 'vitest'
import { figuresJson, figuresOf, figuresText, type Measured } from '../../../src/cli/bench/figures.ts'

const GOOD: Measured = {
  perSecond: 200,
  sent: 4,
  latencies: [3, 1, 4, 2.04],
  misplaced: 0,
  burstsPerSecond: 12_345.6,
  newcomer: 20.4,
}

test('the figures of what was measured', () => {
  const { p50, p90, p99, ...others } = figuresOf(GOOD)
  expect([p50, p90, p99].map((value) => value?.toFixed(2))).toEqual(['2.52', '3.70', '3.97'])
  expect(others).toEqual({
    sent: 4,
    arrived: 4,
    misplaced: 0,
    max: 4,
    messagesPerSecond: 12_346,
    newcomer: 20.4,
    isMet: true,
  })
})

describe('the goal is met', () => {
  test.each<[what: string, measured: Partial<Measured>, isMet: boolean]>([
    ['all in order, in time', {}, true],
    ['p99 just below 100 ms', { latencies: [99.9, 99.9, 99.9, 99.9] }, true],
    ['p99 at 100 ms', { latencies: [100, 100, 100, 100] }, false],
    ['one is missing', { latencies: [1, 2, 3] }, false],
    ['one came twice', { latencies: [1, 2, 3, 4, 5] }, false],
    ['two changed places', { misplaced: 2 }, false],
    ['nothing arrived', { latencies: [] }, false],
  ])('%s', (_, measured, isMet) => {
    expect(figuresOf({ ...GOOD, ...measured }).isMet).toBe(isMet)
  })
})

test('in words', () => {
  expect(figuresText(figuresOf(GOOD), 200)).toBe(
    [
      'From a line that is typed to its event in another process of this machine, history on disk:',
      '  200 a second   p50 2.5 ms   p90 3.7 ms   p99 4.0 ms   max 4.0 ms',
      '  in bursts      12 346 messages a second',
      '  a newcomer     is seen by the others 20 ms after its start',
      '4 of 4 arrived, in order.',
      'Met: all, in order, 99 of 100 within 100 ms.',
      '',
    ].join('\n'),
  )
})

test('in words, when all goes wrong', () => {
  const figures = figuresOf({ ...GOOD, latencies: [], misplaced: 3, newcomer: NaN })
  const lines = figuresText(figures, 1_000).split('\n')
  expect(lines[1]).toBe('  1000 a second  p50 -   p90 -   p99 -   max -')
  expect(lines[3]).toBe('  a newcomer     is seen by the others - after its start')
  expect(lines.slice(4, 6)).toEqual([
    '0 of 4 arrived, 3 out of order.',
    'MISSED: all, in order, 99 of 100 within 100 ms.',
  ])
})

test('as JSON, one line', () => {
  expect(JSON.parse(figuresJson(figuresOf(GOOD)))).toMatchObject({ kind: 'bench', max: 4, isMet: true })
})
