/**
 * Graphemes, which look like one character each, and words, in texts of any length.
 *
 * Invariant: the segmenter only gets a piece of a text. V8 takes quadratic time to iterate over a text, and flattens all of
 * it to look at one place.
 */
import stringWidth from 'string-width'

/** UTF-16 units before and after a place that are searched for the grapheme or word around it. */
export const REACH = 4096
/** UTF-16 units per call of the segmenter. */
const PIECE = 256

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

export interface Segment {
  readonly index: number
  readonly segment: string
}

/** The grapheme at an index of the text; undefined at its end. */
export function graphemeAt(text: string, at: number): Segment | undefined {
  const [from, to] = around(text, at)
  const found = graphemes.segment(text.slice(from, to)).containing(at - from)
  return found === undefined ? undefined : { index: from + found.index, segment: found.segment }
}

/** The start of the word at or before an index; if there is none within REACH, the start of that range. */
export function wordStart(text: string, at: number): number {
  const [from] = around(text, at)
  const segments = words.segment(text.slice(from, at))
  let word = segments.containing(at - from - 1)
  while (word?.isWordLike === false) word = segments.containing(word.index - 1)
  return from + (word?.index ?? 0)
}

/** The end of the word at or after an index; if there is none within REACH, the end of that range. */
export function wordEnd(text: string, at: number): number {
  const [from, to] = around(text, at)
  const segments = words.segment(text.slice(from, to))
  let word = segments.containing(at - from)
  while (word?.isWordLike === false) word = segments.containing(word.index + word.segment.length)
  return word === undefined ? to : from + word.index + word.segment.length
}

/** All graphemes in order. A grapheme longer than PIECE is cut. */
export function* graphemesOf(text: string): Generator<string> {
  let at = 0
  while (at < text.length) {
    const end = boundary(text, at + PIECE)
    const segments = [...graphemes.segment(text.slice(at, end))]
    // The text after the piece may belong to its last grapheme.
    if (end < text.length && segments.length > 1) segments.pop()
    for (const { segment } of segments) {
      yield segment
      at += segment.length
    }
  }
}

/** ECMA-48 section 8.3.117, "select graphic rendition": the only sequence in printed text. It has no width. */
export const COLOUR = /\p{Cc}\[[\d;]*m/gu

const ascii = /^[\x20-\x7e]*$/

/** Width of a text in terminal cells. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const grapheme of graphemesOf(text.replace(COLOUR, ''))) width += stringWidth(grapheme)
  return width
}

/** The range to search for an index. */
function around(text: string, at: number): readonly [from: number, to: number] {
  return [boundary(text, at - REACH), boundary(text, at + REACH)]
}

/** The index itself, or the one before it if it lies between the halves of a surrogate pair. */
export function boundary(text: string, at: number): number {
  if (at <= 0) return 0
  if (at >= text.length) return text.length
  const isPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1))
  return isPair ? at - 1 : at
}
