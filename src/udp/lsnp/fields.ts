/**
 * Datagram <-> lines of `KEY: VALUE`, in every dialect that is spoken on the port. Pure.
 *
 *   rfc       `TYPE: DM`    LSNP RFC, section 4: colon, one space
 *   seed      `TYPE:DM`     the first programs of this family: no space, and they do not trim
 *   polyglot  one half in RFC form, then one in seed form: programs of each kind read their own half
 *
 * Reading takes all of them, and whatever else is out there; writing is strict.
 */
import { LSNP_LIMITS } from './limits.ts'

export type Dialect = 'rfc' | 'seed' | 'polyglot'

/** Values by key, keys in upper case. A Map, so that no key can mean anything to the language. */
export type Fields = ReadonlyMap<string, string>

export type ReadFields = { readonly fields: Fields; readonly dialect: Dialect } | { readonly problem: string }

const LINE_FEED = 0x0a
const SPACE = 0x20

/** Before it is put into upper case: there are letters outside ASCII that become one inside. */
const IS_KEY = new RegExp(`^[A-Za-z0-9_]{1,${LSNP_LIMITS.keyCharacters}}$`)

/**
 * The lines of a datagram: LF or CRLF, blank lines anywhere, white space around keys and values, no end needed.
 * Invalid UTF-8 becomes U+FFFD. The last of several lines with the same key counts, but for TYPE: of a datagram in both
 * dialects the RFC half is the message. A line without a colon, or with a key that is none, is skipped. Takes linear
 * time.
 */
export function readFields(bytes: Uint8Array): ReadFields {
  if (bytes.length > LSNP_LIMITS.datagramBytes)
    return { problem: `the datagram is longer than ${LSNP_LIMITS.datagramBytes} bytes` }
  const datagram = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new Map<string, string>()
  const types = { rfc: false, seed: false }
  let lines = 0
  let start = nextLine(datagram, 0)
  while (start < datagram.length) {
    lines++
    if (lines > LSNP_LIMITS.lines) return { problem: `the datagram has more than ${LSNP_LIMITS.lines} lines` }
    const lineFeed = datagram.indexOf(LINE_FEED, start)
    const end = lineFeed === -1 ? datagram.length : lineFeed
    const line = datagram.toString('utf8', start, end)
    start = nextLine(datagram, end)
    const colon = line.indexOf(':')
    const key = line.slice(0, Math.max(colon, 0)).trim()
    if (!IS_KEY.test(key)) continue
    const upper = key.toUpperCase()
    const form = line[colon + 1] === ' ' ? 'rfc' : 'seed'
    if (upper === 'TYPE') types[form] = true
    if (upper === 'TYPE' && form === 'seed' && types.rfc) continue
    fields.set(upper, ownText(line.slice(colon + 1).trim(), line))
  }
  return { fields, dialect: types.rfc && types.seed ? 'polyglot' : types.seed ? 'seed' : 'rfc' }
}

/** Where the next line with something on it begins: behind blank lines and indentation. */
function nextLine(datagram: Buffer, from: number): number {
  let at = from
  while (at < datagram.length && isBlank(datagram[at])) at++
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === 0x0d || byte === 0x09
}

/**
 * A part of a text, as a text of its own when much of the whole is left out: a slice keeps all of it in memory, and a
 * name of 20 letters after 60 000 spaces would cost 60 000.
 */
export function ownText(part: string, whole: string): string {
  return whole.length - part.length > 128 ? Buffer.from(part).toString() : part
}

// --- writing ----------------------------------------------------------------------------------------

export interface Line {
  readonly key: string
  readonly value: string
  /** Only programs of our own kind read it: once is enough. */
  readonly ours: boolean
}

/** The bytes of a datagram. TypeError when they are more than UDP carries. */
export function writeFields(lines: readonly Line[], form: Dialect): Buffer {
  switch (form) {
    case 'rfc':
      return datagramOf(rfcHalf(lines))
    case 'seed':
      return datagramOf(seedHalf(lines))
    case 'polyglot':
      return writeHalves(lines, lines)
  }
}

/**
 * A datagram in both dialects: `rfc` is what programs of the RFC read, and `seed`, without what only our own kind
 * reads, what the first programs do. TypeError as above.
 */
export function writeHalves(rfc: readonly Line[], seed: readonly Line[]): Buffer {
  return datagramOf(rfcHalf(rfc) + seedHalf(seed.filter(({ ours }) => !ours)))
}

function rfcHalf(lines: readonly Line[]): string {
  return lines.map(({ key, value }) => `${key}: ${oneLine(value)}\n`).join('')
}

function seedHalf(lines: readonly Line[]): string {
  return lines.map(({ key, value }) => `${key}:${oneLine(value)}\n`).join('')
}

function datagramOf(lines: string): Buffer {
  const datagram = Buffer.from(`${lines}\n`)
  if (datagram.length > LSNP_LIMITS.datagramBytes)
    throw new TypeError(`the datagram is longer than ${LSNP_LIMITS.datagramBytes} bytes`)
  return datagram
}

/**
 * Text as a value can carry it: the protocol knows no escaping, so whatever some reader takes for the end of a
 * line (Python's splitlines() knows eleven of them) becomes a space, and so does every control but the tab.
 */
export function oneLine(text: string): string {
  return text.replace(/\r\n|(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim()
}
