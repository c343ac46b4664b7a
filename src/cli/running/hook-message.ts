/** Messages of a peer as a hook is told them. Pure. */
import { placeOf } from '../../chat/moment.ts'
import { conversationOf, localMessage } from '../../peer/local-api/serialize.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { HookMessage } from './hook.ts'

/**
 * Undefined for everything but a message of another user that was said at `since` or later: a place in the order of
 * what is kept, in milliseconds. The JSON is that of the local API.
 */
export function hookMessage(event: ChatEvent, since: number): HookMessage | undefined {
  if (event.kind !== 'message' || event.own || placeOf(event) < since) return undefined
  const { message } = event
  const conversation = conversationOf(event)
  const told = localMessage(message, { ...event, conversation, delivery: undefined })
  const { id, from, text } = told
  return { id, from: from.name, conversation, text, json: JSON.stringify(told) }
}
