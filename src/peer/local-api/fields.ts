/** What is in a request to the local API, checked. A refusal names the field as the API calls it. */
import * as v from 'valibot'
import { peerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { foldedName } from '../../chat/names.ts'
import { anyChannel } from '../../chat/wire/closed.ts'
import { asText, countField, isObject, keyOf, type Fields } from '../../chat/wire/fields.ts'
import { addressIn, endpoint, who } from '../../chat/wire/peers.ts'
import { bodyText, jsonObject } from '../../http/body.ts'
import { decodePath } from '../../http/router.ts'
import { MISSING } from '../../chat/wire/shapes.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import type { Request } from '../../http/message.ts'

/** Messages in one answer. */
const PAGE = { usual: 50, max: 200 }
/** Characters of `@` and a PeerId. */
const MAX_CONVERSATION = 256

type BodyShape = v.ObjectSchema<v.ObjectEntries, undefined>

/** The members of a JSON body. Throws ChatError 400. */
export function bodyOf<Shape extends BodyShape>(shape: Shape, request: Request): v.InferOutput<Shape> {
  const body = anyBodyOf(request)
  const names = Object.keys(shape.entries)
  return checked(shape, Object.fromEntries(names.map((name) => [name, body[name]])))
}

/** A JSON body with fields of any name. Throws ProtocolError 400. */
export function anyBodyOf(request: Request): Fields {
  return jsonObject(bodyText(request))
}

/** Throws ChatError 400 that names `field`, or the member of an object. */
export function checked<T>(shape: v.GenericSchema<unknown, T>, value: unknown, field?: string): T {
  const result = v.safeParse(shape, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const name = field ?? v.getDotPath(issue) ?? ''
  throw issue.message === MISSING ? missing(name) : invalid(name, issue.message)
}

/** The last step of a path. */
export function below(prefix: string, request: Request): string {
  return decodePath(request.path).slice(prefix.length)
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

export function conversationField(value: string | undefined): Conversation {
  if (value === undefined || value === '') throw missing('conversation')
  if (!value.startsWith('@')) return anyChannel(value, 'conversation')
  if (value.length <= MAX_CONVERSATION) return value
  throw invalid('conversation', 'must be a channel, or @ and the id of a peer')
}

export function limitOf(query: Fields): number {
  return Math.min(countField(query, 'limit') ?? PAGE.usual, PAGE.max)
}

/** RFC 4648 section 4, with its padding. */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw invalid('picture', 'must be base64')
  return bytes
}

/** What names the recipient: a label, a short id, a key, or `ip:port`. */
export function recipientOf(fields: Fields): string | undefined {
  const here = '127.0.0.1'
  if (isGiven(fields['port'])) return peerId(endpoint(fields, here))
  const to = fields['to'] ?? fields['to_username']
  if (!isGiven(to)) return undefined
  if (isObject(to)) {
    const key = keyOf(to['key'])
    if (key !== undefined) return key
    const recipient = who(to, 'to', here)
    return 'port' in recipient ? peerId(recipient) : recipient.name
  }
  const word = foldedName(String(asText(to)))
  if (word.length > MAX_CONVERSATION) throw invalid('to', 'must be the name, the key or ip:port of a peer')
  const address = addressIn(word, here)
  return address === undefined ? word : peerId(address)
}

export function missing(field: string): ChatError {
  return new ChatError(400, 'missing_field', `${field} ${MISSING}`, { field })
}

export function invalid(field: string, complaint: string): ChatError {
  return new ChatError(400, 'invalid_field', `${field} ${complaint}`, { field })
}
