/** What a person with a key is to programs that know no keys (0.1.0). It proves nothing. Pure. */
import { sha256 } from '../noise/primitives.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'

const BYTES = 8

/** 16 lower-case hexadecimal digits, made of the key: a person who lost the database keeps them. */
export function legacyIdentity(id: KeyId): string {
  return sha256(keyBytesOf(id) ?? Buffer.alloc(0))
    .subarray(0, BYTES)
    .toString('hex')
}
