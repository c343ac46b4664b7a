/** The handshake of XX gives the published bytes, and refuses a message of which any bit is altered. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Handshake, type HandshakeOptions } from '../../src/noise/handshake.ts'
import { x25519Pair, x25519 } from '../../src/noise/primitives.ts'
import { NOISE_VECTORS, type NoiseVector } from './vectors.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

function sideOf(vector: NoiseVector, role: 'initiator' | 'responder'): Handshake {
  const { secret, ephemeral, presharedKeys } = vector[role]
  return new Handshake({
    pattern: vector.pattern,
    role,
    prologue: hex(vector.prologue),
    own: x25519Pair(hex(secret)),
    ephemeral: () => x25519Pair(hex(ephemeral)),
    presharedKeys: presharedKeys.map(hex),
  })
}

describe.each(NOISE_VECTORS)('published vector of $pattern', (vector) => {
  test('each message has the published bytes, and is read as its payload', () => {
    const initiator = sideOf(vector, 'initiator')
    const responder = sideOf(vector, 'responder')
    const [first, second, third, ...transport] = vector.messages
    for (const [message, [from, to]] of [
      [first, [initiator, responder]],
      [second, [responder, initiator]],
      [third, [initiator, responder]],
    ] as const) {
      const [payload = '', ciphertext = ''] = message ?? []
      expect(from.write(hex(payload)).toString('hex')).toBe(ciphertext)
      expect(to.read(hex(ciphertext)).toString('hex')).toBe(payload)
    }
    expect(initiator.hash).toEqual(responder.hash)
    if (vector.handshakeHash !== undefined) expect(initiator.hash.toString('hex')).toBe(vector.handshakeHash)
    const [a, b] = [initiator.split(), responder.split()]
    transport.forEach(([payload, ciphertext], index) => {
      const [from, to] = index % 2 === 0 ? [b, a] : [a, b]
      expect(from.send.seal(hex(payload)).toString('hex')).toBe(ciphertext)
      expect(to.receive.open(hex(ciphertext)).toString('hex')).toBe(payload)
    })
  })
})

const newPair = () => x25519Pair(randomBytes(32))
const owners = { initiator: newPair(), responder: newPair() }

function side(role: 'initiator' | 'responder', more: Partial<HandshakeOptions> = {}): Handshake {
  const prologue = Buffer.from('a prologue')
  return new Handshake({ pattern: 'XX', role, prologue, own: owners[role], ephemeral: newPair, ...more })
}

/** Both sides, and the three messages on their way through `alter`. */
function handshake(
  alter: (message: Buffer, number: number) => Buffer,
  initiator = side('initiator'),
  responder = side('responder'),
): { readonly initiator: Handshake; readonly responder: Handshake } {
  responder.read(alter(initiator.write(Buffer.from('one')), 1))
  initiator.read(alter(responder.write(Buffer.from('two')), 2))
  responder.read(alter(initiator.write(Buffer.from('three')), 3))
  return { initiator, responder }
}

describe('a handshake', () => {
  test('shows each side the static key of the other', () => {
    const { initiator, responder } = handshake((message) => message)
    expect(initiator.remoteStatic).toEqual(owners.responder.publicKey)
    expect(responder.remoteStatic).toEqual(owners.initiator.publicKey)
  })

  test.each([
    ['second', 2, 32 + 48 + 3 + 16],
    ['third', 3, 48 + 5 + 16],
  ])('is refused when one bit of the %s message is altered, whichever', (_name, number, length) => {
    for (let bit = 0; bit < length * 8; bit++) {
      const altered = (message: Buffer, at: number): Buffer => {
        if (at !== number) return message
        expect(message).toHaveLength(length)
        const copy = Buffer.from(message)
        copy.writeUInt8(message.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        return copy
      }
      expect(() => handshake(altered), `bit ${bit}`).toThrow()
    }
  })

  test('is refused when the first message is altered: the second does not open', () => {
    const altered = (message: Buffer, at: number) =>
      at === 1 ? Buffer.concat([Buffer.of((message[0] ?? 0) ^ 1), message.subarray(1)]) : message
    expect(() => handshake(altered)).toThrow()
  })

  test.each([
    ['another prologue', { prologue: Buffer.from('another') }],
    ['a pre-shared key', { pattern: 'XXpsk0', presharedKeys: [randomBytes(32)] }],
  ] as const)('is refused when one side has %s', (_name, more) => {
    expect(() => handshake((message) => message, side('initiator'), side('responder', more))).toThrow()
  })

  test('with a pre-shared key is refused at the first message for another key', () => {
    const withKey = (role: 'initiator' | 'responder') =>
      side(role, { pattern: 'XXpsk0', presharedKeys: [randomBytes(32)] })
    expect(() => withKey('responder').read(withKey('initiator').write())).toThrow()
  })

  test.each([0, 1, 31, 33, 95])('refuses a first or second message of %i bytes', (length) => {
    const initiator = side('initiator')
    initiator.write()
    expect(() => initiator.read(randomBytes(length))).toThrow()
    if (length < 32) expect(() => side('responder').read(randomBytes(length))).toThrow('too short')
  })

  test('is not split before its end, and writes nothing after it', () => {
    expect(() => side('initiator').split()).toThrow('not finished')
    const { initiator } = handshake((message) => message)
    expect(() => initiator.write()).toThrow('finished')
  })

  test.each([
    ['0', '00'.repeat(32)],
    ['1', `01${'00'.repeat(31)}`],
    ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['of order 8, the other', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
    ['-1', `ec${'ff'.repeat(30)}7f`],
  ])('refuses the ephemeral key %s, a point of small order', (_name, point) => {
    const responder = side('responder')
    responder.read(hex(point))
    expect(() => responder.write()).toThrow()
  })
})

describe('X25519', () => {
  // RFC 7748, section 6.1.
  const alice = x25519Pair(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
  const bob = x25519Pair(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'))

  test('gives the public keys of RFC 7748', () => {
    expect(alice.publicKey.toString('hex')).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    )
    expect(bob.publicKey.toString('hex')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    )
  })

  test('gives both sides the shared secret of RFC 7748', () => {
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(x25519(alice, bob.publicKey).toString('hex')).toBe(shared)
    expect(x25519(bob, alice.publicKey).toString('hex')).toBe(shared)
  })
})
