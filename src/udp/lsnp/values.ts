/** Codecs for the values of fields: text -> value, as tolerant as LSNP programs need; value -> text, strict. */
import { oneLine, ownText } from './fields.ts'
import { LSNP_LIMITS } from './limits.ts'
import { parseToken } from './token.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'

/** What is wrong. From a codec: the end of a sentence that begins with the key of the field; from a field: the sentence. */
export class Problem {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export interface ValueCodec<Value> {
  /** The value of a received text. Undefined if the text is ignored, as if the field were not there. */
  read(text: string): Value | Problem | undefined
  /** The text of a value to be sent. It need not find what read() refuses. */
  write(value: Value): string | Problem
}

// --- text -------------------------------------------------------------------------------------------

/** Any text up to this many UTF-8 bytes. */
export function text(mostBytes: number): ValueCodec<string> {
  return {
    read: (value) =>
      Buffer.byteLength(value) > mostBytes ? new Problem(`is longer than ${mostBytes} bytes`) : value,
    write: (value) => value,
  }
}

/** Any text up to this many UTF-16 characters. */
export function characters(most: number): ValueCodec<string> {
  return {
    read: (value) => (value.length > most ? new Problem(`is longer than ${most} characters`) : value),
    write: (value) => value,
  }
}

/** An id that another program may have made: 8, 11 or 15 digits, a UUID. It is sent unchanged or not at all. */
export const id: ValueCodec<string> = {
  read: (value) => characters(LSNP_LIMITS.idCharacters).read(value),
  write: (value) => (isOneLine(value) ? value : new Problem('must be one line')),
}

function isOneLine(value: string): boolean {
  return oneLine(value) === value
}

/** An id that we make: the RFC asks for 64 bits in hex, and some programs drop anything else. */
export const ownId: ValueCodec<string> = {
  read: (value) => id.read(value),
  write: (value) =>
    /^[0-9a-f]{16}$/.test(value) ? value : new Problem('must be 16 lower-case hexadecimal digits'),
}

export const token: ValueCodec<string> = {
  read: (value) => characters(LSNP_LIMITS.tokenCharacters).read(value),
  write: (value) =>
    isOneLine(value) && Number.isInteger(parseToken(value)?.expiry)
      ? value
      : new Problem('must be user|whole seconds|scope'),
}

/** A text of one form; another form is ignored. */
export function pattern(form: RegExp): ValueCodec<string> {
  return { read: (value) => (form.test(value) ? value : undefined), write: (value) => value }
}

/** The id of a key; any other text is ignored. */
export const keyId: ValueCodec<KeyId> = {
  read: (value) => (isKeyId(value) ? value : undefined),
  write: (value) => value,
}

export function base64(mostCharacters: number): ValueCodec<string> {
  return {
    read(value) {
      if (value.length > mostCharacters) return new Problem(`is longer than ${mostCharacters} characters`)
      return /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? value : new Problem('must be base64')
    },
    write: (value) => value,
  }
}

/** A text, written in base64. */
export function inBase64(kind: ValueCodec<string>): ValueCodec<string> {
  return {
    read: (value) => kind.read(Buffer.from(value, 'base64').toString()),
    write(value) {
      const text = kind.write(oneLine(value))
      return text instanceof Problem ? text : Buffer.from(text).toString('base64')
    },
  }
}

/** One of these words in upper case; case does not matter. */
export function oneOf<const Choice extends string>(...choices: readonly Choice[]): ValueCodec<Choice> {
  return {
    read(value) {
      const upper = value.toUpperCase()
      return choices.find((choice) => choice === upper) ?? new Problem(`must be ${choices.join(' or ')}`)
    },
    write: (value) => value,
  }
}

/** One word that means one value; other words are ignored. */
export function flag<const Value extends boolean>(word: string, value: Value): ValueCodec<Value> {
  return { read: (text) => (text.toLowerCase() === word ? value : undefined), write: () => word }
}

export const yesNo: ValueCodec<boolean> = {
  read(value) {
    const word = value.toLowerCase()
    return word === 'true' || word === 'false' ? word === 'true' : new Problem('must be true or false')
  },
  write: String,
}

// --- numbers ----------------------------------------------------------------------------------------

/** A time or a duration in seconds. Some programs send fractions; we send whole seconds. */
export const seconds: ValueCodec<number> = {
  read(value) {
    if (!/^[0-9]{1,15}(?:\.[0-9]{1,15})?$/.test(value)) return new Problem('must be a number')
    return Number(value) > LSNP_LIMITS.lastMoment ? new Problem('must be in seconds') : Number(value)
  },
  write: (value) => (Number.isInteger(value) ? String(value) : new Problem('must be whole seconds')),
}

export function whole(least: number, most: number): ValueCodec<number> {
  return {
    read(value) {
      if (!/^[0-9]{1,15}$/.test(value)) return new Problem('must be a whole number')
      if (Number(value) > most) return new Problem(`is more than ${most}`)
      return Number(value) < least ? new Problem(`is less than ${least}`) : Number(value)
    },
    write: String,
  }
}

/** A value that never makes a message invalid: a wrong one is ignored. */
export function lenient<Value>(kind: ValueCodec<Value>): ValueCodec<Value> {
  return {
    read(value) {
      const read = kind.read(value)
      return read instanceof Problem ? undefined : read
    },
    write: (value) => kind.write(value),
  }
}

// --- users ------------------------------------------------------------------------------------------

/** The parts of `name@host`, split at the last `@`. Without one all of it is the name, and the host is empty. */
export function userIdParts(userId: string): { readonly name: string; readonly host: string } {
  const at = userId.lastIndexOf('@')
  return at === -1 ? { name: userId, host: '' } : { name: userId.slice(0, at), host: userId.slice(at + 1) }
}

/** What is wrong with a user id; undefined if nothing is. */
function userIdProblem(userId: string): Problem | undefined {
  const { userIdBytes, userNameBytes } = LSNP_LIMITS
  if (Buffer.byteLength(userId) > userIdBytes) return new Problem(`is longer than ${userIdBytes} bytes`)
  const { name, host } = userIdParts(userId)
  if (name === '' || !/^\S+$/.test(host) || userId !== userId.trim()) return new Problem('must be name@host')
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(userId)) return new Problem('must not contain control characters')
  if (Buffer.byteLength(name) > userNameBytes)
    return new Problem(`has a name longer than ${userNameBytes} bytes`)
  return undefined
}

