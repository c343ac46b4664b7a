import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RateLimit, type Rate } from '../../src/chat/rate-limit.ts'

/** How many requests are granted at one moment. */
function granted(limit: RateLimit, key: string, now: number, cost?: number): number {
  let count = 0
  while (limit.take(key, now, cost) === 0) count++
  return count
}

describe('RateLimit', () => {
  test.each<[string, Rate, number, number]>([
    ['requests of a host', { perSecond: 20, burst: 40 }, 1, 40],
    ['registrations of a host', { perSecond: 1, burst: 10 }, 1, 10],
    ['requests of this machine', { perSecond: 20, burst: 40 }, 0.1, 400],
    ['registrations of this machine', { perSecond: 1, burst: 10 }, 0.1, 100],
    ['half a token each', { perSecond: 5, burst: 3 }, 0.5, 6],
  ])('at the limit and not one over: %s', (_name, rate, cost, most) => {
    expect(granted(new RateLimit(rate), 'a', 1_763_771_234_000, cost)).toBe(most)
  })

  test.each<[string, number, number]>([
    ['nothing', 0, 0],
    ['not quite one', 999, 0],
    ['one', 1000, 1],
    ['two and a half', 2500, 2],
    ['all', 10_000, 10],
    ['never more than the burst', 1_000_000, 10],
  ])('tokens that come back in time: %s', (_name, ms, expected) => {
    const limit = new RateLimit({ perSecond: 1, burst: 10 })
    granted(limit, 'a', 0)
    expect(granted(limit, 'a', ms)).toBe(expected)
  })

  test('after the wait that it returned, a request is granted', () => {
    fc.assert(
      fc.property(
        fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 50 }) }),
        fc.constantFrom(0.1, 0.5, 1),
        fc.nat(10_000),
        (rate, cost, later) => {
          const limit = new RateLimit(rate)
          granted(limit, 'a', 0, cost)
          granted(limit, 'a', later, cost)
          const wait = limit.take('a', later, cost)
          expect(wait).toBeGreaterThan(0)
          expect(wait).toBeLessThanOrEqual((cost / rate.perSecond) * 1000 + 1e-3)
          expect(limit.take('a', later + wait, cost)).toBe(0)
        },
      ),
    )
  })

  test('a refused request takes no tokens', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 })
    limit.take('a', 0)
    for (let now = 0; now < 1000; now += 10) expect(limit.take('a', now)).toBeGreaterThan(0)
    expect(limit.take('a', 1000)).toBe(0)
  })

  test('property: never more than the burst and the tokens that came back are granted', () => {
    const steps = fc.array(fc.nat(500), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (waits) => {
        const limit = new RateLimit({ perSecond: 10, burst: 5 })
        let now = 0
        let count = 0
        for (const wait of waits) {
          now += wait
          if (limit.take('a', now) === 0) count++
        }
        expect(count).toBeLessThanOrEqual(5 + now / 100 + 1e-6)
      }),
    )
  })

  test('each host has its own bucket', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 3 })
    expect(granted(limit, 'a', 0)).toBe(3)
    expect(granted(limit, '__proto__', 0)).toBe(3)
    expect(granted(limit, 'constructor', 0)).toBe(3)
  })

  test('a sweep removes full buckets only, so it changes nothing', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 10 })
    granted(limit, 'a', 0)
    limit.sweep(5_000)
    expect(granted(limit, 'a', 5_000)).toBe(5)
    limit.sweep(14_999)
    expect(granted(limit, 'a', 14_999)).toBe(9)
    limit.sweep(60_000)
    expect(granted(limit, 'a', 60_000)).toBe(10)
  })
})
