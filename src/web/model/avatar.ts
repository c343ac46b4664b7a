/** The avatar of a person without a picture: a colour from the id, and the first letter of the name. */
import { hashOf } from './hash.ts'

/** The colours are in styles/avatar.css, `.tone-0` to `.tone-11`. */
export const TONES = 12

/** Always the same for the same id. */
export function toneOf(id: string): number {
  return hashOf(id) % TONES
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first letter or digit of the name as it is read, in upper case; else its first character; `?` for none. */
export function initialOf(name: string): string {
  const characters = [...segmenter.segment(name)].map(({ segment }) => segment)
  const letter = characters.find((character) => /^[\p{L}\p{N}]/u.test(character))
  const first = letter ?? characters.find((character) => character.trim() !== '') ?? '?'
  return first.toLocaleUpperCase()
}
