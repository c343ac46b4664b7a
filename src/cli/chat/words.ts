/**
 * Words of a command: what stands between spaces, or in double quotes, where a name has spaces. In quotes, `\"` is a
 * quote and `\\` a backslash. An `@` may stand before a name. A quote that is not closed is a character as any other.
 * Pure, and linear in the length of the text.
 */

const inQuotes = '(?<at>@?)"(?<quoted>(?:[^"\\\\]|\\\\[^])*)'
const closed = new RegExp(`\\s*(?:${inQuotes}"(?!\\S)|(?<plain>\\S+))`, 'gy')
/** The last one may be about to be written. */
const open = new RegExp(`\\s*(?:${inQuotes}(?:"(?!\\S)|$)|(?<plain>\\S+))`, 'gy')

/** The first word and what is behind it; both are empty where there is none. */
export function firstWord(text: string): { readonly word: string; readonly rest: string } {
  const [found] = text.matchAll(closed)
  if (found === undefined) return { word: '', rest: '' }
  return { word: wordOf(found), rest: text.slice(found[0].length).trimStart() }
}

/** So many words, with one space between them, and what is behind them; quotes are characters as any other. */
export function firstWords(text: string, count: number): { readonly begin: string; readonly rest: string } {
  const words = text.trimStart().split(/\s+/, count)
  let at = text.length - text.trimStart().length
  for (const word of words) at = text.indexOf(word, at) + word.length
  return { begin: words.join(' '), rest: text.slice(at).trimStart() }
}

export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(closed)].map(wordOf)
}

/** Text that is one name: all of it, or what is in its quotes. */
export function nameIn(text: string): string {
  const { word, rest } = firstWord(text)
  return rest === '' ? word : text
}

/** A name as a word of a command. */
export function asWord(name: string): string {
  return /[\s"]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name
}

/** Where the last word of a text begins, and what it says so far; it is empty behind a space. */
export function lastWord(text: string): { readonly from: number; readonly word: string } {
  const last = [...text.matchAll(open)].at(-1)
  if (last === undefined || last.index + last[0].length < text.length) return { from: text.length, word: '' }
  const [whole] = last
  return { from: text.length - whole.trimStart().length, word: wordOf(last) }
}

function wordOf({ groups }: RegExpExecArray): string {
  const { at = '', quoted, plain = '' } = groups ?? {}
  return quoted === undefined ? plain : at + quoted.replace(/\\([^])/g, '$1')
}