export const userId: ValueCodec<string> = {
  read: (value) => userIdProblem(value) ?? value,
  write: (value) => userIdProblem(value) ?? value,
}

const isUserId = (entry: string) => userIdProblem(entry) === undefined

// --- lists ------------------------------------------------------------------------------------------

/** Entries between commas. Invalid entries of a received list are left out. */
function list(isEntry: (entry: string) => boolean, most: number): ValueCodec<readonly string[]> {
  return {
    read(value) {
      const entries = value.split(',', most + 1)
      if (entries.length > most) return new Problem(`has more than ${most} entries`)
      return entries.map((entry) => ownText(entry.trim(), value)).filter(isEntry)
    },
    write(entries) {
      const wrong = entries.find((entry) => entry.includes(',') || entry !== entry.trim() || !isEntry(entry))
      return wrong === undefined ? entries.join(',') : new Problem(`must not have the entry ${wrong}`)
    },
  }
}

export const userIds = list(isUserId, LSNP_LIMITS.people)

/** As userIds, but an empty list is ignored. */
export const someUserIds: ValueCodec<readonly string[]> = {
  read(value) {
    const entries = userIds.read(value)
    return entries instanceof Problem || entries === undefined || entries.length > 0 ? entries : undefined
  },
  write: (entries) => userIds.write(entries),
}

export const channels = list(
  (entry) =>
    entry !== '' &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(entry) &&
    Buffer.byteLength(entry) <= LSNP_LIMITS.channelBytes,
  LSNP_LIMITS.channels,
)

/** User ids as a JSON array, as legacy clients write them. */
export const jsonUserIds: ValueCodec<readonly string[]> = {
  read(value) {
    const entries = parsedJson(value)
    if (!Array.isArray(entries)) return new Problem('must be a JSON array')
    if (entries.length > LSNP_LIMITS.people) return new Problem(`has more than ${LSNP_LIMITS.people} entries`)
    return entries.filter((entry: unknown): entry is string => typeof entry === 'string' && isUserId(entry))
  },
  write(entries) {
    const wrong = entries.find((entry) => !isUserId(entry))
    return wrong === undefined ? JSON.stringify(entries) : new Problem(`must not have the entry ${wrong}`)
  },
}

function parsedJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** Three squares of the board: `0,4,8`. */
export const winningLine: ValueCodec<readonly number[]> = {
  read: (value) => (/^[0-8](?:, ?[0-8]){2}$/.test(value) ? value.split(',').map(Number) : undefined),
  write: (squares) => squares.join(','),
}
