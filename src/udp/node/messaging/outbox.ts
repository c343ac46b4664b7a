/**
 * Direct messages whose acknowledgement is open.
 *
 * Many LSNP programs acknowledge nothing, and show every copy. So a message is sent again only to a program that has
 * acknowledged one before. Any other program gets one copy, whose acknowledgement is expected for one retry interval while
 * nothing is known of the program, and never in the dialect of legacy clients. A forged source address gets one copy, too.
 * A message that waits here holds up no other.
 */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { PeerEntry } from '../peer-entry.ts'
import type { MessageRef } from './messaging-context.ts'

interface OpenMessage {
  /** MESSAGE_ID. */
  readonly id: string
  readonly to: PeerEntry
  /** The user id that it was sent to; the peer may have another by now. */
  readonly userId: string
  readonly bytes: Buffer
  /** How often it was sent; the maximum if it must not be sent again. */
  attempts: number
  nextAt: number
}

/** What is due for a message without an acknowledgement. */
export type Due =
  | { readonly kind: 'again'; readonly to: PeerEntry; readonly bytes: Buffer }
  | ({ readonly kind: 'given-up' } & MessageRef)

export class LanOutbox {
  readonly #open = new Map<string, OpenMessage>()

  get size(): number {
    return this.#open.size
  }

  /** A message was sent for the first time. Returns false if no acknowledgement is expected. */
  add(id: string, to: PeerEntry, bytes: Buffer, now: number): boolean {
    const { acknowledges } = to.capabilities
    if (acknowledges === false || this.#open.size >= LAN_LIMITS.waiting) return false
    const { userId } = to.peer
    const attempts = acknowledges === true ? 1 : LAN_TIMES.attempts
    this.#open.set(`${id} ${to.key}`, { id, to, userId, bytes, attempts, nextAt: now + LAN_TIMES.retry })
    return true
  }

  /** Removes and returns the message that is acknowledged. ACK names no user, so its address has to fit. */
  acknowledge(id: string, host: string): MessageRef | undefined {
    for (const [key, { id: open, to, userId }] of this.#open) {
      if (open !== id || !to.seenAt.has(host)) continue
      to.capabilities.acknowledged('DM')
      this.#open.delete(key)
      return { id, userId }
    }
    return undefined
  }

  /** The messages that are to be sent again now, and those that are given up. */
  due(now: number): Due[] {
    const due: Due[] = []
    for (const [key, message] of this.#open) {
      if (message.nextAt > now) continue
      const { id, to, userId, bytes } = message
      // The program may have ignored another message in the meantime, or use the dialect of legacy clients now.
      const isHopeless = message.attempts >= LAN_TIMES.attempts || to.capabilities.acknowledges !== true
      if (isHopeless) {
        this.#open.delete(key)
        to.capabilities.stayedSilent()
        due.push({ kind: 'given-up', id, userId })
      } else {
        message.attempts++
        message.nextAt = now + LAN_TIMES.retry
        due.push({ kind: 'again', to, bytes })
      }
    }
    return due
  }

  /**
   * Removes and returns the messages to programs that are not known to acknowledge. They were sent once; a second copy,
   * after the next start, would be shown again.
   */
  takeUnacknowledged(): MessageRef[] {
    return this.#take(({ to }) => to.capabilities.acknowledges !== true)
  }

  /** Removes and returns the messages to a peer that has left. */
  abandon(entry: PeerEntry): MessageRef[] {
    return this.#take(({ to }) => to === entry)
  }

  #take(isMeant: (message: OpenMessage) => boolean): MessageRef[] {
    const taken: MessageRef[] = []
    for (const [key, message] of this.#open) {
      if (!isMeant(message)) continue
      this.#open.delete(key)
      taken.push({ id: message.id, userId: message.userId })
    }
    return taken
  }
}
