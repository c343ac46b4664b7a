/**
 * The grammar of RFC 9110 and RFC 9112, each rule under its ABNF and section.
 *
 * Rules that run over every byte of a head are tables of 256 entries (1: the byte belongs to the class);
 * rules that run now and then are regular expressions on text that was decoded as Latin-1.
 */

const VISIBLE_ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function table(characters: string, ...ranges: readonly (readonly [from: number, to: number])[]): Uint8Array {
  const belongs = new Uint8Array(256)
  for (const character of characters) belongs[character.charCodeAt(0)] = 1
  for (const [from, to] of ranges) belongs.fill(1, from, to + 1)
  return belongs
}

/**
 * `token = 1*tchar`, `tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA`
 * (RFC 9110 section 5.6.2)
 */
export const TCHAR = table("!#$%&'*+-.^_`|~" + VISIBLE_ALPHANUMERIC)

/**
 * Characters inside any line of a head: `HTAB / SP / VCHAR / obs-text` (RFC 9110 section 5.5). CR, LF,
 * NUL and the other controls end the line or the conversation.
 */
export const LINE_CHAR = table('\t', [0x20, 0x7e], [0x80, 0xff])

/**
 * Bytes of a request-target: the characters of RFC 3986 (unreserved, gen-delims, sub-delims, "%") without
 * "#", which never leaves the client. `"<>\^{|}` and the backquote are excluded by RFC 3986 and refused.
 */
export const TARGET_CHAR = table("-._~:/?[]@!$&'()*+,;=%" + VISIBLE_ALPHANUMERIC)

/**
 * A percent-encoding that no target needs: a `%` without two hexadecimal digits (RFC 3986 section 2.1), and the encoded
 * NUL, LF and CR, which end a line or a string in programs behind this one.
 */
export const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})|%0[0AaDd]/

/** `origin-form = absolute-path [ "?" query ]` (RFC 9112 section 3.2.1), of the same characters. */
export const IS_ORIGIN_FORM = /^\/[-._~:/?[\]@!$&'()*+,;=%A-Za-z0-9]*$/

/** `Content-Length = 1*DIGIT` (RFC 9110 section 8.6); 15 digits are far above any limit and below 2^53. */
export const CONTENT_LENGTH = /^[0-9]{1,15}$/

/** `chunk-size = 1*HEXDIG` (RFC 9112 section 7.1); at most 15 digits, as for Content-Length. */
export const CHUNK_SIZE = /^[0-9A-Fa-f]{1,15}$/

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** `quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE` (RFC 9110 section 5.6.4) */
const QUOTED_STRING = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'

/**
 * `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )` (RFC 9112 section 7.1.1).
 * BWS is refused: it exists for very old senders, and parsers that disagree on it can be played
 * against each other.
 */
export const CHUNK_EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED_STRING}))?)*$`)

export const IS_TOKEN = new RegExp(`^${TOKEN}$`)

/** A field value that may be sent: no CR, LF, NUL or other control (RFC 9110 section 5.5). */
export const IS_FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * `Host = uri-host [ ":" port ]` (RFC 9110 section 7.2), `uri-host` being an IP-literal or a reg-name of
 * RFC 3986 section 3.2.2. An IPv6 literal is checked for its alphabet only: it is compared, never dialled.
 */
export const IS_AUTHORITY =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?$/

/** `absolute-form = scheme "://" authority path-abempty [ "?" query ]`, for http and https (RFC 9112 section 3.2.2). */
export const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/i

/** Elements of a comma-separated list in lower case, empty ones left out (RFC 9110 section 5.6.1). */
export function listElements(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((element) => trimOws(element))
    .filter((element) => element !== '')
}

/**
 * `OWS = *( SP / HTAB )` (RFC 9110 section 5.6.3). Not trim(): that also takes VT, FF and NBSP. Not /[ \t]+$/:
 * that is quadratic in white space that stands inside.
 */
export function trimOws(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isOws(text.charCodeAt(from))) from++
  while (to > from && isOws(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

export function isOws(code: number | undefined): boolean {
  return code === 0x20 || code === 0x09
}
