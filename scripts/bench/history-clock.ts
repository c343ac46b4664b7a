/** A clock for work that waits until the store is idle: idle() lets its own time pass at once, and does what is due. */
import { systemClock } from '../../src/cli/system/clock.ts'
import type { Clock } from '../../src/chat/clock.ts'

export class IdleClock implements Clock {
  readonly #due = new Set<{ readonly at: number; readonly task: () => void }>()
  #skipped = 0

  now(): number {
    return systemClock.now() + this.#skipped
  }

  wall(): number {
    return this.now()
  }

  after(ms: number, task: () => void): () => void {
    const due = { at: this.now() + ms, task }
    this.#due.add(due)
    return () => this.#due.delete(due)
  }

  /** Lets `ms` pass; calls `onStep` after each task with the milliseconds that it took. */
  idle(ms: number, onStep: (milliseconds: number) => void): void {
    const end = this.now() + ms
    for (;;) {
      const [next] = [...this.#due].sort((one, other) => one.at - other.at)
      if (next === undefined || next.at > end) break
      this.#due.delete(next)
      this.#skipped += Math.max(0, next.at - this.now())
      const began = performance.now()
      next.task()
      onStep(performance.now() - began)
    }
  }
}
