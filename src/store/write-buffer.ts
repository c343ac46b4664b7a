/**
 * Messages that are in memory only, because the disk takes nothing now.
 *
 * Invariant: at most LIMITS.unsaved. Over it, the oldest messages of other peers are dropped, because their senders keep
 * them until this peer acknowledges them; then the oldest own messages that have reached all their recipients.
 */
import { LIMITS } from '../chat/limits.ts'
import { senderKey, type ChatMessage } from '../chat/model.ts'
import type { Kept } from './rows.ts'

export class WriteBuffer {
  readonly #messages = new Map<string, Kept>()
  readonly #isWaiting: (messageId: string) => boolean

  /** `isWaiting`: whether an own message still waits for a recipient. */
  constructor(isWaiting: (messageId: string) => boolean) {
    this.#isWaiting = isWaiting
  }

  get size(): number {
    return this.#messages.size
  }

  add(kept: Kept): void {
    if (this.#messages.size >= LIMITS.unsaved) this.#drop()
    this.#messages.set(keyOf(kept.entry.message), kept)
  }

  /** Replaces the message with the same sender and id, if there is one, at its place. */
  replace(kept: Kept): void {
    const key = keyOf(kept.entry.message)
    if (this.#messages.has(key)) this.#messages.set(key, kept)
  }

  /** The message with the same sender and id. */
  find(message: ChatMessage): Kept | undefined {
    return this.#messages.get(keyOf(message))
  }

  /** In the order of arrival. */
  all(): Kept[] {
    return [...this.#messages.values()]
  }

  of(conversation: string): Kept[] {
    return this.all().filter(({ entry }) => entry.conversation === conversation)
  }

  clear(): void {
    this.#messages.clear()
  }

  #drop(): void {
    const dropped =
      this.#oldest(({ entry }) => !entry.own) ??
      this.#oldest(({ entry }) => !this.#isWaiting(entry.message.id))
    if (dropped !== undefined) this.#messages.delete(dropped)
  }

  #oldest(which: (kept: Kept) => boolean): string | undefined {
    for (const [key, kept] of this.#messages) if (which(kept)) return key
    return undefined
  }
}

function keyOf(message: ChatMessage): string {
  const sender = senderKey(message)
  return `${sender.length} ${sender}${message.id}`
}
