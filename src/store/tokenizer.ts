/**
 * Splits folded text (chat/fold.ts) into the words that searches find it by.
 *
 * Text of scripts without spaces between words (Chinese, Japanese, Thai and so on) is cut into overlapping pairs of
 * characters, so that a part of a sentence can be found.
 */

const PLAIN = /^[\0-\x7f]*$/
const PLAIN_WORDS = /[A-Z0-9]+/g
const WORDS = /[\p{L}\p{N}\p{M}]+/gu
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}'
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u')
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu')
/** Text that ends in a letter of a script with spaces: a following letter belongs to the same word. */
const GOES_ON = new RegExp(`[[\\p{L}\\p{N}\\p{M}]--[${UNSPACED}]]$`, 'v')

/** The words of a folded text, each once. */
export function wordsIn(folded: string): Set<string> {
  return wordsOf(folded, true)
}

/** The beginnings of words that a folded query asks for; a text must have each of them. */
export function beginningsIn(folded: string): Set<string> {
  return wordsOf(folded, false)
}

/** Whether a word of a folded text has this beginning, which is one of beginningsIn(). */
export function hasBeginning(folded: string, beginning: string): boolean {
  let at = folded.indexOf(beginning)
  // In a script without spaces a word begins with every character.
  if (at < 0 || HAS_UNSPACED.test(beginning)) return at >= 0
  while (at > 0 && GOES_ON.test(folded.slice(Math.max(0, at - 2), at))) at = folded.indexOf(beginning, at + 1)
  return at >= 0
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
  // The last character alone, too, because a text may end in a query of one character.
  const last = characters.at(-1)
  if (last !== undefined && (isText || characters.length === 1)) words.add(last)
}
