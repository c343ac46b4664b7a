/**
 * A closed channel: who is in it, as its creator signs it, and the secret of its members. Pure.
 *
 *     id    = SHA-256("parley/channel/1" 00 creator[32] random[16])
 *     epoch = "parley/epoch/1" 00 id[32] number u32 at u64 SHA-256(secret)[32] u8len name
 *             u16 count, for each person: key[32] since u32 until u32
 *
 * Numbers are big-endian. Each change of who is in it is an epoch of its own, with a number that is one greater and
 * another secret. A person is in the epochs from `since` to before `until`; 0 means that it still is. The people are in
 * the order of their keys, so no two epochs have the same bytes.
 */
import { KEY_BYTES, hmacSha256, isSame, sha256 } from '../noise/primitives.ts'
import { SIGNATURE_BYTES, isSignedBy, type KeyPair } from './key-pair.ts'
import { keyBytesOf, type KeyId } from './public-key.ts'

/** 43 characters of base64url: SHA-256. */
export type ClosedId = string

interface EpochPerson {
  readonly key: KeyId
  /** The first epoch that the person is in. */
  readonly since: number
  /** The first epoch that it is no longer in. */
  readonly until?: number
  /** The creator tells the person by it that it was removed: base64url. Only beside `until`. */
  readonly removal?: string
}

export interface Epoch {
  readonly id: ClosedId
  readonly creator: KeyId
  /** 16 bytes in base64url: with the creator they make the id. */
  readonly random: string
  readonly name: string
  /** From 1 on. */
  readonly number: number
  /** Unix time in milliseconds, for display only. */
  readonly at: number
  /** In the order of their keys. */
  readonly people: readonly EpochPerson[]
  /** 32 bytes in base64url, for members only. */
  readonly secret: string
  /** Ed25519 (RFC 8032) of the creator, base64url. */
  readonly signature: string
}

/** The creator says that a person is not in the channel from this epoch on. */
export interface Removal {
  readonly id: ClosedId
  readonly creator: KeyId
  readonly random: string
  readonly number: number
  readonly key: KeyId
  readonly signature: string
}

type Unsigned = Omit<Epoch, 'signature'>

/** Who comes and who goes. */
export interface EpochChange {
  readonly add?: KeyId
  readonly remove?: KeyId
}

export const CHANNEL_RANDOM_BYTES = 16
export const SECRET_BYTES = 32
const MAX_U32 = 0xffff_ffff
const ID_CONTEXT = Buffer.from('parley/channel/1\0', 'latin1')
const EPOCH_CONTEXT = Buffer.from('parley/epoch/1\0', 'latin1')
const REMOVAL_CONTEXT = Buffer.from('parley/removed/1\0', 'latin1')
const PROVE = Buffer.from('prove')
const ROLES = { initiator: 1, responder: 2 } as const

export function closedId(creator: KeyId, random: Buffer): ClosedId {
  return sha256(ID_CONTEXT, keyBytes(creator), random).toString('base64url')
}

// --- epochs -----------------------------------------------------------------------------------------

/** The first epoch, with its creator alone. */
export function firstEpoch(
  keys: KeyPair,
  { name, random, secret, at }: { name: string; random: Buffer; secret: Buffer; at: number },
): Epoch {
  return signed(keys, {
    ...{ id: closedId(keys.id, random), creator: keys.id, random: random.toString('base64url') },
    ...{ name, number: 1, at, people: [{ key: keys.id, since: 1 }], secret: secret.toString('base64url') },
  })
}

/** The epoch behind this one. `most`: people who are no longer in it and are still named, the last removed. */
export function nextEpoch(
  keys: KeyPair,
  before: Epoch,
  { add, remove }: EpochChange,
  { secret, at, most }: { secret: Buffer; at: number; most: number },
): Epoch {
  const number = before.number + 1
  const stay = before.people
    .filter(({ key }) => key !== add)
    .map((person) =>
      person.key === remove && person.until === undefined ? left(keys, before, person, number) : person,
    )
  const people = add === undefined ? stay : [...stay, { key: add, since: number }]
  const former = people.filter(({ until }) => until !== undefined)
  const forgotten = new Set(former.sort((one, other) => (other.until ?? 0) - (one.until ?? 0)).slice(most))
  return signed(keys, {
    ...{ id: before.id, creator: before.creator, random: before.random, name: before.name, number, at },
    people: people.filter((person) => !forgotten.has(person)).sort(byKey),
    secret: secret.toString('base64url'),
  })
}

function left(keys: KeyPair, { id }: Epoch, { key, since }: EpochPerson, until: number): EpochPerson {
  return { key, since, until, removal: keys.sign(removalBytes(id, until, key)).toString('base64url') }
}

function signed(keys: KeyPair, epoch: Unsigned): Epoch {
  return { ...epoch, signature: keys.sign(epochBytes(epoch)).toString('base64url') }
}

/** Whether the creator of the channel signed this. False for what has no place in the form. */
export function isGenuineEpoch(epoch: Epoch): boolean {
  const { creator, people, secret } = epoch
  if (!isOfCreator(epoch) || Buffer.from(secret, 'base64url').length !== SECRET_BYTES) return false
  if (!isMember(epoch, creator) || !people.every((person, at) => isInOrder(epoch, person, people[at - 1])))
    return false
  return isSignedByCreator(creator, epoch.signature, () => epochBytes(epoch))
}

