/** The switcher: conversations and people that match a few letters. */
import { fold } from '../../chat/fold.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import {
  allConversations,
  directWith,
  isDirect,
  partnerId,
  person,
  titleInText,
  titleOf,
  unreadOf,
} from './conversations.ts'
import type { View } from './view.ts'

export interface Destination {
  readonly conversation: Conversation
  readonly title: string
  readonly detail: string
  readonly unread: number
}

const MOST = 12

/** Ranked: unread first, then names that begin with the words, then names that contain them. */
export function destinations(view: View, words: string): Destination[] {
  const wanted = fold(words.trim().replace(/^🔒?[#@]/u, ''))
  return everywhere(view)
    .map((destination) => ({ destination, rank: rankOf(view, destination, wanted) }))
    .filter(({ rank }) => rank < NO_MATCH)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ destination }) => destination)
}

function everywhere(view: View): Destination[] {
  const known = allConversations(view)
  const people = (view.local?.people ?? []).map(({ id }) => directWith(id))
  const all = [...known, ...people.filter((conversation) => !known.includes(conversation))]
  return all
    .filter((conversation) => conversation !== view.open)
    .map((conversation) => ({
      conversation,
      title: titleInText(view.local, conversation),
      detail: detailOf(view, conversation),
      unread: unreadOf(view, conversation).unread,
    }))
}

function detailOf(view: View, conversation: Conversation): string {
  if (!isDirect(conversation)) return 'channel'
  const id = partnerId(conversation)
  return person(view.local, id)?.isHere === true ? id : `${id}, away`
}

const NO_MATCH = 3

function rankOf({ local }: View, { conversation, unread }: Destination, wanted: string): number {
  const name = fold(titleOf(local, conversation).replace(/^#/, ''))
  if (!name.includes(wanted)) return NO_MATCH
  if (unread > 0) return 0
  return name.startsWith(wanted) ? 1 : 2
}

/** The next index for an arrow key in a list of `count`, around the end; -1 for an empty list. */
export function moved(place: number, step: 1 | -1, count: number): number {
  if (count === 0) return -1
  return (place + step + count) % count
}
