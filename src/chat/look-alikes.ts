/**
 * What a name looks like: names that a hurried reader takes for each other have one look. Pure.
 *
 * Beside what fold() makes equal, these are letters and digits of whole names that look alike in common fonts, from the list
 * of UTS #39 (https://www.unicode.org/Public/security/latest/confusables.txt): the alphabets in which a name can be written,
 * as far as they share shapes with Latin. A name that mixes alphabets is not shown as it is (names.ts).
 */
import { BoundedMap } from './bounded.ts'
import { fold } from './fold.ts'

/** By the letter that they look like, in whatever case; small capitals and the capitals of scripts without others, too. */
const ALIKE: Readonly<Record<string, string>> = {
  a: 'аαɑᴀᎪꓮⲁ',
  b: 'вβьʙᏴᏏꓐⲃ',
  c: 'сᴄᏟꓚⲥ',
  d: 'ԁᴅᎠᏧꓓꓒ',
  e: 'еε3ҽзᴇᎬꓰ',
  f: 'ꜰꓝ',
  g: 'ɡցԍɢᏀᏻꓖ',
  h: 'нһհʜᎻᏂꓧⲏ',
  j: 'јյᴊᎫꓙ',
  k: 'кκᴋᏦꓗⲕ',
  l: 'i1|!іӏιꞁǀʟɪᏞᎥꓡꓲⲓ',
  m: 'мμᴍᎷꓟⲙ',
  n: 'ηпոռɴꓠⲛ',
  o: '0оοօᴏꓳⲟ',
  p: 'рρᴘᏢꓑⲣ',
  q: 'ԛզ',
  r: 'гʀᎡᏒꓣ',
  s: 'ѕ5$ꜱᏕᏚꓢ',
  t: 'тτᴛᎢꓔⲧ',
  u: 'υսᴜꓴ',
  v: 'νѵᴠᏙꓦ',
  w: 'ԝѡᴡᎳᏔꓪ',
  x: 'хχꓫⲭ',
  y: 'уʏᎩᎽꓬⲩ',
  z: 'ζᴢᏃꓜⲍ',
  '-': '‐‑‒–—―−',
  "'": '’‘ʼʹ′`',
}

const LETTERS = new Map(
  Object.entries(ALIKE).flatMap(([letter, others]) =>
    Array.from(others.toLowerCase(), (other) => [other, letter] as const),
  ),
)
const OTHERS = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu')
/** Pairs that run together. */
const PAIRS: readonly (readonly [pair: RegExp, letter: string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
]
/** Greek capitals that look like another Latin letter than their small ones: ΑΝΝΑ, but ανα. */
const CAPITALS: Readonly<Record<string, string>> = { Η: 'H', Ν: 'N', Υ: 'Y' }
const UNLIKE_SMALL = /[ΗΝΥ]/gu

/** What a name looks like when case makes no difference. */
export function lookOf(name: string): string {
  const single = fold(name)
    .toLowerCase()
    .replace(OTHERS, (letter) => LETTERS.get(letter) ?? letter)
    .replace(/\s+/gu, ' ')
  const look = PAIRS.reduce((before, [pair, letter]) => before.replace(pair, letter), single)
  // Nobody sees a full stop behind a name.
  return look.replace(/(?<=.)[\s.,:;]+$/u, '')
}

/** Names whose looks are remembered: every message asks for those of its author. */
const MAX_REMEMBERED = 1_024
const REMEMBERED = new BoundedMap<string, readonly string[]>(MAX_REMEMBERED)

/** All that a name looks like, the first without regard to case. */
export function looksOf(name: string): readonly string[] {
  const known = REMEMBERED.get(name)
  if (known !== undefined) return known
  const looks = looksAt(name)
  REMEMBERED.set(name, looks)
  return looks
}

function looksAt(name: string): readonly string[] {
  const bare = name.normalize('NFD')
  const capital = bare.replace(UNLIKE_SMALL, (letter) => CAPITALS[letter] ?? letter)
  return capital === bare ? [lookOf(name)] : [lookOf(name), lookOf(capital)]
}

export function isAlike(name: string, other: string): boolean {
  const looks = looksOf(other)
  return looksOf(name).some((look) => looks.includes(look))
}