function isInOrder({ number }: Epoch, person: EpochPerson, before: EpochPerson | undefined): boolean {
  const { since, until = number } = person
  return 0 < since && since <= until && until <= number && (before === undefined || byKey(before, person) < 0)
}

/** Whether a person is in the channel, in the epoch of that number: the last one if none is named. */
export function isMember(
  { people, number }: Pick<Epoch, 'people' | 'number'>,
  key: KeyId,
  at = number,
): boolean {
  const person = people.find((each) => each.key === key)
  return person !== undefined && person.since <= at && (person.until === undefined || at < person.until)
}

/** The keys of those who are in it. */
export function membersOf({ people }: Pick<Epoch, 'people'>): KeyId[] {
  return people.flatMap(({ key, until }) => (until === undefined ? [key] : []))
}

/** Whether an epoch takes the place of another one of its channel. Of two with one number, all members take the same. */
export function isLater(epoch: Epoch, before: Epoch): boolean {
  if (epoch.number !== before.number) return epoch.number > before.number
  return Buffer.compare(secretHash(epoch), secretHash(before)) > 0
}

/** How the creator tells a person who was removed; undefined for anyone else. */
export function removalOf({ id, creator, random, people }: Epoch, key: KeyId): Removal | undefined {
  const person = people.find((each) => each.key === key)
  if (person?.until === undefined || person.removal === undefined) return undefined
  return { id, creator, random, number: person.until, key, signature: person.removal }
}

export function isGenuineRemoval(removal: Removal): boolean {
  const { id, creator, number, key, signature } = removal
  return isOfCreator(removal) && isSignedByCreator(creator, signature, () => removalBytes(id, number, key))
}

function isOfCreator({ id, creator, random }: Pick<Epoch, 'id' | 'creator' | 'random'>): boolean {
  const bytes = Buffer.from(random, 'base64url')
  return (
    bytes.length === CHANNEL_RANDOM_BYTES &&
    keyBytesOf(creator) !== undefined &&
    closedId(creator, bytes) === id
  )
}

/** `bytes` throws RangeError for what has no place in the form. */
function isSignedByCreator(creator: KeyId, signature: string, bytes: () => Buffer): boolean {
  const raw = Buffer.from(signature, 'base64url')
  if (raw.length !== SIGNATURE_BYTES) return false
  try {
    return isSignedBy(keyBytes(creator), raw, bytes())
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function epochBytes({ id, number, at, secret, name, people }: Unsigned): Buffer {
  const title = Buffer.from(name)
  if (title.length > 0xff || people.length > 0xffff)
    throw new RangeError('a channel with too long a name or too many people')
  return Buffer.concat([
    ...[EPOCH_CONTEXT, idBytes(id), u32(number), u64(at), secretHash({ secret })],
    ...[Buffer.of(title.length), title, Buffer.of(people.length >> 8, people.length & 0xff)],
    ...people.flatMap(({ key, since, until = 0 }) => [keyBytes(key), u32(since), u32(until)]),
  ])
}

function removalBytes(id: ClosedId, number: number, key: KeyId): Buffer {
  return Buffer.concat([REMOVAL_CONTEXT, idBytes(id), u32(number), keyBytes(key)])
}

function secretHash({ secret }: Pick<Epoch, 'secret'>): Buffer {
  return sha256(Buffer.from(secret, 'base64url'))
}

// --- proofs -----------------------------------------------------------------------------------------

/** A connection between two members, as both see it. */
export interface Bound {
  /** The handshake hash at the end of the handshake: 32 bytes that no other connection has. */
  readonly hash: Buffer
  readonly initiator: KeyId
  readonly responder: KeyId
}

/**
 * By these 32 bytes an end of a connection proves that it has the secret of this epoch. They are of use on that connection
 * alone, and only in that direction. Who does not have the secret learns nothing from them.
 */
export function membershipProof(
  { id, number, secret }: Pick<Epoch, 'id' | 'number' | 'secret'>,
  role: keyof typeof ROLES,
  { hash, initiator, responder }: Bound,
): Buffer {
  const key = hmacSha256(Buffer.from(secret, 'base64url'), PROVE)
  return hmacSha256(
    key,
    ...[Buffer.of(ROLES[role]), hash, keyBytes(initiator), keyBytes(responder), idBytes(id), u32(number)],
  )
}

/** Whether the other end proved by this that it has the secret. */
export function isMembershipProof(
  proof: Buffer,
  epoch: Pick<Epoch, 'id' | 'number' | 'secret'>,
  role: keyof typeof ROLES,
  bound: Bound,
): boolean {
  return isSame(proof, membershipProof(epoch, role, bound))
}

// --- bytes ------------------------------------------------------------------------------------------

function byKey({ key }: EpochPerson, { key: other }: EpochPerson): number {
  return Buffer.compare(keyBytes(key), keyBytes(other))
}

function keyBytes(key: KeyId): Buffer {
  const bytes = keyBytesOf(key)
  if (bytes === undefined) throw new RangeError('no key of a peer')
  return bytes
}

/** Throws RangeError. */
function idBytes(id: ClosedId): Buffer {
  const bytes = Buffer.from(id, 'base64url')
  if (bytes.length !== KEY_BYTES) throw new RangeError('the id of a channel has 32 bytes')
  return bytes
}

function u32(value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > MAX_U32)
    throw new RangeError('a number that has no place in 4 bytes')
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
