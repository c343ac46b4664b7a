/**
 * The key of a closed network: 32 random bytes that all its members have. A program without it is a stranger there.
 *
 * Invariant: nothing that is sent has the key in it, nor a key that was made of it. Each use has a key of its own, so that
 * one which leaks says nothing of the others. Pure.
 */
import { KEY_BYTES, hmacSha256, sha256 } from '../noise/primitives.ts'
import { networkTag } from './message-signature.ts'
import { shortHash } from './short-id.ts'

/** As text: the prefix, then the key and the beginning of its SHA-256 in base64url. */
const PREFIX = 'parley-network-1:'
const CHECKSUM_BYTES = 4
const FORM = /^[A-Za-z0-9_-]{48}$/

/** A text is not a network key; the message says why. */
export class NetworkKeyError extends Error {
  override readonly name = 'NetworkKeyError'
}

export class NetworkKey {
  readonly #bytes: Buffer
  /** The pre-shared key of handshakes: 32 bytes. */
  readonly handshake: Buffer
  /** The key of datagrams: 32 bytes. */
  readonly datagrams: Buffer
  /** What signatures of this network cover: 32 bytes. */
  readonly tag: Buffer

  /** `bytes`: 32 bytes that nobody can guess. */
  constructor(bytes: Buffer) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`a network key has ${KEY_BYTES} bytes`)
    this.#bytes = Buffer.from(bytes)
    this.handshake = hmacSha256(bytes, Buffer.from('handshake'))
    this.datagrams = hmacSha256(bytes, Buffer.from('datagrams'))
    this.tag = networkTag(bytes)
  }

  /** For members only: who has it is one. */
  get text(): string {
    return PREFIX + Buffer.concat([this.#bytes, checksum(this.#bytes)]).toString('base64url')
  }

  /** `k3f9-2mx7`: tells networks apart on a screen, and does not let anybody in. */
  get label(): string {
    return shortHash(this.tag)
  }
}

/** Whether this is meant as a network key, and not as the path of a file. */
export function looksLikeNetworkKey(text: string): boolean {
  return text.startsWith('parley-network-')
}

/** The key that a text spells; white space around it does not count. Throws NetworkKeyError. */
export function readNetworkKey(text: string): NetworkKey {
  const word = text.trim()
  if (!word.startsWith(PREFIX))
    throw new NetworkKeyError(
      looksLikeNetworkKey(word)
        ? 'it is a network key of another version of Parley'
        : `a network key begins with "${PREFIX}"`,
    )
  const encoded = word.slice(PREFIX.length)
  if (!FORM.test(encoded))
    throw new NetworkKeyError(`a network key has 48 letters, digits, - and _ behind "${PREFIX}"`)
  const bytes = Buffer.from(encoded, 'base64url')
  const key = bytes.subarray(0, KEY_BYTES)
  if (!checksum(key).equals(bytes.subarray(KEY_BYTES)))
    throw new NetworkKeyError('a character of the network key is wrong: its checksum does not fit')
  return new NetworkKey(key)
}

function checksum(key: Buffer): Buffer {
  return sha256(key).subarray(0, CHECKSUM_BYTES)
}
