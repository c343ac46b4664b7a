/**
 * The id of a peer: its Ed25519 public key, as text. One key has one spelling, and a key for which a signature can be
 * forged is none. Pure.
 */

/** 43 characters of base64url: the 32 bytes of an Ed25519 public key (RFC 8032, section 5.1.5). */
export type KeyId = string & { readonly __brand: 'KeyId' }

const FORM = /^[A-Za-z0-9_-]{43}$/
const KEY_BYTES = 32

/** 2^255 - 19 in little-endian order; a y-coordinate must be below it (RFC 8032, section 5.1.3). */
const PRIME = Buffer.concat([Buffer.of(0xed), Buffer.alloc(30, 0xff), Buffer.of(0x7f)])

/**
 * The points of small order with the sign bit cleared. node:crypto accepts signatures under them that fit any message.
 * Those not below the prime are refused by that rule already.
 */
const SMALL_ORDER = new Set([
  '00'.repeat(KEY_BYTES),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
])

/** The key that this text spells; undefined when it is none. */
export function keyBytesOf(id: string): Buffer | undefined {
  if (!FORM.test(id)) return undefined
  const bytes = Buffer.from(id, 'base64url')
  // Several texts decode alike: the last character has two bits that say nothing.
  return bytes.toString('base64url') === id && isSafeKey(bytes) ? bytes : undefined
}

export function isKeyId(id: string): id is KeyId {
  return keyBytesOf(id) !== undefined
}

/** The id of a key; undefined when nobody could rely on a signature under it. */
export function keyIdOf(bytes: Buffer): KeyId | undefined {
  return isSafeKey(bytes) ? (bytes.toString('base64url') as KeyId) : undefined
}

/** Whether these are the bytes of a point that is written in the one way and has a large order. */
function isSafeKey(bytes: Buffer): boolean {
  if (bytes.length !== KEY_BYTES) return false
  const cleared = Buffer.from(bytes)
  cleared[31] = (bytes[31] ?? 0) & 0x7f
  return isBelowPrime(cleared) && !SMALL_ORDER.has(cleared.toString('hex'))
}

function isBelowPrime(bytes: Buffer): boolean {
  for (let at = KEY_BYTES - 1; at >= 0; at--) {
    const [ours = 0, limit = 0] = [bytes[at], PRIME[at]]
    if (ours !== limit) return ours < limit
  }
  return false
}
