/**
 * Own messages and their delivery status. A message is held back for a moment, so that its line can say at once that it
 * was delivered; if that takes longer its line says that it waits, and the status follows as a line of its own.
 */
import { messageLine, receiptLine, receiptSign, sharedListWords } from '../terminal/render.ts'
import { isClosedLabel } from '../../chat/closed-label.ts'
import type { Clock } from '../../chat/clock.ts'
import { labelOf, type ChatMessage, type Peer, type Receipt } from '../../chat/model.ts'
import type { Session } from './commands/command.ts'
import type { Transcript } from './transcript.ts'

/** Most messages on one network are delivered within this time, in milliseconds. */
const HOLD = 150
/** A peer that came at the same time gets a message within this time after it was said, in milliseconds. */
const LATE = 5_000
const NOBODY = 'no one else is here now; anyone who joins while you are here can still read this'
const NO_MEMBER = 'no other member is here now; those who are in the channel read this when they come'

/** A message whose line is not printed yet, or which still waits for a recipient. */
interface Own {
  readonly message: ChatMessage
  /** The recipient of a direct message. */
  readonly to: Peer | undefined
  receipt: Receipt | undefined
  /** The line about its delivery that was printed last. */
  remark: string | undefined
  /** The recipients that were waiting when a line was printed last. */
  waiting: readonly Peer[]
  isShown: boolean
  cancel: () => void
}

export class OwnMessages {
  readonly #session: Pick<Session, 'style' | 'verbose'>
  readonly #transcript: Transcript
  readonly #clock: Clock
  /** By message id. */
  readonly #open = new Map<string, Own>()

  constructor(session: Pick<Session, 'style' | 'verbose'>, transcript: Transcript, clock: Clock) {
    this.#session = session
    this.#transcript = transcript
    this.#clock = clock
  }

  add(message: ChatMessage, to: Peer | undefined): void {
    const own: Own = {
      message,
      to,
      receipt: undefined,
      remark: undefined,
      waiting: [],
      isShown: false,
      cancel: () => undefined,
    }
    own.cancel = this.#clock.after(HOLD, () => {
      this.#print(own)
    })
    this.#open.set(message.id, own)
  }

  /** News about the delivery of a message; of a message that was not added, only that it reached nobody or failed. */
  update(receipt: Receipt): void {
    const { style } = this.#session
    const own = this.#open.get(receipt.messageId)
    if (own !== undefined) {
      const isSettled = receipt.queued.length === 0
      own.receipt = receipt
      if (own.isShown && receipt.recipients > 0) this.#remark(own, receipt)
      else if (isSettled) this.#print(own)
      if (isSettled && receipt.recipients > 0) this.#open.delete(receipt.messageId)
      else if (isSettled) this.#clock.after(LATE, () => this.#open.delete(receipt.messageId))
    } else if (receipt.recipients === 0) {
      this.#transcript.remark(style.dim(noOneIn(receipt.channel)))
    } else if (receipt.failed.length > 0) {
      this.#transcript.remark(receiptLine(receipt, style))
    }
  }

  /** Prints everything that is held back. */
  flush(): void {
    for (const own of this.#open.values()) this.#print(own)
  }

  #print(own: Own): void {
    if (own.isShown) return
    own.isShown = true
    own.cancel()
    const { style, verbose } = this.#session
    const { message, to, receipt } = own
    const sign = receipt === undefined ? style.dim('…') : receiptSign(receipt, style)
    this.#transcript.message(
      message.sentAt,
      messageLine(message, message.sentAt, style, {
        sign,
        to: to === undefined ? undefined : labelOf(to),
        listed: sharedListWords({ own: true, message }),
      }),
    )
    if (receipt === undefined) return
    own.waiting = receipt.queued
    if (receipt.recipients === 0) this.#transcript.remark(style.dim(`   ${noOneIn(receipt.channel)}`))
    else if (verbose || receipt.failed.length > 0) this.#remark(own, receipt)
  }

  /** A receipt that says nothing new, such as after another attempt, is not printed again. */
  #remark(own: Own, receipt: Receipt): void {
    const remark = `   ${receiptLine(receipt, this.#session.style, own.waiting)}`
    if (remark !== own.remark) this.#transcript.remark(remark)
    own.remark = remark
    own.waiting = receipt.queued
  }
}

function noOneIn(channel: string): string {
  return isClosedLabel(channel) ? NO_MEMBER : NOBODY
}
