/** Runs of many seeds, as a test. */
import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const AT_ONCE = 10

/** From one seed on, so many. */
export function keepsItsPromises(from: number, count: number): void {
  const firsts = Array.from({ length: count / AT_ONCE }, (_, index) => from + AT_ONCE * index)
  describe('whole Parley keeps its promises', () => {
    it.each(firsts)(
      `with the ${AT_ONCE} seeds from %i on`,
      async (first) => {
        for (let seed = first; seed < first + AT_ONCE; seed++) {
          const { broken } = await simulate(seed)
          expect(broken, `npm run simulate -- --seed ${seed}`).toEqual([])
        }
      },
      120_000,
    )
  })
}
