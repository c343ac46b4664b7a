/** What a chat between pipes says at its end: which messages were not delivered, and which lines were not read. */
import { labelOf } from '../../../chat/model.ts'
import { sanitizeLine } from '../../../chat/sanitize.ts'
import type { ChatPeer } from '../../../peer/peer.ts'
import type { DeliverySummary } from '../delivery-summary.ts'

/** What is kept when the program ends. */
export interface Storage {
  /** Undefined: nothing is kept. */
  readonly directory: string | undefined
  /** False: only messages that wait for a recipient are kept. */
  readonly history: boolean
}

export interface Ending {
  readonly peer: Pick<ChatPeer, 'waiting' | 'unsettled'>
  readonly summary: DeliverySummary
  /** In seconds. */
  readonly timeout: number
  readonly storage: Storage
}

const MAX_NAMES = 8

/** For an input without a line. */
export function endOfInput(): string {
  return 'standard input is at its end, so this chat is over; "parley web" runs without a terminal'
}

/** `count`: lines that were read, with /quit as the last. */
export function unreadSentence(
  count: number,
  left: { readonly lines: number; readonly isEnded: boolean },
): string[] {
  if (left.lines === 0) return []
  const number = left.lines === 1 ? '1 line after it was' : `${left.lines} lines after it were`
  return [`/quit in line ${count} ended the chat: ${left.isEnded ? '' : 'at least '}${number} not sent`]
}

/** One sentence for each reason why messages were not delivered. */
export function undeliveredSentences({ peer, summary, timeout, storage }: Ending): string[] {
  const { alone, repeated } = summary
  return [
    ...repeated,
    ...(peer.waiting > 0 ? [waitingSentence(peer, timeout, storage)] : []),
    ...(alone > 0 ? [aloneSentence(alone, timeout, storage)] : []),
  ]
}

function waitingSentence(peer: Ending['peer'], timeout: number, { directory }: Storage): string {
  const waiting = peer.unsettled().filter((message) => message.waiting.length > 0)
  const names = [
    ...new Set(waiting.flatMap((message) => message.waiting.map((each) => sanitizeLine(labelOf(each))))),
  ]
  const shown = names.slice(0, MAX_NAMES).join(', ')
  const recipients = names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown
  const isOne = waiting.length === 1
  const given = isOne ? 'it is given up' : 'they are given up'
  const kept = `${isOne ? 'it waits' : 'they wait'} in ${directory ?? ''}, to be tried again when a peer with this directory runs`
  const later = directory === undefined ? given : kept
  return `${messages(waiting.length)} not delivered to ${recipients} within ${timeout} s; ${later}`
}

function aloneSentence(count: number, timeout: number, kept: Storage): string {
  const number = count === 1 ? '1 message' : `${count} messages`
  return `nobody was there within ${timeout} s for ${number}; ${whatIsLeft(count, kept)}`
}

/** What happens to messages that no other peer has when the program ends. */
export function whatIsLeft(count: number, { directory, history }: Storage): string {
  const it = count === 1 ? 'it is' : 'they are'
  if (directory === undefined || !history)
    return `nobody has ${count === 1 ? 'it' : 'them'}, and ${it} not kept`
  return `${it} kept in ${directory}, and others can read ${count === 1 ? 'it' : 'them'} only while a peer with this directory is in the channel`
}

function messages(count: number): string {
  return count === 1 ? '1 message was' : `${count} messages were`
}
