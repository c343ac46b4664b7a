/**
 * What the table of messages is made of: fields, each of them a property of a message and its line on the wire; and the
 * type of a message that has these fields.
 */
import { oneLine, type Fields, type Line } from './fields.ts'
import { base64, characters, Problem, type ValueCodec } from './values.ts'
import { LSNP_LIMITS } from './limits.ts'

export interface Field<Value, Required extends boolean> {
  readonly key: string
  readonly required: Required
  /** The value; undefined if it is missing; a Problem with a whole sentence if it is wrong. */
  read(fields: Fields): Value | Problem | undefined
  /** The lines of a value; none if it is empty. Throws TypeError for a value that must not be sent. */
  write(value: Value): readonly Line[]
}

/** A row of the table. */
export type FieldsOfMessage = Readonly<Record<string, Field<unknown, boolean>>>

type ValueOf<OneField> = OneField extends Field<infer Value, boolean> ? Value : never

type Flat<Shape> = { [Property in keyof Shape]: Shape[Property] }

/** The message that a row describes: its type, its required and its optional properties. */
export type MessageOf<Type, Row> = Flat<
  { readonly type: Type } & {
    readonly [
      Property in keyof Row as Row[Property] extends Field<unknown, true> ? Property : never
    ]: ValueOf<Row[Property]>
  } & {
    readonly [Property in keyof Row as Row[Property] extends Field<unknown, true> ? never : Property]?:
      ValueOf<Row[Property]> | undefined
  }
>

interface Options<Value> {
  /** Other keys for the same value, in the order in which they are tried. */
  readonly aliases?: readonly string[]
  /** The value if there is none under any key. */
  readonly instead?: (fields: Fields) => Value | Problem | undefined
  /** An empty text is sent, too; for a required field it is also a value. */
  readonly mayBeEmpty?: boolean
}

export function required<Value>(key: string, kind: ValueCodec<Value>, options: Options<Value> = {}) {
  return field(key, kind, { required: true, parleyOnly: false }, options)
}

export function optional<Value>(key: string, kind: ValueCodec<Value>, options: Options<Value> = {}) {
  return field(key, kind, { required: false, parleyOnly: false }, options)
}

/** An optional field that is sent to other programs and never read, because another field has the same value. */
export function written<Value>(key: string, kind: ValueCodec<Value>): Field<Value, false> {
  return { ...optional(key, kind), read: () => undefined }
}

/** An optional field that only Parley peers read. */
export function parley<Value>(key: string, kind: ValueCodec<Value>) {
  return field(key, kind, { required: false, parleyOnly: true }, {})
}

function field<Value, Required extends boolean>(
  key: string,
  kind: ValueCodec<Value>,
  { required, parleyOnly }: { readonly required: Required; readonly parleyOnly: boolean },
  { aliases = [], instead, mayBeEmpty = false }: Options<Value>,
): Field<Value, Required> {
  const keys = [key, ...aliases]
  return {
    key,
    required,
    read(fields) {
      for (const each of keys) {
        const text = fields.get(each)
        if (text !== undefined && text !== '') return named(each, kind.read(text))
      }
      return named(key, required && mayBeEmpty ? kind.read('') : instead?.(fields))
    },
    write(value) {
      const text = sendable(key, kind.write(value))
      const isEmpty = oneLine(text) === ''
      if (isEmpty && !mayBeEmpty) return []
      if (!isEmpty && sendable(key, kind.read(text)) === undefined)
        throw new TypeError(`${key} has no such value`)
      return [{ key, value: text, parleyOnly }]
    },
  }
}

function named<Value>(key: string, value: Value | Problem): Value | Problem {
  return value instanceof Problem ? sentence(key, value) : value
}

function sentence(key: string, { text }: Problem): Problem {
  return new Problem(`${key} ${text}`)
}

function sendable<Value>(key: string, value: Value | Problem): Value {
  if (value instanceof Problem) throw new TypeError(`${key} ${value.text}`)
  return value
}

// --- the picture ------------------------------------------------------------------------------------

export interface Avatar {
  /** A MIME type, or what another program writes in its place. */
  readonly type: string
  readonly encoding: 'base64'
  readonly data: string
}

const avatarType = characters(LSNP_LIMITS.mimeCharacters)
const avatarData = base64(LSNP_LIMITS.avatarCharacters)

/**
 * A field of three lines. A picture in another encoding, in parts, or written as `None` counts as none; one that is too
 * large is a Problem.
 */
export function avatar(): Field<Avatar, false> {
  return {
    key: 'AVATAR_DATA',
    required: false,
    read(fields) {
      const type = fields.get('AVATAR_TYPE') ?? ''
      const data = fields.get('AVATAR_DATA') ?? ''
      const encoding = fields.get('AVATAR_ENCODING')?.toLowerCase()
      if (isNoType(type) || encoding !== 'base64') return undefined
      const readType = avatarType.read(type)
      const readData = avatarData.read(data)
      if (readType instanceof Problem) return sentence('AVATAR_TYPE', readType)
      const isTooLong = data.length > LSNP_LIMITS.avatarCharacters
      if (readData instanceof Problem) return isTooLong ? sentence('AVATAR_DATA', readData) : undefined
      return data === '' ? undefined : { type, encoding, data }
    },
    write({ type, encoding, data }) {
      const lines = { AVATAR_TYPE: type, AVATAR_ENCODING: encoding, AVATAR_DATA: data }
      sendable('AVATAR_TYPE', avatarType.read(type))
      sendable('AVATAR_DATA', avatarData.read(data))
      if (isNoType(type)) throw new TypeError('AVATAR_TYPE is missing')
      return Object.entries(lines).map(([key, value]) => ({ key, value, parleyOnly: false }))
    },
  }
}

function isNoType(type: string): boolean {
  return ['', 'None'].includes(oneLine(type))
}
