/**
 * The statement by which a key hands a person over to another key, signed by both. Pure.
 *
 *     "parley/succession/1" 00 old[32] new[32] at u64
 *
 * `at` is Unix time in milliseconds, big-endian, for display only. The old key proves that the person wants it, the new one that
 * nobody gives a person the key of another.
 */
import { SIGNATURE_BYTES, isSignedBy, type KeyPair } from './key-pair.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'

export interface Succession {
  readonly old: KeyId
  readonly new: KeyId
  /** A non-negative integer. */
  readonly at: number
  /** Ed25519 (RFC 8032), base64url, by the old and by the new key. */
  readonly oldSignature: string
  readonly newSignature: string
}

const CONTEXT = Buffer.from('parley/succession/1\0', 'latin1')

export function succeed(old: KeyPair, successor: KeyPair, at: number): Succession {
  const bytes = signedBytes(old.publicKey, successor.publicKey, at)
  return {
    ...{ old: old.id, new: successor.id, at },
    oldSignature: old.sign(bytes).toString('base64url'),
    newSignature: successor.sign(bytes).toString('base64url'),
  }
}

/** Whether both keys signed it. */
export function isGenuine({ old, new: successor, at, oldSignature, newSignature }: Succession): boolean {
  const [from, to] = [keyBytesOf(old), keyBytesOf(successor)]
  if (from === undefined || to === undefined || from.equals(to) || !Number.isSafeInteger(at) || at < 0)
    return false
  const bytes = signedBytes(from, to, at)
  const isBy = (key: Buffer, signature: string): boolean => {
    const raw = Buffer.from(signature, 'base64url')
    return raw.length === SIGNATURE_BYTES && isSignedBy(key, raw, bytes)
  }
  return isBy(from, oldSignature) && isBy(to, newSignature)
}

/**
 * The keys that handed over to this one, directly or by others, the last first. Only keys of `isKnown` cost the check of
 * a signature, and a key that is not known leads no further than to those that are named.
 */
export function predecessorsOf(
  key: KeyId,
  successions: readonly Succession[],
  isKnown: (key: KeyId) => boolean,
): KeyId[] {
  const chain: Succession[] = []
  for (let at = key; ;) {
    const step = successions.find((each) => each.new === at && !chain.includes(each))
    if (step === undefined) break
    chain.push(step)
    at = step.old
  }
  if (!chain.some(({ old }) => isKnown(old))) return []
  const firstForged = chain.findIndex((each) => !isGenuine(each))
  const genuine = firstForged === -1 ? chain : chain.slice(0, firstForged)
  return genuine.map(({ old }) => old).filter(isKnown)
}

function signedBytes(old: Buffer, successor: Buffer, at: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(at))
  return Buffer.concat([CONTEXT, old, successor, time])
}
