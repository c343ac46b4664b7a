/**
 * JSON -> model, once, at the border; and back. Pure.
 *
 * The programs of this family use the same endpoints with different field names; each reader here takes them
 * all (docs/protocol.md lists them). A missing field or one of the wrong type is refused with 400, one that
 * is over a limit with 422, and the refusal names the field.
 */
import * as v from 'valibot'
import { canonicalIp } from '../../http/ip.ts'
import { LIMITS, TIMES as DURATIONS } from '../limits.ts'
import { contentFrom, textOf, type Content } from '../content.ts'
import { DIRECT, GENERAL, addressKey, type ChatMessage, type Peer, type Transit } from '../model.ts'
import { cleanedName, foldedName, isReserved, nameProblem } from '../names.ts'
import { ChatError } from '../errors.ts'

export type Fields = Readonly<Record<string, unknown>>

// --- single fields ----------------------------------------------------------------------------------

const Text = v.pipe(
  v.string('must be text'),
  v.check((text) => text.length > 0, 'must not be empty'),
  v.check(
    (text) => text.length <= LIMITS.textCharacters,
    `must have at most ${LIMITS.textCharacters} characters`,
  ),
  v.check((text) => utf8Length(text) <= LIMITS.textBytes, `must have at most ${LIMITS.textBytes} bytes`),
)

/** One sentence for both limits: who is over one of them need not learn of the other in a second try. */
const NAME_LIMITS = `must have at most ${LIMITS.nameGraphemes} characters (${LIMITS.nameBytes} bytes)`

const LabelText = v.pipe(
  v.string('must be text'),
  v.transform(foldedName),
  v.check((name) => name !== '', 'must not be empty'),
  v.check((name) => utf8Length(name) <= LIMITS.nameBytes, NAME_LIMITS),
  v.check((name) => graphemes(name) <= LIMITS.nameGraphemes, NAME_LIMITS),
)

/** A name of our own, or of a program that asks in its own name. */
const Name = v.pipe(
  LabelText,
  v.check(
    (name) => nameProblem(name) === undefined,
    ({ input }) => nameProblem(input) ?? '',
  ),
)

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

const LITERAL = v.pipe(v.string(), v.ip())

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

/** In its one spelling. A zone (`fe80::1%eth0`) means something on its sender's machine only. */
const Ip = v.pipe(
  v.string('must be text'),
  v.check((ip) => v.is(LITERAL, ip) && !ip.includes('%'), 'must be a literal IPv4 or IPv6 address'),
  v.transform(canonicalIp),
)

const Id = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.transform(String))], 'must be text'),
  v.check(
    (id) => id.length > 0 && id.length <= LIMITS.idCharacters,
    `must have 1 to ${LIMITS.idCharacters} characters`,
  ),
)

/** Checks one value; the refusal names the field. A limit is 422, all else 400. */
function check<Schema extends v.GenericSchema>(
  schema: Schema,
  field: string,
  value: unknown,
  limitStatus = 422,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  if (issue.kind === 'validation')
    throw new ChatError(limitStatus, 'invalid_field', `${field} ${issue.message}`, { field })
  throw new ChatError(400, 'invalid_field', `${field} ${issue.message}`, { field })
}

/** The first of these fields that is there, with its name. */
function pick(fields: Fields, names: readonly string[]): readonly [name: string, value: unknown] | undefined {
  for (const name of names) {
    const value = fields[name]
    if (value === undefined || value === null || value === '') continue
    if (Object.hasOwn(fields, name)) return [name, value]
  }
  return undefined
}

