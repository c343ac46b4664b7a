/**
 * `bob·k3f9-2mx7`: a name and the short id of the key that has it, as users type it. Pure.
 *
 * Invariant: the key says who is meant. The name is one that this person has or had, so that a slip in the key goes to no one.
 */
import { fold } from './fold.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Renamed } from './renames.ts'

/** Dots that look the same stand between the two. */
const DOTS = '·•‧∙⋅●᛫⸱・･ꞏ⸳◦∘⦁𐄁'
const LABELLED = new RegExp(`^(.+)[${DOTS}]([^${DOTS}]+)$`, 'u')

/** As `-` looks. */
const DASHES = '\\p{Pd}\u2212\u02D7\u2043'
/** What may stand behind the dot in a label: more than this is not told apart from it. */
const LIKE_ID = new RegExp(`[${DOTS}][^${DOTS}]*[${DASHES}\\p{N}]`, 'u')
/** Signs that are neither letters nor of ASCII: some font shows any of them as a dot. */
const SIGN = '(?:\\p{Lm}|[^\\p{ASCII}\\p{L}\\p{M}\\s])'
const GROUP = '[\\p{L}\\p{N}]{4}'
/** A short id or an IPv4 address with its port, exactly, behind any sign. */
const LIKE_WHOLE_ID = new RegExp(`${SIGN}(?:${GROUP}(?:[${DASHES}]${GROUP})+|[\\p{N}.]{7,}:\\p{N}+)$`, 'u')

/** Whether a name could be taken for one with what tells it apart behind it. */
export function isLikeLabel(name: string): boolean {
  return LIKE_ID.test(name) || LIKE_WHOLE_ID.test(name)
}

/** The people who are meant by their key; or the one who has the key, and never had the name. */
export type ByKey<Person> =
  | { readonly kind: 'meant'; readonly people: readonly Person[] }
  | { readonly kind: 'other'; readonly problem: string }

export interface KeyedNames<Person> {
  /** The people whose short id begins so. */
  readonly withShort: (short: string) => readonly Person[]
  readonly namesOf: (person: Person) => Renamed
}

/** Undefined: the word has not this form, or no one has such a key. */
export function meantByKey<Person>(
  word: string,
  { withShort, namesOf }: KeyedNames<Person>,
): ByKey<Person> | undefined {
  const [, name = '', short = ''] = LABELLED.exec(word) ?? []
  const people = short === '' ? [] : withShort(short)
  const [one, ...others] = people
  if (one === undefined) return undefined
  const named = people.filter((person) => hasName(namesOf(person), name))
  if (named.length > 0 || others.length > 0) return { kind: 'meant', people: named }
  const label = sanitizeLine(namesOf(one).name)
  return {
    kind: 'other',
    problem: `${sanitizeLine(short)} is the key of ${label}, who was never called ${sanitizeLine(name)} here`,
  }
}

/** Whether the person is called so, calls itself so, or did before. */
function hasName({ name, callsItself, formerNames }: Renamed, wanted: string): boolean {
  const all = [name, callsItself, ...formerNames.flatMap((former) => [former.name, former.shown])]
  const isSame = (one: string): boolean => fold(one) === fold(wanted)
  return all.some((one) => one !== undefined && (isSame(one) || isSame(LABELLED.exec(one)?.[1] ?? one)))
}
