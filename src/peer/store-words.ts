/**
 * The words of a text, as they are searched for: without regard to case and accents. Pure.
 *
 * Scripts without spaces between words (Chinese, Japanese, Thai and so on) are cut into overlapping pairs of
 * characters, so that a part of a sentence can be found.
 */

const PLAIN = /^[\0-\x7f]*$/
const PLAIN_WORDS = /[A-Z0-9]+/g
const WORDS = /[\p{L}\p{N}\p{M}]+/gu
const ACCENTS = /\p{Mn}/gu
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}'
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u')
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu')

/** Without what makes no difference in a search. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toUpperCase()
  // Twice: what looked like one letter may have become several.
  return foldCase(foldCase(text).normalize('NFKD').replace(ACCENTS, ''))
}

/** Neither alone makes all forms of a letter one. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase()
}

/** What a folded text can be found by: each word once. */
export function wordsIn(folded: string): Set<string> {
  return wordsOf(folded, true)
}

/** What a folded query asks for: the beginnings of words, of which a text must have each. */
export function beginningsIn(folded: string): Set<string> {
  return wordsOf(folded, false)
}

/** Whether a word of a folded text begins so. */
export function hasBeginning(folded: string, beginning: string): boolean {
  // Few texts come further than this.
  if (!folded.includes(beginning)) return false
  for (const word of wordsIn(folded)) if (word.startsWith(beginning)) return true
  return false
}

function wordsOf(folded: string, isText: boolean): Set<string> {
  if (PLAIN.test(folded)) return new Set(folded.match(PLAIN_WORDS))
  const words = new Set<string>()
  for (const word of folded.match(WORDS) ?? []) {
    if (!HAS_UNSPACED.test(word)) words.add(word)
    else for (const run of word.match(RUNS) ?? []) addRun(words, run, isText)
  }
  return words
}

function addRun(words: Set<string>, run: string, isText: boolean): void {
  const characters = Array.from(run)
  if (!HAS_UNSPACED.test(run)) {
    words.add(run)
    return
  }
  for (const [index, next] of characters.slice(1).entries()) words.add(`${characters[index] ?? ''}${next}`)
  // The last one alone, too: a text may end in what is searched for.
  const last = characters.at(-1)
  if (last !== undefined && (isText || characters.length === 1)) words.add(last)
}
