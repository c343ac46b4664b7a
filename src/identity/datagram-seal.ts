/**
 * Seals datagrams of a closed network: to a program without the key they are random bytes of one length. Pure.
 *
 *     nonce[16] || ChaCha20-Poly1305(key = HMAC-SHA256(key of datagrams, nonce), nonce = 0, plaintext)
 *
 * Each datagram has a key of its own, made of 128 random bits, so no counter has to outlive a process.
 */
import { TAG_BYTES, hmacSha256, newNonce, open, sealInto, type RandomBytes } from '../noise/primitives.ts'

const NONCE_BYTES = 16
const ZERO = newNonce()
const NOTHING: Buffer = Buffer.alloc(0)

/** Bytes that sealing adds. */
const SEAL_BYTES = NONCE_BYTES + TAG_BYTES

export class DatagramSeal {
  readonly #key: Buffer
  readonly #random: RandomBytes

  /** `key`: NetworkKey.datagrams. */
  constructor(key: Buffer, random: RandomBytes) {
    this.#key = key
    this.#random = random
  }

  seal(plain: Buffer): Buffer {
    const sealed = Buffer.alloc(plain.length + SEAL_BYTES)
    const nonce = this.#random(NONCE_BYTES)
    nonce.copy(sealed)
    sealInto(sealed, NONCE_BYTES, { key: this.#keyFor(nonce), nonce: ZERO, plain, associated: NOTHING })
    return sealed
  }

  /** Undefined: no member sealed these bytes. */
  open(sealed: Buffer): Buffer | undefined {
    if (sealed.length < SEAL_BYTES) return undefined
    const key = this.#keyFor(sealed.subarray(0, NONCE_BYTES))
    try {
      return open({ key, nonce: ZERO, sealed: sealed.subarray(NONCE_BYTES), associated: NOTHING })
    } catch {
      return undefined
    }
  }

  #keyFor(nonce: Buffer): Buffer {
    return hmacSha256(this.#key, nonce)
  }
}
