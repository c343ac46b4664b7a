/**
 * Which answer a stored representation gives: preconditions, ranges and content codings (RFC 9110 sections
 * 13, 14 and 12.5.3). Pure: the time is an argument.
 *
 * A condition that is malformed is one that does not hold; a range that is malformed was not asked for.
 * Times are in milliseconds since the epoch.
 */
import { listElements } from './codec/grammar.ts'
import type { Request } from './message.ts'

/** Validators: they distinguish one state of a representation from another. */
export interface Validators {
  /** A strong entity-tag with its quotes (RFC 9110 section 8.8.3). */
  readonly etag: string
  /** A whole second, not in the future. */
  readonly lastModified: number
}

/** Positions of the first and the last byte, both included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

type Asked = Pick<Request, 'method' | 'headers'>

/** Preconditions in the order of RFC 9110 section 13.2.2. 200: all of them hold. */
export function evaluate({ method, headers }: Asked, validators: Validators, now: number): 200 | 304 | 412 {
  const { etag, lastModified } = validators
  const reads = method === 'GET' || method === 'HEAD'
  const match = headers.get('if-match')
  if (match !== undefined) {
    if (match !== '*' && !entityTags(match).includes(etag)) return 412
  } else {
    const unmodifiedSince = httpDate(headers.get('if-unmodified-since'), now)
    if (unmodifiedSince !== undefined && lastModified > unmodifiedSince) return 412
  }
  const noneMatch = headers.get('if-none-match')
  if (noneMatch !== undefined) {
    if (noneMatch !== '*' && !entityTags(noneMatch).map(opaque).includes(etag)) return 200
    return reads ? 304 : 412
  }
  const modifiedSince = reads ? httpDate(headers.get('if-modified-since'), now) : undefined
  // A date that has not come yet says nothing about what happened until then (RFC 7232 section 3.3).
  if (modifiedSince === undefined || modifiedSince > now) return 200
  return lastModified <= modifiedSince ? 304 : 200
}

/**
 * The one range asked for of a representation of `length` bytes, 'unsatisfiable' (416), or undefined: send it
 * whole. Several ranges are sent whole too: that is allowed, and the simplest defence against many of them.
 */
export function requestedRange(
  { method, headers }: Asked,
  validators: Validators,
  length: number,
  now: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=([0-9]*)-([0-9]*)$/i.exec(headers.get('range') ?? '') ?? []
  if (method !== 'GET' || from === undefined || to === undefined || length === 0) return undefined
  const ifRange = headers.get('if-range')
  if (ifRange !== undefined && !isSame(ifRange, validators, now)) return undefined
  if (from === '') return to === '' ? undefined : suffix(Number(to), length)
  const first = Number(from)
  const last = to === '' ? length - 1 : Number(to)
  if (to !== '' && last < first) return undefined
  return first < length ? { first, last: Math.min(last, length - 1) } : 'unsatisfiable'
}

/** The last `count` bytes (RFC 9110 section 14.1.2). */
function suffix(count: number, length: number): ByteRange | 'unsatisfiable' {
  return count === 0 ? 'unsatisfiable' : { first: Math.max(0, length - count), last: length - 1 }
}

/**
 * If-Range, by strong comparison (RFC 9110 section 13.1.5). A date is strong when the second it names was
 * over before a later state could be sent of that same second (section 8.8.2.2).
 */
function isSame(ifRange: string, { etag, lastModified }: Validators, now: number): boolean {
  if (ifRange.includes('"')) return ifRange === etag
  return httpDate(ifRange, now) === lastModified && now - lastModified >= 1000
}

/** `entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE` (RFC 9110 section 8.8.3); a comma may be part of one. */
function entityTags(list: string): string[] {
  return list.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []
}

/** For weak comparison: two entity-tags are equivalent when these are the same (section 8.8.3.2). */
function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)'
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'

/** `HTTP-date = IMF-fixdate / rfc850-date / asctime-date` (RFC 9110 section 5.6.7). */
const HTTP_DATES = [
  new RegExp(`^${DAY}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})$`),
]

/** The time that an HTTP-date names, or undefined: it is none. */
export function httpDate(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  for (const format of HTTP_DATES) {
    const parts = format.exec(text)?.groups
    if (parts !== undefined) return time(parts, now)
  }
  return undefined
}

function time(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const { year = '', month = '', day = '', hour, minute, second } = parts
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  const at = (fullYear: number): Date => new Date(Date.UTC(fullYear, MONTHS.indexOf(month), Number(day)))
  let date = at(year.length === 2 ? century(now) + Number(year) : Number(year))
  if (year.length === 2 && date.getTime() > fiftyYearsAfter(now)) date = at(date.getUTCFullYear() - 100)
  // 31 Feb becomes 3 Mar: not a day of its month.
  return date.getUTCDate() === Number(day) ? date.getTime() + seconds * 1000 : undefined
}

/** A year of two digits is never more than 50 years in the future (RFC 9110 section 5.6.7). */
function fiftyYearsAfter(now: number): number {
  const date = new Date(now)
  return date.setUTCFullYear(date.getUTCFullYear() + 50)
}

function century(now: number): number {
  return Math.floor(new Date(now).getUTCFullYear() / 100) * 100
}

/**
 * The content coding to send of those on offer, the best first; 'identity' is always on offer, as the last
 * resort (RFC 9110 section 12.5.3). Without the field the client does not say that it can decode any.
 */
export function preferredCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | 'identity' {
  const weights = codingWeights(acceptEncoding ?? '')
  let best: Coding | 'identity' = 'identity'
  let highest = weights.get('identity') ?? Number.MIN_VALUE
  for (const coding of [...offered].reverse()) {
    const weight = weights.get(coding) ?? weights.get('*') ?? 0
    if (weight >= highest && weight > 0) [best, highest] = [coding, weight]
  }
  return best
}

/** `#( codings [ OWS ";" OWS "q=" qvalue ] )`; an element that is malformed is left out. */
function codingWeights(list: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const element of listElements(list)) {
    const [, coding, weight = '1'] =
      /^([^; \t]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/.exec(element) ?? []
    if (coding !== undefined) weights.set(coding.replace(/^x-(?=gzip$)/, ''), Number(weight))
  }
  return weights
}
