/** The safety number: the same on both screens, and another one for another key. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { keyIdOf, type KeyId } from '../../src/identity/public-key.ts'
import { safetyNumber } from '../../src/identity/safety-number.ts'

const pause = (): Promise<void> => Promise.resolve()

/** Public keys of RFC 8032, section 7.1, TEST 1 and TEST 2. */
const [ONE, OTHER] = [
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
].map((bytes) => keyIdOf(Buffer.from(bytes, 'hex'))) as [KeyId, KeyId]

/** Computed with hashlib of Python: sha512(hash + key), 5200 times, beginning with two zero bytes and the key. */
const NUMBER = '48653 11128 13470 36824 94978 32151 43691 37018 90176 16846 09421 20398'

describe('a safety number', () => {
  test('is as another implementation computes it, from either side', async () => {
    expect((await safetyNumber(ONE, OTHER, pause)).join(' ')).toBe(NUMBER)
    expect((await safetyNumber(OTHER, ONE, pause)).join(' ')).toBe(NUMBER)
  })

  test('pauses after at most 400 rounds', async () => {
    let pauses = 0
    await safetyNumber(ONE, OTHER, () => {
      pauses++
      return Promise.resolve()
    })
    expect(pauses).toBe(2 * (5_200 / 400))
  })

  test('differs in one half when one key is another', async () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { id } = new KeyPair(Buffer.from(seed))
        const [own, theirs] = [await safetyNumber(ONE, OTHER, pause), await safetyNumber(ONE, id, pause)]
        expect(theirs).toHaveLength(12)
        expect(theirs.every((group) => /^[0-9]{5}$/.test(group))).toBe(true)
        const half = theirs.filter((group) => own.includes(group)).length
        expect(half).toBeGreaterThanOrEqual(6)
        expect(theirs).not.toEqual(own)
      }),
      { numRuns: 5 },
    )
  })
})
