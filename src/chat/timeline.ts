/**
 * Messages in order, each shown once. Pure.
 *
 * A message is known by its sender's address and its id, so that nobody can use up the ids of others. The same
 * id with other content is a mistake or an attack, and is refused rather than swallowed.
 */
import { LIMITS } from './limits.ts'
import { peerId, type ChatMessage } from './model.ts'

export interface Shown {
  readonly message: ChatMessage
  /** By our clock: Unix time in milliseconds. */
  readonly receivedAt: number
  readonly own: boolean
}

export type Verdict = 'new' | 'known' | 'conflict'

interface Seen {
  readonly at: number
  readonly digest: string
}

export class Timeline {
  readonly #seen = new Map<string, Seen>()
  readonly #channels = new Map<string, Shown[]>()

  /** `key` names the conversation: a channel, or for direct messages whom they are with. */
  add(key: string, shown: Shown): Verdict {
    const { message, receivedAt } = shown
    const id = `${peerId(message.from)} ${message.id}`
    const digest = `${message.channel}\n${message.text}`
    const before = this.#seen.get(id)
    if (before !== undefined) return before.digest === digest ? 'known' : 'conflict'
    this.#seen.set(id, { at: receivedAt, digest })
    this.#forget(receivedAt)
    this.#keep(key, shown)
    return 'new'
  }

  /** The last `count` messages of a conversation, oldest first. */
  last(key: string, count: number): readonly Shown[] {
    return count <= 0 ? [] : (this.#channels.get(key) ?? []).slice(-count)
  }

  #keep(key: string, shown: Shown): void {
    const channel = this.#channels.get(key)
    if (channel === undefined) {
      this.#channels.set(key, [shown])
      return
    }
    channel.push(shown)
    if (channel.length > LIMITS.timeline) channel.shift()
  }

  /** The oldest ids go when they are old, or too many. */
  #forget(now: number): void {
    for (const [id, { at }] of this.#seen) {
      if (this.#seen.size <= LIMITS.seenIds && now - at <= LIMITS.seenFor) return
      this.#seen.delete(id)
    }
  }
}
