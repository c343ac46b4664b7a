import { expect, test } from 'vitest'
import { steadyTime } from '../../src/cli/system-clock.ts'

test.each<[name: string, wall: number, counted: number, expected: number]>([
  ['both go on', 1_010_000, 10_000, 1_010_000],
  ['the one on the wall is corrected a little', 1_015_000, 10_000, 1_010_000],
  ['the machine slept for an hour', 4_600_010, 10, 4_600_010],
  ['somebody set the clock an hour ahead', 4_610_000, 10_000, 4_610_000],
  ['somebody set the clock an hour back', -2_590_000, 10_000, 1_010_000],
  ['nothing happened', 1_000_000, 0, 1_000_000],
])('%s', (_name, wall, counted, expected) => {
  const now = { wall: 1_000_000, counted: 0 }
  const time = steadyTime(
    () => now.wall,
    () => now.counted,
  )
  Object.assign(now, { wall, counted })
  expect(time()).toBe(expected)
})

test('after a sleep it counts from there, and never goes back', () => {
  const now = { wall: 1_000_000, counted: 0 }
  const time = steadyTime(
    () => now.wall,
    () => now.counted,
  )
  Object.assign(now, { wall: 4_600_000, counted: 100 })
  expect(time()).toBe(4_600_000)
  Object.assign(now, { wall: 1_000_200, counted: 200 })
  expect(time()).toBe(4_600_100)
})
