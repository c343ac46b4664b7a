import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundedMap, BoundedSet } from '../../src/chat/bounded.ts'

describe('BoundedMap', () => {
  test('keeps as many as it may, and forgets the oldest for one more', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2)
    expect([...map]).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    map.set('c', 3)
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 3],
    ])
  })

  test('an entry that is set again is the newest', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2).set('a', 4).set('c', 3)
    expect([...map]).toEqual([
      ['a', 4],
      ['c', 3],
    ])
  })
})

describe('BoundedSet', () => {
  test('keeps as many as it may, and forgets the oldest for one more', () => {
    const set = new BoundedSet<string>(2)
    set.add('a').add('b')
    expect([...set]).toEqual(['a', 'b'])
    set.add('c')
    expect([...set]).toEqual(['b', 'c'])
  })

  test('a value that is added again is the newest', () => {
    const set = new BoundedSet<string>(2)
    set.add('a').add('b').add('a').add('c')
    expect([...set]).toEqual(['a', 'c'])
  })
})

test('property: both have the last different keys, oldest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.integer({ min: 1, max: 5 }), (keys, max) => {
      const map = new BoundedMap<number, number>(max)
      const set = new BoundedSet<number>(max)
      for (const key of keys) {
        map.set(key, key)
        set.add(key)
      }
      const newestFirst = [...new Set(keys.toReversed())]
      expect([...map.keys()]).toEqual(newestFirst.slice(0, max).reverse())
      expect([...set]).toEqual([...map.keys()])
    }),
  )
})
