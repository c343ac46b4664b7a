/**
 * The signature by which a message is its author's, whichever peer brings it: over what was said, in one form of bytes, never over
 * the JSON that carried it. Pure.
 *
 *     "parley/msg/1" 00 net[32] author[32] scope u8len id seq u64 sentAtMs u64 type u8 u32len content
 *     scope = 01 u8len channel | 02 channelId[32] epoch u32
 *
 * Numbers are big-endian; `u8len` is a length byte before the bytes. No two messages have the same bytes.
 */
import { hmacSha256 } from '../noise/primitives.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'
import { SIGNATURE_BYTES, type KeyPair, type PublicKey } from './key-pair.ts'

type SignedScope =
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'closed'; readonly channelId: Buffer; readonly epoch: number }

/** What is signed of a message to a channel. Direct messages are never signed. */
export interface SignedMessage {
  readonly author: KeyId
  readonly scope: SignedScope
  readonly id: string
  /** A non-negative integer. */
  readonly seq: number
  /** Unix time in milliseconds. */
  readonly sentAt: number
  /** CONTENT_TYPES has them. */
  readonly type: number
  /** UTF-8 as it was received. */
  readonly content: string
}

/** Numbers of the kinds of content; one that was given away is never given again. */
export const CONTENT_TYPES = { text: 1, action: 2 } as const

const CONTEXT = Buffer.from('parley/msg/1\0', 'latin1')
const KEY_BYTES = 32
const LONE_SURROGATE = /\p{Surrogate}/u

/** 32 bytes that name a network: a message of one is not one of another. All zeros for a network without a key. */
export function networkTag(networkKey: Buffer | undefined): Buffer {
  return networkKey === undefined ? Buffer.alloc(KEY_BYTES) : hmacSha256(networkKey, Buffer.from('net'))
}

export function signMessage(own: KeyPair, network: Buffer, message: SignedMessage): Buffer {
  return own.sign(signedBytes(network, message))
}

/** Whether the author of the message, whose key this is, said it in this network. */
export function isAuthentic(
  key: PublicKey,
  network: Buffer,
  message: SignedMessage,
  signature: Buffer,
): boolean {
  if (key.id !== message.author || signature.length !== SIGNATURE_BYTES) return false
  return key.isSignature(signature, signedBytes(network, message))
}

/** Throws RangeError for what has no place in this form. */
export function signedBytes(network: Buffer, message: SignedMessage): Buffer {
  const { author, scope, id, seq, sentAt, type, content } = message
  const key = keyBytesOf(author)
  if (key === undefined || network.length !== KEY_BYTES) throw new RangeError('a key has 32 bytes')
  return Buffer.concat([
    CONTEXT,
    network,
    key,
    scopeBytes(scope),
    shortText(id),
    u64(seq),
    u64(sentAt),
    Buffer.of(type),
    longText(content),
  ])
}

function scopeBytes(scope: SignedScope): Buffer {
  if (scope.kind === 'channel') return Buffer.concat([Buffer.of(1), shortText(scope.channel)])
  if (scope.channelId.length !== KEY_BYTES) throw new RangeError('the id of a channel has 32 bytes')
  return Buffer.concat([Buffer.of(2), scope.channelId, u32(scope.epoch)])
}

function shortText(text: string): Buffer {
  const bytes = wellFormed(text)
  if (bytes.length > 0xff) throw new RangeError('a text of more than 255 bytes')
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

function longText(text: string): Buffer {
  const bytes = wellFormed(text)
  return Buffer.concat([u32(bytes.length), bytes])
}

/** A lone surrogate has no UTF-8: two texts would have the same bytes. */
function wellFormed(text: string): Buffer {
  if (LONE_SURROGATE.test(text)) throw new RangeError('a text with half a character')
  return Buffer.from(text)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u64(value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError('a number that is no whole one from 0 on')
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
