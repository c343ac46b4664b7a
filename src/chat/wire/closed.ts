/**
 * Closed channels as JSON: epochs and removals, links, and how a closed channel is written by users. What reads as an
 * epoch has the form of one; whether its creator signed it is asked of src/identity/closed-channel.ts.
 */
import * as v from 'valibot'
import { closedLabel, isClosedLabel, nameInLabel } from '../closed-label.ts'
import { ChatError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { channelName, isIpAddress, isObject, type Fields } from './fields.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import type { ClosedScope } from '../model.ts'
import type { Epoch, Removal } from '../../identity/closed-channel.ts'

/** The channel that a user names, open or closed (`!ops`, `#!ops`), in its one spelling. Throws ChatError 400, 422. */
export function anyChannel(value: unknown, field?: string): string {
  const word = typeof value === 'string' ? value.trim().replace(/^#/, '') : value
  if (typeof word !== 'string' || !isClosedLabel(word)) return channelName(value, field)
  return closedLabel(channelName(nameInLabel(word), field))
}

// --- epochs -----------------------------------------------------------------------------------------

/** Bytes in base64url, in their one spelling. */
function bytes(length: number) {
  const isOne = (text: string): boolean => {
    const raw = Buffer.from(text, 'base64url')
    return raw.length === length && raw.toString('base64url') === text
  }
  return v.pipe(v.string(), v.check(isOne))
}

const Key = v.custom<KeyId>((value) => typeof value === 'string' && isKeyId(value))
const Name = v.pipe(
  v.string(),
  v.check((name) => ifName(name) === name),
)
const EpochNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const Id = bytes(32)
const Signature = bytes(64)

const Person = v.object({
  key: Key,
  since: EpochNumber,
  until: v.exactOptional(EpochNumber),
  removal: v.exactOptional(Signature),
})

const EpochShape = v.object({
  id: Id,
  creator: Key,
  random: bytes(16),
  name: Name,
  number: EpochNumber,
  at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  people: v.pipe(v.array(Person), v.maxLength(LIMITS.closedPeople + LIMITS.closedFormer)),
  secret: bytes(32),
  signature: Signature,
})

const RemovalShape = v.object({
  id: Id,
  creator: Key,
  random: bytes(16),
  number: EpochNumber,
  key: Key,
  signature: Signature,
})

/** Undefined for anything else. */
export function epochIn(value: unknown): Epoch | undefined {
  const read = v.safeParse(EpochShape, value)
  return read.success ? read.output : undefined
}

/** Undefined for anything else. */
export function removalIn(value: unknown): Removal | undefined {
  const read = v.safeParse(RemovalShape, value)
  return read.success ? read.output : undefined
}

/** A proof, 32 bytes in base64url; undefined for anything else. */
export function proofIn(value: unknown): Buffer | undefined {
  return v.is(Id, value) ? Buffer.from(value, 'base64url') : undefined
}

/** The channel and the epoch of a message; undefined for a message that names none. Throws ChatError 400. */
export function scopeIn(value: unknown): ClosedScope | undefined {
  if (value === undefined) return undefined
  const { id, epoch }: Fields = isObject(value) ? value : {}
  if (v.is(Id, id) && v.is(EpochNumber, epoch)) return { id, epoch }
  throw new ChatError(400, 'invalid_field', 'closed must name a channel and its epoch', { field: 'closed' })
}

/** The id of a closed channel in a query; undefined for anything else. */
export function closedIdIn(value: unknown): string | undefined {
  return v.is(Id, value) ? value : undefined
}

function ifName(name: string): string | undefined {
  try {
    return channelName(name)
  } catch (error) {
    if (error instanceof ChatError) return undefined
    throw error
  }
}

// --- links ------------------------------------------------------------------------------------------

/** What a `parley:` link says: whom to ask, where, and by which right. */
export interface ClosedLink {
  readonly creator: KeyId
  /** 16 bytes in base64url, which the creator made. */
  readonly token: string
  readonly ip: string
  readonly port: number
}

const Token = bytes(16)
const LINK = /^parley:closed\?key=([\w-]+)&token=([\w-]+)&at=(.+):([0-9]{1,5})$/

export function linkText({ creator, token, ip, port }: ClosedLink): string {
  return `parley:closed?key=${creator}&token=${token}&at=${ip}:${port}`
}

export function looksLikeLink(text: string): boolean {
  return text.trim().startsWith('parley:')
}

/** Throws ChatError 422. */
export function readLink(text: string): ClosedLink {
  const [, key = '', token, ip = '', digits = ''] = LINK.exec(text.trim()) ?? []
  const port = Number(digits)
  if (!isKeyId(key) || !v.is(Token, token) || !isIpAddress(ip) || port < 1 || port > 0xffff)
    throw new ChatError(422, 'invalid_link', 'this is no whole link of a closed channel: copy all of it')
  return { creator: key, token, ip, port }
}

/** The token that a peer brings; undefined for anything else. */
export function tokenIn(value: unknown): string | undefined {
  return v.is(Token, value) ? value : undefined
}