/** As pick(), but one of them must be there. */
function need(fields: Fields, names: readonly string[]): readonly [name: string, value: unknown] {
  const found = pick(fields, names)
  if (found !== undefined) return found
  const [field = ''] = names
  throw new ChatError(400, 'missing_field', `${field} is missing`, { field })
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// --- what requests say ------------------------------------------------------------------------------

const NAMES = ['name', 'username', 'display_name', 'peer_id', 'id']
const TEXTS = ['message', 'text', 'data', 'content']
const CHANNELS = ['channel', 'group_name', 'channel_id']
const TIMES = ['ts', 'timestamp', 'time_stamp', 'time']
const IDS = ['id', 'message_id']
const TO = ['to', 'to_username']
const PORT = ['port']
const IP = ['ip']
const SENDERS = ['from', 'sender', 'username', 'from_username', 'from_id']

/** What nearly all values look like: in their one spelling already, and within every limit. */
const PLAIN_CHANNEL = /^[a-z0-9_.-]{1,64}$/
const PLAIN_NAME = /^[\x21-\x7e]{1,32}$/
const OCTET = '(?:[1-9]?[0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])'
const PLAIN_IP = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const UNSPECIFIED = '0.0.0.0'
/** A UTF-16 unit is at most three bytes of UTF-8. */
const SHORT_TEXT = Math.floor(LIMITS.textBytes / 3)

/** The name of a channel in its one spelling: NFKC, lower case, without `#`. */
export function channelName(value: unknown, field = 'channel'): string {
  if (typeof value === 'string' && PLAIN_CHANNEL.test(value)) return value
  return check(Channel, field, value)
}

/** The channel that a request names; undefined when it names none. */
export function channelField(fields: Fields): string | undefined {
  const found = pick(fields, CHANNELS)
  return found === undefined ? undefined : channelName(found[1], found[0])
}

/** A name of our own. Throws Refused 422 for one that nobody may have. */
export function personName(value: unknown, field = 'name'): string {
  if (typeof value === 'string' && isPlainName(value)) return value
  return check(Name, field, value)
}

/** A name of another peer, as it is shown. Throws Refused 422 when it is too long, or nothing of it can be shown. */
export function peerName(value: unknown, field = 'name', fallback = ''): string {
  if (typeof value === 'string' && isPlainName(value)) return value
  const name = cleanedName(check(LabelText, field, value)) || fallback
  if (name !== '') return name
  throw new ChatError(422, 'invalid_field', `${field} must not be empty`, { field })
}

function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) && !isReserved(name)
}

export function messageText(value: unknown, field = 'message'): string {
  return check(Text, field, value)
}

/** For a message of ours. Half a surrogate pair would not come back from the store as it is. */
export function messageId(value: unknown, field = 'id'): string {
  const id = check(Id, field, value)
  if (!/\p{Surrogate}/u.test(id)) return id
  throw new ChatError(422, 'invalid_field', `${field} must be well-formed Unicode`, { field })
}

/** `{ip, port}`. A missing, empty or unspecified ip is the address the request came from. */
export function endpoint(fields: Fields, observedIp: string): { ip: string; port: number } {
  const [, port] = need(fields, PORT)
  const ip = ipAddress(pick(fields, IP)?.[1] ?? observedIp)
  return { ip: ip === UNSPECIFIED || ip === '::' ? observedIp : ip, port: portNumber(port) }
}

function ipAddress(value: unknown): string {
  if (typeof value === 'string' && PLAIN_IP.test(value)) return value
  return check(Ip, 'ip', value, 400)
}

function portNumber(value: unknown): number {
  if (typeof value === 'number' && isPort(value)) return value
  return check(Port, 'port', value, 400)
}

/** Who a request is about: an address and a name, which is the address when there is none. */
export function peer(fields: Fields, observedIp: string, nameIn: NameReader = peerName): Peer {
  const at = endpoint(fields, observedIp)
  const named = pick(fields, NAMES)
  const name = named === undefined ? addressKey(at) : nameIn(asText(named[1]), named[0], addressKey(at))
  return { ip: at.ip, port: at.port, name }
}

/** Reads the name of a peer; `fallback` replaces a name of which nothing can be shown. */
type NameReader = (value: unknown, field: string, fallback: string) => string

/** Some programs number their peers. */
function asText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

