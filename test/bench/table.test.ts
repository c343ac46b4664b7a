import { describe, expect, test } from 'vitest'
import { asMarkdown, asText, figure, type Table } from '../../scripts/bench/harness/table.ts'

describe('a figure', () => {
  test.each([
    [27, '27'],
    [0, '0'],
    [0.12345, '0.123'],
    [0.9996, '1.00'],
    [1.005, '1.00'],
    [9.996, '10.0'],
    [12.345, '12.3'],
    [99.96, '100'],
    [123.4, '123'],
    [12345.6, '12 346'],
    [1_000_000, '1 000 000'],
    [-1234.5, '-1 235'],
    [NaN, '-'],
    [Infinity, '-'],
  ])('%d is %s', (value, expected) => {
    expect(figure(value)).toBe(expected)
  })
})

const table: Table = {
  title: 'Some',
  columns: ['system', 'p50', 'of the rounds'],
  rows: [
    ['bare TCP', 62.25, '62.3 (60.1 to 70.2)'],
    ['a|b', null, '1.00'],
  ],
}

test('as text: columns as wide as they need, numbers to the right', () => {
  expect(asText(table).split('\n')).toEqual([
    'Some',
    'system     p50        of the rounds',
    'bare TCP  62.3  62.3 (60.1 to 70.2)',
    'a|b          -                 1.00',
  ])
})

test('as Markdown: numbers to the right, and nothing of a cell ends it', () => {
  expect(asMarkdown(table).split('\n')).toEqual([
    '| system | p50 | of the rounds |',
    '| --- | --: | --: |',
    '| bare TCP | 62.3 | 62.3 (60.1 to 70.2) |',
    '| a\\|b | - | 1.00 |',
  ])
})
