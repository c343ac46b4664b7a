/** What requests to the local API say: their fields, each checked, the refusals naming it as it is called there. Pure. */
import { addressKey } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import * as schema from '../../chat/wire/schema.ts'
import { bodyText, jsonObject } from '../../http/body.ts'
import { decodePath } from '../../http/router.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import type { Request } from '../../http/message.ts'

/** Messages of one answer. */
const PAGE = { usual: 50, most: 200 }
/** Characters of `@` and a AddressKey. */
const LONGEST_CONVERSATION = 256
/** https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LAST_TIME = 8.64e15

export function fieldsOf(request: Request): schema.Fields {
  return jsonObject(bodyText(request))
}

/** The last step of a path. */
export function below(prefix: string, request: Request): string {
  return decodePath(request.path).slice(prefix.length)
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

export function conversationField(value: unknown): Conversation {
  if (!isGiven(value)) throw missing('conversation')
  if (typeof value !== 'string' || !value.startsWith('@')) return schema.channelName(value, 'conversation')
  if (value.length <= LONGEST_CONVERSATION) return value
  throw wrong('conversation', 'a channel, or @ and the id of a peer')
}

export function limitOf(query: schema.Fields): number {
  return Math.min(schema.countField(query, 'limit') ?? PAGE.usual, PAGE.most)
}

/** Unix time in milliseconds, or its digits. */
export function timeOf(value: unknown, field: string): number {
  const time = typeof value === 'string' && /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : value
  if (typeof time === 'number' && time >= 0 && time <= LAST_TIME) return time
  throw wrong(field, 'Unix time in milliseconds')
}

/** Undefined when it is not there; it may be empty. */
export function textField(fields: schema.Fields, field: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(field, 'text')
  return value
}

/** RFC 4648 section 4, with its padding. */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw wrong('picture', 'base64')
  return bytes
}

/** A name or an id. */
export function recipientOf(fields: schema.Fields): string | undefined {
  const here = '127.0.0.1'
  if (isGiven(fields['port'])) return addressKey(schema.endpoint(fields, here))
  const to = fields['to'] ?? fields['to_username']
  if (!isGiven(to)) return undefined
  const who = schema.who(to, 'to', here)
  return 'port' in who ? addressKey(who) : who.name
}

export function missing(field: string): ChatError {
  return new ChatError(400, 'missing_field', `${field} is missing`, { field })
}

export function wrong(field: string, what: string): ChatError {
  return new ChatError(400, 'invalid_field', `${field} must be ${what}`, { field })
}
