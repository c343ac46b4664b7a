/** Messages as JSON and back: `POST /p2p/receive`, its aliases of legacy clients, and `POST /p2p/batch`. */
import { contentFrom, textOf, type Content } from '../content.ts'
import { ChatError } from '../errors.ts'
import { LIMITS, TIMES as DURATIONS } from '../limits.ts'
import { DIRECT, GENERAL, type ChatMessage, type ClosedScope, type Transit } from '../model.ts'
import { scopeIn } from './closed.ts'
import type { KeyId } from '../../identity/public-key.ts'
import {
  asText,
  channelField,
  identityOf,
  isObject,
  keyOf,
  messageText,
  need,
  pick,
  receivedId,
  timeField,
  type Fields,
} from './fields.ts'
import { who, type Who } from './peers.ts'

const SENDERS = ['from', 'sender', 'username', 'from_username', 'from_id']
const TEXTS = ['message', 'text', 'data', 'content']
const TIMES = ['ts', 'timestamp', 'time_stamp', 'time']
const IDS = ['id', 'message_id']
const TO = ['to', 'to_username']

/** A message as its sender put it; what it left out is undefined. */
export interface IncomingMessage extends Transit {
  readonly id: string | undefined
  readonly from: Who
  /** Empty for a message of a closed channel, which Entrances gives its label. */
  readonly channel: string
  readonly closed: ClosedScope | undefined
  readonly content: Content
  /** Unix time in milliseconds. */
  readonly sentAt: number | undefined
  /** The sender's key, as the message claims. */
  readonly key: KeyId | undefined
  /** The sender's identity, which is the same at any address; undefined for other programs. */
  readonly identity: string | undefined
  /** The author's, not checked yet. */
  readonly signature: string | undefined
  readonly seq: number | undefined
  /** The recipient's identity; undefined where it does not matter or is not known. */
  readonly recipient: string | undefined
  readonly hops: number
  readonly age: number
}

/** Throws ChatError 400, 422. */
export function incomingMessage(fields: Fields, observedIp: string): IncomingMessage {
  const [senderField, sender] = need(fields, SENDERS)
  const [textField, text] = need(fields, TEXTS)
  const id = pick(fields, IDS)
  const closed = scopeIn(fields['closed'])
  return {
    id: id === undefined ? undefined : receivedId(id[1], id[0]),
    from: who(sender, senderField, observedIp),
    channel: closed === undefined ? openChannel(fields) : '',
    closed,
    content: contentFrom(messageText(asText(text), textField), fields['kind']),
    sentAt: timeField(fields, TIMES),
    key: isObject(sender) ? keyOf(sender['key']) : undefined,
    identity: isObject(sender) ? identityOf(sender['identity']) : undefined,
    signature: signatureIn(fields['signature']),
    seq: sequenceOf(fields['seq']),
    recipient: identityOf(fields['recipient']),
    hops: hopsOf(fields['hops']),
    age: ageOf(fields['age']),
  }
}

function openChannel(fields: Fields): string {
  return channelField(fields) ?? (pick(fields, TO) === undefined ? GENERAL : DIRECT)
}

const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

/** 64 bytes in base64url; undefined for anything else. */
export function signatureIn(value: unknown): string | undefined {
  return typeof value === 'string' && SIGNATURE.test(value) ? value : undefined
}

function sequenceOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** Anything that is no number of hops counts as too many, so the message is relayed no further. */
function hopsOf(value: unknown): number {
  if (value === undefined) return 0
  return typeof value === 'number' && value >= 0 && value <= LIMITS.hops ? value : LIMITS.hops
}

/** In milliseconds, from seconds: from 0 to TIMES.longestWait. */
function ageOf(value: unknown): number {
  return typeof value === 'number' && value > 0
    ? Math.min(Math.round(value * 1000), DURATIONS.longestWait)
    : 0
}

/** The messages of `POST /p2p/batch`, each still to be read. Throws ChatError 400, 413. */
export function batchOf(fields: Fields): readonly Fields[] {
  const { messages } = fields
  if (!Array.isArray(messages) || !messages.every(isObject))
    throw new ChatError(400, 'invalid_field', 'messages must be a list of messages', { field: 'messages' })
  if (messages.length <= LIMITS.batch) return messages
  const detail = `messages must be at most ${LIMITS.batch}; send the others in another request`
  throw new ChatError(413, 'too_many_messages', detail, { field: 'messages' })
}

/** The fields of a message's content. JSON leaves out what is undefined. */
export function contentFields(content: Content): {
  readonly message: string
  readonly kind: string | undefined
} {
  return { message: textOf(content), kind: content.kind === 'text' ? undefined : content.kind }
}

/** The body of `POST /p2p/receive`. */
export function messageBody(
  { id, from, channel, closed, content, sentAt, seq, recipient, signature }: ChatMessage,
  { hops = 0, age }: Transit = {},
): string {
  const { ip, port, name, identity, key } = from
  const { message, kind } = contentFields(content)
  return JSON.stringify({
    id,
    from: { ip, port, name, identity, key },
    // The label of a closed channel means something here only.
    channel: closed === undefined ? channel : undefined,
    closed,
    message,
    ts: sentAt / 1000,
    seq,
    recipient,
    signature,
    kind,
    hops: hops > 0 ? hops : undefined,
    age: age === undefined ? undefined : Math.round(age) / 1000,
  })
}

/** The body of `POST /p2p/batch`, of the bodies of its messages. */
export function batchBody(bodies: readonly string[]): string {
  return `{"messages":[${bodies.join(',')}]}`
}
