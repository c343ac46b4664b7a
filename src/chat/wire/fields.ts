/**
 * Single fields of a request -> values of the chat, checked once, at the border.
 *
 * Legacy clients use the same endpoints with other field names (docs/protocol.md lists them), so a value is looked for
 * under each name that it may have. A missing field or one of the wrong type is refused with 400, one that is over a
 * limit with 422, and the refusal names the field. Values that are plainly right take a short cut around valibot, which
 * costs some microseconds a message.
 */
import * as v from 'valibot'
import { canonicalIp } from '../../http/ip.ts'
import { isKeyId, type KeyId } from '../../identity/public-key.ts'
import { BoundedSet } from '../bounded.ts'
import { ChatError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { cleanedName, foldedName, isReserved, nameProblem } from '../names.ts'

/** The fields of a JSON object, a form or a query. */
export type Fields = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// --- which field ------------------------------------------------------------------------------------

/** The first of these fields that is there, with its name. Null and the empty string are not there. */
export function pick(
  fields: Fields,
  names: readonly string[],
): readonly [name: string, value: unknown] | undefined {
  for (const name of names) {
    const value = fields[name]
    if (value === undefined || value === null || value === '') continue
    if (Object.hasOwn(fields, name)) return [name, value]
  }
  return undefined
}

/** As pick(), but one of them must be there: throws ChatError 400. */
export function need(fields: Fields, names: readonly string[]): readonly [name: string, value: unknown] {
  const found = pick(fields, names)
  if (found !== undefined) return found
  const [field = ''] = names
  throw new ChatError(400, 'missing_field', `${field} is missing`, { field })
}

/** Checks one value; the refusal names the field. A broken limit is `limitStatus`, everything else 400. */
function check<Schema extends v.GenericSchema>(
  schema: Schema,
  field: string,
  value: unknown,
  limitStatus = 422,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw invalid(issue.kind === 'validation' ? limitStatus : 400, field, issue.message)
}

function invalid(status: number, field: string, problem: string): ChatError {
  return new ChatError(status, 'invalid_field', `${field} ${problem}`, { field })
}

/** A number as its digits: some programs number their peers. */
export function asText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

// --- texts and ids ----------------------------------------------------------------------------------

const Text = v.pipe(
  v.string('must be text'),
  v.check((text) => text.length > 0, 'must not be empty'),
  v.check(
    (text) => text.length <= LIMITS.textCharacters,
    ({ input }) => `must have at most ${LIMITS.textCharacters} characters, not ${input.length}`,
  ),
  v.check(
    (text) => utf8Length(text) <= LIMITS.textBytes,
    ({ input }) => `must have at most ${LIMITS.textBytes} bytes, not ${utf8Length(input)}`,
  ),
)

/** Characters that fit into LIMITS.textBytes whatever they are: a UTF-16 unit is at most three bytes of UTF-8. */
const SHORT_TEXT = Math.floor(LIMITS.textBytes / 3)

/** Throws ChatError 400, 422. */
export function messageText(value: unknown, field = 'message'): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= SHORT_TEXT) return value
  return check(Text, field, value)
}

const Id = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.transform(String))], 'must be text'),
  v.check(
    (id) => id.length > 0 && id.length <= LIMITS.idCharacters,
    `must have 1 to ${LIMITS.idCharacters} characters`,
  ),
)

/** The id of a message of another peer, opaque. Throws ChatError 400, 422. */
export function receivedId(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= LIMITS.idCharacters) return value
  return check(Id, field, value)
}

/** The id of an own message. Half a surrogate pair would not come back from the store as it is. Throws ChatError 400, 422. */
export function messageId(value: unknown, field = 'id'): string {
  const id = receivedId(value, field)
  if (!/\p{Surrogate}/u.test(id)) return id
  throw invalid(422, field, 'must be well-formed Unicode')
}

// --- names ------------------------------------------------------------------------------------------

/** One sentence for both limits, so that nobody learns of the second limit by a second refusal. */
const NAME_LIMITS = `must have at most ${LIMITS.nameGraphemes} characters (${LIMITS.nameBytes} bytes)`

const LabelText = v.pipe(
  v.string('must be text'),
  v.transform(foldedName),
  v.check((name) => name !== '', 'must not be empty'),
  v.check((name) => utf8Length(name) <= LIMITS.nameBytes, NAME_LIMITS),
  v.check((name) => graphemes(name) <= LIMITS.nameGraphemes, NAME_LIMITS),
)

const Name = v.pipe(
  LabelText,
  v.check(
    (name) => nameProblem(name) === undefined,
    ({ input }) => nameProblem(input) ?? '',
  ),
)

const PLAIN_NAME = /^[\x21-\x7e]{1,32}$/

/** An own name, or that of a program that registers itself. Throws ChatError 400, 422. */
export function personName(value: unknown, field = 'name'): string {
  if (typeof value === 'string' && isPlainName(value)) return value
  return check(Name, field, value)
}

/** A name that the user chooses: commands take a word with # for a channel. Throws ChatError 400, 422. */
export function chosenName(value: unknown, field = 'name'): string {
  const name = personName(value, field)
  if (!/^[#@]/.test(name)) return name
  throw invalid(422, field, 'must not begin with # or @: these mark channels and people in commands')
}

/**
 * The name of another peer, as it is shown. `fallback` replaces a name of which nothing can be shown. Throws ChatError
 * 422 for a name that is too long, or that has nothing to show and no fallback.
 */
export function peerName(value: unknown, field = 'name', fallback = ''): string {
  if (typeof value === 'string' && isPlainName(value)) return value
  const name = cleanedName(check(LabelText, field, value)) || fallback
  if (name !== '') return name
  throw invalid(422, field, 'must not be empty')
}

function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) && !isReserved(name)
}

