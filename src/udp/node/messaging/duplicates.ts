/** Messages that were shown already: datagrams come twice, are sent again, and are passed on by others. Pure. */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { LsnpMessages } from '../../lsnp/codec.ts'

export type Said = LsnpMessages['POST'] | LsnpMessages['DM'] | LsnpMessages['GROUP_MESSAGE']

export class DuplicateFilter {
  /** When each was seen first, the oldest first. */
  readonly #seen = new Map<string, number>()

  get size(): number {
    return this.#seen.size
  }

  has(key: string, now: number): boolean {
    const seenAt = this.#seen.get(key)
    return seenAt !== undefined && now - seenAt < LAN_TIMES.seen
  }

  /** Whether this was not seen before; now it was. */
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
 * What makes a message the same as another of its sender: its id with its text, since some programs use one id for
 * everything; without an id its second and its text. Group messages are passed on by others, under other ids.
 * `second` is now, in Unix seconds.
 */
export function identity(message: Said, sender: string, second: number): string {
  const { type, messageId, timestamp, content } = message
  const text = fingerprint(content)
  return type === 'GROUP_MESSAGE'
    ? `${type} ${message.from} ${message.groupId} ${timestamp ?? messageId ?? second} ${text}`
    : `${type} ${sender} ${messageId ?? timestamp ?? second} ${text}`
}

/** Of a text, instead of keeping all of it: 32 bits (FNV-1a) and its length. Nobody gains by finding another. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return `${hash} ${text.length}`
}
