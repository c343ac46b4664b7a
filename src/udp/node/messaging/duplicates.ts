/** Recognises messages that were shown already: datagrams are doubled, sent again, and passed on by others. */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export type TextMessage = LsnpMessages['POST'] | LsnpMessages['DM'] | LsnpMessages['GROUP_MESSAGE']

export class DuplicateFilter {
  /** When each key was first seen, the oldest first. */
  readonly #seen = new Map<string, number>()

  get size(): number {
    return this.#seen.size
  }

  has(key: string, now: number): boolean {
    const seenAt = this.#seen.get(key)
    return seenAt !== undefined && now - seenAt < LAN_TIMES.seen
  }

  /** Notes a key. Returns whether it is seen for the first time. */
  isNew(key: string, now: number): boolean {
    if (this.has(key, now)) return false
    for (const [oldest, at] of this.#seen) {
      if (this.#seen.size < LAN_LIMITS.seen && now - at < LAN_TIMES.seen) break
      this.#seen.delete(oldest)
    }
    this.#seen.set(key, now)
    return true
  }
}

/**
 * The key that a message shares with its copies: its sender, id and text, since some programs use one id for everything;
 * without an id its second in the place of the id. Group messages are passed on by others, under other ids. `second`: the
 * present, in Unix seconds.
 */
export function identityOf(message: TextMessage, sender: string, second: number): string {
  const { type, messageId, timestamp, content } = message
  const text = fingerprint(content)
  return type === 'GROUP_MESSAGE'
    ? `${type} ${message.from} ${message.groupId} ${timestamp ?? messageId ?? second} ${text}`
    : `${type} ${sender} ${messageId ?? timestamp ?? second} ${text}`
}

/** FNV-1a in 32 bits with the length, instead of the whole text. A forged collision only hides the forger's own message. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return `${hash} ${text.length}`
}
