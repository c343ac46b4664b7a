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

describe('where entries have owners', () => {
  const ownerOf = (key: string): string => key.slice(0, 1)

  test('the owner with the most entries loses its oldest, whoever came first', () => {
    const map = new BoundedMap<string, number>(4, ownerOf)
    map.set('a1', 1).set('m1', 1).set('b1', 1)
    for (let number = 2; number < 100; number++) map.set(`m${number}`, number)
    expect([...map.keys()]).toEqual(['a1', 'b1', 'm98', 'm99'])
    map.delete('m99')
    map.set('a2', 2).set('a3', 3)
    expect([...map.keys()]).toEqual(['b1', 'm98', 'a2', 'a3'])
    map.clear()
    map.set('a1', 1)
    expect([...map]).toEqual([['a1', 1]])
  })

  test('an entry counts for the owner that set it last', () => {
    const map = new BoundedMap<string, string>(3, (_key, owner) => owner)
    map.set('1', 'mallory').set('2', 'alice').set('1', 'alice').set('3', 'mallory').set('4', 'mallory')
    expect([...map.keys()]).toEqual(['1', '3', '4'])
  })

  test('property: no owner loses an entry to one that has more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(30)), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (entries, max) => {
          const set = new BoundedSet<string>(max, ownerOf)
          const map = new BoundedMap<string, number>(max, ownerOf)
          for (const [owner, number] of entries) {
            const before = [...set]
            set.add(`${owner}${number}`)
            map.set(`${owner}${number}`, number)
            expect([...map.keys()]).toEqual([...set])
            const [lost, ...others] = before.filter((each) => !set.has(each))
            expect(others).toEqual([])
            if (lost === undefined) continue
            expect(set.size).toBe(max)
            const there = [...before, `${owner}${number}`].map(ownerOf)
            const count = (of: string): number => there.filter((each) => each === of).length
            expect(count(ownerOf(lost))).toBe(Math.max(...there.map(count)))
          }
        },
      ),
    )
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
