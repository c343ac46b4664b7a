/** Completion in the composer: people, channels, commands. */
import { isClosedLabel } from '../../chat/closed-label.ts'
import { fold } from '../../chat/fold.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { LocalMessage, LocalState } from '../../chat/wire/local-api.ts'
import { COMMANDS } from './input.ts'

export interface Suggestion {
  /** The text it inserts, with a space at the end. */
  readonly text: string
  readonly label: string
  readonly detail: string
}

export interface Completion {
  /** The replaced word: [from, to) in UTF-16 units. */
  readonly from: number
  readonly to: number
  readonly suggestions: readonly Suggestion[]
}

export const NO_COMPLETION: Completion = { from: 0, to: 0, suggestions: [] }

const MOST = 8

/** `recent`: ids of the latest speakers, newest first. */
export function complete(
  local: LocalState | undefined,
  recent: readonly string[],
  draft: string,
  cursor: number,
): Completion {
  const before = draft.slice(0, cursor)
  const from = Math.max(before.lastIndexOf(' '), before.lastIndexOf('\n')) + 1
  const word = before.slice(from)
  const suggestions = suggestionsFor(local, recent, word, from === 0).slice(0, MOST)
  return suggestions.length === 0 ? NO_COMPLETION : { from, to: cursor, suggestions }
}

function suggestionsFor(
  local: LocalState | undefined,
  recent: readonly string[],
  word: string,
  isFirst: boolean,
): Suggestion[] {
  const wanted = fold(word.slice(1))
  if (word.startsWith('/') && isFirst)
    return COMMANDS.filter(({ name }) => fold(name).startsWith(wanted)).map(({ name, usage, help }) => ({
      text: `/${name} `,
      label: usage,
      detail: help,
    }))
  if (word.startsWith('#'))
    return (local?.channels ?? [])
      .filter(({ name }) => [name, name.replace(/^!/, '')].some((each) => fold(each).startsWith(wanted)))
      .map(({ name }) => ({
        text: `#${name} `,
        label: `#${sanitizeLine(name)}`,
        detail: isClosedLabel(name) ? 'closed channel' : '',
      }))
  return word.startsWith('@') ? people(local, recent, wanted) : []
}

function people(local: LocalState | undefined, recent: readonly string[], wanted: string): Suggestion[] {
  const all = local?.people ?? []
  const spoke = recent.flatMap((id) => all.filter((one) => one.id === id))
  const others = all.filter(({ id }) => !recent.includes(id))
  const ordered = [
    ...spoke,
    ...others.filter(({ isHere }) => isHere),
    ...others.filter(({ isHere }) => !isHere),
  ]
  return ordered
    .filter(({ name }) => fold(name).startsWith(wanted))
    .map(({ id, name, short = id, isHere }) => ({
      text: /\s/.test(name) ? `@"${name}" ` : `@${name} `,
      label: `@${sanitizeLine(name)}`,
      detail: isHere ? short : `${short}, away`,
    }))
}

/** Ids of the latest speakers in these messages, newest first. */
export function recentSpeakers(messages: readonly LocalMessage[], most = 20): string[] {
  const ids = new Set<string>()
  for (let index = messages.length - 1; index >= 0 && index >= messages.length - 200; index--) {
    const message = messages[index]
    if (message !== undefined && !message.own) ids.add(message.from.id)
    if (ids.size >= most) break
  }
  return [...ids]
}

/** The draft with the suggestion inserted, and the new cursor position. */
export function completed(
  draft: string,
  { from, to }: Completion,
  suggestion: Suggestion,
): { readonly draft: string; readonly cursor: number } {
  const rest = draft.slice(to).replace(/^ /, '')
  return { draft: draft.slice(0, from) + suggestion.text + rest, cursor: from + suggestion.text.length }
}
