/** A signature fits one message of one author in one network, and no other. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyPair, PublicKey } from '../../src/identity/key-pair.ts'
import {
  isAuthentic,
  networkTag,
  signMessage,
  signedBytes,
  type SignedMessage,
} from '../../src/identity/message-signature.ts'

const alice = new KeyPair(randomBytes(32))
const OPEN = networkTag(undefined)
const message: SignedMessage = {
  author: alice.id,
  scope: { kind: 'channel', channel: 'general' },
  id: '0193-ab',
  seq: 7,
  sentAt: 1_795_000_000_000,
  type: 1,
  content: 'hello ✓',
}
const signature = signMessage(alice, OPEN, message)

test('the bytes that are signed are those of the page', () => {
  const hello = Buffer.from('hello ✓')
  expect(signedBytes(OPEN, message).toString('hex')).toBe(
    [
      Buffer.from('parley/msg/1').toString('hex'),
      '00',
      '00'.repeat(32),
      alice.publicKey.toString('hex'),
      '01',
      '07',
      Buffer.from('general').toString('hex'),
      '07',
      Buffer.from('0193-ab').toString('hex'),
      '0000000000000007',
      '000001a1ee565e00',
      '01',
      '00000009',
      hello.toString('hex'),
    ].join(''),
  )
})

test('its author signed it', () => {
  expect(isAuthentic(new PublicKey(alice.id), OPEN, message, signature)).toBe(true)
})

const closed = (epoch: number) => ({ kind: 'closed', channelId: Buffer.alloc(32, 1), epoch }) as const

describe('the signature fits no message with another', () => {
  test.each<[string, Partial<SignedMessage>]>([
    ['author', { author: new KeyPair(randomBytes(32)).id }],
    ['channel', { scope: { kind: 'channel', channel: 'ops' } }],
    ['kind of channel', { scope: closed(1) }],
    ['id', { id: '0193-ac' }],
    ['number', { seq: 8 }],
    ['time', { sentAt: message.sentAt + 1 }],
    ['kind of content', { type: 2 }],
    ['content', { content: 'hello' }],
    ['empty content', { content: '' }],
  ])('%s', (_name, other) => {
    const altered = { ...message, ...other }
    expect(isAuthentic(new PublicKey(altered.author), OPEN, altered, signature)).toBe(false)
  })

  test('network', () => {
    const network = networkTag(randomBytes(32))
    expect(isAuthentic(new PublicKey(alice.id), network, message, signature)).toBe(false)
  })

  test('signature, altered in any bit', () => {
    for (let bit = 0; bit < 512; bit++) {
      const altered = Buffer.from(signature)
      altered.writeUInt8(signature.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(isAuthentic(new PublicKey(alice.id), OPEN, message, altered), `bit ${bit}`).toBe(false)
    }
  })
})

test('two messages have the same bytes only if they are the same', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 })
  const channel = text.map((name) => ({ kind: 'channel', channel: name }) as const)
  const scope = fc.oneof(channel, fc.nat(3).map(closed))
  const any = fc.record({
    author: fc.constantFrom(alice.id),
    scope,
    id: text,
    seq: fc.nat(2),
    sentAt: fc.nat(2),
    type: fc.constantFrom(1, 2),
    content: text,
  })
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [left, right] = [signedBytes(OPEN, a), signedBytes(OPEN, b)]
      expect(left.equals(right)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

describe('what has no place in the form is refused', () => {
  test.each<[string, Partial<SignedMessage>]>([
    ['half a character in the text', { content: 'a\ud800' }],
    ['half a character in the id', { id: '\udc00' }],
    ['an id of 256 bytes', { id: 'x'.repeat(256) }],
    ['a channel of 256 bytes', { scope: { kind: 'channel', channel: 'ü'.repeat(128) } }],
    ['a negative number', { seq: -1 }],
    ['a broken number', { seq: 1.5 }],
    ['a time too large to be exact', { sentAt: 2 ** 53 }],
    ['no number', { sentAt: NaN }],
    ['an epoch of more than 32 bits', { scope: closed(2 ** 32) }],
  ])('%s', (_name, other) => {
    expect(() => signedBytes(OPEN, { ...message, ...other })).toThrow(RangeError)
  })
})
