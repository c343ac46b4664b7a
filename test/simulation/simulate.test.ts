import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

describe('a simulation', () => {
  it.each([1, 2, 3])('gives the same run for the same seed: %i', async (seed) => {
    const one = await simulate(seed)
    const other = await simulate(seed)
    expect(other.lines).toEqual(one.lines)
    expect(other.hash).toBe(one.hash)
    expect(one.lines.length).toBeGreaterThan(50)
  })

  it('gives another run for another seed', async () => {
    const hashes = [await simulate(1), await simulate(2)].map(({ hash }) => hash)
    expect(new Set(hashes).size).toBe(2)
  })
})
