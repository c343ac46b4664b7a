/**
 * A failed request as a sentence for the user, and the field that it is about.
 *
 * The local peer refuses with a code, a field and a detail for programs (LocalRefusal). The page has its own words for
 * most codes; for the others it makes a sentence of the detail.
 */
import type { LocalRefusal } from '../../chat/wire/local-api.ts'
import { sanitize } from '../../chat/sanitize.ts'

export interface Problem {
  /** A whole sentence. */
  readonly text: string
  /** The name of the field in the local API; undefined when there is none. */
  readonly field: string | undefined
}

/** By the `error` of a refusal. */
const SENTENCES: Readonly<Record<string, string>> = {
  ambiguous_name: 'More than one person has this name. Choose the person in the list.',
  busy: 'That was too much at once. Try again in a moment.',
  id_conflict: 'This message could not be sent under its number. Write it again.',
  not_a_picture: 'Choose a PNG, JPEG, GIF or WebP picture.',
  not_joined: 'You are not in this channel. Join it first.',
  picture_too_large: 'This picture is too large.',
  reserved: 'This name is reserved. Choose another one.',
  too_many_channels: 'You are in too many channels. Leave one first.',
  too_many_requests: 'That was too much at once. Try again in a moment.',
  unknown_peer: 'Nobody here has this name or address.',
}

/** The fields of the local API in the user's words. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  status: 'status',
  picture: 'picture',
  text: 'message',
  words: 'search',
}

export function problemOf({ error, field, detail }: LocalRefusal): Problem {
  const known = Object.hasOwn(SENTENCES, error) ? SENTENCES[error] : undefined
  return { text: known ?? sentence(withoutField(detail, field)), field }
}

/** `name must not be empty` -> `This name must not be empty`. */
function withoutField(detail: string, field: string | undefined): string {
  if (field === undefined || !detail.startsWith(`${field} `)) return detail
  return `This ${FIELDS[field] ?? 'value'} ${detail.slice(field.length + 1)}`
}

/** A notice of the local peer as a sentence; a name at its beginning keeps its case. */
export function noticeSentence(text: string, names: readonly string[]): string {
  const isNamed = names.some((name) => name !== '' && text.startsWith(name))
  return isNamed ? withFullStop(text) : sentence(text)
}

/** Begins with a capital letter and ends with a full stop. */
export function sentence(words: string): string {
  const [first = '', ...rest] = withFullStop(words)
  return first.toLocaleUpperCase() + rest.join('')
}

function withFullStop(words: string): string {
  const whole = sanitize(words).trim()
  return whole === '' || /[.!?…]$/.test(whole) ? whole : `${whole}.`
}