export interface Registration {
  readonly peer: Peer
  readonly channels: readonly string[]
}

/** What a peer says of itself: `/p2p/hello`. */
export function greeting(fields: Fields, observedIp: string): Registration {
  return registration(fields, observedIp, (value, field) => peerName(value, field))
}

/** `/submit-info`: a name that nobody may have is refused. */
export function registration(
  fields: Fields,
  observedIp: string,
  nameIn: NameReader = personName,
): Registration {
  const channels = pick(fields, ['channels'])?.[1] ?? []
  const list = typeof channels === 'string' ? channels.split(',') : channels
  if (!Array.isArray(list))
    throw new ChatError(400, 'invalid_field', 'channels must be a list', { field: 'channels' })
  const identity = identityOf(fields['identity'])
  const registered = peer(fields, observedIp, nameIn)
  return {
    peer: identity === undefined ? registered : { ...registered, identity },
    channels: list.map((channel: unknown) => channelName(channel, 'channels')),
  }
}

/** Whom a request means: by address, or by a name or id that the registry looks up. */
export type Who =
  { readonly ip: string; readonly port: number; readonly name?: string } | { readonly name: string }

/** A peer given as an object, as `ip:port`, or by name; `field` is what refusals call it. */
export function who(value: unknown, field: string, observedIp: string): Who {
  if (isObject(value)) {
    if (pick(value, PORT) !== undefined) return peer(value, observedIp)
    const [name, text] = need(value, NAMES)
    return { name: peerName(asText(text), `${field}.${name}`, UNNAMED) }
  }
  const text = asText(value)
  const address = typeof text === 'string' ? /^\[?([0-9a-fA-F:.]+)\]?:([0-9]{1,5})$/.exec(text) : null
  if (address !== null && v.is(Ip, address[1]))
    return endpoint({ ip: address[1], port: address[2] }, observedIp)
  return { name: peerName(text, field, UNNAMED) }
}

/** Whose name cannot be shown. */
const UNNAMED = 'unnamed'

/** Whoever a request comes from or is about: `{peer:{…}}`, `{username}`, `{peer_id}`, `{ip, port}`. */
export function subject(fields: Fields, observedIp: string): Who {
  const found = pick(fields, ['peer'])
  if (found !== undefined) return who(found[1], 'peer', observedIp)
  if (pick(fields, PORT) !== undefined) return peer(fields, observedIp)
  const [name, value] = need(fields, ['peer', ...NAMES])
  return who(value, name, observedIp)
}

/** Whom `/connect-peer` asks for. */
export function target(fields: Fields, observedIp: string): Who {
  const [name, value] = need(fields, ['to', 'target_username', 'target_id', 'target', 'peer_id', 'peer'])
  return who(value, name, observedIp)
}

// --- what of a list is asked for --------------------------------------------------------------------

export interface HistoryWanted {
  readonly channel: string
  /** In milliseconds. */
  readonly within: number
  readonly limit: number
  /** Of who asks; undefined when it does not say. */
  readonly port: number | undefined
  /** It asks because it was asked: it need not be asked again. */
  readonly isReturned: boolean
}

/** Of `GET /p2p/history`: how far back, in milliseconds, and how many messages at most. */
export function historyWanted(fields: Fields): HistoryWanted {
  const [, within] = pick(fields, ['within']) ?? []
  const seconds = typeof within === 'string' && /^[0-9]+(?:\.[0-9]+)?$/.test(within) ? Number(within) : within
  if (seconds !== undefined && !(typeof seconds === 'number' && Number.isFinite(seconds)))
    throw new ChatError(400, 'invalid_field', 'within must be a number of seconds', { field: 'within' })
  return {
    channel: channelField(fields) ?? GENERAL,
    within: Math.min((seconds ?? Infinity) * 1000, DURATIONS.caughtUp),
    limit: Math.min(countField(fields, 'limit') ?? LIMITS.caughtUp, LIMITS.caughtUp),
    port: pick(fields, PORT) === undefined ? undefined : portNumber(fields['port']),
    isReturned: pick(fields, ['returned']) !== undefined,
  }
}

