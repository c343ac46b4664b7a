/**
 * Addresses in a text that become links: http, https, `www.`, mail. Pure.
 *
 * A link leads where its text says: what cannot be shown truthfully, such as a name and a password before the host,
 * stays text as a whole. Where the host is read otherwise than it is written (`http://bücher.example`,
 * `http://0x7f.1`), the host that the browser goes to is told beside it.
 */

export interface FoundLink {
  /** [from, to) in UTF-16 units. */
  readonly from: number
  readonly to: number
  /** http, https or mailto, as a browser reads it. */
  readonly address: string
  /** The host that it leads to, where that is not the one that is written. */
  readonly host: string | undefined
}

/** What ends an address: white space, quotes, angle brackets, what sanitize() put in place of something else. */
const ENDS = '\\s<>"\'`\\u2400-\\u2421\\uFFFD'
/** Joiners belong to words of some scripts; all else that is not seen ends an address, too. */
const IGNORABLE = '(?![\\u200C\\u200D])\\p{Default_Ignorable_Code_Point}'
/** One of an address; two addresses with a comma between them are two. */
const CHARACTER = `(?:(?![,;|]https?:\\/\\/|${IGNORABLE})[^${ENDS}])`
const MAIL = '[a-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[^\\s<>"\'`()\\[\\],;]{1,255}'
const BEFORE = '(?<![\\p{L}\\p{N}\\p{M}_.+@/:-])'

/** All that looks like an address, to be judged whole: no part of what is refused becomes a link of its own. */
const CANDIDATE = new RegExp(
  `(?<![a-z0-9+.-])https?:\\/\\/${CHARACTER}+|${BEFORE}www\\.${CHARACTER}+|${BEFORE}(?:mailto:)?${MAIL}`,
  'giu',
)

/** In the order of the text, without overlap. `text` is harmless already. */
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

/** RFC 3986 section 3.2: what stands between `//` and the first of `/ ? #`. */
const AUTHORITY = /^https?:\/\/([^/?#]*)/iu
/** A name, IPv4, or IPv6 in brackets, as URL gives it. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/

function webLink(words: string, address: string): Judged | undefined {
  const authority = AUTHORITY.exec(address)?.[1]
  // A browser reads a backslash as a slash, other programs do not.
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

/** RFC 5321 section 4.1.2, without quotes, and with a domain that has a name. No fields: they would write the mail. */
const MAILBOX =
  /^[a-z0-9!#$%&*+/=?^_{|}~-]+(?:\.[a-z0-9!#$%&*+/=?^_{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i

function mailLink(mailbox: string): Judged | undefined {
  if (!MAILBOX.test(mailbox)) return undefined
  const [local = '', domain = ''] = mailbox.split('@')
  return { address: `mailto:${encodeURIComponent(local)}@${domain}`, host: undefined }
}

/** Brackets and quotes that may belong to an address when they are opened in it. */
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
/** What ends a sentence, or a part of it, rather than an address. */
const TRAILING = /^(?:[.,;:!?*_~|\\]|(?!\p{ASCII})\p{P})$/u

/** Without what belongs to the sentence around it: `(see http://a.example/b).` */
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
