/**
 * Direct messages to programs that take datagrams only. Pure.
 *
 * Many programs of this family acknowledge nothing, and show every copy. So a message is sent again only to a program
 * that has acknowledged one before. Every other program gets one copy; its acknowledgement is expected for one retry
 * interval as long as nothing is known of the program, and never in the seed's dialect. One copy is also all that a
 * forged source address can get. A message that waits here holds up no other.
 */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { Entry } from '../peer-table.ts'

interface Waiting {
  /** MESSAGE_ID. */
  readonly id: string
  readonly to: Entry
  /** The user id that it was written to: it may have another by now. */
  readonly userId: string
  readonly bytes: Buffer
  /** How often it was sent; the most that there is for a program that is sent nothing again. */
  attempts: number
  nextAt: number
}

/** What is to be done with a message that had no answer. */
export type Due =
  | { readonly kind: 'again'; readonly to: Entry; readonly bytes: Buffer }
  | ({ readonly kind: 'given-up' } & Addressed)

/** A message, by its id and the user id that it was written to. */
export interface Addressed {
  readonly id: string
  readonly userId: string
}

export class LanOutbox {
  readonly #waiting = new Map<string, Waiting>()

  /** A message has been sent for the first time. False: nothing is waited for. */
  add(id: string, to: Entry, bytes: Buffer, now: number): boolean {
    const { acknowledges } = to.capabilities
    if (acknowledges === false || this.#waiting.size >= LAN_LIMITS.waiting) return false
    const { userId } = to.peer
    const attempts = acknowledges === true ? 1 : LAN_TIMES.attempts
    this.#waiting.set(`${id} ${to.key}`, {
      id,
      to,
      userId,
      bytes,
      attempts,
      nextAt: now + LAN_TIMES.retry,
    })
    return true
  }

  get size(): number {
    return this.#waiting.size
  }

  /** The message that waited for this acknowledgement: it names no sender, so its address has to say it. */
  acknowledge(id: string, host: string): (Addressed & { readonly to: Entry }) | undefined {
    for (const [key, { id: waiting, to, userId }] of this.#waiting) {
      if (waiting !== id || !to.heardAt.has(host)) continue
      to.capabilities.acknowledged('DM')
      this.#waiting.delete(key)
      return { id, userId, to }
    }
    return undefined
  }

  due(now: number): Due[] {
    const due: Due[] = []
    for (const [key, waiting] of this.#waiting) {
      if (waiting.nextAt > now) continue
      const { id, to, userId, bytes } = waiting
      // It may have been silent to another message in the meantime, or speak the seed's dialect now.
      const isHopeless = waiting.attempts >= LAN_TIMES.attempts || to.capabilities.acknowledges !== true
      if (isHopeless) {
        this.#waiting.delete(key)
        to.capabilities.stayedSilent()
        due.push({ kind: 'given-up', id, userId })
      } else {
        waiting.attempts++
        waiting.nextAt = now + LAN_TIMES.retry
        due.push({ kind: 'again', to, bytes })
      }
    }
    return due
  }

  /**
   * Takes out the messages to programs that are not known to acknowledge: each was sent once, and a second copy, after
   * the next start, would be shown again.
   */
  takeUnacknowledged(): Addressed[] {
    const taken: Addressed[] = []
    for (const [key, { id, to, userId }] of this.#waiting) {
      if (to.capabilities.acknowledges === true) continue
      this.#waiting.delete(key)
      taken.push({ id, userId })
    }
    return taken
  }

  /** A peer has left: what waited for it is given up. */
  abandon(entry: Entry): Addressed[] {
    const abandoned: Addressed[] = []
    for (const [key, { id, to, userId }] of this.#waiting) {
      if (to !== entry) continue
      this.#waiting.delete(key)
      abandoned.push({ id, userId })
    }
    return abandoned
  }
}
