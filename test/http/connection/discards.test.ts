/** How much input all connections of a server throw away. */
import { expect, test } from 'vitest'
import { Discards } from '../../../src/http/connection/discards.ts'

const MIB = 1024 * 1024

test('8 MiB may be thrown away in each second, whichever connections they come from', () => {
  let time = 0
  const discards = new Discards({ now: () => time })
  expect(discards.add(8 * MIB)).toBe(true)
  time = 999
  expect(discards.add(1)).toBe(false)
  time = 1_000
  expect(discards.add(8 * MIB)).toBe(true)
  expect(discards.add(1)).toBe(false)
})
