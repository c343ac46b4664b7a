/**
 * Conversations that go on under another id: a program that was known by its address has shown its key since, or an old
 * link names an address.
 */
import type { Conversation, LocalState } from '../../chat/wire/local-api.ts'
import { directWith, isDirect, partnerId, person } from './conversations.ts'
import { EMPTY_LOG, logOf, type View } from './view.ts'

/** The conversation in which one with an address goes on: that of the person with a key who is reached there. */
export function successorOf(local: LocalState | undefined, conversation: Conversation): Conversation {
  if (!isDirect(conversation)) return conversation
  const id = partnerId(conversation)
  if (person(local, id) !== undefined) return conversation
  const heir = local?.people.find(({ key, addresses }) => key !== undefined && addresses.includes(id))
  return heir === undefined ? conversation : directWith(heir.id)
}

/** The view with every conversation under the id that it has now. The log of one that moved is loaded again. */
export function followed(view: View): View {
  const { local, logs, open, outgoing, excerpt } = view
  const now = (conversation: Conversation): Conversation => successorOf(local, conversation)
  const moved = [open, ...logs.keys(), ...outgoing.map(({ conversation }) => conversation)].filter(
    (conversation) => now(conversation) !== conversation,
  )
  if (moved.length === 0) return view
  const next = new Map(logs)
  for (const conversation of moved) {
    next.delete(conversation)
    next.set(now(conversation), { ...logOf(view, now(conversation)), newest: EMPTY_LOG.newest })
  }
  return {
    ...view,
    logs: next,
    open: now(open),
    outgoing: outgoing.map((one) => ({ ...one, conversation: now(one.conversation) })),
    excerpt: excerpt !== undefined && moved.includes(excerpt.conversation) ? undefined : excerpt,
  }
}
