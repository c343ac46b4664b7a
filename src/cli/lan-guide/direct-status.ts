/**
 * The delivery status of direct messages in `parley lan`, in at most one line for each change: sent, waits, and sent after
 * all. The session prints why a message failed.
 */
import { DIRECT, GENERAL, peerId, type ChatEvent, type Peer, type Receipt } from '../../chat/model.ts'
import type { Clock } from '../../chat/clock.ts'

/** `sent`: delivered, or without an answer so far. `waits`: the recipient does not answer. */
export type DirectStatus = 'sent' | 'waits' | 'failed'

/** Most messages on one network are delivered within this time, in milliseconds. */
const HOLD = 150

interface Direct {
  readonly to: Peer
  /** The recipient as the user knew it when the message was sent: later lines use the same name. */
  readonly who: string
  /** A line said that it waits. */
  isWaitShown: boolean
  /** Set while the command that sent the message waits for its first status, which it prints itself. */
  answer: ((status: DirectStatus) => void) | undefined
}

export interface DirectStatusesOptions {
  readonly clock: Clock
  readonly print: (line: string) => void
  /** The name of a peer for the user. */
  readonly called: (peer: Peer) => string
}

export class DirectStatuses {
  readonly #options: DirectStatusesOptions
  /** Messages that are neither delivered nor failed, by id. */
  readonly #open = new Map<string, Direct>()

  constructor(options: DirectStatusesOptions) {
    this.#options = options
  }

  /** The first status of a message that was sent in this turn of the event loop. */
  of(messageId: string, to: Peer): Promise<DirectStatus> {
    return new Promise((resolve) => {
      const direct = this.#opened(messageId, to)
      const cancel = this.#options.clock.after(HOLD, () => direct.answer?.('sent'))
      direct.answer = (status) => {
        cancel()
        direct.answer = undefined
        direct.isWaitShown = status === 'waits'
        resolve(status)
      }
    })
  }

  take(event: ChatEvent): void {
    if (event.kind === 'receipt') this.#update(event.receipt)
    else if (event.kind === 'parted' && event.channel === GENERAL) this.#left(event.peer)
    else if (event.kind === 'message' && event.own && event.message.channel === DIRECT) {
      const { message, to } = event
      if (to !== undefined && !this.#open.has(message.id)) this.#opened(message.id, to)
    }
  }

  #opened(messageId: string, to: Peer): Direct {
    const direct: Direct = { to, who: this.#options.called(to), isWaitShown: false, answer: undefined }
    this.#open.set(messageId, direct)
    return direct
  }

  #update({ messageId, queued, failed }: Receipt): void {
    const direct = this.#open.get(messageId)
    if (direct === undefined) return
    if (queued.length === 0) this.#open.delete(messageId)
    const status = queued.length > 0 ? 'waits' : failed.length > 0 ? 'failed' : 'sent'
    if (direct.answer !== undefined) direct.answer(status)
    else if (status === 'waits') this.#showWaiting([direct])
    else if (status === 'sent' && direct.isWaitShown) this.#options.print(statusLine(status, direct.who))
  }

  #left(peer: Peer): void {
    const its = [...this.#open.values()].filter(({ to }) => peerId(to) === peerId(peer))
    this.#showWaiting(its.filter(({ answer }) => answer === undefined))
  }

  /** One line for all messages to one peer. */
  #showWaiting(directs: readonly Direct[]): void {
    const fresh = directs.filter(({ isWaitShown }) => !isWaitShown)
    const [first] = fresh
    if (first === undefined) return
    for (const direct of fresh) direct.isWaitShown = true
    this.#options.print(statusLine('waits', first.who, fresh.length))
  }
}

/** `who`: the sanitized name of the recipient. */
export function statusLine(status: Exclude<DirectStatus, 'failed'>, who: string, count = 1): string {
  if (status === 'sent') return `DM sent to ${who}`
  return count === 1
    ? `DM to ${who} waits, and goes out when that peer answers`
    : `${count} DMs to ${who} wait, and go out when that peer answers`
}
