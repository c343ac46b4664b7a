/**
 * The safety number of two keys: 60 digits that both owners see, and compare aloud or by a QR code. Equal numbers mean that
 * each has the key of the other, and nobody stands between them. Pure.
 *
 * Each half is made as the numeric fingerprint of Signal (https://github.com/signalapp/libsignal,
 * rust/protocol/src/fingerprint.rs): SHA-512 over a version and the key, and over the result and the key in each of 5200
 * rounds, so that a key with a similar number costs 5200 times as much to find. The key that is less as bytes comes first.
 */
import { sha512 } from '../noise/primitives.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'

const VERSION = Buffer.of(0, 0)
const ROUNDS = 5_200
/** Rounds without a pause: about 2 ms. */
const SLICE = 400
/** Groups of one half, and the bytes and digits of each. */
const GROUPS = 6
const GROUP_BYTES = 5
const GROUP_DIGITS = 5

/** Twelve groups of five digits. `pause` resolves in a later turn of the event loop. */
export async function safetyNumber(
  one: KeyId,
  other: KeyId,
  pause: () => Promise<void>,
): Promise<readonly string[]> {
  const halves = []
  for (const key of [bytesOf(one), bytesOf(other)].sort((first, second) => first.compare(second)))
    halves.push(await half(key, pause))
  return halves.flat()
}

async function half(key: Buffer, pause: () => Promise<void>): Promise<string[]> {
  let hash: Buffer = Buffer.concat([VERSION, key])
  for (let round = 0; round < ROUNDS; round++) {
    hash = sha512(hash, key)
    if (round % SLICE === SLICE - 1) await pause()
  }
  return Array.from({ length: GROUPS }, (_, group) =>
    digits(hash.readUIntBE(group * GROUP_BYTES, GROUP_BYTES)),
  )
}

function digits(number: number): string {
  return String(number % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0')
}

function bytesOf(id: KeyId): Buffer {
  const bytes = keyBytesOf(id)
  if (bytes === undefined) throw new RangeError('no key')
  return bytes
}
