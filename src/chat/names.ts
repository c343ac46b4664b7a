/**
 * Rules for names, so that no peer can look like another one or like the program itself.
 *
 * An own name that breaks a rule is refused with a sentence. The name of another peer is cleaned and shown, because what
 * it says counts more than what it is called. The rules follow UTS #39 (section 5.2, "Highly Restrictive").
 */

/** Joiners and selectors with a meaning: in emoji, and in scripts in which joiners change the shape of letters. */
const MEANINGFUL =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\uFE0F|(?<=[0-9#*])\uFE0F(?=\u20E3)|(?<=(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])[\u200C\u200D](?=(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])/gu

/** Characters that are invisible, or not the same everywhere: controls, separators, ignorable and unassigned ones, fake blanks. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u2800\uFFF9-\uFFFB\p{Default_Ignorable_Code_Point}]/gu

/** A character that is visible by itself. */
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u

/** Names and marks that the program itself uses, in the terminal and on the page. */
const RESERVED = /^(?:you|system|parley|somebody else|[-* ]+)$/i

const SCRIPTS = (
  'Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu ' +
  'Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Cherokee Khmer Mongolian Han Hiragana Katakana ' +
  'Bopomofo Hangul Coptic Lisu'
).split(' ')

/** Sets of scripts whose letters may be in one name. */
const TOGETHER = [
  ...SCRIPTS.map((script) => [script]),
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
].map((scripts) => scriptsOnly(scripts))

const LISTED = scriptsOnly(SCRIPTS)

/** Letters that several scripts share. */
const SHARED = /[\p{Script=Common}\p{Script=Inherited}]/u

function scriptsOnly(scripts: readonly string[]): RegExp {
  return new RegExp(`[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]`, 'u')
}

/** A name with full-width and other forms as the usual letters (NFKC), without spaces around it. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').trim()
}

/** Why a folded name cannot be an own name; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  if (withoutHidden(name) !== name) return 'must not contain control or invisible characters'
  if (!SEEN.test(name)) return 'must contain a letter, a digit or a symbol'
  if (isReserved(name)) return `must not be "${name}", which the program itself uses`
  return isOfOneScript(name) ? undefined : 'must not mix letters of several alphabets that look alike'
}

/** Whether the program itself uses this name. Other dashes or asterisks, more spaces and a final full stop make no difference. */
export function isReserved(name: string): boolean {
  const plain = name
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\u2217\u204E]/g, '*')
    .replace(/\s+/g, ' ')
    .replace(/[\s.:;,!?…]+$/u, '')
  return RESERVED.test(plain)
}

/** A folded name as it is shown; empty if it has nothing to show. A letter of another alphabet becomes U+FFFD. */
export function cleanedName(name: string): string {
  const visible = withoutHidden(name).trim()
  if (!SEEN.test(visible)) return ''
  const even = isOfOneScript(visible) ? visible : inItsScript(visible)
  return isReserved(even) ? `${even}_` : even
}

function withoutHidden(name: string): string {
  const kept = new Set([...name.matchAll(MEANINGFUL)].map(({ index }) => index))
  return name.replace(HIDDEN, (character, index: number) => (kept.has(index) ? character : ''))
}

/** A script that is not listed may not be mixed with one that is: nobody checked which of its letters look alike. */
function isOfOneScript(name: string): boolean {
  const letters = lettersOf(name)
  if (!letters.some((letter) => LISTED.test(letter))) return true
  return TOGETHER.some((together) => letters.every((letter) => together.test(letter)))
}

/** The name in the scripts of most of its letters. */
function inItsScript(name: string): string {
  const letters = lettersOf(name)
  const count = (together: RegExp): number => letters.filter((letter) => together.test(letter)).length
  const [most] = [...TOGETHER].sort((one, other) => count(other) - count(one))
  const isForeign = (letter: string): boolean => most?.test(letter) !== true && !SHARED.test(letter)
  return name.replace(/\p{L}/gu, (letter) => (isForeign(letter) ? '\uFFFD' : letter))
}

function lettersOf(name: string): string[] {
  return (name.match(/\p{L}/gu) ?? []).filter((letter) => !SHARED.test(letter))
}
