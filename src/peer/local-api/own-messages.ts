/**
 * What this peer remembers of its own messages beyond the store: the conversation of each, and its delivery as it was
 * last emitted. Only the newest are remembered.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { conversationWith, deliveryOf, deliveryOfPending, keyOf } from './serialize.ts'
import type { ChatMessage, Receipt } from '../../chat/model.ts'
import type { Conversation, LocalDelivery } from '../../chat/wire/local-api.ts'
import type { PendingMessage } from '../../store/store.ts'

const MAX_REMEMBERED = 1_000

interface OwnMessage {
  /** The `key` of its LocalMessage. */
  readonly key: string
  readonly conversation: Conversation
  delivery?: LocalDelivery
}

export class OwnMessages {
  readonly #byId = new BoundedMap<string, OwnMessage>(MAX_REMEMBERED)

  add(message: ChatMessage, conversation: Conversation): void {
    this.#byId.set(message.id, { key: keyOf(message), conversation })
  }

  /** A message of an earlier start that has not reached everybody. */
  addPending(pending: PendingMessage): void {
    const { message } = pending
    const conversation = conversationWith(pending)
    this.#byId.set(message.id, { key: keyOf(message), conversation, delivery: deliveryOfPending(pending) })
  }

  update(receipt: Receipt): void {
    const own = this.#byId.get(receipt.messageId)
    if (own !== undefined) own.delivery = deliveryOf(receipt)
  }

  /** What was said in one conversation belongs to another now. */
  move(before: Conversation, conversation: Conversation): void {
    for (const [id, own] of this.#byId)
      if (own.conversation === before) this.#byId.set(id, { ...own, conversation })
  }

  placeOf(messageId: string): Pick<OwnMessage, 'key' | 'conversation'> | undefined {
    const own = this.#byId.get(messageId)
    return own && { key: own.key, conversation: own.conversation }
  }

  deliveryOf(messageId: string): LocalDelivery | undefined {
    return this.#byId.get(messageId)?.delivery
  }
}
