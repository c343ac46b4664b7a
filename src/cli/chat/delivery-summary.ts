/**
 * How messages from a pipe fared that did not reach all their recipients. The first message that fails for a recipient and
 * a reason is told at once, the others are counted and told together. Bounded, however many messages fail. Pure.
 */
import { addressKey, type Receipt } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'

interface Failures {
  readonly name: string
  readonly reason: string
  count: number
}

/** Recipients with their reasons that are told apart; the others are counted together. */
const MOST_REASONS = 100
/** Messages for nobody that may still find a recipient; older ones count as undelivered. */
const MOST_ALONE = 1_000

export class DeliverySummary {
  readonly #failures = new Map<string, Failures>()
  #others = 0
  /** Ids of messages that had no recipient when they were said. */
  readonly #alone = new Set<string>()
  #leftAlone = 0

  /** Some message did not reach all its recipients, or had none. */
  get isUndelivered(): boolean {
    return this.#failures.size > 0 || this.alone > 0
  }

  /** Messages that had no recipient. */
  get alone(): number {
    return this.#alone.size + this.#leftAlone
  }

  /** Takes what is new of a message; returns the failures that are the first of their kind. */
  take({ messageId, recipients, failed, queued }: Receipt): Receipt['failed'] {
    if (recipients === 0) {
      this.#addAlone(messageId)
      return []
    }
    this.#alone.delete(messageId)
    if (queued.length > 0) return []
    return failed.filter((failure) => this.#isFirst(failure))
  }

  /** What take() did not return, one sentence for each recipient and reason. */
  get repeated(): readonly string[] {
    const sentences = [...this.#failures.values()]
      .filter(({ count }) => count > 1)
      .map(({ name, reason, count }) => `${count} messages were not delivered to ${name}: ${reason}`)
    return this.#others === 0 ? sentences : [...sentences, `${this.#others} more messages were not delivered`]
  }

  #isFirst({ peer, reason }: Receipt['failed'][number]): boolean {
    const key = `${addressKey(peer)} ${reason}`
    const known = this.#failures.get(key)
    if (known !== undefined) known.count++
    else if (this.#failures.size >= MOST_REASONS) this.#others++
    else {
      this.#failures.set(key, { name: sanitizeLine(peer.name), reason: sanitizeLine(reason), count: 1 })
      return true
    }
    return false
  }

  #addAlone(messageId: string): void {
    this.#alone.add(messageId)
    for (const oldest of this.#alone) {
      if (this.#alone.size <= MOST_ALONE) return
      this.#alone.delete(oldest)
      this.#leftAlone++
    }
  }
}
