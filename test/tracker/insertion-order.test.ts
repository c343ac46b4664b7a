import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InsertionOrder } from '../../src/tracker/insertion-order.ts'

interface Item {
  readonly number: number
}

/** Somebody comes (true), or the one at this place of those who are here goes. */
const steps = fc.array(fc.oneof(fc.constant(true), fc.nat(50)), { maxLength: 200 })

test('property: has the items of a plain list in order, after any additions and deletions, from any number', () => {
  fc.assert(
    fc.property(steps, fc.nat(100), (steps, cursor) => {
      const roll = new InsertionOrder<Item>()
      const here: Item[] = []
      let number = 0
      for (const step of steps) {
        if (step === true) {
          const item = { number: ++number }
          roll.add(item)
          here.push(item)
        } else {
          const [gone] = here.splice(step % Math.max(1, here.length), 1)
          if (gone !== undefined) roll.delete(gone)
        }
      }
      expect([...roll.after(0)]).toEqual(here)
      expect([...roll.after(cursor)]).toEqual(here.filter((item) => item.number > cursor))
    }),
  )
})

test('a page in the middle reads only the items of the page', () => {
  const looked: number[] = []
  const roll = new InsertionOrder<Item>()
  for (let number = 1; number <= 100_000; number++) {
    roll.add({
      get number() {
        looked.push(number)
        return number
      },
    })
  }
  const [first] = roll.after(50_000)
  expect(first?.number).toBe(50_001)
  expect(looked.length).toBeLessThan(30)
})
