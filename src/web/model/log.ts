/** The loaded part of one conversation: new messages at its end, older pages at its beginning. */
import { arrivalOf, placeOf } from '../../chat/moment.ts'
import type { LocalDelivery, LocalMessage, LocalPage } from '../../chat/wire/local-api.ts'
import { mentions } from './mention.ts'
import type { Log } from './view.ts'

/** Messages kept in memory for the open conversation and for each other one; older ones are loaded again when needed. */
export const KEPT = { open: 12_000, closed: 300 } as const

/** Only among so many newest messages unread ones are counted. */
const COUNTED = 1_000

/** Adds a message in its place, or updates it. */
export function withMessage(log: Log, message: LocalMessage): Log {
  const { messages } = log
  const known = indexOfKey(messages, message.key)
  if (known >= 0) return { ...log, messages: messages.with(known, further(messages[known], message)) }
  const place = messages.findLastIndex((other) => placeOf(other) <= placeOf(message)) + 1
  // An older message than the loaded ones comes with its page.
  if (place === 0 && log.newest === 'loaded' && !log.isWhole) return log
  return { ...log, messages: messages.toSpliced(place, 0, message) }
}

export function withDelivery(log: Log, key: string, delivery: LocalDelivery | undefined): Log {
  const place = indexOfKey(log.messages, key)
  const message = log.messages[place]
  if (message === undefined) return log
  return { ...log, messages: log.messages.with(place, { ...message, delivery }) }
}

/** Adds the page before the loaded messages. */
export function withOlder(log: Log, page: LocalPage): Log {
  const known = new Set(log.messages.map(({ key }) => key))
  const older = page.messages.filter(({ key }) => !known.has(key))
  return {
    ...log,
    messages: [...older, ...log.messages],
    before: page.before,
    isWhole: page.before === undefined,
    older: 'idle',
  }
}

/**
 * Adds the newest page. When it does not overlap the loaded messages there may be a gap between them; then only loaded
 * messages that are newer than the page stay.
 */
export function withNewest(log: Log, page: LocalPage): Log {
  const inPage = new Set(page.messages.map(({ key }) => key))
  const known = new Map(log.messages.map((message) => [message.key, message]))
  const messages = page.messages.map((message) => further(known.get(message.key), message))
  const [oldest] = messages
  const newest = messages.at(-1)
  const rest = log.messages.filter(({ key }) => !inPage.has(key))
  const later = newest === undefined ? rest : rest.filter((message) => placeOf(message) >= placeOf(newest))
  const meets = rest.length < log.messages.length
  const canGoOn = log.isWhole || log.before !== undefined
  const isFirstPage = page.before === undefined
  const earlier =
    meets && canGoOn && !isFirstPage && oldest !== undefined
      ? rest.filter((message) => placeOf(message) < placeOf(oldest))
      : []
  const source = earlier.length > 0 ? log : { before: page.before, isWhole: isFirstPage }
  return {
    ...log,
    messages: [...earlier, ...messages, ...later],
    before: source.before,
    isWhole: source.isWhole,
    newest: 'loaded',
    older: 'idle',
  }
}

/** Keeps the newest messages only. No cursor leads to the middle of a page, so the newest page is loaded again. */
export function trimmed(log: Log, most: number): Log {
  if (log.messages.length <= most) return log
  const messages = log.messages.slice(-most)
  return { ...log, messages, before: undefined, isWhole: false, newest: 'missing', older: 'idle' }
}

/** An event can overtake an answer: of two states of one message, the one with more settled recipients is newer. */
function further(known: LocalMessage | undefined, told: LocalMessage): LocalMessage {
  return known !== undefined && settled(known) > settled(told) ? known : told
}

/** Recipients with a final result. */
function settled({ delivery }: LocalMessage): number {
  return delivery === undefined ? 0 : delivery.delivered + delivery.failed.length
}

/** Counts messages of others that arrived after `mark`, without those that ask for no attention. */
export function counted(log: Log, mark: number, ownName: string): Log {
  let unread = 0
  let mentioned = 0
  for (const message of log.messages.slice(-COUNTED)) {
    if (message.own || message.hushed !== undefined || arrivalOf(message) <= mark) continue
    unread++
    if (mentions(message.text, ownName)) mentioned++
  }
  const line = log.unread === 0 && unread > 0 ? mark : log.line
  if (unread === log.unread && mentioned === log.mentions && line === log.line) return log
  return { ...log, unread, mentions: mentioned, line }
}

/** The greatest arrivalOf() of the loaded messages; 0 without messages. */
export function lastReceived(log: Log): number {
  return log.messages.slice(-COUNTED).reduce((last, message) => Math.max(last, arrivalOf(message)), 0)
}

/** Searches from the end, where most lookups succeed. -1 when there is none. */
export function indexOfKey(messages: readonly LocalMessage[], key: string): number {
  return messages.findLastIndex((message) => message.key === key)
}

/** The index of the first message after the unread line; -1 when there is none. */
export function firstUnread({ messages, line }: Log): number {
  if (line === undefined) return -1
  return messages.findIndex(
    ({ own, hushed, ...dated }) => !own && hushed === undefined && arrivalOf(dated) > line,
  )
}
