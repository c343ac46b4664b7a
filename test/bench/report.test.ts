import { describe, expect, test } from 'vitest'
import { GOALS, headroom, isGoal, isMet } from '../../scripts/bench/harness/goals.ts'
import { REASONS } from '../../scripts/bench/harness/reasons.ts'
import { asReport, type Run } from '../../scripts/bench/harness/report.ts'
import type { Result } from '../../scripts/bench/harness/result.ts'

const RESULT: Result = {
  name: 'fanout',
  title: 'About fanout',
  about: ['It was measured.'],
  command: 'npm run bench:fanout',
  quick: false,
  seconds: 12.3,
  tables: [{ title: 'In ms', columns: ['what', 'p50'], rows: [['all', 1.5]] }],
  charts: [
    {
      file: 'fanout-chart',
      title: 'A chart',
      x: { label: 'x', scale: 'linear' },
      y: { label: 'y', scale: 'linear' },
      lines: [],
    },
  ],
  goals: [
    { goal: 'fanout-100', value: 2 },
    { goal: 'http-floor', value: 0.68 },
  ],
  notes: ['Something was left out.'],
}

function report(part: Partial<Run> = {}): string {
  const machine = ['Two cores.', 'Node v20.']
  const run = {
    results: [RESULT],
    failed: [],
    date: '2026-01-31',
    machine,
    command: 'npm run bench',
    seconds: 200,
  }
  return asReport({ ...run, ...part })
}

describe('a goal', () => {
  test.each([
    ['at most, below', 'fanout-100', 3.9, true],
    ['at most, at the limit', 'fanout-100', 4, true],
    ['at most, above', 'fanout-100', 4.1, false],
    ['at least, above', 'delivery-saturated', 10_001, true],
    ['at least, at the limit', 'delivery-saturated', 10_000, true],
    ['at least, below', 'delivery-saturated', 9_999, false],
    ['not a number', 'fanout-100', NaN, false],
  ] as const)('%s', (_, key, value, expected) => {
    expect(isMet(GOALS[key], value)).toBe(expected)
    expect(headroom(GOALS[key], value) >= 1).toBe(expected)
  })

  test('every reason belongs to a goal', () => {
    expect(Object.keys(REASONS).filter((key) => !isGoal(key))).toEqual([])
  })
})

describe('the page', () => {
  test.each([
    ['a goal that is met', 'fanout-100', '| at most 4 ms | 2 ms | 2 x | met |'],
    ['a goal that is missed, with the reason', 'http-floor', '| 0.680 x | 0.800 x | **missed** | Bare TCP'],
    ['a goal without a value', 'start-prompt', '| - | - | not measured |'],
  ] as const)('%s', (_, key, expected) => {
    const line = report()
      .split('\n')
      .find((each) => each.startsWith(`| ${GOALS[key].what}`))
    expect(line).toContain(expected)
  })

  test('says when, where and how it was made', () => {
    for (const part of ['2026-01-31', '`npm run bench`', '3.3 min', '- Two cores.', 'performance-notes.md'])
      expect(report()).toContain(part)
  })

  test('has each benchmark with its command, tables, charts and notes', () => {
    const page = report()
    const section = page.slice(page.indexOf('## About fanout'))
    for (const part of [
      'It was measured.',
      '`npm run bench:fanout` (12 s)',
      '**In ms**',
      '| all | 1.50 |',
      '![A chart](plots/fanout-chart.svg)',
      '- Something was left out.',
    ])
      expect(section).toContain(part)
  })

  test('names benchmarks without a result', () => {
    expect(report()).not.toContain('Not measured')
    expect(report({ failed: [{ name: 'web', reason: 'no browser' }] })).toContain(
      '- `npm run bench:web`: no browser',
    )
  })

  test('marks a quick run', () => {
    expect(report()).not.toContain('A quick run')
    expect(report({ results: [{ ...RESULT, quick: true }] })).toContain('A quick run')
  })
})
