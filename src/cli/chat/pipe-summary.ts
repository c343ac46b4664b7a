/** What a chat between pipes says at its end: what was not delivered and what becomes of it, what was not read. Pure. */
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { ChatPeer } from '../../peer/peer.ts'
import type { DeliverySummary } from './delivery-summary.ts'

/** Where messages stay when the program ends. */
export interface Kept {
  /** Undefined: nowhere. */
  readonly directory: string | undefined
  /** False: only what waits for a recipient is kept. */
  readonly history: boolean
}

export interface Ending {
  readonly peer: Pick<ChatPeer, 'waiting' | 'unsettled'>
  readonly fates: DeliverySummary
  /** In seconds. */
  readonly timeout: number
  readonly kept: Kept
}

/** Recipients that are named. */
const MOST_NAMES = 8

/** Not one line came. */
export function endOfInput(): string {
  return 'standard input is at its end, so this chat is over; "parley web" runs without a terminal'
}

/** `count`: lines that were read, /quit the last of them. */
export function unreadSentence(
  count: number,
  left: { readonly lines: number; readonly isEnded: boolean },
): string[] {
  if (left.lines === 0) return []
  const number = left.lines === 1 ? '1 line after it was' : `${left.lines} lines after it were`
  return [`/quit in line ${count} ended the chat: ${left.isEnded ? '' : 'at least '}${number} not sent`]
}

/** One sentence for each way in which messages were not delivered. */
export function undeliveredSentences({ peer, fates, timeout, kept }: Ending): string[] {
  const { alone, repeated } = fates
  return [
    ...repeated,
    ...(peer.waiting > 0 ? [waitingSentence(peer, timeout, kept)] : []),
    ...(alone > 0 ? [aloneSentence(alone, timeout, kept)] : []),
  ]
}

function waitingSentence(peer: Ending['peer'], timeout: number, { directory }: Kept): string {
  const waiting = peer.unsettled().filter((message) => message.waiting.length > 0)
  const names = [
    ...new Set(waiting.flatMap((message) => message.waiting.map(({ name }) => sanitizeLine(name)))),
  ]
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const whom = names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown
  const isOne = waiting.length === 1
  const given = isOne ? 'it is given up' : 'they are given up'
  const kept = `${isOne ? 'it waits' : 'they wait'} in ${directory ?? ''}, to be tried again when a peer with this directory runs`
  const later = directory === undefined ? given : kept
  return `${messages(waiting.length)} not delivered to ${whom} within ${timeout} s; ${later}`
}

function aloneSentence(count: number, timeout: number, kept: Kept): string {
  const number = count === 1 ? '1 message' : `${count} messages`
  return `nobody was there within ${timeout} s for ${number}; ${whatIsLeft(count, kept)}`
}

/** What becomes of messages that no other peer has when the program ends. */
export function whatIsLeft(count: number, { directory, history }: Kept): string {
  const it = count === 1 ? 'it is' : 'they are'
  if (directory === undefined || !history)
    return `nobody has ${count === 1 ? 'it' : 'them'}, and ${it} not kept`
  return `${it} kept in ${directory}, and others can read ${count === 1 ? 'it' : 'them'} only while a peer with this directory is in the channel`
}

function messages(count: number): string {
  return count === 1 ? '1 message was' : `${count} messages were`
}
