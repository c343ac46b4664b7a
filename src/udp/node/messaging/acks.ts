/**
 * Acknowledges messages of foreign programs.
 *
 * Most programs print each ACK as an unknown message, and a few send a message again until its ACK comes. So what the RFC
 * draft wants acknowledged is acknowledged at once, any other message from its second copy on: only a program that waits
 * for an ACK sends one. The dialect of legacy clients has no ACK.
 */
import type { MessagingContext } from './messaging-context.ts'
import type { Arrival } from '../handlers.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { Fields, LsnpMessage } from '../../lsnp/codec.ts'

/** RFC draft, sections 5 and 14. */
const AT_ONCE: ReadonlySet<string> = new Set(['DM', 'TICTACTOE_INVITE', 'TICTACTOE_MOVE'])

export class Acks {
  readonly #context: MessagingContext

  constructor(context: MessagingContext) {
    this.#context = context
  }

  /** A message arrived, and has not been handled yet. Throws ChatError for an id that cannot be repeated. */
  arrived(message: LsnpMessage, from: PeerEntry, arrival: Arrival): void {
    if (AT_ONCE.has(message.type) || this.#isCopy(message, from, arrival))
      this.#acknowledge(message, from, arrival)
  }

  /** The handler of a message found that it is a copy. */
  repeated(message: LsnpMessage, from: PeerEntry, arrival: Arrival): void {
    if (!AT_ONCE.has(message.type)) this.#acknowledge(message, from, arrival)
  }

  /** Texts and likes are counted by their handlers. */
  #isCopy(message: LsnpMessage, from: PeerEntry, { dialect, fields, now }: Arrival): boolean {
    const { type } = message
    const id = idOf(message, fields)
    const isCounted = 'content' in message || type === 'LIKE'
    if (id === undefined || dialect === 'seed' || isCounted) return false
    return !this.#context.duplicates.isNew(`${from.key} ${type} ${id}`, now)
  }

  #acknowledge(message: LsnpMessage, from: PeerEntry, { dialect, fields, now }: Arrival): void {
    const messageId = idOf(message, fields)
    if (messageId === undefined || dialect === 'seed') return
    this.#context.lan.answer(from, { type: 'ACK', messageId, status: 'RECEIVED' }, now)
  }
}

/** The id that an ACK names. A LIKE without an id is named by its TIMESTAMP, as it was written. */
function idOf(message: LsnpMessage, fields: Fields): string | undefined {
  const id = 'messageId' in message ? message.messageId : undefined
  return id ?? (message.type === 'LIKE' ? fields.get('TIMESTAMP') : undefined)
}
