/** The conversations in the order of the navigation, their titles and unread counts. */
import { channelTitle, isClosedLabel } from '../../chat/closed-label.ts'
import { fold } from '../../chat/fold.ts'
import { meantByKey } from '../../chat/labelled-name.ts'
import type { Conversation, LocalPerson, LocalState } from '../../chat/wire/local-api.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { logOf, type View } from './view.ts'

export function isDirect(conversation: Conversation): boolean {
  return conversation.startsWith('@')
}

export function directWith(id: string): Conversation {
  return `@${id}`
}

/** The id of the other person. */
export function partnerId(conversation: Conversation): string {
  return conversation.slice(1)
}

export function person(local: LocalState | undefined, id: string): LocalPerson | undefined {
  return local?.people.find((one) => one.id === id)
}

/** For headings and links, where a lock is drawn before `#!ops`: `#general`, or what the other person is called here; the id when that is not known. */
export function titleOf(local: LocalState | undefined, conversation: Conversation): string {
  if (!isDirect(conversation)) return `#${sanitizeLine(conversation)}`
  const id = partnerId(conversation)
  return sanitizeLine(person(local, id)?.name ?? id)
}

/** For every other place (sentences, buttons, labels, options): `🔒#!ops` has its lock in the text. */
export function titleInText(local: LocalState | undefined, conversation: Conversation): string {
  return isDirect(conversation) ? titleOf(local, conversation) : sanitizeLine(channelTitle(conversation))
}

/** Channels, then direct conversations, including an open one that has no message yet. */
export function allConversations(view: View): Conversation[] {
  const { local, open } = view
  const channels = (local?.channels ?? []).map(({ name }) => name)
  const directs = local?.directs ?? []
  const known = [...channels, ...directs]
  if (known.includes(open) || !isDirect(open)) return known
  return [...channels, open, ...directs]
}

/** The next conversation in that order, around the end. `unread`: only those with unread messages. */
export function neighbour(view: View, step: 1 | -1, unread: boolean): Conversation | undefined {
  const all = allConversations(view)
  const here = all.indexOf(view.open)
  for (let away = 1; away <= all.length; away++) {
    const place = (here + step * away + all.length * 2) % all.length
    const candidate = all[place]
    if (candidate === undefined || candidate === view.open) continue
    if (!unread || logOf(view, candidate).unread > 0) return candidate
  }
  return undefined
}

export interface UnreadCount {
  readonly unread: number
  /** Direct messages, and messages that mention the user. */
  readonly mentions: number
}

/** Every direct message counts as a mention. */
export function unreadOf(view: View, conversation: Conversation): UnreadCount {
  const { unread, mentions } = logOf(view, conversation)
  return { unread, mentions: isDirect(conversation) ? unread : mentions }
}

export function unreadInAll(view: View): UnreadCount {
  let unread = 0
  let mentions = 0
  for (const conversation of view.logs.keys()) {
    const one = unreadOf(view, conversation)
    unread += one.unread
    mentions += one.mentions
  }
  return { unread, mentions }
}

/** `7`, at most `99+`. */
export function shortCount(count: number): string {
  return count > 99 ? '99+' : String(count)
}

/** The other people in the conversation, present ones first. */
export function membersOf(local: LocalState | undefined, conversation: Conversation): LocalPerson[] {
  if (local === undefined) return []
  if (isDirect(conversation)) return local.people.filter(({ id }) => id === partnerId(conversation))
  return local.people.filter(({ channels }) => channels.includes(conversation)).sort(byPresenceAndName)
}

/** How others come into a channel in which no one else is. */
export function aloneWords(channel: Conversation): string {
  const how = isClosedLabel(channel)
    ? 'Only people who are invited come in.'
    : 'Others join it by the same name.'
  return `No one else is in this channel now. ${how}`
}

/** Not `only you`: people who join later can get earlier messages. */
export function othersWords(count: number): string {
  if (count === 0) return 'no one else is here now'
  return `you and ${count} ${count === 1 ? 'other' : 'others'}`
}

export function byPresenceAndName(one: LocalPerson, other: LocalPerson): number {
  if (one.isHere !== other.isHere) return one.isHere ? -1 : 1
  return one.name.localeCompare(other.name)
}

/**
 * The one person with that name, id, short id or address; case is ignored, then accents. Otherwise a sentence that says
 * why there is none.
 */
export function personNamed(
  local: LocalState | undefined,
  words: string,
): LocalPerson | { readonly problem: string } {
  const name = words.replace(/^@/, '')
  const wanted = name.toLowerCase()
  const isMeant = ({ id, short, addresses }: LocalPerson): boolean =>
    id === name || [id, short, ...addresses].some((each) => each?.toLowerCase() === wanted)
  const byId = local?.people.filter(isMeant) ?? []
  const [only] = byId
  if (only !== undefined && byId.length === 1) return only
  const byKey = meantByKey(name, {
    withShort: (short) => withShortId(local === undefined ? [] : [...local.people, local.self], short),
    namesOf: ({ formerNames = [], ...one }: Named) => ({ ...one, formerNames }),
  })
  if (byKey?.kind === 'other') return { problem: `${byKey.problem}.` }
  const meant = byKey?.people.flatMap(({ id }) => person(local, id) ?? [])
  const named = meant ?? local?.people.filter((one) => one.name.toLowerCase() === wanted) ?? []
  const alike = meant ?? local?.people.filter((one) => fold(one.name) === fold(wanted)) ?? []
  const [found, ...others] = named.length > 0 ? named : alike
  if (found === undefined && isSelf(local, name, byKey?.people)) return { problem: 'That is you.' }
  if (found === undefined)
    return { problem: `There is nobody called ${sanitizeLine(name)} here. Choose a person in the list.` }
  if (others.length === 0) return found
  return { problem: `More than one person is called ${sanitizeLine(name)}. Choose the person in the list.` }
}

type Named = Pick<LocalPerson, 'id' | 'name' | 'short' | 'callsItself' | 'formerNames'>

/** The name, the key or the short id of the user, or all of the people that are meant. */
function isSelf(local: LocalState | undefined, name: string, meant: readonly Named[] | undefined): boolean {
  if (local === undefined) return false
  const { self } = local
  if (meant !== undefined) return meant.some(({ id }) => id === self.id)
  return fold(name) === fold(self.name) || name === self.id || withShortId([self], name).length > 0
}

function withShortId(people: readonly Named[], typed: string): Named[] {
  return people.filter(({ short }) => short === typed.toLowerCase())
}
