/**
 * Clocks for tests. `ManualClock` stands still until a test moves it, so that hours cost nothing and a slow machine
 * changes nothing. `fastClock()` is for whole peers on real sockets: it runs with the machine, only faster.
 */
import { systemClock } from '../../src/cli/system/clock.ts'
import { turn } from './wait.ts'
import type { Clock } from '../../src/chat/clock.ts'

/** Tasks run in the order in which they are due; `now()` is then the moment at which each was due. */
export class ManualClock implements Clock {
  #now: number
  #offset = 0
  readonly #tasks = new Set<{ readonly at: number; readonly task: () => void }>()

  constructor(now = 1_763_771_234_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now + this.#offset
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.#now + ms, task }
    this.#tasks.add(entry)
    return () => {
      this.#tasks.delete(entry)
    }
  }

  /** Sets the wall clock: `offset` milliseconds ahead of `now()`, or behind it. */
  set(offset: number): void {
    this.#offset = offset
  }

  /** Milliseconds until each waiting task is due, the next first. */
  get due(): number[] {
    return [...this.#tasks].map(({ at }) => at - this.#now).sort((one, other) => one - other)
  }

  /** Lets `ms` pass. What promises lead to after one task is done before the next task. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await turn()
    while (this.#runNext(end)) await turn()
    this.#now = end
  }

  /** Lets `ms` pass at once: for code that waits for no promise. */
  advanceSync(ms: number): void {
    const end = this.#now + ms
    while (this.#runNext(end));
    this.#now = end
  }

  /** Lets `ms` pass while nothing runs, as on a machine that sleeps; what was due then runs late. */
  sleep(ms: number): void {
    this.#now += ms
    this.advanceSync(0)
  }

  /** Whether a task was due until `end`, and ran. */
  #runNext(end: number): boolean {
    const [next] = [...this.#tasks].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
    if (next === undefined) return false
    this.#tasks.delete(next)
    this.#now = Math.max(this.#now, next.at)
    next.task()
    return true
  }
}

const START = systemClock.now()

/** The time of this machine, `times` as fast, for both clocks and timers. All clocks of one speed agree. */
export function fastClock(times: number): Clock {
  const now = (): number => START + (systemClock.now() - START) * times
  return { now, wall: now, after: (ms, task) => systemClock.after(ms / times, task) }
}
