/**
 * Questions that were asked lately, by us or by others: an announcement soon after one may be the answer to it.
 *
 * What a program announces by its own clock shows its rhythm (src/udp/node/presence/rhythm.ts). What it answers shows the
 * rhythm of the program that asked, which may leave before it.
 */
import { BoundedMap } from '../../../chat/bounded.ts'
import { LAN_LIMITS, LAN_TIMES } from '../limits.ts'
import type { Announcement } from './sighting.ts'
import type { PeerEntry } from '../peer-entry.ts'

/** Times in milliseconds: the last PING of a host, the first one of that question, and the first one of the question before. */
interface Pings {
  readonly at: number
  readonly begunAt: number
  readonly before: number
}

export class Solicitations {
  /** When we last asked everybody. */
  #ownAt = -Infinity
  /** The PINGs of each host; the host that asked last stands last. */
  readonly #hosts = new BoundedMap<string, Pings>(LAN_LIMITS.peers)

  sentToAll(now: number): void {
    this.#ownAt = now
  }

  /** A PING to everybody came from this host. PINGs within `prompted` are one question. */
  receivedFrom(host: string, now: number): void {
    const { begunAt = -Infinity, before = -Infinity } = this.#hosts.get(host) ?? {}
    const isNew = now - begunAt >= LAN_TIMES.prompted
    this.#hosts.set(host, { at: now, begunAt: isNew ? now : begunAt, before: isNew ? begunAt : before })
  }

  /**
   * Whether an announcement from `host` answers no question. `known`: its sender, as it was before. A PING of another
   * program can cause only a PROFILE that reaches us.
   */
  isUnsolicited(
    type: Announcement['type'] | 'JSON',
    host: string,
    known: PeerEntry | undefined,
    now: number,
  ): boolean {
    const askedAt = Math.max(
      this.#ownAt,
      known?.answeredAt ?? -Infinity,
      known?.probedAt ?? -Infinity,
      type === 'PROFILE' ? this.#askedByOthersAt(host, known?.profileAt ?? now) : -Infinity,
    )
    return now - askedAt >= LAN_TIMES.prompted
  }

  /**
   * When another host last asked a question that this program may answer. A program that left a host's question before
   * the last one without an answer, since its PROFILE at `profileAt`, does not answer that host.
   */
  #askedByOthersAt(host: string, profileAt: number): number {
    let last = -Infinity
    for (const [other, { at, before }] of this.#hosts)
      if (other !== host && before <= profileAt) last = Math.max(last, at)
    return last
  }
}
