/**
 * Tasks one after the other.
 *
 * Invariant: tasks run in the order in which they were added; the first runs at once if none is running.
 */
import type { Clock } from '../../chat/clock.ts'

export class TaskQueue {
  /** Settles when all tasks so far are done; undefined: none is running. */
  #last: Promise<void> | undefined

  get isIdle(): boolean {
    return this.#last === undefined
  }

  /** `task` must not reject. */
  async add(task: () => Promise<void>): Promise<void> {
    const done = this.#last === undefined ? task() : this.#last.then(task)
    this.#last = done
    await done
    if (this.#last === done) this.#last = undefined
  }

  /** Resolves when all tasks are done, after `ms` at the latest. */
  async done(ms: number, clock: Clock): Promise<void> {
    let cancel = (): void => undefined
    const timeout = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)))
    await Promise.race([this.#last, timeout])
    cancel()
  }
}
