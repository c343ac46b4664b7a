/**
 * Text as it is compared when something is looked for: without regard to case, accents, width, and the strokes and
 * hooks of letters that Unicode does not take apart. Pure.
 *
 * A change of what is folded needs another value of FOLD_VERSION: stored indexes are made anew by it.
 */

export const FOLD_VERSION = 2

const PLAIN = /^[\0-\x7f]*$/
const ACCENTS = /\p{Mn}/gu

/**
 * Letters without a decomposition and the plain ones that are typed for them, as CLDR's transliteration Latin-ASCII has
 * them (https://github.com/unicode-org/cldr/blob/main/common/transforms/Latin-ASCII.xml); Ə as in Azerbaijani, Ґ as in
 * Ukrainian.
 */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  A: 'Ⱥᶏ',
  AE: 'Æ',
  B: 'ƀƁƂɃᵬᶀ',
  C: 'ƇȻɕ',
  D: 'ÐĐƉƊƋȡᵭᶁᶑ',
  E: 'ƐƎƏɆᶒ',
  F: 'Ƒᵮᶂ',
  G: 'ƓǤᶃ',
  H: 'ĦⱧꞪ',
  HV: 'Ƕ',
  I: 'ıƖƗᵻᶖ',
  J: 'ȷɈɟ',
  K: 'ƘⱩꝀꝂꝄᶄ',
  L: 'ŁȽⱠⱢɭȴᶅꝈ',
  LL: 'Ỻ',
  M: 'Ɱᵯᶆ',
  N: 'ŊƝȠȵɳᵰᶇ',
  O: 'ØƆƟꝊꝌ',
  OE: 'Œ',
  OI: 'Ƣ',
  OU: 'Ȣ',
  P: 'ƤⱣᵱᶈꝐ',
  Q: 'ĸɊꝖ',
  R: 'ɌⱤɼɾᵲᵳᶉ',
  S: 'Ȿʂᵴᶊ',
  T: 'ŦƫƬƮȾȶᵵ',
  TH: 'Þ',
  U: 'ɄᵾᶙƱ',
  V: 'ƲⱱⱴỼᶌ',
  W: 'Ⱳ',
  X: 'ᶍ',
  Y: 'ƳɎỾ',
  Z: 'ƵȤⱫⱿʐʑᵶᶎ',
  Г: 'ҐҒ',
}

const PLAIN_FOR = new Map(
  Object.entries(PLAIN_LETTERS).flatMap(([plain, letters]) =>
    Array.from(letters, (letter) => [letter, plain] as const),
  ),
)
const UNPLAIN = new RegExp(`[${[...PLAIN_FOR.keys()].join('')}]`, 'gu')

/** Without what makes no difference in a search. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toUpperCase()
  // Twice: what looked like one letter may have become several.
  const bare = foldCase(withoutAccents(foldCase(text)))
  return bare.replace(UNPLAIN, (letter) => PLAIN_FOR.get(letter) ?? letter)
}

/** Whether a text has letters that version 1 left as they were. */
export function isFoldedAnew(text: string): boolean {
  return !PLAIN.test(text) && withoutAccents(foldCase(text)).search(UNPLAIN) >= 0
}

/** Neither alone makes all forms of a letter one. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '')
}
