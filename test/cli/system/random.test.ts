import { expect, test } from 'vitest'
import { systemRandom } from '../../../src/cli/system/random.ts'

test('numbers from 0 up to 1, everywhere between, and none twice for a long time', () => {
  const numbers = Array.from({ length: 10_000 }, systemRandom)
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
  const tenths = new Set(numbers.map((number) => Math.floor(number * 10)))
  expect(tenths.size).toBe(10)
  expect(new Set(numbers).size).toBeGreaterThan(9_990)
})
