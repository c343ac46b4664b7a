/**
 * Messages of which each was sent to one program alone: a reply that repeats the id of one proves the program's address.
 * The oldest are forgotten.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LAN_LIMITS } from '../limits.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { PeerTable } from '../peer-table.ts'

interface SentMessage {
  readonly type: 'DM' | 'FOLLOW' | 'UNFOLLOW'
  readonly to: PeerEntry
}

export class Replies {
  readonly #table: PeerTable
  /** By MESSAGE_ID; undefined for an id that was sent to several programs. */
  readonly #sent = new BoundedMap<string, SentMessage | undefined>(LAN_LIMITS.askedOnce)

  constructor(table: PeerTable) {
    this.#table = table
  }

  get size(): number {
    return this.#sent.size
  }

  /** A message was sent. An id that was sent to two programs proves nothing of either. */
  expect(messageId: string, sent: SentMessage): void {
    const isNew = !this.#sent.has(messageId) || this.#sent.get(messageId)?.to === sent.to
    this.#sent.set(messageId, isNew ? sent : undefined)
  }

  /** A reply came from `host`. Returns the message that it replies to; undefined if the host was not sent it. */
  received(messageId: string | undefined, host: string): SentMessage | undefined {
    const sent = messageId === undefined ? undefined : this.#sent.get(messageId)
    if (messageId === undefined || sent?.to.seenAt.has(host) !== true) return undefined
    this.#sent.delete(messageId)
    if (!sent.to.isProved) this.#table.prove(sent.to, host)
    return sent
  }
}
