/** One direction of a Noise session: a key and a counter that never repeats (Noise, section 5.1). */
import { TAG_BYTES, newNonce, open, sealInto, writeNonce } from './primitives.ts'

const NOTHING: Buffer = Buffer.alloc(0)

export class CipherState {
  readonly #key: Buffer
  readonly #nonce = newNonce()
  #counter = 0

  /** `key`: 32 bytes. */
  constructor(key: Buffer) {
    this.#key = key
  }

  /** Plaintexts that were sealed or opened so far. */
  get count(): number {
    return this.#counter
  }

  seal(plain: Buffer, associated: Buffer = NOTHING): Buffer {
    const sealed = Buffer.allocUnsafe(plain.length + TAG_BYTES)
    this.sealInto(sealed, 0, plain, associated)
    return sealed
  }

  /** Writes ciphertext and tag to `into` at `at`. */
  sealInto(into: Buffer, at: number, plain: Buffer, associated: Buffer): void {
    sealInto(into, at, { key: this.#key, nonce: this.#next(), plain, associated })
  }

  /** The plaintext. Throws when one bit differs; the session is over then. */
  open(sealed: Buffer, associated: Buffer = NOTHING): Buffer {
    return open({ key: this.#key, nonce: this.#next(), sealed, associated })
  }

  #next(): Buffer {
    if (this.#counter === Number.MAX_SAFE_INTEGER) throw new Error('a key has been used too often')
    writeNonce(this.#nonce, this.#counter++)
    return this.#nonce
  }
}
