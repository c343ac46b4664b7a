/** One key has one id, and no id stands for a key under which signatures can be forged. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyPair, PublicKey, isSignedBy } from '../../src/identity/key-pair.ts'
import { isKeyId, keyBytesOf, keyIdOf, type KeyId } from '../../src/identity/public-key.ts'
import { matchingIds, shortId } from '../../src/identity/short-id.ts'
import { PROOF_BYTES, readProof, writeProof } from '../../src/identity/proof.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const newKey = () => new KeyPair(randomBytes(32))

describe('Ed25519', () => {
  test('gives the key and signature of RFC 8032, section 7.1, test 1', () => {
    const pair = new KeyPair(hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'))
    expect(pair.publicKey.toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    expect(pair.sign(Buffer.alloc(0)).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  test('accepts what its key signed, and nothing altered', () => {
    const pair = newKey()
    const bytes = Buffer.from('a message')
    const signature = pair.sign(bytes)
    const key = new PublicKey(pair.id)
    expect(key.isSignature(signature, bytes)).toBe(true)
    for (let bit = 0; bit < 512; bit++) {
      const altered = Buffer.from(signature)
      altered.writeUInt8(signature.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(key.isSignature(altered, bytes), `bit ${bit}`).toBe(false)
    }
    expect(key.isSignature(signature, Buffer.from('another'))).toBe(false)
    expect(key.isSignature(signature.subarray(0, 63), bytes)).toBe(false)
    expect(new PublicKey(newKey().id).isSignature(signature, bytes)).toBe(false)
  })

  test.each([0, 31, 33, 64])('a seed of %i bytes is refused', (bytes) => {
    expect(() => new KeyPair(Buffer.alloc(bytes))).toThrow('32 bytes')
  })
})

const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]

describe('an id', () => {
  test('is the key in 43 characters, both ways', () => {
    const { id, publicKey } = newKey()
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(keyBytesOf(id)).toEqual(publicKey)
    expect(keyIdOf(publicKey)).toBe(id)
  })

  test('the other spellings of a key are none', () => {
    const { id } = newKey()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(id.at(-1) ?? '')
    const alike = [0, 1, 2, 3].map((bits) => id.slice(0, -1) + (alphabet[(last & ~3) | bits] ?? ''))
    expect(new Set(alike.map((each) => Buffer.from(each, 'base64url').toString('hex'))).size).toBe(1)
    expect(alike.filter(isKeyId)).toEqual([id])
  })

  test.each([
    ['empty', ''],
    ['of 42 characters', 'A'.repeat(42)],
    ['of 44 characters', 'A'.repeat(44)],
    ['with padding', `${'A'.repeat(42)}=`],
    ['of the other base64', `${'A'.repeat(41)}+/`],
    ['with a line break', `${'A'.repeat(43)}\n`],
    ['an address', '10.0.0.5:8000'],
  ])('a text that is %s is none', (_name, text) => {
    expect(isKeyId(text)).toBe(false)
  })

  describe.each(SMALL_ORDER)('the point %s of small order', (point) => {
    test.each([false, true])('is no key, sign bit %s', (isSigned) => {
      const bytes = hex(point)
      bytes.writeUInt8(bytes.readUInt8(31) | (isSigned ? 0x80 : 0), 31)
      expect(keyIdOf(bytes)).toBeUndefined()
      expect(keyBytesOf(bytes.toString('base64url'))).toBeUndefined()
      expect(isSignedBy(bytes, Buffer.alloc(64), Buffer.from('x'))).toBe(false)
    })
  })

  test('a forgery under such a point is none, though node:crypto takes it on Node 20 and 22', () => {
    const identityPoint = hex(`01${'00'.repeat(31)}`)
    const forgery = Buffer.concat([identityPoint, Buffer.alloc(32)])
    expect(isSignedBy(identityPoint, forgery, Buffer.from('anything'))).toBe(false)
  })

  test.each([
    ['the prime', `ed${'ff'.repeat(30)}7f`],
    ['2^255 - 1', `ff${'ff'.repeat(30)}7f`],
    ['2^256 - 1', 'ff'.repeat(32)],
  ])('%s is not below the prime, so it is no key', (_name, bytes) => {
    expect(keyIdOf(hex(bytes))).toBeUndefined()
  })

  test('any other 32 bytes have one id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const id = keyIdOf(Buffer.from(bytes))
        if (id !== undefined) expect(keyBytesOf(id)).toEqual(Buffer.from(bytes))
      }),
    )
  })
})

describe('a short id', () => {
  // Found by trying a million keys: the SHA-256 of these two begins with the same 40 bits.
  const [id, twin] = [
    'ewOEsX4mq_e1qdJ3gs5sUj-H7XtYbB-mlOlUtP5ZACM',
    'mWNbT8N03rqrNEQFtR0B8_ImFGsGAwp0ynFiUDX1SxM',
  ].filter(isKeyId) as [KeyId, KeyId]

  test('is the first 40 bits of the SHA-256 of the key', () => {
    expect(shortId(id)).toBe('qeqp-5fvj')
  })

  test('grows by groups until no other key has it', () => {
    expect(shortId(twin)).toBe('qeqp-5fvj')
    expect(shortId(id, [newKey().id, twin])).toBe('qeqp-5fvj-7he4')
    expect(shortId(twin, [id])).toBe('qeqp-5fvj-0h61')
    expect(shortId(id, [id])).toBe('qeqp-5fvj')
  })

  test('that two keys share finds both, and the longer one the one', () => {
    expect(matchingIds('qeqp-5fvj', [id, twin])).toEqual([id, twin])
    expect(matchingIds('qeqp-5fvj-0h61', [id, twin])).toEqual([twin])
  })

  test.each([
    ['as it is shown', (text: string) => text],
    ['without the hyphen', (text: string) => text.replace('-', '')],
    ['in upper case', (text: string) => text.toUpperCase()],
    ['with o for 0 and l for 1', (text: string) => text.replaceAll('0', 'o').replaceAll('1', 'l')],
  ])('is found %s', (_name, type) => {
    expect(matchingIds(type('qeqp-5fvj-0h61'), [newKey().id, twin])).toEqual([twin])
  })

  test.each(['', 'k3f9', 'k3f9-2mx', 'k3f9 2mx7', 'k3f9-2mxü'])('%j is too short or none', (text) => {
    expect(matchingIds(text, [id])).toEqual([])
  })
})

describe('a proof of an end', () => {
  const hash = randomBytes(32)
  const pair = newKey()
  const proof = writeProof(pair, 'peer', 'initiator', hash)

  test('has 99 bytes and names the key', () => {
    expect(proof).toHaveLength(PROOF_BYTES)
    expect(PROOF_BYTES).toBe(99)
    expect(readProof(proof, 'initiator', hash)).toEqual({ id: pair.id, kind: 'peer' })
  })

  test('of a tracker says so', () => {
    const ofTracker = writeProof(pair, 'tracker', 'responder', hash)
    expect(readProof(ofTracker, 'responder', hash)).toEqual({ id: pair.id, kind: 'tracker' })
  })

  test.each([
    ['the other role', () => readProof(proof, 'responder', hash)],
    ['another handshake', () => readProof(proof, 'initiator', randomBytes(32))],
    ['one byte less', () => readProof(proof.subarray(0, 98), 'initiator', hash)],
    ['one byte more', () => readProof(Buffer.concat([proof, Buffer.of(0)]), 'initiator', hash)],
    ['nothing', () => readProof(Buffer.alloc(0), 'initiator', hash)],
    [
      'the key of another',
      () =>
        readProof(
          Buffer.concat([proof.subarray(0, 3), newKey().publicKey, proof.subarray(35)]),
          'initiator',
          hash,
        ),
    ],
  ])('for %s proves nothing', (_name, read) => {
    expect(read()).toBeUndefined()
  })

  test('with one bit altered proves nothing, whichever', () => {
    for (let bit = 0; bit < proof.length * 8; bit++) {
      const altered = Buffer.from(proof)
      altered.writeUInt8(proof.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(readProof(altered, 'initiator', hash), `bit ${bit}`).toBeUndefined()
    }
  })
})
