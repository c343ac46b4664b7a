/** What delivery and transport say to each other: messages with their bytes, and the result of an attempt. */
import type { ChatMessage, Peer, Transit } from '../../../chat/model.ts'

/** Hands messages to a peer. */
export interface Transport {
  /**
   * Tries these messages in one request; resolves to the result of each, in order. Those behind one that is to be tried
   * again were not tried. `inFlight`: requests to the same recipient that are not answered yet. If one of those does not
   * get there, this one must not.
   */
  send(to: Peer, messages: readonly QueuedMessage[], inFlight: number): Promise<readonly DeliveryResult[]>
  /** Whether it is known to take several messages in one request, and further requests before it has answered. */
  supportsBatch(to: Peer): boolean
}

/** The result of one attempt. `final`: the recipient has refused it for good. */
export type DeliveryResult =
  /**
   * `unconfirmed`: sent to a program that acknowledges nothing. `later`: it has left, and whether it got there is known
   * later; the messages behind it do not wait for that.
   */
  | { readonly ok: true; readonly unconfirmed?: boolean; readonly later?: Promise<DeliveryResult> }
  /**
   * `after`: when to try again, in milliseconds, if the recipient has said so. `immediate`: only the connection had
   * ended, as idle ones do.
   */
  | {
      readonly ok: false
      readonly final: boolean
      readonly reason: string
      readonly after?: number
      readonly immediate?: boolean
      /** The recipient is not in the channel of this message. */
      readonly isNotJoined?: boolean
    }

export type Failure = Extract<DeliveryResult, { ok: false }>

/** A message with its bytes for POST /p2p/receive. */
export interface QueuedMessage {
  readonly message: ChatMessage
  readonly hops: Transit['hops']
  readonly body: string
  /** When it was said, in milliseconds of the clock. */
  readonly saidAt: number
}
