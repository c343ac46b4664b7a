/**
 * Messages that are in memory only, because the disk takes nothing now, and kept ones that have changed since.
 *
 * Invariant: at most LIMITS.unsaved. Over it, the oldest messages of other peers are dropped, because their senders keep
 * them until this peer acknowledges them; then the oldest own messages that have reached all their recipients.
 */
import { LIMITS } from '../../chat/limits.ts'
import { senderKey } from '../../chat/model.ts'
import type { Kept } from '../rows.ts'

export class WriteBuffer {
  readonly #messages = new Map<number, Kept>()
  readonly #isWaiting: (messageId: string) => boolean

  /** `isWaiting`: whether an own message still waits for a recipient. */
  constructor(isWaiting: (messageId: string) => boolean) {
    this.#isWaiting = isWaiting
  }

  get size(): number {
    return this.#messages.size
  }

  /** Adds a message, or the present state of one with the same number at its place. */
  add(kept: Kept): void {
    if (this.#messages.size >= LIMITS.unsaved && !this.#messages.has(kept.number)) this.#drop()
    this.#messages.set(kept.number, kept)
  }

  has(number: number): boolean {
    return this.#messages.has(number)
  }

  /** The messages with this id of these senders. */
  find(senders: readonly string[], messageId: string): Kept[] {
    if (this.#messages.size === 0) return []
    return this.all().filter(({ entry: { message } }) => {
      return message.id === messageId && senders.includes(senderKey(message))
    })
  }

  /** In the order in which they were added. */
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

  #oldest(which: (kept: Kept) => boolean): number | undefined {
    for (const [number, kept] of this.#messages) if (which(kept)) return number
    return undefined
  }
}
