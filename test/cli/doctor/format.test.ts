/** Values in the sentences of the doctor. */
import { expect, test } from 'vitest'
import { duration, held, latency, listed, named } from '../../../src/cli/doctor/format.ts'

test.each<[words: string[], most: number, text: string]>([
  [[], 3, ''],
  [['a'], 3, 'a'],
  [['a', 'b'], 3, 'a and b'],
  [['a', 'b', 'c'], 3, 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e'], 3, 'a, b, c and 2 more'],
  [['a', 'b'], 1, 'a and 1 more'],
])('%j, at most %d: %s', (words, most, text) => {
  expect(listed(words, most)).toBe(text)
})

test.each<[milliseconds: number, text: string]>([
  [0, '0 s'],
  [-1_600, '2 s'],
  [119_400, '119 s'],
  [120_000, '2 min'],
  [3_569_000, '59 min'],
  [3_600_000, '1 h'],
  [5_400_000, '1.5 h'],
  [172_800_000, '2 days'],
])('%d ms: %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text)
})

test.each<[milliseconds: number | undefined, text: string]>([
  [undefined, 'answers'],
  [0.4, 'answers in under 1 ms'],
  [12.4, 'answers in 12 ms'],
])('a latency of %s', (milliseconds, text) => {
  expect(latency(milliseconds)).toBe(text)
})

test('a program that is hidden is another program', () => {
  expect(held(undefined)).toBe('another program')
  expect(held({ pid: 42, program: 'nginx' })).toBe('nginx (process 42)')
})

test('a peer without a name, or with its address as name, is its address', () => {
  const address = { host: '10.0.0.2', port: 8000 }
  expect(named({ name: 'bob', address })).toBe('bob (10.0.0.2:8000)')
  expect(named({ name: undefined, address })).toBe('10.0.0.2:8000')
  expect(named({ name: '10.0.0.2:8000', address })).toBe('10.0.0.2:8000')
})
