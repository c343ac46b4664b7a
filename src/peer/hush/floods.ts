/**
 * Tells the user when one person sends a lot. Invariant: one flood has one notice in TIMES.floodNotice, however long it is, and
 * one person has a bounded place here.
 */
import { BoundedMap } from '../../chat/bounded.ts'
import { LIMITS, TIMES } from '../../chat/limits.ts'
import { labelOf, peerId, type Peer, type PeerId } from '../../chat/model.ts'
import type { Labels } from '../contacts/labels.ts'
import type { Events } from '../events.ts'

interface Rate {
  /** When the last messages arrived, the oldest first: LIMITS.flood at most. */
  readonly times: number[]
  noticedAt: number
}

const MAX_PEOPLE = 1_000

export class Floods {
  readonly #events: Pick<Events, 'emit'>
  readonly #labels: Pick<Labels, 'shown'>
  readonly #rates = new BoundedMap<PeerId, Rate>(MAX_PEOPLE)

  constructor(events: Pick<Events, 'emit'>, labels: Pick<Labels, 'shown'>) {
    this.#events = events
    this.#labels = labels
  }

  /** A message of this person arrived. `now`: in milliseconds. */
  heard(from: Peer, now: number): void {
    if (!this.#isNews(peerId(from), now)) return
    const label = labelOf(this.#labels.shown(from))
    const word = /\s/.test(label) ? `"${label}"` : label
    const text = `${label} sends a lot; "/ignore ${word}" drops what it says`
    this.#events.emit({ kind: 'notice', text, flooding: { id: peerId(from), name: label } })
  }

  #isNews(id: PeerId, now: number): boolean {
    const rate = this.#rates.get(id) ?? { times: [], noticedAt: -Infinity }
    this.#rates.set(id, rate)
    rate.times.push(now)
    if (rate.times.length > LIMITS.flood) rate.times.shift()
    const [oldest = now] = rate.times
    const isFlood = rate.times.length === LIMITS.flood && now - oldest <= TIMES.flood
    if (!isFlood || now - rate.noticedAt < TIMES.floodNotice) return false
    rate.noticedAt = now
    return true
  }
}
