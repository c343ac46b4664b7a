/** Messages -> the rows of the log: lines for days, the line where reading stopped, and authors in groups. Pure. */
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
  for (const message of messages) {
    const isNewDay = previous === undefined || dayOf(previous.at) !== dayOf(message.at)
    if (isNewDay) rows.push({ kind: 'day', key: `day ${dayOf(message.at)}`, at: message.at })
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
  return ('own' in previous ? previous.own : true) && at - previous.at < GROUPED
}

function isAfterLine(message: LocalMessage | undefined, line: number | undefined): boolean {
  return message !== undefined && line !== undefined && !message.own && message.receivedAt > line
}

function isGrouped(previous: LocalMessage | undefined, message: LocalMessage): boolean {
  return (
    previous?.from.id === message.from.id &&
    previous.from.name === message.from.name &&
    !previous.action &&
    !message.action &&
    message.at - previous.at < GROUPED
  )
}

/** The day of a time, where the reader is: `2026-3-14`. */
function dayOf(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
