/** Until when each conversation was read. Invariant: a mark only moves forward, and never beyond now. */
import type { Clock } from '../chat/clock.ts'
import { readMarkOf } from '../store/profile.ts'
import type { Store } from '../store/store.ts'

export class ReadMarks {
  readonly #store: Pick<Store, 'setting' | 'set'>
  readonly #clock: Pick<Clock, 'now'>

  constructor(store: Pick<Store, 'setting' | 'set'>, clock: Pick<Clock, 'now'>) {
    this.#store = store
    this.#clock = clock
  }

  /** Milliseconds in the time of the store; 0 if the conversation was never read. */
  readUpTo(conversation: string): number {
    return Number(this.#store.setting(readMarkOf(conversation)) ?? 0)
  }

  /** The conversation was read up to this time; returns its mark. */
  mark(conversation: string, upTo: number): number {
    const before = this.readUpTo(conversation)
    const until = Math.min(upTo, this.#clock.now())
    if (until <= before) return before
    this.#store.set(readMarkOf(conversation), String(until))
    return until
  }
}
