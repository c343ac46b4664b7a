/** Ids by name: as a look through all of them would find them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAlike } from '../../src/chat/look-alikes.ts'
import { NameIndex } from '../../src/chat/name-index.ts'

const NAMES = ['bob', 'Bob', 'bób', 'b0b', 'zoe', 'Zoë', 'anna', 'ΑΝΝΑ', 'αννα']

test('finds the ids whose names look alike, after any changes', () => {
  const change = fc.record({
    id: fc.constantFrom('1', '2', '3', '4'),
    name: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const index = new NameIndex()
      const names = new Map<string, string>()
      for (const { id, name } of changes) {
        if (name === undefined) {
          index.delete(id)
          names.delete(id)
        } else {
          index.set(id, name)
          names.set(id, name)
        }
      }
      for (const wanted of NAMES) {
        const expected = [...names].filter(([, name]) => isAlike(name, wanted)).map(([id]) => id)
        expect(index.alike(wanted).sort()).toEqual(expected.sort())
      }
    }),
  )
})

test('the id that has had the name longest is the first', () => {
  const index = new NameIndex()
  for (const id of ['2', '1', '3']) index.set(id, 'bob')
  index.set('2', 'BOB')
  expect(index.alike('bob')).toEqual(['2', '1', '3'])
  index.set('2', 'zoe')
  index.set('2', 'bob')
  expect(index.alike('bob')).toEqual(['1', '3', '2'])
})
