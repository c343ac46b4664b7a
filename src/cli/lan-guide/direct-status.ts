/**
 * How the direct messages of `parley lan` fare, in at most one line for each turn: sent, waits, and sent after all. A message
 * that fails is told by the session, with the reason. The clock is passed in.
 */
import { DIRECT, GENERAL, addressKey, type ChatEvent, type Peer, type Receipt } from '../../chat/model.ts'
import type { Clock } from '../../chat/clock.ts'

/** `sent`: it was delivered, or is on its way without an answer so far. `waits`: the recipient does not answer. */
export type DirectStatus = 'sent' | 'waits' | 'failed'

/** Within this time most messages have been delivered on one network, in milliseconds. */
const HOLD = 150

interface Direct {
  readonly to: Peer
  /** As the user knew the recipient when it was sent: what is said later names it as before. */
  readonly who: string
  /** A line has said that it waits. */
  isWaitTold: boolean
  /** The command that sent it waits for its first fate, and tells that itself. */
  answer: ((fate: DirectStatus) => void) | undefined
}

export interface DirectStatusesOptions {
  readonly clock: Clock
  readonly print: (line: string) => void
  /** How the user knows a peer. */
  readonly called: (peer: Peer) => string
}

export class DirectStatuses {
  readonly #options: DirectStatusesOptions
  /** Those that are neither delivered nor failed, by id. */
  readonly #open = new Map<string, Direct>()

  constructor(options: DirectStatusesOptions) {
    this.#options = options
  }

  /** The first fate of a message that was said just now, in the same turn. */
  of(messageId: string, to: Peer): Promise<DirectStatus> {
    return new Promise((resolve) => {
      const direct = this.#opened(messageId, to)
      const cancel = this.#options.clock.after(HOLD, () => direct.answer?.('sent'))
      direct.answer = (fate) => {
        cancel()
        direct.answer = undefined
        direct.isWaitTold = fate === 'waits'
        resolve(fate)
      }
    })
  }

  take(event: ChatEvent): void {
    if (event.kind === 'receipt') this.#fared(event.receipt)
    else if (event.kind === 'parted' && event.channel === GENERAL) this.#lost(event.peer)
    else if (event.kind === 'message' && event.own && event.message.channel === DIRECT) {
      const { message, to } = event
      if (to !== undefined && !this.#open.has(message.id)) this.#opened(message.id, to)
    }
  }

  #opened(messageId: string, to: Peer): Direct {
    const direct: Direct = { to, who: this.#options.called(to), isWaitTold: false, answer: undefined }
    this.#open.set(messageId, direct)
    return direct
  }

  #fared({ messageId, queued, failed }: Receipt): void {
    const direct = this.#open.get(messageId)
    if (direct === undefined) return
    if (queued.length === 0) this.#open.delete(messageId)
    const fate = queued.length > 0 ? 'waits' : failed.length > 0 ? 'failed' : 'sent'
    if (direct.answer !== undefined) direct.answer(fate)
    else if (fate === 'waits') this.#tellWaiting([direct])
    else if (fate === 'sent' && direct.isWaitTold) this.#options.print(statusLine(fate, direct.who))
  }

  #lost(peer: Peer): void {
    const its = [...this.#open.values()].filter(({ to }) => addressKey(to) === addressKey(peer))
    this.#tellWaiting(its.filter(({ answer }) => answer === undefined))
  }

  /** One line for all that are for one peer. */
  #tellWaiting(directs: readonly Direct[]): void {
    const untold = directs.filter(({ isWaitTold }) => !isWaitTold)
    const [first] = untold
    if (first === undefined) return
    for (const direct of untold) direct.isWaitTold = true
    this.#options.print(statusLine('waits', first.who, untold.length))
  }
}

/** `who`: of the recipient, made harmless. */
export function statusLine(fate: Exclude<DirectStatus, 'failed'>, who: string, count = 1): string {
  if (fate === 'sent') return `DM sent to ${who}`
  return count === 1
    ? `DM to ${who} waits, and goes out when that peer answers`
    : `${count} DMs to ${who} wait, and go out when that peer answers`
}
