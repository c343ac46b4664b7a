/**
 * Makes text of other users safe for a terminal and a page: characters that would move the cursor, change a colour, ring
 * the bell, reverse the reading order or hide are shown as symbols.
 *
 * `util.stripVTControlCharacters` is not enough: it knows the well-formed sequences only, and leaves CR, BS, BEL,
 * a lone ESC, DCS, APC and every bidi control. Here no sequence is parsed: a control character that is
 * a symbol cannot begin one, so `ESC ]52;c;...` reads as `␛]52;c;...`.
 *
 * All functions are idempotent and return well-formed UTF-16.
 */

/**
 * Controls (C0, DEL, C1), lone surrogates, line and paragraph separators, interlinear annotations, and everything that
 * Unicode calls ignorable: bidi controls, zero-width characters, byte order mark, tags, fillers.
 */
const unsafe = '[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\uFFF9-\\uFFFB\\p{Default_Ignorable_Code_Point}]'

/**
 * Ignorable characters that languages need and that affect only the characters beside them: joiners, shape selectors,
 * permitted and forbidden word breaks, and the direction marks of Hebrew and Arabic. Embeddings, overrides and isolates
 * (U+202A to 202E, 2066 to 2069) are not among them, because they reorder everything that follows.
 */
const written = '[\\u00AD\\u034F\\u061C\\u180E\\u200B-\\u200F\\u2060\\uFEFF\\p{Variation_Selector}]'

/** The flags of England, Scotland and Wales: a black flag and the letters of the country as tags (UTS 51, section 1.4.6). */
const tagFlags = ['gbeng', 'gbsct', 'gbwls'].map((country) => {
  const tags = Array.from(country, (letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0)))
  return `\u{1F3F4}${tags.join('')}\u{E007F}`
})

const hostile = new RegExp(`${tagFlags.join('|')}|(?!${written})${unsafe}`, 'gu')

/** A letter (or its mark) of a script in which joiners change the shape: not `al<ZWJ>ice`. */
const joinable =
  '(?![\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Default_Ignorable_Code_Point}])[\\p{L}\\p{M}]'

const zeroWidthJoiner = '\\u200D'
const eitherJoiner = '[\\u200C\\u200D]'

/** Uses of an ignorable character that have a meaning in a name; anywhere else in a name it only hides. */
const meaningful = [
  `(?<=${joinable})${eitherJoiner}(?=${joinable})`, // Persian, Devanagari (UAX 31, section 2.3)
  `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\uFE0F?)${zeroWidthJoiner}(?=\\p{Extended_Pictographic})`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji}\\p{Script=Han}\\p{Script=Mongolian}])\\p{Variation_Selector}',
]

const hostileInName = new RegExp(`(?!${meaningful.join('|')})${unsafe}`, 'gu')

/** More marks on one letter than any language has: they would cover the lines around it ("Zalgo"). */
const markPile = /(\p{M}{4})\p{M}+/gu

/** For text of several lines: LF and CRLF stay line ends, a tab becomes a space. */
export function sanitize(text: string): string {
  return safe(text, hostile)
}

/** For text of one line, such as a status: line ends become symbols too. */
export function sanitizeSentence(text: string): string {
  return sanitize(text).replaceAll('\n', '␊')
}

/** For names, channels and everything that identifies something: invisible characters become visible, too. */
export function sanitizeLine(text: string): string {
  return safe(text, hostileInName).replaceAll('\n', '␊')
}

function safe(text: string, found: RegExp): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').replace(found, symbolFor).replace(markPile, '$1')
}

/** C0 and DEL have symbols of their own (U+2400 "Control Pictures"); others become U+FFFD. Permitted characters stay. */
function symbolFor(character: string): string {
  if (character === '\n' || tagFlags.includes(character)) return character
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '\uFFFD'
}
