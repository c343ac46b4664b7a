/** Messages -> the rows of the log: lines for days, the line where reading stopped, and authors in groups. Pure. */
import { arrivalOf } from '../../chat/moment.ts'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import type { Outgoing } from './view.ts'

/**
 * Messages of one author stand under one name, unless there is such a pause between them; the name and the time stand
 * there again after so long, in milliseconds, and after so many rows.
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
      /** It stands under its author's name. */
      readonly isFirst: boolean
    }

/**
 * `before`: the message that stands before them and is not shown; undefined when there is none.
 * `line`: the unread line stands before the first that was received after it.
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
      // A day comes again when the clock was set back; the message below it is there once.
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

/** Those of the messages in [from, to): the same rows, wherever the window begins. */
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
  // A line for a day or for what is unread that stands before it is its own.
  let place = rows.findIndex((row) => row.kind === 'message' && row.message === first)
  while (place > 0 && rows[place - 1]?.kind !== 'message') place--
  return rows.slice(place)
}

/** Where the name of that message stands at the latest: it and all behind it do not depend on what is before. */
function groupStart(messages: readonly LocalMessage[], index: number): number {
  let start = index
  for (; start > 0; start--) {
    const message = messages[start]
    if (message === undefined || !isGrouped(messages[start - 1], message)) break
  }
  return start
}

/** Of messages that stand under one name: when the first was said, and how many they are. */
interface Group {
  readonly at: number
  readonly rows: number
}

function isFull(group: Group | undefined, { at }: LocalMessage): boolean {
  return group !== undefined && (group.rows >= GROUPED_ROWS || Math.abs(at - group.at) >= GROUPED)
}

/** Whether what we write now stands under the name of what stands before it. */
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

/** From midnight to midnight, where the reader is. One look at the calendar for each day, not for each message. */
function dayAround(at: number): { readonly start: number; readonly end: number } {
  return { start: new Date(at).setHours(0, 0, 0, 0), end: new Date(at).setHours(24, 0, 0, 0) }
}
