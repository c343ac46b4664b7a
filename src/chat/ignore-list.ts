/**
 * Ignore lists that people share, as messages: programs that do not know them show the text. Pure.
 *
 *     My list of 2 ignored people:
 *     mallory cN-eInmtvsbRK_KSEYTJIi6yTthSAFv2QBOfUuWc2a4
 *     spam bot -VxqXf8DH6x7GmpUtmEMrrg7Offopmvhb_X6pKUR7S0
 *
 * It is text, and no kind of content of its own: a signature covers the kind, and programs that do not know a kind would
 * not believe its signature.
 */
import { isKeyId, type KeyId } from '../identity/public-key.ts'
import { countOf } from './hush.ts'
import { LIMITS } from './limits.ts'
import { cleanedName, foldedName } from './names.ts'

/** A person on a list, as it is called by who shares the list. */
export interface Listed {
  readonly key: KeyId
  /** Empty: nothing that could be shown. */
  readonly name: string
}

const HEAD = /^My list of ([0-9]{1,3}) ignored (?:person|people):$/
const LINE = /^(?:(.*) )?([A-Za-z0-9_-]{43})$/

/** Words that every list has, for a search. */
export const WORDS_OF_LISTS = 'list of ignored'

/** At most LIMITS.sharedIgnored people. */
export function ignoreListText(people: readonly Listed[]): string {
  const lines = people.map(({ name, key }) => `${foldedName(name)} ${key}`.trimStart())
  return [`My list of ${countOf(people.length)}:`, ...lines].join('\n')
}

/** The people on the list that this text is, each once; undefined for any other text. */
export function ignoreListIn(text: string): readonly Listed[] | undefined {
  // Most messages are no list.
  if (!text.startsWith('My list of ')) return undefined
  const [head = '', ...lines] = text.trimEnd().split('\n', LIMITS.sharedIgnored + 2)
  const count = Number(HEAD.exec(head)?.[1])
  const people = lines.flatMap(listedIn)
  const isWhole = people.length === count && people.length === lines.length
  if (!isWhole || count < 1 || count > LIMITS.sharedIgnored) return undefined
  return [...new Map(people.map((listed) => [listed.key, listed])).values()]
}

function listedIn(line: string): readonly Listed[] {
  const [, name = '', key = ''] = LINE.exec(line) ?? []
  const isName = Buffer.byteLength(name) <= LIMITS.nameBytes
  return isKeyId(key) ? [{ key, name: isName ? cleanedName(foldedName(name)) : '' }] : []
}
