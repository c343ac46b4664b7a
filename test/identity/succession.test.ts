/** A succession counts only when both keys signed it; a chain leads back to the keys that are known. */
import { describe, expect, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { isGenuine, predecessorsOf, succeed, type Succession } from '../../src/identity/succession.ts'

const [ONE, TWO, THREE, MALLORY] = [1, 2, 3, 4].map((seed) => new KeyPair(Buffer.alloc(32, seed))) as [
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
]
const [FIRST, SECOND] = [succeed(ONE, TWO, 5), succeed(TWO, THREE, 6)]

describe('a statement', () => {
  test('of both keys is genuine', () => {
    expect([FIRST, SECOND].map(isGenuine)).toEqual([true, true])
  })

  test.each<[what: string, change: Partial<Succession>]>([
    ['with another old key', { old: MALLORY.id }],
    ['with another new key', { new: MALLORY.id }],
    ['with another time', { at: 6 }],
    ['with a time that is no whole number', { at: 5.5 }],
    ['signed twice by the old key', { newSignature: FIRST.oldSignature }],
    ['signed twice by the new key', { oldSignature: FIRST.newSignature }],
    ['with signatures changed over', { oldSignature: FIRST.newSignature, newSignature: FIRST.oldSignature }],
    ['with the signature of another statement', { oldSignature: SECOND.oldSignature }],
    ['with half a signature', { oldSignature: FIRST.oldSignature.slice(0, 40) }],
  ])('%s is not', (_what, change) => {
    expect(isGenuine({ ...FIRST, ...change })).toBe(false)
  })

  test('of a key to itself is not', () => {
    expect(isGenuine(succeed(ONE, ONE, 5))).toBe(false)
  })
})

describe('the predecessors of a key', () => {
  const all = (): boolean => true

  test.each<[what: string, key: KeyPair, successions: Succession[], known: KeyPair[]]>([
    ['in one step', TWO, [FIRST], [ONE]],
    ['in two steps, the last first', THREE, [FIRST, SECOND], [TWO, ONE]],
    ['not over a forged step', THREE, [FIRST, { ...SECOND, at: 7 }], []],
    ['not those of another key', MALLORY, [FIRST, SECOND], []],
    ['not behind a forged step', THREE, [{ ...FIRST, at: 7 }, SECOND], [TWO]],
    ['in a circle, each once', ONE, [FIRST, succeed(TWO, ONE, 9)], [TWO, ONE]],
  ])('%s', (_what, key, successions, known) => {
    expect(predecessorsOf(key.id, successions, all)).toEqual(known.map(({ id }) => id))
  })

  test('are only those that are known, also behind one that is not', () => {
    expect(predecessorsOf(THREE.id, [FIRST, SECOND], (key) => key === ONE.id)).toEqual([ONE.id])
    expect(predecessorsOf(THREE.id, [FIRST, SECOND], () => false)).toEqual([])
  })
})
