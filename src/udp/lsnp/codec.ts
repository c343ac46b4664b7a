/**
 * LSNP, the Local Social Networking Protocol: datagram <-> message, by the table in messages.ts.
 *
 * decode() accepts what LSNP programs really send, and is total: any bytes give a message or a reason. encode() is strict,
 * so that the strictest program reads what we send.
 */
import { readFields, writeFields, writeHalves, type Dialect, type Fields, type Line } from './fields.ts'
import { Problem } from './values.ts'
import { LSNP_LIMITS } from './limits.ts'
import { MESSAGES, type LsnpMessage } from './messages.ts'
import type { FieldsOfMessage } from './schema.ts'

export type { Dialect, Fields } from './fields.ts'
export { userIdParts } from './values.ts'
export { LSNP_LIMITS } from './limits.ts'
export type { LsnpMessage, LsnpMessages, LsnpType } from './messages.ts'
export type { Avatar } from './schema.ts'

export type Decoded =
  | {
      readonly ok: true
      readonly message: LsnpMessage
      /** How it was written, so that the answer can be written the same way. */
      readonly dialect: Dialect
      /** All lines, also those that the message has no property for. */
      readonly fields: Fields
    }
  | {
      readonly ok: false
      /** A sentence that names the field. */
      readonly reason: string
      /** TYPE as it was written, if there was one. */
      readonly type?: string
    }

/** The rows of the table by TYPE. */
const ROWS: ReadonlyMap<string, { type: string; fields: readonly [string, FieldsOfMessage[string]][] }> =
  new Map(
    Object.entries<FieldsOfMessage>(MESSAGES).map(([type, row]) => [
      type,
      { type, fields: Object.entries(row) },
    ]),
  )

/** Types that other programs use for a message of the table. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['UNLIKE', 'LIKE'],
  ['GROUP_ADD', 'GROUP_UPDATE'],
  ['GROUP_REMOVE', 'GROUP_UPDATE'],
])

/** The message in a datagram, or why there is none. Never throws; takes linear time. */
export function decode(bytes: Uint8Array): Decoded {
  const lines = readFields(bytes)
  if ('problem' in lines) return { ok: false, reason: lines.problem }
  const { fields, dialect } = lines
  const type = fields.get('TYPE') ?? ''
  if (type === '') return { ok: false, reason: 'no TYPE' }
  if (type.length > LSNP_LIMITS.typeCharacters)
    return { ok: false, reason: `TYPE is longer than ${LSNP_LIMITS.typeCharacters} characters` }
  const row = ROWS.get(OTHER_NAMES.get(type) ?? type)
  if (row === undefined) return { ok: false, reason: `unknown type ${type}`, type }

  const values: Record<string, unknown> = { type: row.type }
  for (const [property, field] of row.fields) {
    const value = field.read(fields)
    if (value instanceof Problem) return { ok: false, reason: value.text, type }
    if (value !== undefined) values[property] = value
    else if (field.required) return { ok: false, reason: `${field.key} is missing`, type }
  }
  // The only assertion of the codec: the type of a message and this loop come from the same table.
  const message = values as LsnpMessage
  const reason = contradiction(message)
  return reason === undefined ? { ok: true, message, dialect, fields } : { ok: false, reason, type }
}

/**
 * The datagram of a message in one of the dialects. Undefined values and texts of white space alone are left out; a line
 * end in a text becomes a space. Throws TypeError for a message that must not be sent: something required is missing, an
 * id is not 16 lower-case hexadecimal digits, a time is not whole seconds, a value is over its limit, or the datagram has
 * more bytes than UDP carries.
 */
export function encode(message: LsnpMessage, form: Dialect): Buffer {
  return writeFields(linesOf(message), form)
}

/**
 * One datagram with a message for programs of the RFC and another for legacy clients; decode() reads the first. Throws
 * TypeError as encode() does.
 */
export function encodeHalves(rfc: LsnpMessage, seed: LsnpMessage): Buffer {
  return writeHalves(linesOf(rfc), linesOf(seed))
}

function linesOf(message: LsnpMessage): readonly Line[] {
  const row = ROWS.get(message.type)
  if (row === undefined) throw new TypeError(`unknown type ${message.type}`)
  const values = new Map<string, unknown>(Object.entries(message))
  const lines: Line[] = [{ key: 'TYPE', value: row.type, parleyOnly: false }]
  for (const [property, field] of row.fields) {
    const value = values.get(property)
    const written = value === undefined ? [] : field.write(value)
    if (field.required && written.length === 0) throw new TypeError(`${field.key} is missing`)
    lines.push(...written)
  }
  const mistake = contradiction(message)
  if (mistake !== undefined) throw new TypeError(mistake)
  return lines
}

/** Which fields of a message contradict each other; undefined if none. */
function contradiction(message: LsnpMessage): string | undefined {
  switch (message.type) {
    case 'REVOKE':
      return (message.token ?? message.userId) === undefined ? 'TOKEN or USER_ID is missing' : undefined
    case 'GROUP_UPDATE':
      return [...(message.add ?? []), ...(message.remove ?? [])].length === 0
        ? 'ADD or REMOVE is missing'
        : undefined
    case 'FILE_CHUNK': {
      const { chunkIndex, totalChunks } = message
      return totalChunks !== undefined && chunkIndex >= totalChunks
        ? 'CHUNK_INDEX is not below TOTAL_CHUNKS'
        : undefined
    }
    default:
      return undefined
  }
}
