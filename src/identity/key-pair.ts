/** The key of a peer or tracker: signs as it, and checks what others signed (Ed25519, RFC 8032). */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { importSecret } from '../noise/primitives.ts'
import { keyBytesOf, keyIdOf, type KeyId } from './public-key.ts'

export const SEED_BYTES = 32
export const SIGNATURE_BYTES = 64

export class KeyPair {
  readonly id: KeyId
  /** 32 bytes. */
  readonly publicKey: Buffer
  readonly #secret: KeyObject

  /** `seed`: 32 bytes that nobody can guess (RFC 8032, section 5.1.5). */
  constructor(seed: Buffer) {
    if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`)
    this.#secret = importSecret('Ed25519', seed)
    const encodedPublic = createPublicKey(this.#secret).export({ type: 'spki', format: 'der' })
    this.publicKey = encodedPublic.subarray(-SEED_BYTES)
    const id = keyIdOf(this.publicKey)
    if (id === undefined) throw new Error('a seed gave a key that is not safe')
    this.id = id
  }

  /** 64 bytes. */
  sign(bytes: Buffer): Buffer {
    return sign(null, bytes, this.#secret)
  }
}

/** A key that others sign with, kept so that each signature does not import it anew. */
export class PublicKey {
  readonly id: KeyId
  readonly #key: KeyObject

  constructor(id: KeyId) {
    this.id = id
    this.#key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: id }, format: 'jwk' })
  }

  isSignature(signature: Buffer, bytes: Buffer): boolean {
    return signature.length === SIGNATURE_BYTES && verify(null, bytes, this.#key, signature)
  }
}

/** Whether these bytes were signed by this key; false for a key that is not safe. */
export function isSignedBy(publicKey: Buffer, signature: Buffer, bytes: Buffer): boolean {
  const id = keyIdOf(publicKey)
  return id !== undefined && keyBytesOf(id) !== undefined && new PublicKey(id).isSignature(signature, bytes)
}
