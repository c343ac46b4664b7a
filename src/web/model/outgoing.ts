/**
 * The queue of messages from this page to the local peer: in order, one at a time. Each has its id from the beginning,
 * so a message without an answer can be sent again.
 */
import * as v from 'valibot'
import type { Conversation, LocalState } from '../../chat/wire/local-api.ts'
import { isDirect, partnerId, person } from './conversations.ts'
import type { Outgoing } from './view.ts'

/** Waiting messages of one page; one more is refused at once. */
export const MOST_WAITING = 500

export function withNew(
  queue: readonly Outgoing[],
  written: Pick<Outgoing, 'id' | 'conversation' | 'text' | 'action' | 'at' | 'to'>,
): readonly Outgoing[] {
  const isFull = queue.filter(({ state }) => state !== 'refused').length >= MOST_WAITING
  const { id, conversation, text, action, at, to } = written
  const added: Outgoing = {
    id,
    conversation,
    text,
    action,
    at,
    to,
    state: isFull ? 'refused' : 'waiting',
    reason: isFull ? `${MOST_WAITING} messages wait already. Try again when they are sent.` : '',
  }
  return [...queue, added]
}

/** The message to send now; undefined while another one is being sent. */
export function nextOf(queue: readonly Outgoing[]): Outgoing | undefined {
  if (queue.some(({ state }) => state === 'sending')) return undefined
  return queue.find(({ state }) => state === 'waiting')
}

export function changed(
  queue: readonly Outgoing[],
  id: string,
  change: Partial<Pick<Outgoing, 'state' | 'reason' | 'to' | 'isKept'>>,
): readonly Outgoing[] {
  return queue.map((one) => (one.id === id ? { ...one, ...change } : one))
}

export function without(queue: readonly Outgoing[], id: string): readonly Outgoing[] {
  return queue.filter((one) => one.id !== id)
}

/** Refused messages wait again, in their places. */
export function againAll(queue: readonly Outgoing[]): readonly Outgoing[] {
  return queue.map((one) =>
    one.state === 'refused' ? { ...one, state: 'waiting', reason: '', to: undefined } : one,
  )
}

/** The messages at the end of the log of a conversation. */
export function shownIn(queue: readonly Outgoing[], conversation: Conversation): readonly Outgoing[] {
  return queue.filter((one) => one.conversation === conversation)
}

/** In the order of writing, also for messages from several tabs. */
export function inOrder(queue: readonly Outgoing[]): readonly Outgoing[] {
  return queue.toSorted((one, other) => one.at - other.at)
}

/** The name of the other person in a direct conversation; undefined while it is not known. */
export function partnerName(local: LocalState | undefined, conversation: Conversation): string | undefined {
  if (!isDirect(conversation)) return undefined
  const id = partnerId(conversation)
  const name = person(local, id)?.name
  return name === id ? undefined : name
}

/**
 * Why a direct message must not be sent: it was written to one person, and another one is at the address now. A person
 * who only changed the name looks the same; a retry sends the message.
 */
export function strangerAt(
  local: LocalState | undefined,
  { conversation, to }: Outgoing,
): string | undefined {
  // A key is one person, whatever the name.
  if (to === undefined || person(local, partnerId(conversation))?.key !== undefined) return undefined
  const name = partnerName(local, conversation)
  if (name === undefined || name === to) return undefined
  return `This was written to ${to}, and ${name} is at the address now. Retry sends it to ${name}.`
}

const KeptMessage = v.object({
  id: v.string(),
  conversation: v.string(),
  text: v.string(),
  action: v.boolean(),
  at: v.number(),
  state: v.picklist(['waiting', 'sending', 'refused']),
  reason: v.string(),
  to: v.optional(v.string()),
  isKept: v.optional(v.boolean()),
})

/** The queue after a reload: a message that was being sent is sent again. Entries that are no messages are left out. */
export function restored(saved: readonly unknown[]): readonly Outgoing[] {
  return saved
    .filter((one) => v.is(KeptMessage, one))
    .map((one) => (one.state === 'sending' ? { ...one, state: 'waiting' } : one))
}
