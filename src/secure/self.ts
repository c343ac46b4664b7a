/**
 * This end of secure connections: its key, the Noise pair of this run, and the key of its network if that has one. Ends of
 * different networks never complete a handshake.
 */
import { Handshake, type Session } from '../noise/handshake.ts'
import { x25519Pair, type RandomBytes, type X25519Pair } from '../noise/primitives.ts'
import { readProof, writeProof, type EndKind, type ProvedEnd, type Role } from '../identity/proof.ts'
import { DatagramSeal } from '../identity/datagram-seal.ts'
import { MESSAGE_BYTES, PROTOCOL, SECURE_PATH } from './upgrade.ts'
import type { KeyPair } from '../identity/key-pair.ts'
import type { NetworkKey } from '../identity/network-key.ts'

/** `PROTOCOL 00 "GET" SP path 00 mode`; mode 00 is a network without a key, 01 one with a key. */
const PROLOGUE = `${PROTOCOL}\0GET ${SECURE_PATH}\0`
const OPEN = Buffer.from(`${PROLOGUE}\x00`, 'latin1')
const CLOSED = Buffer.from(`${PROLOGUE}\x01`, 'latin1')

/** The other end proved the key of this end. */
export class OwnKeyError extends Error {
  override readonly name = 'OwnKeyError'
}

export interface SecureSelfOptions {
  readonly keys: KeyPair
  readonly kind: EndKind
  readonly random: RandomBytes
  /** Undefined: an open network, which every program may join. */
  readonly network?: NetworkKey | undefined
}

export class SecureSelf {
  readonly keys: KeyPair
  readonly kind: EndKind
  readonly network: NetworkKey | undefined
  /** Undefined in an open network. */
  readonly datagrams: DatagramSeal | undefined
  /** Bytes that nobody can guess. */
  readonly random: RandomBytes
  /** Made at each start and never stored, so what leaks of it is of no use later. */
  readonly #pair: X25519Pair

  constructor({ keys, kind, random, network }: SecureSelfOptions) {
    this.keys = keys
    this.kind = kind
    this.network = network
    this.datagrams = network && new DatagramSeal(network.datagrams, random)
    this.random = random
    this.#pair = x25519Pair(random(32))
  }

  /** Bytes of message 1. */
  get firstBytes(): number {
    return this.network === undefined ? MESSAGE_BYTES.first : MESSAGE_BYTES.firstInClosed
  }

  begin(role: Role): ProvingHandshake {
    const { network } = this
    const common = { role, own: this.#pair, ephemeral: () => x25519Pair(this.random(32)) }
    const handshake =
      network === undefined
        ? new Handshake({ ...common, pattern: 'XX', prologue: OPEN })
        : new Handshake({
            ...common,
            pattern: 'XXpsk0',
            prologue: CLOSED,
            presharedKeys: [network.handshake],
          })
    return new ProvingHandshake(this, handshake, role)
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

  /** Throws when this is no message 1 of the same network. Computes no curve. */
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
