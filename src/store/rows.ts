/**
 * Peers and messages to rows and back. Everything that is read is checked, because a damaged file may hold anything.
 */
import { contentFrom, textOf, type ContentKind } from '../chat/content.ts'
import { senderKey, type ChatMessage, type Peer, type Transit } from '../chat/model.ts'
import { arrivalOf, placeOf } from '../chat/moment.ts'
import { DamagedRow } from './errors.ts'
import type { Row, Value } from './file/sqlite.ts'
import type { Entry } from './store.ts'

/** An entry with its number, which is the order of arrival. */
export interface Kept {
  readonly number: number
  readonly entry: Entry
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

// --- single values ----------------------------------------------------------------------------------

/** Text as a parameter. Some SQLite bindings cut a text at its first NUL, so such a text is bound as bytes. */
export function bound(text: string): string | Uint8Array {
  return text.includes('\0') ? Buffer.from(text) : text
}

/** Text as it comes back from the database: lone surrogates become U+FFFD. */
export function asStored(text: string): string {
  return Buffer.from(text).toString()
}

export function textIn(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  throw new DamagedRow(`${column} is not text`)
}

export function optionalTextIn(row: Row, column: string): string | undefined {
  const value = row[column] ?? undefined
  return value === undefined ? undefined : textIn(row, column)
}

export function numberIn(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new DamagedRow(`${column} is not a number`)
}

/** A key in its text form; whether a point with a large order belongs to it is decided where it is used. */
const KEY = /^[A-Za-z0-9_-]{43}$/

function keyIn(row: Row): Peer['key'] {
  const key = optionalTextIn(row, 'key')
  if (key !== undefined && !KEY.test(key)) throw new DamagedRow('a key is not one')
  return key as Peer['key']
}

export function optional(text: string | undefined): Value {
  return text === undefined ? null : bound(text)
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

function integer(value: number): number {
  return Number.isSafeInteger(value) ? value : 0
}

/** The `seq` column of a message without a `seq`. */
export const NO_SEQUENCE = -1

export function sequenceOf({ seq }: ChatMessage): number {
  return seq !== undefined && Number.isSafeInteger(seq) && seq >= 0 ? seq : NO_SEQUENCE
}

// --- peers ------------------------------------------------------------------------------------------

export const PEER_COLUMNS = 'ip, port, name, lsnp, identity, key'

export function peerValues({ ip, port, name, lsnp, identity, key }: Peer): Value[] {
  return [bound(ip), integer(port), bound(name), optional(lsnp), optional(identity), optional(key)]
}

export function peerIn(row: Row): Peer {
  const peer: Writable<Peer> = {
    ip: textIn(row, 'ip'),
    port: numberIn(row, 'port'),
    name: textIn(row, 'name'),
  }
  const lsnp = optionalTextIn(row, 'lsnp')
  if (lsnp !== undefined) peer.lsnp = lsnp
  const identity = optionalTextIn(row, 'identity')
  if (identity !== undefined) peer.identity = identity
  const key = keyIn(row)
  if (key !== undefined) peer.key = key
  return peer
}

// --- lists, as JSON ---------------------------------------------------------------------------------

/** A recipient that a message will not reach. */
export interface Failure {
  readonly peer: Peer
  readonly reason: string
}

export function listOf(values: Iterable<Peer | Failure>): string {
  return JSON.stringify([...values])
}

export function peersIn(row: Row, column: string): Peer[] {
  return listIn(row, column).map(peerIn)
}

export function failuresIn(row: Row, column: string): Failure[] {
  return listIn(row, column).map((failure) => ({
    peer: peerIn(rowIn(failure['peer'])),
    reason: textIn(failure, 'reason'),
  }))
}

function listIn(row: Row, column: string): Row[] {
  const list = parsed(textIn(row, column))
  if (!Array.isArray(list)) throw new DamagedRow(`${column} is not a list`)
  return list.map(rowIn)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DamagedRow('a list is not JSON')
  }
}

function rowIn(value: unknown): Row {
  if (typeof value === 'object' && value !== null) return value as Row
  throw new DamagedRow('a list has something else in it')
}

// --- messages ---------------------------------------------------------------------------------------

/** `at` and `received_at` are store time (moment.ts); with `clock_shift` added they are dates. */
export const ENTRY_COLUMNS = `number, sender, id, conversation, at, received_at, clock_shift, own, seq, ${PEER_COLUMNS}, channel, text, sent_at, action, network, closed, hops, signature, proof`
export const ENTRY_PLACES = '?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?'

/** How a kind of content is written in the column `action`, whose name is older than most kinds. */
const KIND_NUMBERS: Readonly<Record<ContentKind, number>> = { text: 0, action: 1 }

/** The column `proof`; 0: the sender claims to be its author. */
export const PROOF_NUMBERS: Readonly<Record<NonNullable<Transit['proof']>, number>> = { direct: 1, signed: 2 }

const PROOFS_BY_NUMBER = new Map<number, Transit['proof']>([
  [1, 'direct'],
  [2, 'signed'],
])

const KINDS_BY_NUMBER = new Map(Object.entries(KIND_NUMBERS).map(([kind, number]) => [number, kind]))

/** `conversation`: the label under which the history keeps the message. */
export function entryValues({ number, entry }: Kept, conversation = entry.conversation): Value[] {
  const { message, clockShift, own, network } = entry
  const { from, content } = message
  return [
    number,
    bound(senderKey(message)),
    bound(message.id),
    bound(conversation),
    finite(placeOf(entry)),
    finite(arrivalOf(entry)),
    finite(clockShift ?? 0),
    own ? 1 : 0,
    sequenceOf(message),
    bound(from.ip),
    integer(from.port),
    bound(from.name),
    optional(from.lsnp),
    optional(from.identity),
    optional(from.key),
    bound(message.channel),
    bound(textOf(content)),
    finite(message.sentAt),
    KIND_NUMBERS[content.kind],
    optional(network),
    message.closed === undefined ? null : `${message.closed.id} ${message.closed.epoch}`,
    ...arrivalValues(entry),
  ]
}

/** What a later copy of a message may change: `hops`, `signature`, `proof`. */
export function arrivalValues({ message: { signature }, hops, proof }: Entry): [Value, Value, Value] {
  return [
    hops === undefined ? null : integer(hops),
    signature === undefined ? null : Buffer.from(signature, 'base64url'),
    proof === undefined ? 0 : PROOF_NUMBERS[proof],
  ]
}

function signatureIn(row: Row): string | undefined {
  const bytes = row['signature'] ?? undefined
  if (bytes === undefined) return undefined
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString('base64url')
  throw new DamagedRow('a signature is not bytes')
}

function proofIn(row: Row): Pick<Entry, 'proof'> {
  const proof = PROOFS_BY_NUMBER.get(numberIn(row, 'proof'))
  return proof === undefined ? {} : { proof }
}

function closedIn(row: Row): ChatMessage['closed'] {
  const [, id, epoch] = /^(\S+) ([0-9]+)$/.exec(optionalTextIn(row, 'closed') ?? '') ?? []
  return id === undefined ? undefined : { id, epoch: Number(epoch) }
}

export function keptIn(row: Row): Kept {
  const message: Writable<ChatMessage> = {
    id: textIn(row, 'id'),
    from: peerIn(row),
    channel: textIn(row, 'channel'),
    content: contentFrom(textIn(row, 'text'), KINDS_BY_NUMBER.get(numberIn(row, 'action'))),
    sentAt: numberIn(row, 'sent_at'),
  }
  const seq = numberIn(row, 'seq')
  if (seq !== NO_SEQUENCE) message.seq = seq
  const signature = signatureIn(row)
  if (signature !== undefined) message.signature = signature
  const closed = closedIn(row)
  if (closed !== undefined) message.closed = closed
  const clockShift = numberIn(row, 'clock_shift')
  const network = optionalTextIn(row, 'network')
  return {
    number: numberIn(row, 'number'),
    entry: {
      message,
      conversation: textIn(row, 'conversation'),
      at: numberIn(row, 'at') + clockShift,
      receivedAt: numberIn(row, 'received_at') + clockShift,
      ...(clockShift === 0 ? {} : { clockShift }),
      ...(row['hops'] === null ? {} : { hops: numberIn(row, 'hops') }),
      ...proofIn(row),
      own: numberIn(row, 'own') === 1,
      ...(network === undefined ? {} : { network }),
    },
  }
}

/** The order of a conversation. */
export function inOrder(one: Kept, other: Kept): number {
  return (
    placeOf(one.entry) - placeOf(other.entry) ||
    sequenceOf(one.entry.message) - sequenceOf(other.entry.message) ||
    one.number - other.number
  )
}
