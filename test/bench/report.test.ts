import { describe, expect, test } from 'vitest'
import { GOALS, headroom, isGoal, isMet } from '../../scripts/bench/goals.ts'
import { REASONS } from '../../scripts/bench/reasons.ts'
import { asReport, reachedGoals, type Run } from '../../scripts/bench/report.ts'
import { asResult, type Reached, type Result } from '../../scripts/bench/result.ts'

function result(name: string, ...goals: Reached[]): Result {
  return {
    name,
    title: `About ${name}`,
    about: ['It was measured.'],
    command: `npm run bench:${name}`,
    quick: false,
    seconds: 12.3,
    tables: [{ title: 'In ms', columns: ['what', 'p50'], rows: [['all', 1.5]] }],
    charts: [
      {
        file: `${name}-chart`,
        title: 'A chart',
        x: { label: 'x', scale: 'linear' },
        y: { label: 'y', scale: 'linear' },
        lines: [],
      },
    ],
    goals,
    notes: ['Something was left out.'],
  }
}

function report(...results: Result[]): string {
  return asReport(run({ results }))
}

function run(part: Partial<Run>): Run {
  const machine = ['Two cores.', 'Node v20.']
  return {
    results: [],
    failed: [],
    date: '2026-01-31',
    machine,
    command: 'npm run bench',
    seconds: 200,
    ...part,
  }
}

/** The line of a goal in the table of goals. */
function goalLine(page: string, what: string): string {
  return page.split('\n').find((line) => line.startsWith(`| ${what}`)) ?? ''
}

describe('a goal', () => {
  test.each([
    ['at most, below', 'fanout-100', 3.9, true],
    ['at most, at it', 'fanout-100', 4, true],
    ['at most, over', 'fanout-100', 4.1, false],
    ['at least, over', 'delivery-saturated', 10_001, true],
    ['at least, at it', 'delivery-saturated', 10_000, true],
    ['at least, below', 'delivery-saturated', 9_999, false],
    ['not a number', 'fanout-100', NaN, false],
  ] as const)('%s', (_, key, value, expected) => {
    expect(isMet(GOALS[key], value)).toBe(expected)
  })

  test('has headroom over 1 exactly when it is met', () => {
    expect(headroom(GOALS['fanout-100'], 2)).toBe(2)
    expect(headroom(GOALS['fanout-100'], 8)).toBe(0.5)
    expect(headroom(GOALS['delivery-saturated'], 20_000)).toBe(2)
    expect(headroom(GOALS['delivery-saturated'], 5_000)).toBe(0.5)
  })

  test('that has a reason is a goal', () => {
    expect(Object.keys(REASONS).filter((key) => !isGoal(key))).toEqual([])
  })
})

describe('the table of goals', () => {
  const page = report(
    result('fanout', { goal: 'fanout-100', value: 2 }),
    result('http', { goal: 'http-floor', value: 0.68 }),
  )

  test('has every goal', () => {
    for (const { what } of Object.values(GOALS)) expect(goalLine(page, what)).not.toBe('')
  })

  test.each([
    ['one that is met', 'fanout-100', '| at most 4 ms | 2 ms | 2 x | met |'],
    ['one that is missed, with the reason', 'http-floor', '| 0.680 x | 0.800 x | **missed** | Bare TCP'],
    ['one that nobody measured', 'start-prompt', '| - | - | not measured |'],
  ] as const)('%s', (_, key, expected) => {
    expect(goalLine(page, GOALS[key].what)).toContain(expected)
  })

  test('of two values for one goal the last counts', () => {
    const [first, second] = [1, 2].map((value) => result('x', { goal: 'fanout-100', value }))
    expect(reachedGoals([first, second].filter((one) => one !== undefined)).get('fanout-100')).toBe(2)
  })
})

describe('the page', () => {
  const page = report(result('fanout'))

  test('tells when, where and how', () => {
    for (const told of ['2026-01-31', '`npm run bench`', '3.3 min', '- Two cores.', 'performance-notes.md'])
      expect(page).toContain(told)
  })

  test('has each benchmark with its command, tables, charts and notes', () => {
    const section = page.slice(page.indexOf('## About fanout'))
    for (const told of [
      'It was measured.',
      '`npm run bench:fanout` (12 s)',
      '**In ms**',
      '| all | 1.50 |',
      '![A chart](plots/fanout-chart.svg)',
      '- Something was left out.',
    ])
      expect(section).toContain(told)
  })

  test('warns of a quick run', () => {
    expect(page).not.toContain('A quick run')
    expect(report({ ...result('fanout'), quick: true })).toContain('A quick run')
  })

  test('names what could not be measured', () => {
    expect(page).not.toContain('Not measured')
    expect(asReport(run({ failed: [{ name: 'web', reason: 'no browser' }] }))).toContain(
      '- `npm run bench:web`: no browser',
    )
  })

  test('ends with one line feed and has no three in a row', () => {
    expect(page).toMatch(/[^\n]\n$/)
    expect(page).not.toContain('\n\n\n')
  })
})

describe('a result out of a file', () => {
  test.each([
    ['nothing', null],
    ['a number', 5],
    ['an object without tables', { goals: [] }],
    ['tables that are no list', { tables: {}, goals: [] }],
  ])('%s is none', (_, value) => {
    expect(asResult(value, 'web')).toBeUndefined()
  })

  test('what is missing has a default', () => {
    expect(asResult({ tables: [], goals: [] }, 'web')).toMatchObject({
      name: 'web',
      title: 'web',
      command: 'npm run bench:web',
      charts: [],
      notes: [],
    })
  })

  test('goals that nobody knows are left out', () => {
    const goals = [
      { goal: 'web-first', value: 1 },
      { goal: 'toString', value: 1 },
    ]
    expect(asResult({ tables: [], goals }, 'web')?.goals).toEqual([{ goal: 'web-first', value: 1 }])
  })

  test('a whole one comes back as it went', () => {
    const whole = result('fanout', { goal: 'fanout-100', value: 2 })
    expect(asResult(JSON.parse(JSON.stringify(whole)), 'fanout')).toEqual(whole)
  })
})
