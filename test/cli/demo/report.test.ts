import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import {
  actJson,
  closingText,
  folded,
  openingText,
  summaryJson,
  summaryText,
} from '../../../src/cli/demo/report.ts'
import { summaryOf } from '../../../src/cli/demo/summary.ts'
import { coloured, plain } from '../../../src/cli/terminal/style.ts'
import { result } from './fixtures.ts'

const paper = { columns: 40, style: plain }
const good = { expected: 'it works', passed: true }
const bad = { expected: 'it works', passed: false, missing: 'bob: no "hello"' }

describe('folded', () => {
  test.each([
    ['what fits stays in one row', 'one two', 20, '- ', '  ', '- one two'],
    ['breaks between words', 'one two three four', 12, '- ', '    ', '- one two\n    three\n    four'],
    ['a long word has a row of its own', 'a bbbbbbbbbbbbbbb c', 8, '', '', 'a\nbbbbbbbbbbbbbbb\nc'],
    ['a long word at the beginning', 'bbbbbbbbbbbbbbb c', 8, '  ', '  ', '  bbbbbbbbbbbbbbb\n  c'],
    ['several spaces stay', 'hello  2.3 ms', 20, '', '', 'hello  2.3 ms'],
    ['wide characters count twice', '你好 你好 你好', 9, '', '', '你好 你好\n你好'],
    ['colours take no room', '\x1b[2mone two\x1b[0m', 7, '', '', '\x1b[2mone two\x1b[0m'],
    ['nothing', '', 10, '  ', '  ', ''],
  ])('%s', (_name, text, columns, first, next, expected) => {
    expect(folded(text, columns, first, next)).toBe(expected)
  })

  test('no word is lost, and no row of short words is too wide', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, columns) => {
        const text = folded(list.join(' '), columns, '  ', '    ')
        expect(text.trim().split(/\s+/)).toEqual(list)
        for (const row of text.split('\n')) expect(stringWidth(row)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

test('before a scenario: its number, its title, what happens on the wire', () => {
  const scenario = { title: 'Channels', wire: 'bob sends POST /add-list, and the tracker tells alice.' }
  expect(openingText(scenario, 2, 12, paper)).toBe(
    '\n2/12  Channels\n  bob sends POST /add-list, and the\n  tracker tells alice.\n\n',
  )
})

test('after a scenario: the processes, the screens, what was expected', () => {
  const text = closingText(
    result({
      started: [{ name: 'bob', pid: 47, port: 8001 }],
      screens: [
        { name: 'alice', rows: ['one', 'a row that is too long for this terminal'] },
        { name: 'bob', rows: ['two'] },
      ],
      checks: [good, { expected: 'it is quick', passed: true, ms: 2.34 }, { ...good, ms: 0.01 }, bad],
    }),
    paper,
  )
  expect(text.split('\n')).toEqual([
    '  bob    process 47 on 127.0.0.1:8001',
    '',
    '  alice  one',
    '         a row that is too long for this',
    '               terminal',
    '  bob    two',
    '',
    '  ✓ it works',
    '  ✓ it is quick  2.3 ms',
    '  ✓ it works',
    '  ✗ it works: bob: no "hello"',
    '',
  ])
})

describe('the summary', () => {
  test('of a good end', () => {
    const summary = summaryOf([result({ checks: [good], times: [1, 2, 30] })], 1, 20_300)
    expect(summaryText(summary, { columns: 80, style: plain })).toBe(
      [
        '',
        'Summary',
        '  3 deliveries from one process to another: p50 2.0 ms, p99 29 ms, max 30 ms',
        '  < 100 ms: yes, all of them',
        '  ✓ 1 of 1 checks passed in 1 acts, 20.3 s',
        '',
      ].join('\n'),
    )
  })

  test('of a bad one', () => {
    const summary = summaryOf([result({ checks: [good, bad], times: [1, 200] })], 1, 20_300)
    const text = summaryText(summary, { columns: 80, style: plain })
    expect(text).toContain('  < 100 ms: no, 1 took longer\n')
    expect(text).toContain('  ✗ 1 of 2 checks passed in 1 acts, 20.3 s\n')
  })

  test('without deliveries nothing is said of their times', () => {
    const text = summaryText(summaryOf([], 1, 0), { columns: 80, style: plain })
    expect(text).not.toContain('< 100 ms')
    expect(text).not.toContain('undefined')
  })

  test('failures are red only by the style', () => {
    const failed = result({ checks: [bad] })
    const colour = { columns: 80, style: coloured }
    expect(closingText(failed, colour)).toContain('\x1b[31m✗')
    expect(summaryText(summaryOf([failed], 1, 0), colour)).toContain('\x1b[31m✗')
    expect(closingText(failed, paper)).not.toContain('\x1b[')
  })
})

describe('as JSON', () => {
  test('a scenario is one line, its screens by name', () => {
    const text = actJson(
      result({ screens: [{ name: 'bob', rows: ['two'] }], times: [1.23456], checks: [bad] }),
    )
    expect(text).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(text)).toMatchObject({
      kind: 'act',
      number: 1,
      terminals: { bob: ['two'] },
      deliveries: [{ from: 'alice', to: 'bob', ms: 1.235 }],
      checks: [bad],
    })
  })

  test('so is the summary', () => {
    const text = summaryJson(summaryOf([result({ checks: [good], times: [1] })], 1, 12.5))
    expect(JSON.parse(text)).toMatchObject({
      kind: 'summary',
      complete: true,
      deliveries: 1,
      p50: 1,
      ms: 12.5,
    })
  })
})
