/**
 * Finds the addresses in a text that become links: http, https, `www.`, mail.
 *
 * A link leads where its text says. An address that cannot be shown truthfully, such as one with a name and a password
 * before the host, stays text as a whole. When the browser reads the host differently (`http://bücher.example`,
 * `http://0x7f.1`), the real host is shown beside the link.
 */

export interface FoundLink {
  /** [from, to) in UTF-16 units. */
  readonly from: number
  readonly to: number
  /** http, https or mailto, as a browser reads it. */
  readonly address: string
  /** The host that the link leads to, when it differs from the written one. */
  readonly host: string | undefined
}

/** Ends an address: white space, quotes, angle brackets, and the replacements of sanitize(). */
const ENDS = '\\s<>"\'`\\u2400-\\u2421\\uFFFD'
/** Invisible characters end an address, too, except joiners, which some scripts need inside words. */
const IGNORABLE = '(?![\\u200C\\u200D])\\p{Default_Ignorable_Code_Point}'
/** One character of an address. A comma before another `http://` separates two addresses. */
const CHARACTER = `(?:(?![,;|]https?:\\/\\/|${IGNORABLE})[^${ENDS}])`
const MAIL = '[a-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[^\\s<>"\'`()\\[\\],;]{1,255}'
const BEFORE = '(?<![\\p{L}\\p{N}\\p{M}_.+@/:-])'

/** Anything that looks like an address. It is judged as a whole: no part of a rejected one becomes a link. */
const CANDIDATE = new RegExp(
  `(?<![a-z0-9+.-])https?:\\/\\/${CHARACTER}+|${BEFORE}www\\.${CHARACTER}+|${BEFORE}(?:mailto:)?${MAIL}`,
  'giu',
)

/** In the order of the text, without overlap. `text` is sanitized already. */
export function* linksIn(text: string): Generator<FoundLink> {
  for (const { 0: candidate, index: from } of text.matchAll(CANDIDATE)) {
    const words = withoutTrailing(candidate)
    const found = judged(words)
    if (found !== undefined) yield { from, to: from + words.length, ...found }
  }
}

type Judged = Pick<FoundLink, 'address' | 'host'>

function judged(words: string): Judged | undefined {
  if (/^https?:/i.test(words)) return webLink(words, words)
  if (/^www\./i.test(words) && !/^[^/?#]*@/.test(words)) {
    const isNamed = /^www\.(?:[^./?#:]+\.)*[^./?#:\d][^./?#:]+(?:[/?#:]|$)/iu.test(words)
    return isNamed ? webLink(words, `http://${words}`) : undefined
  }
  return mailLink(words.replace(/^mailto:/i, ''))
}

/** RFC 3986 section 3.2: from `//` to the first of `/ ? #`. */
const AUTHORITY = /^https?:\/\/([^/?#]*)/iu
/** A name, IPv4, or IPv6 in brackets, as URL gives it. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/

function webLink(words: string, address: string): Judged | undefined {
  const authority = AUTHORITY.exec(address)?.[1]
  // Browsers read a backslash as a slash, other programs do not.
  if (
    authority === undefined ||
    authority === '' ||
    authority.includes('@') ||
    words.includes('\\') ||
    !URL.canParse(address)
  )
    return undefined
  const { protocol, hostname, username, password, href } = new URL(address)
  const isWeb = protocol === 'http:' || protocol === 'https:'
  if (!isWeb || username !== '' || password !== '' || !HOST.test(hostname)) return undefined
  const written = authority.replace(/:[0-9]*$/, '').toLowerCase()
  return { address: href, host: written === hostname ? undefined : hostname }
}

/** RFC 5321 section 4.1.2, without quotes, with a named domain. No header fields: they would fill in the mail. */
const MAILBOX =
  /^[a-z0-9!#$%&*+/=?^_{|}~-]+(?:\.[a-z0-9!#$%&*+/=?^_{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i

function mailLink(mailbox: string): Judged | undefined {
  if (!MAILBOX.test(mailbox)) return undefined
  const [local = '', domain = ''] = mailbox.split('@')
  return { address: `mailto:${encodeURIComponent(local)}@${domain}`, host: undefined }
}

/** Closing brackets belong to an address only when it has the opening one. */
const OPENED: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
  ['）', '（'],
  ['」', '「'],
  ['』', '『'],
  ['】', '【'],
  ['》', '《'],
])
/** Punctuation that belongs to the sentence around an address. */
const TRAILING = /^(?:[.,;:!?*_~|\\]|(?!\p{ASCII})\p{P})$/u

/** Cuts the punctuation of the sentence around it: `(see http://a.example/b).` */
function withoutTrailing(candidate: string): string {
  const characters = Array.from(candidate)
  const count = new Map<string, number>()
  for (const character of characters) count.set(character, (count.get(character) ?? 0) + 1)
  for (let last = characters.at(-1); last !== undefined; last = characters.at(-1)) {
    const opening = OPENED.get(last)
    const isOpened = opening !== undefined && (count.get(last) ?? 0) <= (count.get(opening) ?? 0)
    const isOutside = opening === undefined ? TRAILING.test(last) : !isOpened
    if (!isOutside) break
    count.set(last, (count.get(last) ?? 0) - 1)
    characters.pop()
  }
  return characters.join('')
}
