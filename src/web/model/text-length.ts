/** The length of a text in the units of the limits, and its surplus in characters as people count them. */

import { LIMITS } from '../../chat/limits.ts'

const encoder = new TextEncoder()
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Bytes of UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length
}

/** Graphemes: characters as people count them. */
export function charactersOf(text: string): number {
  return [...segmenter.segment(text)].length
}

export interface MostOf {
  /** In UTF-8. */
  readonly bytes: number
  readonly graphemes?: number
}

/** Characters at the end that do not fit; 0 for a text that fits. */
export function surplus(text: string, { bytes, graphemes = Infinity }: MostOf): number {
  let [size, count, fitting] = [0, 0, 0]
  for (const { segment } of segmenter.segment(text)) {
    size += bytesOf(segment)
    count++
    if (size <= bytes && count <= graphemes) fitting++
  }
  return count - fitting
}

/** Characters left for a message; negative when it is too long. */
export function roomFor(text: string): number {
  const characters = LIMITS.textCharacters - text.length
  if (characters < 0 || text === '') return characters
  const bytes = bytesOf(text)
  if (bytes > LIMITS.textBytes) return -surplus(text, { bytes: LIMITS.textBytes })
  // Assumes that the next characters have as many bytes as the present ones.
  return Math.min(characters, Math.floor(((LIMITS.textBytes - bytes) * text.length) / bytes))
}

/** `This name is too long. Take out 3 characters.` */
export function tooLong(what: string, text: string, most: MostOf): string {
  const count = Math.max(1, surplus(text, most))
  return `This ${what} is too long. Take out ${count} ${count === 1 ? 'character' : 'characters'}.`
}
