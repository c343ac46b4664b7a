import { describe, expect, test } from 'vitest'
import { steadyTime, systemClock } from '../../../src/cli/system/clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const START = 1_763_771_234_000

/** The clocks of a machine, set by the test, and the time read from them. */
function machine() {
  const now = { wall: START, counted: 5_000, uptime: 900_000 }
  const time = steadyTime({ wall: () => now.wall, counted: () => now.counted, uptime: () => now.uptime })
  const pass = (ms: number): void => {
    now.wall += ms
    now.counted += ms
    now.uptime += ms
  }
  /** The counter stands still meanwhile. */
  const sleep = (ms: number): void => {
    now.wall += ms
    now.uptime += ms
  }
  const set = (ms: number): void => {
    now.wall += ms
  }
  return { now, time, pass, sleep, set }
}

describe('the steady time', () => {
  test.each<[name: string, leap: number]>([
    ['a second forward', 1_000],
    ['an hour forward', HOUR],
    ['25 hours forward', 25 * HOUR],
    ['400 days forward', 400 * DAY],
    ['an hour back', -HOUR],
    ['25 hours back', -25 * HOUR],
    ['400 days back', -400 * DAY],
    ['20 years back', -20 * YEAR],
  ])('is not moved when the clock is set %s, nor when it is set right again', (_name, leap) => {
    const { time, pass, set } = machine()
    pass(10_000)
    set(leap)
    expect(time()).toBe(START + 10_000)
    pass(90_000)
    expect(time()).toBe(START + 100_000)
    set(-leap)
    expect(time()).toBe(START + 100_000)
    pass(1_000)
    expect(time()).toBe(START + 101_000)
  })

  test('goes on while the machine sleeps, which its counter does not see', () => {
    const { time, pass, sleep } = machine()
    pass(1_000)
    sleep(HOUR)
    expect(time()).toBe(START + 1_000 + HOUR)
    pass(500)
    sleep(DAY)
    expect(time()).toBe(START + 1_500 + HOUR + DAY)
  })

  test('tells sleep from a clock that was set while the machine slept', () => {
    const { time, sleep, set } = machine()
    sleep(HOUR)
    set(400 * DAY)
    expect(time()).toBe(START + HOUR)
    set(-400 * DAY)
    expect(time()).toBe(START + HOUR)
  })

  test('never goes back where the uptime is in whole seconds', () => {
    const { now, time, pass, sleep, set } = machine()
    sleep(HOUR)
    expect(time()).toBe(START + HOUR)
    now.uptime -= 900
    set(HOUR)
    expect(time()).toBe(START + HOUR)
    now.uptime += 1_800
    set(HOUR)
    pass(10)
    expect(time()).toBe(START + HOUR + 10)
  })

  test('counts where the system does not tell its uptime', () => {
    const now = { wall: START, counted: 0 }
    const time = steadyTime({
      wall: () => now.wall,
      counted: () => now.counted,
      uptime: () => {
        throw new Error('EPERM')
      },
    })
    Object.assign(now, { wall: START + HOUR, counted: 10 })
    expect(time()).toBe(START + 10)
  })
})

test('the clock of this machine agrees with its wall clock, unless that is set meanwhile', () => {
  expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(60_000)
  const before = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(before)
})
