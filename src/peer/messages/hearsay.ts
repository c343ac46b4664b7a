/**
 * Which of the messages that a third party told us of are told on to others. Pure.
 *
 * What came straight from its sender is told on, and so is what two hosts told independently. What one host alone told
 * is shown and kept, and goes no further: otherwise one stranger speaks in the name of everybody, with our word for it.
 */
import { BoundedMap, BoundedSet } from '../../chat/bounded.ts'
import { senderKey, type ChatMessage, type Transit } from '../../chat/model.ts'
import { hostKey } from '../../http/ip.ts'

/** Messages that only one host told of, and those that others confirmed; the oldest are forgotten, and not told on. */
const MOST = 20_000

export class Hearsay {
  /** The host that told of a message, by sender and id. */
  readonly #tellers = new BoundedMap<string, string>(MOST)
  readonly #confirmed = new BoundedSet<string>(MOST)

  /** A host at `remote` told of this message, or it came straight: `hops` is 0. */
  told(message: ChatMessage, hops: number, remote: string): void {
    const key = keyOf(message)
    const host = hostKey(remote)
    const before = this.#tellers.get(key)
    const isConfirmed = hops === 0 || (before !== undefined && before !== host)
    if (isConfirmed) this.#confirm(key)
    else if (before === undefined && !this.#confirmed.has(key)) this.#tellers.set(key, host)
  }

  /** Whether others may be told of this message by us. `hops`: as it is kept. */
  isToldOn(message: ChatMessage, hops: Transit['hops']): boolean {
    return (hops ?? 0) <= 0 || this.#confirmed.has(keyOf(message))
  }

  #confirm(key: string): void {
    this.#tellers.delete(key)
    this.#confirmed.add(key)
  }
}

function keyOf(message: ChatMessage): string {
  return `${senderKey(message)} ${message.id}`
}
