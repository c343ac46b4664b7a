/**
 * A key as people read it out: `k3f9-2mx7`, the beginning of its SHA-256 in Crockford's base32. It tells keys apart and
 * proves nothing: two keys that begin alike are found in minutes by trying. Pure.
 */
import { sha256 } from '../noise/primitives.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'

/** Without i, l, o and u, which are mistaken for others (https://www.crockford.com/base32.html). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TYPED = /^[0-9a-hjkmnp-tv-z]{8,}$/
const BITS = 5
/** Characters that are shown at least, and of one group. */
const LEAST = 8
const GROUP = 4

/** As many characters as tell this key apart from `others`, at least eight. */
export function shortId(id: KeyId, others: Iterable<KeyId> = []): string {
  const own = digits(id)
  let length = LEAST
  for (const other of others) {
    if (other === id) continue
    const theirs = digits(other)
    while (length < own.length && theirs.startsWith(own.slice(0, length))) length += GROUP
  }
  return grouped(own.slice(0, length))
}

/** The same of other bytes, such as those that name a network. */
export function shortHash(bytes: Buffer): string {
  return grouped(digitsOf(bytes).slice(0, LEAST))
}

/** Those of the ids that a person may mean by this text: hyphens and upper case do not count, nor does 0 for o or 1 for i. */
export function matchingIds(text: string, ids: Iterable<KeyId>): KeyId[] {
  const typed = text.toLowerCase().replaceAll('-', '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
  if (!TYPED.test(typed)) return []
  return [...ids].filter((id) => digits(id).startsWith(typed))
}

function digits(id: KeyId): string {
  return digitsOf(keyBytesOf(id) ?? Buffer.alloc(0))
}

/** All whole characters of the hash. */
function digitsOf(bytes: Buffer): string {
  const hash = sha256(bytes)
  let text = ''
  for (let bit = 0; bit + BITS <= hash.length * 8; bit += BITS) {
    const byte = Math.floor(bit / 8)
    const window = ((hash[byte] ?? 0) << 8) | (hash[byte + 1] ?? 0)
    text += ALPHABET[(window >> (16 - BITS - (bit % 8))) & 31] ?? ''
  }
  return text
}

function grouped(text: string): string {
  return text.replaceAll(/.{4}(?=.)/g, '$&-')
}
