/** Messages -> the rows of the log: day lines, the unread line, and messages grouped by author. */
import { arrivalOf } from '../../chat/moment.ts'
import type { LocalMessage, LocalPerson } from '../../chat/wire/local-api.ts'
import { renamesBetween, type Rename } from '../../chat/renames.ts'
import type { Outgoing } from './view.ts'

/**
 * Messages of one author share one heading with name and time. A new heading comes after a pause of this length, when
 * the group gets this old (both in milliseconds), and after so many rows.
 */
export const GROUPED = 5 * 60_000
const GROUPED_ROWS = 20

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: LocalMessage
      /** It has the heading of its group. */
      readonly isFirst: boolean
    }
  /** A person has another name. */
  | { readonly kind: 'rename'; readonly key: string; readonly rename: Rename }

/**
 * `before`: the message before them, which is not drawn; undefined when there is none.
 * `line`: the unread line stands before the first message that arrived after it.
 */
export function rowsOf(
  messages: readonly LocalMessage[],
  before: LocalMessage | undefined,
  line: number | undefined,
): Row[] {
  const rows: Row[] = []
  let previous = before
  let isLineDrawn = line === undefined || isAfterLine(before, line)
  let group: Group | undefined = before === undefined ? undefined : { at: before.at, rows: 1 }
  let day = before === undefined ? undefined : dayAround(before.at)
  for (const message of messages) {
    const isNewDay = day === undefined || message.at < day.start || message.at >= day.end
    if (isNewDay) {
      day = dayAround(message.at)
      // A clock that was set back repeats a day, so the key is that of the message below the line.
      rows.push({ kind: 'day', key: `day ${message.key}`, at: message.at })
    }
    const isLineHere = !isLineDrawn && isAfterLine(message, line)
    if (isLineHere) rows.push({ kind: 'unread', key: 'unread' })
    isLineDrawn ||= isLineHere
    const isFirst = isNewDay || isLineHere || !isGrouped(previous, message) || isFull(group, message)
    group = isFirst || group === undefined ? { at: message.at, rows: 1 } : { ...group, rows: group.rows + 1 }
    rows.push({ kind: 'message', key: message.key, message, isFirst })
    previous = message
  }
  return rows
}

/** The rows for [from, to): the same rows, wherever the window begins. */
export function rowsIn(
  messages: readonly LocalMessage[],
  from: number,
  to: number,
  line: number | undefined,
): Row[] {
  if (from >= to) return []
  const start = groupStart(messages, from)
  const rows = rowsOf(messages.slice(start, to), messages[start - 1], line)
  const first = messages[from]
  if (start === from || first === undefined) return rows
  // A day line or an unread line directly above a message belongs to it.
  let place = rows.findIndex((row) => row.kind === 'message' && row.message === first)
  while (place > 0 && rows[place - 1]?.kind !== 'message') place--
  return rows.slice(place)
}

/** The start of the group of that message: rows from there on do not depend on earlier messages. */
function groupStart(messages: readonly LocalMessage[], index: number): number {
  let start = index
  for (; start > 0; start--) {
    const message = messages[start]
    if (message === undefined || !isGrouped(messages[start - 1], message)) break
  }
  return start
}

/** The messages under one heading: when the first was said, and how many there are. */
interface Group {
  readonly at: number
  readonly rows: number
}

function isFull(group: Group | undefined, { at }: LocalMessage): boolean {
  return group !== undefined && (group.rows >= GROUPED_ROWS || Math.abs(at - group.at) >= GROUPED)
}

/** True when an outgoing message belongs to the group of the row before it. */
export function followsOwn(previous: LocalMessage | Outgoing | undefined, { at, action }: Outgoing): boolean {
  if (previous === undefined || action || previous.action) return false
  return ('own' in previous ? previous.own : true) && Math.abs(at - previous.at) < GROUPED
}

function isAfterLine(message: LocalMessage | undefined, line: number | undefined): boolean {
  return message !== undefined && line !== undefined && !message.own && arrivalOf(message) > line
}

function isGrouped(previous: LocalMessage | undefined, message: LocalMessage): boolean {
  return (
    previous?.from.id === message.from.id &&
    previous.from.name === message.from.name &&
    !previous.action &&
    !message.action &&
    Math.abs(message.at - previous.at) < GROUPED
  )
}

/** Midnight to midnight in the time zone of the reader. Asks the calendar once a day, not once a message. */
function dayAround(at: number): { readonly start: number; readonly end: number } {
  return { start: new Date(at).setHours(0, 0, 0, 0), end: new Date(at).setHours(24, 0, 0, 0) }
}

/**
 * The rows with a line for each change of the name of an author between them. `isEnd`: behind the last row is the end of
 * the conversation.
 */
export function withRenames(
  rows: readonly Row[],
  people: ReadonlyMap<string, Pick<LocalPerson, 'name' | 'callsItself' | 'formerNames'>>,
  isEnd: boolean,
): readonly Row[] {
  const messages = rows.flatMap((row) => (row.kind === 'message' ? [row.message] : []))
  const authors = [...new Set(messages.map(({ from }) => from.id))].flatMap((id) => people.get(id) ?? [])
  const renamed = authors.flatMap(({ name, callsItself, formerNames }) =>
    formerNames === undefined ? [] : [{ name, callsItself, formerNames }],
  )
  if (renamed.length === 0) return rows
  const renames = renamesBetween(
    renamed,
    messages.map(({ at }) => at),
  )
  const lines = (place: number): Row[] =>
    (renames[place] ?? []).map((rename) => ({
      kind: 'rename',
      key: `rename ${rename.at} ${rename.before}`,
      rename,
    }))
  let place = 0
  const between = rows.flatMap((row) => (row.kind === 'message' ? [...lines(place++), row] : [row]))
  return isEnd ? [...between, ...lines(place)] : between
}
