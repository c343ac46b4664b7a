import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Counters, MOST_NAMES, OTHER } from '../../src/chat/counters.ts'

describe('Counters', () => {
  test('what never happened is 0, and is not listed', () => {
    const counters = new Counters()
    expect(counters.get('refused.bad_request')).toBe(0)
    expect(counters.all()).toEqual({})
  })

  test('counts by one, or by as many as it is told', () => {
    const counters = new Counters()
    counters.count('messages.received')
    counters.count('messages.received')
    counters.count('bytes', 300)
    counters.count('bytes', 0)
    expect(counters.all()).toEqual({ bytes: 300, 'messages.received': 2 })
  })

  test('lists them by name, whatever came first', () => {
    const counters = new Counters()
    for (const name of ['b', 'refused.z', 'a', 'refused.a', '__proto__']) counters.count(name)
    expect(Object.keys(counters.all())).toEqual(['__proto__', 'a', 'b', 'refused.a', 'refused.z'])
  })
})

describe('the number of names', () => {
  const full = (): Counters => {
    const counters = new Counters()
    for (let n = 1; n < MOST_NAMES; n++) counters.count(`name.${n}`)
    return counters
  }

  test('at the limit: every name has its count, and one place is left for the rest', () => {
    const counters = full()
    expect(Object.keys(counters.all())).toHaveLength(MOST_NAMES - 1)
    expect(counters.get(OTHER)).toBe(0)
  })

  test('one over: the rest is counted together', () => {
    const counters = full()
    counters.count('one too many', 2)
    counters.count('and another')
    counters.count('name.1')
    expect(counters.get('one too many')).toBe(0)
    expect(counters.get(OTHER)).toBe(3)
    expect(counters.get('name.1')).toBe(2)
    expect(Object.keys(counters.all())).toHaveLength(MOST_NAMES)
  })

  test('never more, and nothing is lost, whatever is counted', () => {
    const name = fc.oneof(fc.string(), fc.integer({ min: 0, max: 300 }).map(String), fc.constant(OTHER))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 400, size: 'max' }), (names) => {
        const counters = new Counters()
        for (const each of names) counters.count(each)
        const counts = Object.values(counters.all())
        expect(counts.length).toBeLessThanOrEqual(MOST_NAMES)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(names.length)
      }),
      { numRuns: 60 },
    )
  })
})
