/**
 * Who asked last, us or others: an announcement soon after a question may be the answer to it. Pure.
 *
 * What a program announces by its own clock shows its rhythm (src/udp/node/presence/rhythm.ts); what it was asked for shows that of
 * others, who may leave before it.
 */
import { LAN_TIMES } from '../limits.ts'
import type { Announcement } from './sighting.ts'
import type { Entry } from '../peer-table.ts'

export class LanQuestions {
  /** When everybody was last asked by us. */
  #oursAt = -Infinity
  /** The last PING of another program, and the last before it of yet another. */
  #last = { at: -Infinity, by: '' }
  #before = { at: -Infinity, by: '' }

  weAsked(now: number): void {
    this.#oursAt = now
  }

  /** `by` names the program that sent a PING to everybody. */
  asked(by: string, now: number): void {
    if (this.#last.by !== by) this.#before = this.#last
    this.#last = { at: now, by }
  }

  /**
   * Whether an announcement was asked for by nobody. To a PING of another program only a PROFILE is an answer that we
   * hear. `known`: its sender, as it was before.
   */
  isUnasked(type: Announcement['type'] | 'JSON', by: string, known: Entry | undefined, now: number): boolean {
    const others = this.#last.by === by ? this.#before.at : this.#last.at
    const asked = Math.max(
      this.#oursAt,
      known?.answeredAt ?? -Infinity,
      known?.probedAt ?? -Infinity,
      type === 'PROFILE' ? others : -Infinity,
    )
    return now - asked >= LAN_TIMES.prompted
  }
}
