import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { families, nested } from '../../src/metrics/families.ts'

describe('nested', () => {
  test.each([
    ['nothing', {}, {}],
    ['a number by itself', { errors: 1 }, { errors: 1 }],
    ['kinds of one family', { 'refused.a': 1, 'refused.b': 2 }, { refused: { a: 1, b: 2 } }],
    ['one kind', { 'messages.received': 3 }, { messages: { received: 3 } }],
    ['a dot in a kind', { 'requests.a.b': 1 }, { requests: { 'a.b': 1 } }],
    ['a family that is a number, too', { peers: 5, 'peers.lan': 2 }, { peers: { total: 5, lan: 2 } }],
    ['families apart', { 'a.x': 1, b: 2, 'a.y': 3 }, { a: { x: 1, y: 3 }, b: 2 }],
    ['zero', { 'a.x': 0, b: 0 }, { a: { x: 0 }, b: 0 }],
  ])('%s', (_name, numbers, expected) => {
    expect(nested(numbers)).toEqual(expected)
  })

  test('names such as __proto__ are names like any other', () => {
    const numbers = Object.fromEntries([
      ['__proto__', 1],
      ['constructor.__proto__', 2],
    ])
    expect(Object.entries(nested(numbers))).toEqual([
      ['__proto__', 1],
      ['constructor', Object.fromEntries([['__proto__', 2]])],
    ])
  })
})

test('property: families keep every number', () => {
  const name = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.stringMatching(/^[a-z]{1,3}$/))
  fc.assert(
    fc.property(fc.uniqueArray(name, { selector: (parts) => parts.join('.') }), (names) => {
      const numbers = Object.fromEntries(names.map((parts, index) => [parts.join('.'), index]))
      for (const [[family, kind], index] of names.map((parts, index) => [parts, index] as const)) {
        expect(families(numbers).get(family)?.get(kind)).toBe(index)
      }
    }),
    { numRuns: 50 },
  )
})
