import { describe, expect, test } from 'vitest'
import { Counters } from '../../src/chat/counters.ts'

describe('Counters', () => {
  test('a name that was never counted is 0 and is not listed', () => {
    const counters = new Counters()
    expect(counters.get('refused.bad_request')).toBe(0)
    expect(counters.all()).toEqual({})
  })

  test('counts by one, or by a given number', () => {
    const counters = new Counters()
    counters.count('messages.received')
    counters.count('messages.received')
    counters.count('bytes', 300)
    counters.count('bytes', 0)
    expect(counters.all()).toEqual({ bytes: 300, 'messages.received': 2 })
  })

  test('lists the counters by name, in whatever order they were counted first', () => {
    const counters = new Counters()
    for (const name of ['b', 'refused.z', 'a', 'refused.a', '__proto__']) counters.count(name)
    expect(Object.keys(counters.all())).toEqual(['__proto__', 'a', 'b', 'refused.a', 'refused.z'])
  })
})
