/** Messages, receipts and events of a peer in the shapes of its local API. */
import { isDeed, textOf } from '../../chat/content.ts'
import { isUnheard } from '../../chat/hush.ts'
import { DIRECT, GENERAL, labelOf, peerId, senderKey } from '../../chat/model.ts'
import { listOf, type SharedList } from '../hush/ignore-lists.ts'
import { shortId } from '../../identity/short-id.ts'
import { stillWaiting } from '../../chat/waiting.ts'
import type {
  Conversation,
  FailureCode,
  LocalAuthor,
  LocalDelivery,
  LocalFailure,
  LocalMessage,
} from '../../chat/wire/local-api.ts'
import type { LocalIgnoreList } from '../../chat/wire/local-hush.ts'
import type { ChatEvent, ChatMessage, Peer, Receipt, Transit } from '../../chat/model.ts'
import type { PendingMessage } from '../../store/store.ts'

export type MessageEvent = Extract<ChatEvent, { kind: 'message' }>

export function localMessage(
  message: ChatMessage,
  more: Transit &
    Pick<
      LocalMessage,
      'conversation' | 'at' | 'receivedAt' | 'clockShift' | 'late' | 'own' | 'delivery' | 'hushed'
    > & {
      readonly to?: Peer | undefined
    },
): LocalMessage {
  const { id, from, content } = message
  const { hops = 0, proof, conversation, at, receivedAt, clockShift, late, own, delivery, to, hushed } = more
  return {
    key: keyOf(message),
    id,
    conversation,
    from: authorOf(from),
    to: to && authorOf(to),
    own,
    text: textOf(content),
    action: isDeed(content),
    at,
    receivedAt,
    late,
    hushed,
    delivery,
    clockShift,
    ignoreList: listOf({ own, proof, message })?.length,
    relayed: hops > 0 ? true : undefined,
  }
}

function authorOf(peer: Peer): LocalAuthor {
  return { id: peerId(peer), name: labelOf(peer), key: peer.key }
}

/** Unique on this peer, also between senders. */
export function keyOf(message: ChatMessage): string {
  return `${senderKey(message)} ${message.id}`
}

export function conversationOf({ message, to }: MessageEvent): Conversation {
  return message.channel === DIRECT ? `@${peerId(to ?? message.from)}` : message.channel
}

export function conversationWith({ message, waiting, failed }: PendingMessage): Conversation {
  if (message.channel !== DIRECT) return message.channel
  const [peer = message.from] = [...waiting, ...failed.map((failure) => failure.peer)]
  return `@${peerId(peer)}`
}

export function deliveryOf(receipt: Receipt): LocalDelivery {
  const { recipients, delivered, unconfirmed, queued, failed } = receipt
  return {
    recipients,
    delivered,
    unconfirmed,
    waiting: queued.map(labelOf),
    failed: failed.map(failureOf),
  }
}

export function deliveryOfPending({ recipients, waiting, failed }: PendingMessage): LocalDelivery {
  return {
    recipients,
    delivered: recipients - waiting.length - failed.length,
    unconfirmed: 0,
    waiting: waiting.map(labelOf),
    failed: failed.map(failureOf),
  }
}

function failureOf({ peer, reason }: { readonly peer: Peer; readonly reason: string }): LocalFailure {
  return { name: labelOf(peer), reason, code: failureCode(reason) }
}

/** Reasons are stored as text, also those of earlier versions: their first words tell them apart. */
const CODES: readonly (readonly [FailureCode, RegExp])[] = [
  ['other_peer', /^refused with 421\b/],
  ['refused', /^refused with [0-9]{3}\b/],
  [
    'unreachable',
    /^(?:connection refused|no route|no such address|no connection within|no answer within|silent for|the connection |not a proper answer)/,
  ],
]

export function failureCode(reason: string): FailureCode | undefined {
  return CODES.find(([, words]) => words.test(reason))?.[0]
}

/** The line for an event; undefined for an event that shows in the state only. */
export function sentence(event: ChatEvent): string | undefined {
  switch (event.kind) {
    case 'notice':
      return event.text
    case 'resumed':
      return stillWaiting(event.messages)
    case 'followed':
      if (isUnheard(event.hushed)) return undefined
      return `${labelOf(event.peer)} ${event.following ? 'follows you' : 'no longer follows you'}`
    case 'liked':
      if (isUnheard(event.hushed)) return undefined
      return `${labelOf(event.peer)} ${event.liking ? 'likes' : 'no longer likes'} your post in #${GENERAL}: ${event.text}`
    case 'group':
      if (event.news === 'updated') return `the group ${event.name} has other members now`
      return event.news === 'created'
        ? `you are in the group ${event.name} now: #${event.channel}`
        : `you are no longer in the group ${event.name}`
    default:
      return undefined
  }
}

export function ignoreListOf({ at, people }: SharedList): LocalIgnoreList {
  return {
    at,
    people: people.map(({ key, name, known, hushed, isTaken }) => ({
      id: key,
      name: known === undefined ? name : labelOf(known),
      short: shortId(key),
      hushed,
      isTaken,
    })),
  }
}
