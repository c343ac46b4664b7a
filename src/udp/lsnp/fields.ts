/**
 * Datagram <-> lines of `KEY: VALUE`, in every dialect that is used on the port.
 *
 *   rfc       `TYPE: DM`    LSNP RFC, section 4: colon, one space
 *   seed      `TYPE:DM`     legacy clients: no space, and they do not trim
 *   polyglot  one half in RFC form, then one in seed form: each program reads its own half
 *
 * Reading accepts all of them, and their common faults; writing is strict.
 */
import { LSNP_LIMITS } from './limits.ts'

export type Dialect = 'rfc' | 'seed' | 'polyglot'

/** Values by key, keys in upper case. A Map, so that no key collides with a property of an object. */
export type Fields = ReadonlyMap<string, string>

export type ReadFields = { readonly fields: Fields; readonly dialect: Dialect } | { readonly problem: string }

const LINE_FEED = 0x0a
const SPACE = 0x20

/** Tested before the key is put into upper case, because some letters outside ASCII become ASCII by that. */
const IS_KEY = new RegExp(`^[A-Za-z0-9_]{1,${LSNP_LIMITS.keyCharacters}}$`)

/**
 * The lines of a datagram: LF or CRLF, blank lines anywhere, white space around keys and values, no end required. Invalid
 * UTF-8 becomes U+FFFD. The last of several lines with one key counts, except for TYPE: in a datagram with both dialects
 * the RFC half is the message. A line without a colon or without a valid key is skipped. Takes linear time.
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

/** The start of the next line that is not blank, after its indentation. */
function nextLine(datagram: Buffer, from: number): number {
  let at = from
  while (at < datagram.length && isBlank(datagram[at])) at++
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === 0x0d || byte === 0x09
}

/**
 * A copy of a part of a text, if the part is much shorter than the whole. A slice would keep the whole text in memory: a
 * name of 20 letters after 60 000 spaces would cost 60 000 bytes.
 */
export function ownText(part: string, whole: string): string {
  return whole.length - part.length > 128 ? Buffer.from(part).toString() : part
}

// --- writing ----------------------------------------------------------------------------------------

export interface Line {
  readonly key: string
  readonly value: string
  /** Only Parley peers read it, so one half of a polyglot datagram is enough. */
  readonly parleyOnly: boolean
}

/** The bytes of a datagram. Throws TypeError if they are more than UDP carries. */
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
 * A datagram in both dialects: programs of the RFC read `rfc`, legacy clients `seed` without the lines that only Parley
 * peers read. Throws TypeError as writeFields() does.
 */
export function writeHalves(rfc: readonly Line[], seed: readonly Line[]): Buffer {
  return datagramOf(rfcHalf(rfc) + seedHalf(seed.filter(({ parleyOnly }) => !parleyOnly)))
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
 * A text as a value can carry it. The protocol has no escaping, so everything that some program reads as the end of a line
 * (Python's splitlines() knows eleven) becomes a space, and so does every control character except the tab.
 */
export function oneLine(text: string): string {
  return text.replace(/\r\n|(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim()
}
