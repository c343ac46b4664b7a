/** What is loaded of one conversation: messages come in at its end, older pages before its beginning. Pure. */
import { arrivalOf, placeOf } from '../../chat/moment.ts'
import type { LocalDelivery, LocalMessage, LocalPage } from '../../chat/wire/local-api.ts'
import { mentions } from './mention.ts'
import type { Log } from './view.ts'

/** Messages that are kept of the open conversation, and of each other one; then the oldest are loaded anew. */
export const KEPT = { open: 12_000, closed: 300 } as const

/** Unread messages are looked for among so many. */
const COUNTED = 1_000

/** With this message in its place. */
export function withMessage(log: Log, message: LocalMessage): Log {
  const { messages } = log
  const known = indexOfKey(messages, message.key)
  if (known >= 0) return { ...log, messages: messages.with(known, further(messages[known], message)) }
  const place = messages.findLastIndex((other) => placeOf(other) <= placeOf(message)) + 1
  // What is older than all that is loaded comes with its page.
  if (place === 0 && log.newest === 'loaded' && !log.isWhole) return log
  return { ...log, messages: messages.toSpliced(place, 0, message) }
}

export function withDelivery(log: Log, key: string, delivery: LocalDelivery | undefined): Log {
  const place = indexOfKey(log.messages, key)
  const message = log.messages[place]
  if (message === undefined) return log
  return { ...log, messages: log.messages.with(place, { ...message, delivery }) }
}

/** With the page before what is loaded. */
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
 * With the newest page. Where it does not reach back to what was loaded, there may be a hole between them: then
 * what was loaded goes, but for what is newer than the page.
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

/** With the newest messages only. No cursor leads to the middle of what was loaded: it has to be loaded again. */
export function trimmed(log: Log, most: number): Log {
  if (log.messages.length <= most) return log
  const messages = log.messages.slice(-most)
  return { ...log, messages, before: undefined, isWhole: false, newest: 'missing', older: 'idle' }
}

/** An answer can be overtaken by an event: of two states of one message, the one in which more is settled. */
function further(known: LocalMessage | undefined, told: LocalMessage): LocalMessage {
  return known !== undefined && settled(known) > settled(told) ? known : told
}

/** People who got it, or who certainly will not. */
function settled({ delivery }: LocalMessage): number {
  return delivery === undefined ? 0 : delivery.delivered + delivery.failed.length
}

/** Counts what was received after `mark`, our own messages not among it. */
export function counted(log: Log, mark: number, ownName: string): Log {
  let unread = 0
  let mentioned = 0
  for (const message of log.messages.slice(-COUNTED)) {
    if (message.own || arrivalOf(message) <= mark) continue
    unread++
    if (mentions(message.text, ownName)) mentioned++
  }
  const line = log.unread === 0 && unread > 0 ? mark : log.line
  if (unread === log.unread && mentioned === log.mentions && line === log.line) return log
  return { ...log, unread, mentions: mentioned, line }
}

/** The greatest arrivalOf() of what is loaded: 0 when there is nothing. */
export function lastReceived(log: Log): number {
  return log.messages.slice(-COUNTED).reduce((last, message) => Math.max(last, arrivalOf(message)), 0)
}

/** From the end, where nearly everything that is looked for is. -1 when it is not there. */
export function indexOfKey(messages: readonly LocalMessage[], key: string): number {
  return messages.findLastIndex((message) => message.key === key)
}

/** The index of the first message behind the unread line; -1 when there is none. */
export function firstUnread({ messages, line }: Log): number {
  if (line === undefined) return -1
  return messages.findIndex((message) => !message.own && arrivalOf(message) > line)
}
