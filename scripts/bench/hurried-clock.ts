/** A clock for what is done when nobody waits: it is done now. */
import { systemClock } from '../../src/cli/system/clock.ts'
import type { Clock } from '../../src/chat/clock.ts'

/** What is due later than this is not waited for, in milliseconds. */
const SOON = 1_000

export class HurriedClock implements Clock {
  readonly #due = new Set<{ readonly ms: number; readonly task: () => void }>()
  #skipped = 0

  now(): number {
    return systemClock.now() + this.#skipped
  }

  wall(): number {
    return this.now()
  }

  after(ms: number, task: () => void): () => void {
    const due = { ms, task }
    if (ms <= SOON) this.#due.add(due)
    return () => this.#due.delete(due)
  }

  /** Does what is due soon, and what that makes due; `onStep` after each. */
  hurry(onStep: (milliseconds: number) => void): void {
    for (const due of this.#due) {
      this.#due.delete(due)
      this.#skipped += due.ms
      const began = performance.now()
      due.task()
      onStep(performance.now() - began)
    }
  }
}
