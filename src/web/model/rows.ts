/** Messages -> the rows of the log: lines for days, the line where reading stopped, and authors in groups. Pure. */
import { arrivalOf } from '../../chat/moment.ts'
import type { LocalMessage } from '../../chat/local.ts'
import type { Outgoing } from './view.ts'

/** Messages of one author within this time, in milliseconds, stand under one name. */
export const GROUPED = 5 * 60_000

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
  const days = new Map<string, number>()
  for (const message of messages) {
    const isNewDay = previous === undefined || dayOf(previous.at) !== dayOf(message.at)
    if (isNewDay) rows.push({ kind: 'day', key: dayKey(message.at, days), at: message.at })
    const isLineHere = !isLineDrawn && isAfterLine(message, line)
    if (isLineHere) rows.push({ kind: 'unread', key: 'unread' })
    isLineDrawn ||= isLineHere
    const isFirst = isNewDay || isLineHere || !isGrouped(previous, message)
    rows.push({ kind: 'message', key: message.key, message, isFirst })
    previous = message
  }
  return rows
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

/** Unique among the rows: a day comes again when the clock was set back. */
function dayKey(at: number, days: Map<string, number>): string {
  const day = dayOf(at)
  const count = (days.get(day) ?? 0) + 1
  days.set(day, count)
  return count === 1 ? `day ${day}` : `day ${day} ${count}`
}

/** The day of a time, where the reader is: `2026-3-14`. */
function dayOf(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
