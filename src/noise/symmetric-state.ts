/**
 * What both sides of a Noise handshake have mixed so far: the chaining key, the handshake hash, and the key of the
 * moment (Noise, section 5.2). Both sides mix the same bytes in the same order, or nothing opens any more. Pure.
 */
import { CipherState } from './cipher-state.ts'
import { KEY_BYTES, hmacSha256, sha256 } from './primitives.ts'

const NOTHING: Buffer = Buffer.alloc(0)

export class SymmetricState {
  #hash: Buffer
  #chainingKey: Buffer
  #cipher: CipherState | undefined

  constructor(protocolName: string) {
    const name = Buffer.from(protocolName, 'ascii')
    this.#hash = name.length <= KEY_BYTES ? Buffer.concat([name], KEY_BYTES) : sha256(name)
    this.#chainingKey = this.#hash
  }

  /** The handshake hash, 32 bytes: equal on both sides after each message. */
  get hash(): Buffer {
    return this.#hash
  }

  /** Whether a key is mixed: until then nothing is encrypted. */
  get isKeyed(): boolean {
    return this.#cipher !== undefined
  }

  mixHash(data: Buffer): void {
    this.#hash = sha256(this.#hash, data)
  }

  mixKey(input: Buffer): void {
    const [chainingKey, key] = this.#derive(input)
    this.#chainingKey = chainingKey
    this.#cipher = new CipherState(key)
  }

  /** For a key that both sides had before. */
  mixKeyAndHash(input: Buffer): void {
    const [chainingKey, hashed, key] = this.#derive(input)
    this.#chainingKey = chainingKey
    this.mixHash(hashed)
    this.#cipher = new CipherState(key)
  }

  encrypt(plain: Buffer): Buffer {
    const bytes = this.#cipher?.seal(plain, this.#hash) ?? plain
    this.mixHash(bytes)
    return bytes
  }

  /** Throws when one bit differs from what was encrypted. */
  decrypt(bytes: Buffer): Buffer {
    const plain = this.#cipher?.open(bytes, this.#hash) ?? bytes
    this.mixHash(bytes)
    return plain
  }

  /** The keys of the two directions: that of the initiator first. */
  split(): [initiator: CipherState, responder: CipherState] {
    const [first, second] = this.#derive(NOTHING)
    return [new CipherState(first), new CipherState(second)]
  }

  /** HKDF of Noise, section 4.3: three outputs, of which most callers take two. */
  #derive(input: Buffer): [Buffer, Buffer, Buffer] {
    const temporary = hmacSha256(this.#chainingKey, input)
    const first = hmacSha256(temporary, Buffer.of(1))
    const second = hmacSha256(temporary, first, Buffer.of(2))
    const third = hmacSha256(temporary, second, Buffer.of(3))
    return [first, second, third]
  }
}
