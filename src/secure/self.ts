/** This end of secure connections: its key, and the Noise pair of this run. */
import { Handshake, type Session } from '../noise/handshake.ts'
import { x25519Pair, type RandomBytes, type X25519Pair } from '../noise/primitives.ts'
import { readProof, writeProof, type EndKind, type ProvedEnd, type Role } from '../identity/proof.ts'
import { SECURE_PATH, PROTOCOL } from './upgrade.ts'
import type { KeyPair } from '../identity/key-pair.ts'

/** `PROTOCOL 00 "GET" SP path 00 mode`; mode 00 is a network without a key. */
const PROLOGUE = Buffer.from(`${PROTOCOL}\0GET ${SECURE_PATH}\0\0`, 'latin1')

/** The other end proved the key of this end. */
export class OwnKeyError extends Error {
  override readonly name = 'OwnKeyError'
}

export interface SecureSelfOptions {
  readonly keys: KeyPair
  readonly kind: EndKind
  readonly random: RandomBytes
}

export class SecureSelf {
  readonly keys: KeyPair
  readonly kind: EndKind
  readonly #random: RandomBytes
  /** Made at each start and never stored, so what leaks of it is of no use later. */
  readonly #pair: X25519Pair

  constructor({ keys, kind, random }: SecureSelfOptions) {
    this.keys = keys
    this.kind = kind
    this.#random = random
    this.#pair = x25519Pair(random(32))
  }

  begin(role: Role): ProvingHandshake {
    const ephemeral = x25519Pair(this.#random(32))
    return new ProvingHandshake(
      this,
      new Handshake({ pattern: 'XX', role, prologue: PROLOGUE, own: this.#pair, ephemeral }),
      role,
    )
  }
}

/** A Noise handshake in which each end proves its key: the responder in message 2, the initiator in message 3. */
export class ProvingHandshake {
  readonly #self: SecureSelf
  readonly #handshake: Handshake
  readonly #role: Role

  constructor(self: SecureSelf, handshake: Handshake, role: Role) {
    this.#self = self
    this.#handshake = handshake
    this.#role = role
  }

  /** Message 1, which proves nothing. */
  writeFirst(): Buffer {
    return this.#handshake.write()
  }

  /** Throws when this is no message 1. */
  readFirst(message: Buffer): void {
    if (this.#handshake.read(message).length > 0) throw new Error('message 1 has a payload')
  }

  /** Message 2 or 3, with the proof of our key. */
  writeProof(): Buffer {
    return this.#handshake.write((hash) => writeProof(this.#self.keys, this.#self.kind, this.#role, hash))
  }

  /** Who wrote message 2 or 3. Throws when it does not open, or proves nothing. */
  readProof(message: Buffer): ProvedEnd {
    const role = this.#role === 'initiator' ? 'responder' : 'initiator'
    const { payload, hash } = this.#handshake.readWithHash(message)
    const end = readProof(payload, role, hash)
    if (end === undefined) throw new Error('the other end proves no key')
    if (end.id === this.#self.keys.id) throw new OwnKeyError('the other end has the key of this end')
    return end
  }

  split(): Session {
    return this.#handshake.split()
  }
}
