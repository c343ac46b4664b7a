/** Days of lines, in local time. */
import { expect, test } from 'vitest'
import { Days, dayOf, untilMidnight } from '../../../src/cli/terminal/days.ts'

const NOON = new Date(2025, 10, 21, 12).getTime()
const HOUR = 3_600_000

test('a day is said once, when it changes, in either direction', () => {
  const days = new Days(NOON)
  expect(days.next(NOON + HOUR)).toBeUndefined()
  expect(days.next(NOON + 13 * HOUR)).toBe('Sat Nov 22 2025')
  expect(days.next(NOON + 14 * HOUR)).toBeUndefined()
  expect(days.next(NOON)).toBe('Fri Nov 21 2025')
})

test('a line that others printed counts, too', () => {
  const days = new Days(NOON)
  days.shown(NOON - 24 * HOUR)
  expect(days.next(NOON)).toBe(dayOf(NOON))
})

test('the time to midnight is never zero', () => {
  expect(untilMidnight(NOON)).toBe(12 * HOUR)
  expect(untilMidnight(new Date(2025, 10, 21).getTime())).toBe(24 * HOUR)
})