/** `since`: Unix time in milliseconds, from seconds or milliseconds; undefined when it is not given. */
export function sinceField(fields: Fields): number | undefined {
  const since = time(fields, ['since'])
  if (since !== undefined || pick(fields, ['since']) === undefined) return since
  throw new ChatError(400, 'invalid_field', 'since must be Unix time', { field: 'since' })
}

const Count = v.union(
  [v.number(), v.pipe(v.string(), v.regex(/^[0-9]{1,9}$/), v.transform(Number))],
  'must be a number',
)

/** A whole number, 1 or more, as `limit` is one; undefined when it is not given. */
export function countField(fields: Fields, field: string): number | undefined {
  const found = pick(fields, [field])
  if (found === undefined) return undefined
  const count = check(Count, field, found[1], 400)
  if (Number.isInteger(count) && count > 0) return count
  throw new ChatError(400, 'invalid_field', `${field} must be 1 or more`, { field })
}

// --- messages ---------------------------------------------------------------------------------------

/** A message as its sender put it; what it left out is undefined. */
export interface IncomingMessage extends Transit {
  readonly id: string | undefined
  readonly from: Who
  readonly channel: string
  readonly content: Content
  /** Unix time in milliseconds. */
  readonly sentAt: number | undefined
  /** How many peers relayed it. */
  readonly hops: number
  /** By which its sender is known whatever its address is; undefined for other programs. */
  readonly identity: string | undefined
  readonly seq: number | undefined
  /** Whom it is for, by identity; undefined where that does not matter or is not known. */
  readonly recipient: string | undefined
  /** For how long it has waited since it was said, in milliseconds; no clocks are compared. */
  readonly age: number
}

/** `/p2p/receive` and its aliases, `/broadcast-peer`. */
export function incomingMessage(fields: Fields, observedIp: string): IncomingMessage {
  return plainMessage(fields) ?? anyMessage(fields, observedIp)
}

/**
 * The short way, for a message as our own kind writes it (messageBody) that is plain in every field; undefined
 * for all others, also the faulty ones. It reads the fields that anyMessage() would look for first.
 */
function plainMessage(fields: Fields): IncomingMessage | undefined {
  const { id, from, channel, message, ts, kind, hops, seq, recipient, age } = fields
  if (typeof id !== 'string' || id.length === 0 || id.length > LIMITS.idCharacters) return undefined
  if (typeof channel !== 'string' || !PLAIN_CHANNEL.test(channel)) return undefined
  if (typeof message !== 'string' || message.length === 0 || message.length > SHORT_TEXT) return undefined
  if (typeof ts !== 'number' || !(ts >= 0 && ts <= LAST_MOMENT) || !isObject(from)) return undefined
  const { ip, port, name, identity } = from
  if (typeof name !== 'string' || !isPlainName(name)) return undefined
  if (typeof ip !== 'string' || ip === UNSPECIFIED || !PLAIN_IP.test(ip)) return undefined
  if (typeof port !== 'number' || !isPort(port)) return undefined
  const sentAt = milliseconds(ts)
  return {
    id,
    from: { ip, port, name },
    channel,
    content: contentFrom(message, kind),
    sentAt,
    hops: hopCount(hops),
    identity: identityOf(identity),
    seq: sequence(seq),
    recipient: identityOf(recipient),
    age: ageOf(age),
  }
}

function anyMessage(fields: Fields, observedIp: string): IncomingMessage {
  const [senderField, sender] = need(fields, SENDERS)
  const [textField, text] = need(fields, TEXTS)
  const id = pick(fields, IDS)
  const direct = pick(fields, CHANNELS) === undefined && pick(fields, TO) !== undefined
  return {
    id: id === undefined ? undefined : check(Id, id[0], id[1]),
    from: who(sender, senderField, observedIp),
    channel: direct ? DIRECT : (channelField(fields) ?? GENERAL),
    content: contentFrom(messageText(asText(text), textField), fields['kind']),
    sentAt: time(fields, TIMES),
    hops: hopCount(fields['hops']),
    identity: isObject(sender) ? identityOf(sender['identity']) : undefined,
    seq: sequence(fields['seq']),
    recipient: identityOf(fields['recipient']),
    age: ageOf(fields['age']),
  }
}

