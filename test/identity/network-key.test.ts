/** The key of a closed network as text: every other text is refused with a sentence, and nothing derived from it leads back. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DatagramSeal } from '../../src/identity/datagram-seal.ts'
import { networkTag } from '../../src/identity/message-signature.ts'
import { NetworkKey, NetworkKeyError, readNetworkKey } from '../../src/identity/network-key.ts'

const ZERO = new NetworkKey(Buffer.alloc(32))
const TEXT = 'parley-network-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmaHqt'

test('has one text', () => {
  expect(ZERO.text).toBe(TEXT)
  expect(readNetworkKey(TEXT).handshake).toEqual(ZERO.handshake)
})

test('any key comes back from its text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = new NetworkKey(Buffer.from(bytes))
      expect(readNetworkKey(` ${key.text}\n`).text).toBe(key.text)
    }),
  )
})

describe('a text that is none is refused', () => {
  test.each<[name: string, text: string, sentence: string]>([
    ['nothing', '', 'a network key begins with "parley-network-1:"'],
    ['words', 'correct horse battery staple', 'a network key begins with'],
    ['the key of a peer', 'parley-key-1 AAAA', 'a network key begins with'],
    ['a later form', TEXT.replace('1:', '2:'), 'of another version of Parley'],
    ['one character less', TEXT.slice(0, -1), 'has 48 letters, digits, - and _'],
    ['one character more', `${TEXT}A`, 'has 48 letters, digits, - and _'],
    ['a character of another alphabet', TEXT.replace('AAAA', 'AA+A'), 'has 48 letters, digits, - and _'],
    ['two keys', `${TEXT}\n${TEXT}`, 'has 48 letters, digits, - and _'],
  ])('%s', (_name, text, sentence) => {
    expect(() => readNetworkKey(text)).toThrow(NetworkKeyError)
    expect(() => readNetworkKey(text)).toThrow(sentence)
  })

  test('with any one character wrong', () => {
    const first = 'parley-network-1:'.length
    for (let at = first; at < TEXT.length; at++) {
      const wrong = `${TEXT.slice(0, at)}${TEXT[at] === 'B' ? 'C' : 'B'}${TEXT.slice(at + 1)}`
      expect(() => readNetworkKey(wrong), wrong).toThrow('a character of the network key is wrong')
    }
  })
})

test('each use has a key of its own', () => {
  const bytes = randomBytes(32)
  const { handshake, datagrams, tag } = new NetworkKey(bytes)
  expect(tag).toEqual(networkTag(bytes))
  expect(new Set([bytes, handshake, datagrams, tag].map((each) => each.toString('hex'))).size).toBe(4)
})

test('two networks have two names', () => {
  expect(ZERO.label).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}$/)
  expect(new NetworkKey(Buffer.alloc(32, 1)).label).not.toBe(ZERO.label)
})

describe('a sealed datagram', () => {
  const seal = new DatagramSeal(ZERO.datagrams, randomBytes)
  const plain = Buffer.from('where a member takes connections')

  test('is opened by members, and never looks the same', () => {
    const [one, other] = [seal.seal(plain), seal.seal(plain)]
    expect(one).toHaveLength(64)
    expect(one.equals(other)).toBe(false)
    expect(seal.open(one)).toEqual(plain)
  })

  test('is opened by no other network', () => {
    const other = new DatagramSeal(new NetworkKey(Buffer.alloc(32, 1)).datagrams, randomBytes)
    expect(other.open(seal.seal(plain))).toBeUndefined()
  })

  test('with any bit altered, or cut, is none', () => {
    const sealed = seal.seal(plain)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Buffer.from(sealed)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(seal.open(altered)).toBeUndefined()
    }
    for (let length = 0; length < sealed.length; length++)
      expect(seal.open(sealed.subarray(0, length))).toBeUndefined()
  })
})
