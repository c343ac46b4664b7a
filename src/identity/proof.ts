/**
 * The payload by which one end of a connection proves its key within a Noise handshake: 99 bytes.
 *
 *     01 || kind u8 (01 peer, 02 tracker) || features u8 (00) || key[32] || signature[64]
 *
 * The signature is over the handshake hash of that moment, so a payload that was seen elsewhere proves nothing here,
 * and a static key of Noise that leaked proves nothing at all.
 */
import { SIGNATURE_BYTES, isSignedBy, type KeyPair } from './key-pair.ts'
import { keyIdOf, type KeyId } from './public-key.ts'

export type EndKind = 'peer' | 'tracker'
export type Role = 'initiator' | 'responder'

/** The other end of a connection, proved. */
export interface ProvedEnd {
  readonly id: KeyId
  readonly kind: EndKind
}

const VERSION = 1
const FEATURES = 0
const KINDS: Readonly<Record<EndKind, number>> = { peer: 1, tracker: 2 }
const ROLES: Readonly<Record<Role, number>> = { initiator: 1, responder: 2 }
const CONTEXT = Buffer.from('parley/noise/1\0', 'latin1')
const HEAD_BYTES = 3
const KEY_BYTES = 32
export const PROOF_BYTES = HEAD_BYTES + KEY_BYTES + SIGNATURE_BYTES

/** `hash`: the handshake hash before this payload is encrypted. */
export function writeProof(own: KeyPair, kind: EndKind, role: Role, hash: Buffer): Buffer {
  const signature = own.sign(signedBytes(role, KINDS[kind], FEATURES, hash, own.publicKey))
  return Buffer.concat([Buffer.of(VERSION, KINDS[kind], FEATURES), own.publicKey, signature])
}

/** The end that wrote the payload in this role; undefined when it proves nothing. */
export function readProof(payload: Buffer, role: Role, hash: Buffer): ProvedEnd | undefined {
  if (payload.length !== PROOF_BYTES) return undefined
  const [version, kindByte = 0, features = 0] = payload
  const kind = kindByte === KINDS.peer ? 'peer' : kindByte === KINDS.tracker ? 'tracker' : undefined
  // A later version may have features: what it signs is known to both, so they are not refused here.
  if (version !== VERSION || kind === undefined) return undefined
  const key = payload.subarray(HEAD_BYTES, HEAD_BYTES + KEY_BYTES)
  const id = keyIdOf(key)
  const signature = payload.subarray(HEAD_BYTES + KEY_BYTES)
  if (id === undefined || !isSignedBy(key, signature, signedBytes(role, kindByte, features, hash, key)))
    return undefined
  return { id, kind }
}

function signedBytes(role: Role, kind: number, features: number, hash: Buffer, key: Buffer): Buffer {
  return Buffer.concat([CONTEXT, Buffer.of(ROLES[role], kind, features), hash, key])
}