/** The messages of `POST /p2p/batch`, each still to be read. */
export function batchOf(fields: Fields): readonly Fields[] {
  const { messages } = fields
  if (!Array.isArray(messages) || !messages.every(isObject))
    throw new ChatError(400, 'invalid_field', 'messages must be a list of messages', { field: 'messages' })
  if (messages.length <= LIMITS.batch) return messages
  const detail = `messages must be at most ${LIMITS.batch}; send the others in another request`
  throw new ChatError(413, 'too_many_messages', detail, { field: 'messages' })
}

const IDENTITY = /^[0-9a-f]{16}$/

/** Other programs may mean something else by it: then it is as good as not there. */
function identityOf(value: unknown): string | undefined {
  return typeof value === 'string' && IDENTITY.test(value) ? value : undefined
}

function sequence(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** Milliseconds from seconds; more than we care about is as much as we care about. */
function ageOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.round(value * 1000), OLDEST) : 0
}

/** Whatever is no number of peers that a message may have passed counts as too many: it goes no further. */
function hopCount(hops: unknown): number {
  if (hops === undefined) return 0
  return typeof hops === 'number' && hops >= 0 && hops <= LIMITS.hops ? hops : LIMITS.hops
}

/** Who has waited for longer has waited for so long, in milliseconds. */
const OLDEST = DURATIONS.longestWait

/** The last moment that a Date can hold, in milliseconds. */
const LAST_MOMENT = 8.64e15

/** Unix time in whole milliseconds from seconds or milliseconds; a time that is no number is left out. */
function time(fields: Fields, names: readonly string[]): number | undefined {
  const [field, value] = pick(fields, names) ?? []
  const number = typeof value === 'string' && /^[0-9]+(?:\.[0-9]+)?$/.test(value) ? Number(value) : value
  if (field === undefined || typeof number !== 'number') return undefined
  if (!(number >= 0 && number <= LAST_MOMENT))
    throw new ChatError(422, 'invalid_field', `${field} must be Unix time`, { field })
  return milliseconds(number)
}

function milliseconds(time: number): number {
  return Math.round(time > 1e11 ? time : time * 1000)
}

/** The fields of a message's content; what is undefined is left out. */
export function contentFields(content: Content): {
  readonly message: string
  readonly kind?: string | undefined
} {
  return { message: textOf(content), kind: content.kind === 'text' ? undefined : content.kind }
}

/** The body of `POST /p2p/receive`. What is undefined is left out. */
export function messageBody(
  { id, from, channel, content, sentAt, seq, recipient }: ChatMessage,
  hops: number | undefined,
): string {
  const { ip, port, name, identity } = from
  const { message, kind } = contentFields(content)
  return JSON.stringify({
    id,
    from: { ip, port, name, identity },
    channel,
    message,
    ts: sentAt / 1000,
    seq,
    recipient,
    kind,
    hops: hops !== undefined && hops > 0 ? hops : undefined,
  })
}

/** The same for a message that was said so many milliseconds ago. */
export function agedBody(body: string, age: number): string {
  return `${body.slice(0, -1)},"age":${Math.round(age) / 1000}}`
}

/** The body of `POST /p2p/batch`. */
export function batchBody(bodies: readonly string[]): string {
  return `{"messages":[${bodies.join(',')}]}`
}

// --- helpers ----------------------------------------------------------------------------------------

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text)
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function graphemes(text: string): number {
  // Of printable ASCII each character is one, and nearly every name is that.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...segmenter.segment(text)].length
}