const IDENTITY = /^[0-9a-f]{16}$/

/** Undefined for anything else: other programs may mean something different by this field. */
export function identityOf(value: unknown): string | undefined {
  return typeof value === 'string' && IDENTITY.test(value) ? value : undefined
}

/** Texts that are keys, as found out lately: the same few are in every message, and looking takes 11 us. */
const KEYS = new BoundedSet<KeyId>(1_024)

/** The key that a program says a peer has: a hint, until a connection proves it. Undefined for anything that is no key. */
export function keyOf(value: unknown): KeyId | undefined {
  if (KEYS.has(value as KeyId)) return value as KeyId
  if (typeof value !== 'string' || !isKeyId(value)) return undefined
  KEYS.add(value)
  return value
}

/** The keys in a list; whatever else is in it is left out. */
export function keysIn(value: unknown): KeyId[] {
  return Array.isArray(value) ? value.flatMap((each) => keyOf(each) ?? []) : []
}

// --- channels ---------------------------------------------------------------------------------------

/** Twice NFKC: lower case can decompose what the first composed. */
const Channel = v.pipe(
  v.string('must be text'),
  v.transform((name) => name.trim().replace(/^#/, '').normalize('NFKC').toLowerCase().normalize('NFKC')),
  v.check(
    (name) => /^[\p{L}\p{N}\p{M}_.-]+$/u.test(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name),
    'must be letters, digits, "_", "." or "-"',
  ),
  v.check(
    (name) => utf8Length(name) <= LIMITS.channelBytes,
    `must have at most ${LIMITS.channelBytes} bytes`,
  ),
)

const PLAIN_CHANNEL = /^[a-z0-9_.-]{1,64}$/

/** The name of a channel in its one spelling: NFKC, lower case, without `#`. Throws ChatError 400, 422. */
export function channelName(value: unknown, field = 'channel'): string {
  if (typeof value === 'string' && PLAIN_CHANNEL.test(value)) return value
  return check(Channel, field, value)
}

const CHANNELS = ['channel', 'group_name', 'channel_id']

/** The channel that a request names; undefined when it names none. Throws ChatError 400, 422. */
export function channelField(fields: Fields): string | undefined {
  const found = pick(fields, CHANNELS)
  return found === undefined ? undefined : channelName(found[1], found[0])
}

// --- addresses --------------------------------------------------------------------------------------

const LITERAL = v.pipe(v.string(), v.ip())

/** In its one spelling. A zone (`fe80::1%eth0`) means something on its sender's machine only. */
const Ip = v.pipe(
  v.string('must be text'),
  v.check((ip) => v.is(LITERAL, ip) && !ip.includes('%'), 'must be a literal IPv4 or IPv6 address'),
  v.transform(canonicalIp),
)

const OCTET = '(?:[1-9]?[0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])'
const PLAIN_IP = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)

/** Throws ChatError 400. */
export function ipAddress(value: unknown): string {
  if (typeof value === 'string' && PLAIN_IP.test(value)) return value
  return check(Ip, 'ip', value, 400)
}

export function isIpAddress(value: unknown): boolean {
  return v.is(Ip, value)
}

/** A number, or its digits: forms have no numbers. */
const Port = v.pipe(
  v.union(
    [v.number(), v.pipe(v.string(), v.regex(/^[0-9]{1,5}$/), v.transform(Number))],
    'must be a port number',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const port = dataset.value
    if (!isPort(port)) addIssue({ message: 'must be between 1 and 65535' })
  }),
)

/** Throws ChatError 400. */
export function portNumber(value: unknown): number {
  if (typeof value === 'number' && isPort(value)) return value
  return check(Port, 'port', value, 400)
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535
}

// --- numbers and times ------------------------------------------------------------------------------

const Count = v.union(
  [v.number(), v.pipe(v.string(), v.regex(/^[0-9]{1,9}$/), v.transform(Number))],
  'must be a number',
)

/** A whole number, 1 or more, such as `limit`; undefined when it is not given. Throws ChatError 400. */
export function countField(fields: Fields, field: string): number | undefined {
  const found = pick(fields, [field])
  if (found === undefined) return undefined
  const count = check(Count, field, found[1], 400)
  if (Number.isInteger(count) && count > 0) return count
  throw invalid(400, field, 'must be 1 or more')
}

/** Digits with an optional fraction, as forms and queries have numbers; any other value as it is. */
export function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]+(?:\.[0-9]+)?$/.test(value) ? Number(value) : value
}

/** The last moment that a Date can hold, in milliseconds. */
const LAST_MOMENT = 8.64e15

/**
 * Unix time in whole milliseconds, from seconds or milliseconds; undefined for one that is not given or is no number.
 * Throws ChatError 422 for a number that is no time.
 */
export function timeField(fields: Fields, names: readonly string[]): number | undefined {
  const [field, value] = pick(fields, names) ?? []
  const time = asNumber(value)
  if (field === undefined || typeof time !== 'number') return undefined
  if (!(time >= 0 && time <= LAST_MOMENT)) throw invalid(422, field, 'must be Unix time')
  return Math.round(time > 1e11 ? time : time * 1000)
}

/** `since`: Unix time in milliseconds; undefined when it is not given. Throws ChatError 400, 422. */
export function sinceField(fields: Fields): number | undefined {
  const since = timeField(fields, ['since'])
  if (since !== undefined || pick(fields, ['since']) === undefined) return since
  throw invalid(400, 'since', 'must be Unix time')
}

// --- lengths ----------------------------------------------------------------------------------------

function utf8Length(text: string): number {
  return Buffer.byteLength(text)
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function graphemes(text: string): number {
  // In printable ASCII each character is one, and nearly every name is that.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...segmenter.segment(text)].length
}
