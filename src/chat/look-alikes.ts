/**
 * What a name looks like: names that a hurried reader takes for each other have one look. Pure.
 *
 * Beside what fold() makes equal, these are letters and digits of whole names that look alike in common fonts, from the list
 * of UTS #39 (https://www.unicode.org/Public/security/latest/confusables.txt): the alphabets in which a name can be written,
 * as far as they share shapes with Latin. A name that mixes alphabets is not shown as it is (names.ts).
 */
import { fold } from './fold.ts'

/** In lower case, by the letter that they look like. */
const ALIKE: Readonly<Record<string, string>> = {
  a: 'аα',
  b: 'вβ',
  c: 'с',
  d: 'ԁ',
  e: 'еε3',
  h: 'нһ',
  j: 'ј',
  k: 'кκ',
  l: 'i1|!іӏι',
  m: 'мμ',
  n: 'η',
  o: '0оοօ',
  p: 'рρ',
  q: 'ԛ',
  s: 'ѕ5$',
  t: 'тτ',
  u: 'υս',
  v: 'ν',
  w: 'ԝ',
  x: 'хχ',
  y: 'у',
  z: 'ζ',
}

const LETTERS = new Map(
  Object.entries(ALIKE).flatMap(([letter, others]) =>
    Array.from(others, (other) => [other, letter] as const),
  ),
)
const OTHERS = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu')
/** Pairs that run together. */
const PAIRS: readonly (readonly [pair: RegExp, letter: string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
]

export function lookOf(name: string): string {
  const single = fold(name)
    .toLowerCase()
    .replace(OTHERS, (letter) => LETTERS.get(letter) ?? letter)
  return PAIRS.reduce((look, [pair, letter]) => look.replace(pair, letter), single)
}
