/**
 * What a name may be made of, so that nobody can look like another or like the program itself. Pure.
 *
 * A name of our own that breaks a rule is refused with a sentence; one of another peer is shown cleaned, because what
 * it says counts more than what it is called. The rules follow UTS #39 (section 5.2, "Highly Restrictive").
 */

/** Symbols for people that need joiners and selectors, and scripts in which joiners change the shape of letters. */
const MEANINGFUL =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\uFE0F|(?<=[0-9#*])\uFE0F(?=\u20E3)|(?<=(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])[\u200C\u200D](?=(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])/gu

/** Not to be seen, or not the same everywhere: controls, separators, ignorable and unassigned ones, blanks that are none. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u2800\uFFF9-\uFFFB\p{Default_Ignorable_Code_Point}]/gu

/** Something that is seen by itself. */
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u

/** What the program itself is called, or marks its own lines with, in the terminal and on the page. */
const RESERVED = /^(?:you|system|parley|somebody else|[-* ]+)$/i

const SCRIPTS = (
  'Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu ' +
  'Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Cherokee Khmer Mongolian Han Hiragana Katakana ' +
  'Bopomofo Hangul Coptic Lisu'
).split(' ')

/** Of which scripts letters may stand together in one name. */
const TOGETHER = [
  ...SCRIPTS.map((script) => [script]),
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
].map((scripts) => scriptsOnly(scripts))

const LISTED = scriptsOnly(SCRIPTS)

/** Letters that belong to no script of their own. */
const SHARED = /[\p{Script=Common}\p{Script=Inherited}]/u

function scriptsOnly(scripts: readonly string[]): RegExp {
  return new RegExp(`[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]`, 'u')
}

/** Full-width and other forms as the usual letters (NFKC), without spaces around it. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').trim()
}

/** Why a folded name is not one that we can have; undefined: it is. */
export function nameProblem(name: string): string | undefined {
  if (withoutHidden(name) !== name) return 'must not contain control or invisible characters'
  if (!SEEN.test(name)) return 'must contain a letter, a digit or a symbol'
  if (isReserved(name)) return `must not be "${name}", which the program itself uses`
  return isOfOneScript(name) ? undefined : 'must not mix letters of several alphabets that look alike'
}

/** Other dashes and asterisks, more spaces, and a full stop behind it make no other name. */
export function isReserved(name: string): boolean {
  const plain = name
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\u2217\u204E]/g, '*')
    .replace(/\s+/g, ' ')
    .replace(/[\s.:;,!?…]+$/u, '')
  return RESERVED.test(plain)
}

/** A folded name as it is shown; empty when nothing of it can be. A letter of another alphabet becomes U+FFFD. */
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

/** A script that is not listed stands alone: nothing is known of what its letters look like. */
function isOfOneScript(name: string): boolean {
  const letters = lettersOf(name)
  if (!letters.some((letter) => LISTED.test(letter))) return true
  return TOGETHER.some((together) => letters.every((letter) => together.test(letter)))
}

/** In the scripts that most of its letters are of. */
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
