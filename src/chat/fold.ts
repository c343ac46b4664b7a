/**
 * Folds text for search: case, accents, width, and the strokes and hooks of letters that Unicode does not decompose make
 * no difference.
 *
 * A change to the folding needs a new FOLD_VERSION, by which stores rebuild their search index.
 */

export const FOLD_VERSION = 2

const PLAIN = /^[\0-\x7f]*$/
const ACCENTS = /\p{Mn}/gu

/**
 * Letters without a decomposition, by the plain letters that users type for them, as in CLDR's transliteration
 * Latin-ASCII (https://github.com/unicode-org/cldr/blob/main/common/transforms/Latin-ASCII.xml); Ə as in Azerbaijani, Ґ as in
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

/** The folded text. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toUpperCase()
  // Twice, because one letter may have become several.
  const bare = foldCase(withoutAccents(foldCase(text)))
  return bare.replace(UNPLAIN, (letter) => PLAIN_FOR.get(letter) ?? letter)
}

/** Whether version 1 folded this text differently. */
export function isFoldedAnew(text: string): boolean {
  return !PLAIN.test(text) && withoutAccents(foldCase(text)).search(UNPLAIN) >= 0
}

/** Lower case and upper case: neither alone unifies all forms of a letter. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '')
}
