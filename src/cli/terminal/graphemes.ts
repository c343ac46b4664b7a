/**
 * Graphemes of texts of any length: what looks like one character. Pure.
 *
 * Invariant: the segmenter is only ever given a piece of a text. V8 takes time that grows with the square of the
 * length to iterate over one, and flattens all of it to look at one place.
 */
import stringWidth from 'string-width'

/** UTF-16 units before and after a place that are looked at to find what it belongs to. */
export const REACH = 4096
/** UTF-16 units that are segmented at once. */
const PIECE = 256

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

export interface Segment {
  readonly index: number
  readonly segment: string
}

/** The grapheme at a place of the text; undefined at its end. */
export function graphemeAt(text: string, at: number): Segment | undefined {
  const [from, to] = around(text, at)
  const found = graphemes.segment(text.slice(from, to)).containing(at - from)
  return found === undefined ? undefined : { index: from + found.index, segment: found.segment }
}

/** The start of the word at or before a place; the start of what is looked at when there is none. */
export function wordStart(text: string, at: number): number {
  const [from] = around(text, at)
  const segments = words.segment(text.slice(from, at))
  let word = segments.containing(at - from - 1)
  while (word?.isWordLike === false) word = segments.containing(word.index - 1)
  return from + (word?.index ?? 0)
}

/** The end of the word at or after a place; the end of what is looked at when there is none. */
export function wordEnd(text: string, at: number): number {
  const [from, to] = around(text, at)
  const segments = words.segment(text.slice(from, to))
  let word = segments.containing(at - from)
  while (word?.isWordLike === false) word = segments.containing(word.index + word.segment.length)
  return word === undefined ? to : from + word.index + word.segment.length
}

/** All of them, in order. One longer than a piece is cut. */
export function* graphemesOf(text: string): Generator<string> {
  let at = 0
  while (at < text.length) {
    const end = boundary(text, at + PIECE)
    const segments = [...graphemes.segment(text.slice(at, end))]
    // What follows the piece may belong to its last grapheme.
    if (end < text.length && segments.length > 1) segments.pop()
    for (const { segment } of segments) {
      yield segment
      at += segment.length
    }
  }
}

/** ECMA-48 section 8.3.117, "select graphic rendition": the only sequence that our text has. It takes no place. */
export const COLOUR = /\p{Cc}\[[\d;]*m/gu

const ascii = /^[\x20-\x7e]*$/

/** Cells of a terminal that the text takes. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const grapheme of graphemesOf(text.replace(COLOUR, ''))) width += stringWidth(grapheme)
  return width
}

/** What is looked at to find out about a place. */
function around(text: string, at: number): readonly [from: number, to: number] {
  return [boundary(text, at - REACH), boundary(text, at + REACH)]
}

/** The place itself, or the one before where it lies between the halves of a surrogate pair. */
export function boundary(text: string, at: number): number {
  if (at <= 0) return 0
  if (at >= text.length) return text.length
  const isPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1))
  return isPair ? at - 1 : at
}
