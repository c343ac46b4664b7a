/** Sentences about own messages of earlier starts: which recipients do not have them yet. */
import { sanitizeLine } from './sanitize.ts'
import { labelOf, type WaitingMessage } from './model.ts'

/** Recipients named in one sentence. */
const MAX_NAMES = 5

/** `2 of your messages still wait for bob, carol`; undefined if none does. */
export function stillWaiting(messages: readonly WaitingMessage[]): string | undefined {
  const count = messages.filter(({ waiting }) => waiting.length > 0).length
  if (count === 0) return undefined
  const names = messages.flatMap(({ waiting }) => waiting.map(labelOf))
  return `${count} of your messages still ${count === 1 ? 'waits' : 'wait'} for ${named(names)}`
}

/** `1 message that waited for bob was delivered`. `messages`: each with the recipients that have received it since. */
export function wasDelivered(messages: readonly WaitingMessage[]): string {
  const names = messages.flatMap(({ waiting }) => waiting.map(labelOf))
  const which = messages.length === 1 ? '1 message' : `${messages.length} messages`
  return `${which} that waited for ${named(names)} ${messages.length === 1 ? 'was' : 'were'} delivered`
}

function named(names: readonly string[]): string {
  const different = [...new Set(names)].map(sanitizeLine)
  return `${different.slice(0, MAX_NAMES).join(', ')}${different.length > MAX_NAMES ? ' and others' : ''}`
}
