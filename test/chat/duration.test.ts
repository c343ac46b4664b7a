import { expect, test } from 'vitest'
import { durationIn } from '../../src/chat/duration.ts'
import { refusalOf } from './support.ts'

test.each([
  ['30s', 30_000],
  ['10m', 600_000],
  ['2H', 7_200_000],
  ['7d', 604_800_000],
  ['365d', 31_536_000_000],
])('%s is %i ms', (text, ms) => {
  expect(durationIn(text)).toBe(ms)
})

test.each(['', '0m', '10', 'm', '1w', '-1h', '1.5h', '366d', '9999999999s'])('%j is no time', (text) => {
  expect(refusalOf(() => durationIn(text))).toMatchObject({ status: 422, code: 'invalid_time' })
})
