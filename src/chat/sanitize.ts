/**
 * Text of other people, made safe for a terminal and a page: what would move the cursor, change a colour, ring,
 * reverse the reading order or hide is shown as a symbol instead of being obeyed.
 *
 * `util.stripVTControlCharacters` does not do: it knows the well-formed sequences only, and leaves CR, BS, BEL,
 * a lone ESC, DCS, APC and every bidi control. Here no sequence is parsed at all. A control character that has
 * become a symbol cannot begin one, so `ESC ]52;c;...` reads as `␛]52;c;...`.
 *
 * All functions are idempotent, and what they return is well-formed UTF-16.
 */

/**
 * Controls (C0, DEL, C1), lone surrogates, line and paragraph separators, interlinear annotations, and all that
 * Unicode calls ignorable: bidi controls, zero-width characters, byte order mark, tags, fillers.
 */
const unsafe = '[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\uFFF9-\\uFFFB\\p{Default_Ignorable_Code_Point}]'

/**
 * Ignorable characters that languages need and that touch nothing but the characters beside them: joiners and
 * selectors of a shape, places where a word may be broken or must not, and the marks of direction of Hebrew and Arabic.
 * The embeddings, overrides and isolates (U+202A to 202E, 2066 to 2069) are none: they reorder all that follows.
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

/** Uses of an ignorable character that mean something in a name, too; everywhere else it only hides there. */
const meaningful = [
  `(?<=${joinable})${eitherJoiner}(?=${joinable})`, // Persian, Devanagari (UAX 31, section 2.3)
  `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\uFE0F?)${zeroWidthJoiner}(?=\\p{Extended_Pictographic})`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji}\\p{Script=Han}\\p{Script=Mongolian}])\\p{Variation_Selector}',
]

const hostileInName = new RegExp(`(?!${meaningful.join('|')})${unsafe}`, 'gu')

/** More marks on one letter than any language writes pile up over the lines around it ("Zalgo"). */
const markPile = /(\p{M}{4})\p{M}+/gu

/** For text that may have several lines: LF and CRLF stay line ends, a tab becomes a space. */
export function sanitize(text: string): string {
  return safe(text, hostile)
}

/** The same for a text of one line, as a status is: line ends become symbols too. */
export function sanitizeSentence(text: string): string {
  return sanitize(text).replaceAll('\n', '␊')
}

/** For names, channels and all by which one thing is told from another: invisible characters are shown, too. */
export function sanitizeLine(text: string): string {
  return safe(text, hostileInName).replaceAll('\n', '␊')
}

function safe(text: string, found: RegExp): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').replace(found, symbolFor).replace(markPile, '$1')
}

/** C0 and DEL have pictures of their own (U+2400 "Control Pictures"); all else is U+FFFD. What is allowed stays. */
function symbolFor(character: string): string {
  if (character === '\n' || tagFlags.includes(character)) return character
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '\uFFFD'
}
