/** A clock for work that waits until the store is idle: idle() does it at once. */
import { systemClock } from '../../src/cli/system/clock.ts'
import type { Clock } from '../../src/chat/clock.ts'

/** Tasks due later than this are dropped, in milliseconds. */
const SOON = 1_000

export class IdleClock implements Clock {
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

  /** Does all tasks, and those that they add; calls `onStep` after each. */
  idle(onStep: (milliseconds: number) => void): void {
    for (const due of this.#due) {
      this.#due.delete(due)
      this.#skipped += due.ms
      const began = performance.now()
      due.task()
      onStep(performance.now() - began)
    }
  }
}
