/** What delivery and transport say to each other: messages with their bytes, and what came of an attempt. */
import type { ChatMessage, Transit } from '../../chat/model.ts'

/** What came of one attempt. `final`: the recipient has refused it for good. */
export type DeliveryResult =
  /**
   * `unconfirmed`: sent to a program that acknowledges nothing. `later`: it has left, and whether it got there shows
   * later; the messages behind it do not wait for that.
   */
  | { readonly ok: true; readonly unconfirmed?: boolean; readonly later?: Promise<DeliveryResult> }
  /**
   * `after`: when to try again, in milliseconds, as far as the recipient has said so. `atOnce`: it was the connection
   * that had ended, as they do.
   */
  | {
      readonly ok: false
      readonly final: boolean
      readonly reason: string
      readonly after?: number
      readonly atOnce?: boolean
      /** The recipient is not in the channel of this message. */
      readonly isNotJoined?: boolean
    }

export type Failure = Extract<DeliveryResult, { ok: false }>

/** A message with its bytes for POST /p2p/receive. */
export interface QueuedMessage {
  readonly message: ChatMessage
  readonly hops: Transit['hops']
  readonly body: string
  /** When it was said, in milliseconds of our clock. */
  readonly saidAt: number
}
