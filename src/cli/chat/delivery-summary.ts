/**
 * Messages of a pipe that did not reach all their recipients. The first failure for a recipient and a reason is reported at
 * once, later ones are counted.
 *
 * Invariant: memory is bounded, however many messages fail.
 */
import { labelOf, peerId, type Receipt } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'

interface Failures {
  readonly name: string
  readonly reason: string
  count: number
}

/** Pairs of recipient and reason with a count of their own; the others share one. */
const MAX_REASONS = 100
/** Messages without a recipient that may still get one; older ones count as undelivered. */
const MAX_ALONE = 1_000

export class DeliverySummary {
  readonly #failures = new Map<string, Failures>()
  #others = 0
  /** Ids of messages that had no recipient when they were sent. */
  readonly #alone = new Set<string>()
  #leftAlone = 0

  /** A message did not reach all its recipients, or had none. */
  get isUndelivered(): boolean {
    return this.#failures.size > 0 || this.alone > 0
  }

  /** Messages that had no recipient. */
  get alone(): number {
    return this.#alone.size + this.#leftAlone
  }

  /** Counts the failures of a message; returns those that are the first for their recipient and reason. */
  take({ messageId, recipients, failed, queued }: Receipt): Receipt['failed'] {
    if (recipients === 0) {
      this.#addAlone(messageId)
      return []
    }
    this.#alone.delete(messageId)
    if (queued.length > 0) return []
    return failed.filter((failure) => this.#isFirst(failure))
  }

  /** The failures that take() did not return: one sentence for each recipient and reason. */
  get repeated(): readonly string[] {
    const sentences = [...this.#failures.values()]
      .filter(({ count }) => count > 1)
      .map(({ name, reason, count }) => `${count} messages were not delivered to ${name}: ${reason}`)
    return this.#others === 0 ? sentences : [...sentences, `${this.#others} more messages were not delivered`]
  }

  #isFirst({ peer, reason }: Receipt['failed'][number]): boolean {
    const key = `${peerId(peer)} ${reason}`
    const known = this.#failures.get(key)
    if (known !== undefined) known.count++
    else if (this.#failures.size >= MAX_REASONS) this.#others++
    else {
      this.#failures.set(key, { name: sanitizeLine(labelOf(peer)), reason: sanitizeLine(reason), count: 1 })
      return true
    }
    return false
  }

  #addAlone(messageId: string): void {
    this.#alone.add(messageId)
    for (const oldest of this.#alone) {
      if (this.#alone.size <= MAX_ALONE) return
      this.#alone.delete(oldest)
      this.#leftAlone++
    }
  }
}
