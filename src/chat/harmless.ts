/**
 * Text of other people, made safe for a terminal and a page: what would move the cursor, change a colour, ring,
 * reverse the reading order or hide is shown as a symbol instead of being obeyed.
 *
 * `util.stripVTControlCharacters` does not do: it knows the well-formed sequences only, and leaves CR, BS, BEL,
 * a lone ESC, DCS, APC and every bidi control. Here no sequence is parsed at all. A control character that has
 * become a symbol cannot begin one, so `ESC ]52;c;...` reads as `␛]52;c;...`.
 *
 * Both functions are idempotent, and what they return is well-formed UTF-16.
 */

/**
 * Controls (C0, DEL, C1), lone surrogates, line and paragraph separators, interlinear annotations, and all that
 * Unicode calls ignorable: bidi controls, zero-width characters, byte order mark, tags, fillers.
 */
const unsafe = '[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\uFFF9-\\uFFFB\\p{Default_Ignorable_Code_Point}]'

/** A letter (or its mark) of a script in which joiners change the shape: not `al<ZWJ>ice`. */
const joinable =
  '(?![\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Default_Ignorable_Code_Point}])[\\p{L}\\p{M}]'

const zeroWidthJoiner = '\\u200D'
const eitherJoiner = '[\\u200C\\u200D]'

/** Three uses of an ignorable character that mean something; everywhere else it only hides. */
const meaningful = [
  `(?<=${joinable})${eitherJoiner}(?=${joinable})`, // Persian, Devanagari (UAX 31, section 2.3)
  `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\uFE0F?)${zeroWidthJoiner}(?=\\p{Extended_Pictographic})`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji}\\p{Script=Han}\\p{Script=Mongolian}])\\p{Variation_Selector}',
]

const hostile = new RegExp(`(?!${meaningful.join('|')})${unsafe}`, 'gu')

/** More marks on one letter than any language writes pile up over the lines around it ("Zalgo"). */
const markPile = /(\p{M}{4})\p{M}+/gu

/** For text that may have several lines: LF and CRLF stay line ends, a tab becomes a space. */
export function harmless(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replace(hostile, symbolFor)
    .replace(markPile, '$1')
}

/** For names, channels and other text of one line: line ends become symbols too. */
export function harmlessLine(text: string): string {
  return harmless(text).replaceAll('\n', '␊')
}

/** C0 and DEL have pictures of their own (U+2400 "Control Pictures"); all else is U+FFFD. */
function symbolFor(character: string): string {
  if (character === '\n') return character
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '\uFFFD'
}
