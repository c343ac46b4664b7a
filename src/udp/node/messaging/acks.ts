/**
 * Which messages of others are acknowledged, and at which copy. Pure.
 *
 * Most programs print each ACK as an unknown message, and a few send a message again until its ACK comes. So what the
 * RFC draft wants acknowledged is acknowledged at once, anything else from its second copy on: a sender that repeats
 * itself waits for that. The seed's dialect has no ACK.
 */
import type { Heard, LanSpeech } from './speech.ts'
import type { Entry } from '../peer-table.ts'

/** RFC draft, sections 5 and 14. */
const AT_ONCE: ReadonlySet<string> = new Set(['DM', 'TICTACTOE_INVITE', 'TICTACTOE_MOVE'])

export class LanAcks {
  readonly #speech: LanSpeech

  constructor(speech: LanSpeech) {
    this.#speech = speech
  }

  /** A copy of a message, before anything is made of it. Throws Refused for an id that cannot be repeated. */
  arrived(heard: Heard, from: Entry, now: number): void {
    if (AT_ONCE.has(heard.message.type) || this.#isCopy(heard, from, now)) this.#acknowledge(heard, from, now)
  }

  /** It has come before, and was shown. */
  repeated(heard: Heard, from: Entry, now: number): void {
    if (!AT_ONCE.has(heard.message.type)) this.#acknowledge(heard, from, now)
  }

  /** Copies of what is shown each time are counted where it is shown. */
  #isCopy(heard: Heard, from: Entry, now: number): boolean {
    const { type } = heard.message
    const id = idOf(heard)
    const isCounted = 'content' in heard.message || type === 'LIKE'
    if (id === undefined || heard.dialect === 'seed' || isCounted) return false
    return !this.#speech.seen.isNew(`${from.key} ${type} ${id}`, now)
  }

  #acknowledge(heard: Heard, from: Entry, now: number): void {
    const messageId = idOf(heard)
    if (messageId === undefined || heard.dialect === 'seed') return
    this.#speech.context.answer(from, { type: 'ACK', messageId, status: 'RECEIVED' }, now)
  }
}

/** What its ACK has to name: a LIKE without an id is named by its TIMESTAMP, as it is written. */
function idOf({ message, fields }: Heard): string | undefined {
  const id = 'messageId' in message ? message.messageId : undefined
  return id ?? (message.type === 'LIKE' ? fields.get('TIMESTAMP') : undefined)
}
