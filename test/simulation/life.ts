/**
 * One run of a program on a machine, from its start to its end. Nothing that it planned happens after that: this is
 * what a killed process is, as far as others can see.
 */
import type { Clock } from '../../src/chat/clock.ts'
import type { Machine } from './machine.ts'
import type { Planned } from './virtual-time.ts'

/** How far from its time a timer may ring, in milliseconds: that of the rounding of floating-point numbers. */
const ROUNDING = 0.001

export class Life {
  readonly machine: Machine
  readonly #onError: (error: unknown) => void
  readonly #endings = new Set<() => void>()
  /** What the clock said when the machine had counted nothing, as seen at the start of this life. */
  readonly #epoch: number
  #isOver = false

  /** `onError` gets what the program throws out of a task of its own. */
  constructor(machine: Machine, onError: (error: unknown) => void) {
    this.machine = machine
    this.#onError = onError
    this.#epoch = machine.wall - machine.ticks
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The clock as the program sees it. */
  readonly clock: Clock = {
    now: () => this.#epoch + this.machine.ticks,
    wall: () => this.machine.wall,
    after: (ms, task) => this.#afterTicks(ms, task),
  }

  /** Does it now, when the machine wakes, or never if this life is over. */
  run(task: () => void): void {
    this.machine.run(() => {
      if (this.#isOver) return
      try {
        task()
      } catch (error) {
        this.#onError(error)
      }
    })
  }

  /** In so many milliseconds, whatever the clock says: the disk. */
  after(ms: number, task: () => void): void {
    this.machine.time.after(ms, () => {
      this.run(task)
    })
  }

  /** What is to be done when it is over, by whatever end. The answer takes it back. */
  onEnd(ending: () => void): () => void {
    this.#endings.add(ending)
    return () => {
      this.#endings.delete(ending)
    }
  }

  /** Killed, or done: it does nothing more. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const ending of this.#endings) ending()
    this.#endings.clear()
  }

  #afterTicks(ms: number, task: () => void): () => void {
    const { machine } = this
    const due = machine.ticks + Math.max(0, ms)
    const plan = (): Planned =>
      machine.after(due - machine.ticks, () => {
        this.run(() => {
          if (isCancelled) return
          // The clock stood still in the meantime.
          if (machine.ticks < due - ROUNDING) planned = plan()
          else task()
        })
      })
    let isCancelled = false
    let planned = plan()
    return () => {
      isCancelled = true
      planned.task = undefined
    }
  }
}
