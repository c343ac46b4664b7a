/**
 * The queue of messages from this page to our own peer: in order, one at a time, each once. Pure.
 *
 * A request without an answer may have been done. Its message is doubtful then: it goes again only when it is not among
 * what our peer has got since it was written.
 */
import type { Conversation, LocalMessage } from '../../chat/local.ts'
import type { Outgoing } from './view.ts'

/** Messages that wait in a page; one more is refused at once. */
export const MOST_WAITING = 500

export function withNew(
  queue: readonly Outgoing[],
  written: Pick<Outgoing, 'id' | 'conversation' | 'text' | 'action' | 'at' | 'since'>,
): readonly Outgoing[] {
  const isFull = queue.filter(({ state }) => state !== 'refused').length >= MOST_WAITING
  const { id, conversation, text, action, at, since } = written
  const added: Outgoing = {
    id,
    conversation,
    text,
    action,
    at,
    since,
    state: isFull ? 'refused' : 'waiting',
    reason: isFull ? `${MOST_WAITING} messages wait already` : '',
    isDoubtful: false,
    becameKey: undefined,
  }
  return [...queue, added]
}

/** The one to send now; undefined while one is on its way. */
export function nextOf(queue: readonly Outgoing[]): Outgoing | undefined {
  if (queue.some(({ state }) => state === 'sending')) return undefined
  return queue.find(({ state }) => state === 'waiting')
}

export function changed(
  queue: readonly Outgoing[],
  id: string,
  change: Partial<Pick<Outgoing, 'state' | 'reason' | 'isDoubtful' | 'becameKey'>>,
): readonly Outgoing[] {
  return queue.map((one) => (one.id === id ? { ...one, ...change } : one))
}

export function without(queue: readonly Outgoing[], id: string): readonly Outgoing[] {
  return queue.filter((one) => one.id !== id)
}

/** The refused ones again, where they stood. */
export function againAll(queue: readonly Outgoing[]): readonly Outgoing[] {
  return queue.map((one) => (one.state === 'refused' ? { ...one, state: 'waiting', reason: '' } : one))
}

/**
 * The message that a doubtful one became after all: then it must not be sent again. `taken`: keys of those that others
 * became.
 */
export function whatBecameOf(
  { conversation, text, action, since }: Outgoing,
  messages: readonly LocalMessage[],
  taken: ReadonlySet<string>,
): LocalMessage | undefined {
  return messages.find(
    (message) =>
      message.own &&
      message.conversation === conversation &&
      message.text === text &&
      message.action === action &&
      message.receivedAt > since &&
      !taken.has(message.key),
  )
}

/** Those of a conversation that stand at the end of its log; not those that stand in it already. */
export function shownIn(queue: readonly Outgoing[], conversation: Conversation): readonly Outgoing[] {
  return queue.filter((one) => one.conversation === conversation && one.becameKey === undefined)
}

/** What waits while something may have happened that we do not know of. */
export function doubted(queue: readonly Outgoing[]): readonly Outgoing[] {
  if (!queue.some(({ state, isDoubtful }) => state === 'waiting' && !isDoubtful)) return queue
  return queue.map((one) => (one.state === 'waiting' ? { ...one, isDoubtful: true } : one))
}

/** After a reload all that waits is doubtful: the tab may be a copy of another. What was saved is checked. */
export function restored(saved: unknown): readonly Outgoing[] {
  if (!Array.isArray(saved)) return []
  return saved
    .filter(isOutgoing)
    .map((one) => (one.state === 'refused' ? one : { ...one, state: 'waiting', isDoubtful: true }))
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false
  const one: Partial<Record<keyof Outgoing, unknown>> = value
  return (
    typeof one.id === 'string' &&
    typeof one.conversation === 'string' &&
    typeof one.text === 'string' &&
    typeof one.action === 'boolean' &&
    typeof one.at === 'number' &&
    (one.state === 'waiting' || one.state === 'sending' || one.state === 'refused') &&
    typeof one.reason === 'string' &&
    typeof one.since === 'number' &&
    typeof one.isDoubtful === 'boolean' &&
    (one.becameKey === undefined || typeof one.becameKey === 'string')
  )
}
