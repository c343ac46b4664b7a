import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newMessageId } from '../../src/chat/message-id.ts'

describe('the id of a message', () => {
  test.each<[what: string, now: number, random: () => number, id: string]>([
    ['the time, then randomness', 1_795_310_377_400.75, () => 0.5, '00d659b880008000'],
    ['at the beginning of time', 0, () => 0, '0000000000000000'],
    ['before the time begins again', 2 ** 32 - 1, () => 0.999999, 'ffffffffffffffff'],
    ['after it', 2 ** 32, () => 0, '0000000000000000'],
  ])('%s', (_, now, random, id) => {
    expect(newMessageId(now, random)).toBe(id)
  })

  test('ids rise with time', () => {
    const time = fc.nat(2 ** 32 - 1)
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((at) =>
          newMessageId(at, () => 0.5),
        )
        expect(early).toMatch(/^[0-9a-f]{16}$/)
        expect(String(early) <= String(late)).toBe(true)
      }),
    )
  })

  test('two ids of the same millisecond differ', () => {
    const ids = Array.from({ length: 1_000 }, () => newMessageId(1_795_310_377_400, Math.random))
    expect(new Set(ids).size).toBe(ids.length)
  })
})
