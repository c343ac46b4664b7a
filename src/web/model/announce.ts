/** What a screen reader is told of new messages: few words, bursts joined. Pure. */
import type { Conversation, LocalMessage } from '../../chat/wire/local-api.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { isDirect } from './conversations.ts'
import { mentions } from './mention.ts'

/** Messages that are read out one by one. */
const ONE_BY_ONE = 3
const LONGEST = 300

/** `fresh`: not our own, in the order in which they came. */
export function spoken(
  fresh: readonly LocalMessage[],
  open: Conversation,
  openTitle: string,
  ownName: string,
): string {
  const here = fresh.filter(({ conversation }) => conversation === open)
  const elsewhere = fresh.filter(
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

/** Whether somebody should be called: a direct message, or one that names us. Never what comes late. */
export function isForUs({ own, late, conversation, text }: LocalMessage, ownName: string): boolean {
  return !own && !late && (isDirect(conversation) || mentions(text, ownName))
}
