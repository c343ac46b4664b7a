/**
 * Words of a command: text between spaces, or in double quotes, for names with spaces. In quotes, `\"` is a quote and
 * `\\` a backslash. An `@` may stand before a name. A quote that is not closed is an ordinary character. All functions are
 * linear in the length of the text.
 */

const inQuotes = '(?<at>@?)"(?<quoted>(?:[^"\\\\]|\\\\[^])*)'
const closed = new RegExp(`\\s*(?:${inQuotes}"(?!\\S)|(?<plain>\\S+))`, 'gy')
/** The last word may not be finished yet. */
const open = new RegExp(`\\s*(?:${inQuotes}(?:"(?!\\S)|$)|(?<plain>\\S+))`, 'gy')

/** The first word and the text behind it; both are empty if there is none. */
export function firstWord(text: string): { readonly word: string; readonly rest: string } {
  const [found] = text.matchAll(closed)
  if (found === undefined) return { word: '', rest: '' }
  return { word: wordOf(found), rest: text.slice(found[0].length).trimStart() }
}

/** The first `count` words, with one space between them, and the text behind them. Quotes are ordinary characters here. */
export function firstWords(text: string, count: number): { readonly begin: string; readonly rest: string } {
  const words = text.trimStart().split(/\s+/, count)
  let at = text.length - text.trimStart().length
  for (const word of words) at = text.indexOf(word, at) + word.length
  return { begin: words.join(' '), rest: text.slice(at).trimStart() }
}

export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(closed)].map(wordOf)
}

/** The name in a text that is one name: all of it, or the part in quotes. */
export function nameIn(text: string): string {
  const { word, rest } = firstWord(text)
  return rest === '' ? word : text
}

/** A name as a word of a command. */
export function asWord(name: string): string {
  return /[\s"]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name
}

/** The last word of a text so far, and where it begins; it is empty after a space. */
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
