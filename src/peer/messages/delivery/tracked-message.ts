/**
 * One message on its way: what its receipts say, and what waits in the queue of each recipient.
 * Invariant: every recipient is delivered, failed or waiting, and the receipt names the last two.
 */
import { type ChatMessage, type Peer, type Receipt, peerId, type PeerId } from '../../../chat/model.ts'
import { messageBody } from '../../../chat/wire/messages.ts'
import type { QueuedMessage } from './delivery-result.ts'

export class Tracked {
  /** It gets its signature later. */
  message: ChatMessage
  /** How many peers will have relayed it; undefined for an own message. */
  readonly hops: number | undefined
  recipients: number
  readonly waiting: Map<PeerId, Peer>
  failed: { peer: Peer; reason: string }[] = []
  /** Another peer said it: it has no receipts. */
  readonly isRelayed: boolean
  /** It was said before this program started: nothing waits for it at the end. */
  readonly isOld: boolean
  delivered = 0
  unconfirmed = 0

  constructor(
    message: ChatMessage,
    hops: number | undefined,
    recipients: number,
    waiting: readonly Peer[],
    isOld: boolean,
  ) {
    this.message = message
    this.hops = hops
    this.isRelayed = (hops ?? 0) > 0
    this.isOld = isOld
    this.recipients = recipients
    this.waiting = new Map(waiting.map((peer) => [peerId(peer), peer]))
  }

  get receipt(): Receipt {
    const { message, recipients, delivered, unconfirmed } = this
    const queued = [...this.waiting.values()]
    return {
      messageId: message.id,
      channel: message.channel,
      recipients,
      delivered,
      unconfirmed,
      failed: [...this.failed],
      queued,
    }
  }
}

/** A message in the queues of its recipients. */
export interface Item extends QueuedMessage {
  readonly tracked: Tracked
  /** Since when it waits, which bounds how long it is tried: milliseconds of the clock. */
  readonly queuedAt: number
  /** Size of the body in UTF-8. */
  readonly bytes: number
}

export function itemFor(tracked: Tracked, saidAt: number, queuedAt: number): Item {
  const { hops } = tracked
  let encoded = { message: tracked.message, body: messageBody(tracked.message, { hops }) }
  return {
    get message() {
      return tracked.message
    },
    get body() {
      const { message } = tracked
      if (encoded.message !== message) encoded = { message, body: messageBody(message, { hops }) }
      return encoded.body
    },
    ...{ hops, saidAt, queuedAt, tracked, bytes: Buffer.byteLength(encoded.body) },
  }
}

/** Inserts before the first own message that was said later. */
export function insert(items: Item[], item: Item): void {
  const seq = ownSeq(item)
  const place = items.findIndex((other) => !other.tracked.isRelayed && ownSeq(other) > seq)
  if (place === -1) items.push(item)
  else items.splice(place, 0, item)
}

function ownSeq({ tracked, message: { seq = Infinity } }: Item): number {
  return tracked.isRelayed ? Infinity : seq
}
