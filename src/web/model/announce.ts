/** The announcement of new messages for screen readers: short, bursts summarized. */
import type { Conversation, LocalMessage } from '../../chat/wire/local-api.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { isDirect } from './conversations.ts'
import { mentions } from './mention.ts'

/** More new messages than this are only counted. */
const ONE_BY_ONE = 3
const LONGEST = 300

/** `fresh`: new messages of others, in order of arrival. */
export function announcement(
  fresh: readonly LocalMessage[],
  open: Conversation,
  openTitle: string,
  ownName: string,
): string {
  const heard = fresh.filter(({ hushed }) => hushed === undefined)
  const here = heard.filter(({ conversation }) => conversation === open)
  const elsewhere = heard.filter(
    ({ conversation, text }) => conversation !== open && (isDirect(conversation) || mentions(text, ownName)),
  )
  const parts: string[] = []
  if (here.length > ONE_BY_ONE) parts.push(`${here.length} new messages in ${openTitle}`)
  else parts.push(...here.map(sentence))
  const names = new Set(elsewhere.map(({ from }) => sanitizeLine(from.name)))
  if (names.size > 0)
    parts.push(`${elsewhere.length === 1 ? 'A message' : 'Messages'} for you from ${[...names].join(', ')}`)
  return parts.join('. ')
}

function sentence({ from, text, action }: LocalMessage): string {
  const words = sanitize(text).slice(0, LONGEST)
  return action ? `${sanitizeLine(from.name)} ${words}` : `${sanitizeLine(from.name)}: ${words}`
}

/** True for a message that calls the user's attention: direct, or with a mention, and neither late nor hushed. */
export function isForUs({ own, late, hushed, conversation, text }: LocalMessage, ownName: string): boolean {
  return !own && !late && hushed === undefined && (isDirect(conversation) || mentions(text, ownName))
}
