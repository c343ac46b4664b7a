/**
 * Who asked last, us or others: an announcement soon after a question may be the answer to it. Pure.
 *
 * What a program announces by its own clock shows its rhythm (src/udp/node/presence/rhythm.ts); what it was asked for shows that of
 * others, who may leave before it.
 */
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { Announcement } from './sighting.ts'
import type { Entry } from '../peer-table.ts'

/** Moments, in milliseconds: the last PING, the first of its question, and the first of the question before. */
interface Asking {
  readonly at: number
  readonly begunAt: number
  readonly before: number
}

export class LanQuestions {
  /** When everybody was last asked by us. */
  #oursAt = -Infinity
  /** The PINGs of each host; the host that asked last is the last. */
  readonly #hosts = new Map<string, Asking>()

  weAsked(now: number): void {
    this.#oursAt = now
  }

  /** A PING to everybody came from this host. Those within `prompted` are one question. */
  asked(host: string, now: number): void {
    const { begunAt = -Infinity, before = -Infinity } = this.#hosts.get(host) ?? {}
    const isNew = now - begunAt >= LAN_TIMES.prompted
    this.#hosts.delete(host)
    this.#hosts.set(host, { at: now, begunAt: isNew ? now : begunAt, before: isNew ? begunAt : before })
    for (const oldest of this.#hosts.keys()) {
      if (this.#hosts.size <= LAN_LIMITS.peers) return
      this.#hosts.delete(oldest)
    }
  }

  /**
   * Whether an announcement was asked for by nobody. To a PING of another program only a PROFILE is an answer that we
   * hear. `host`: where it came from; `known`: its sender, as it was before.
   */
  isUnasked(
    type: Announcement['type'] | 'JSON',
    host: string,
    known: Entry | undefined,
    now: number,
  ): boolean {
    const asked = Math.max(
      this.#oursAt,
      known?.answeredAt ?? -Infinity,
      known?.probedAt ?? -Infinity,
      type === 'PROFILE' ? this.#askedBy(host, known?.profileAt ?? now) : -Infinity,
    )
    return now - asked >= LAN_TIMES.prompted
  }

  /**
   * When another host last asked that this program may answer: a program that has left the question before unanswered,
   * since its PROFILE at `profileAt`, does not answer that host.
   */
  #askedBy(host: string, profileAt: number): number {
    let last = -Infinity
    for (const [other, { at, before }] of this.#hosts)
      if (other !== host && before <= profileAt) last = Math.max(last, at)
    return last
  }
}
