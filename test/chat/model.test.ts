import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backOff } from '../../src/chat/clock.ts'
import { addressKey } from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'

describe('addressKey', () => {
  test.each([
    ['IPv4', '10.0.0.5', '10.0.0.5:8000'],
    ['IPv6', 'fd00::5', '[fd00::5]:8000'],
  ])('%s', (_name, ip, id) => {
    expect(addressKey({ ip, port: 8000 })).toBe(id)
  })
})

describe('ChatError', () => {
  test('carries status, code, field and headers for the answer', () => {
    const refused = new ChatError(429, 'too_many', 'later', {
      field: 'port',
      headers: { 'Retry-After': '1' },
    })
    expect(refused).toBeInstanceOf(Error)
    expect(refused).toMatchObject({ status: 429, code: 'too_many', field: 'port', message: 'later' })
    expect(refused.headers).toEqual({ 'Retry-After': '1' })
    expect(new ChatError(400, 'bad', 'no').field).toBeUndefined()
  })
})

describe('backOff', () => {
  test.each([
    ['at first', 0, 0.5, 500],
    ['doubled', 1, 0.5, 1000],
    ['doubled again', 2, 0.5, 2000],
    ['never more than the most', 6, 0.5, 30_000],
    ['a long time later', 5000, 0.5, 30_000],
    ['at the early end', 1, 0, 800],
    ['at the late end', 1, 1, 1200],
  ])('%s', (_name, attempt, random, expected) => {
    expect(backOff(attempt, 500, 30_000, () => random)).toBeCloseTo(expected, 6)
  })

  test('is within 20 % of its step, and grows up to the maximum', () => {
    const attempts = fc.nat(10_000)
    fc.assert(
      fc.property(
        attempts,
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, first, random) => {
          const most = 30_000
          const step = backOff(attempt, first, most, () => 0.5)
          const wait = backOff(attempt, first, most, () => random)
          expect(step).toBeGreaterThanOrEqual(Math.min(first, most) * 0.999)
          expect(step).toBeLessThanOrEqual(most * 1.001)
          expect(Math.abs(wait - step)).toBeLessThanOrEqual(step * 0.2001)
          expect(backOff(attempt + 1, first, most, () => 0.5)).toBeGreaterThanOrEqual(step)
        },
      ),
    )
  })
})
