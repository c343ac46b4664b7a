/**
 * One run of a program on a machine, from its start to its end. After that none of its tasks runs, which is how other
 * programs see a process that was killed.
 */
import type { Clock } from '../../src/chat/clock.ts'
import type { Machine } from './machine.ts'
import type { Planned } from './virtual-time.ts'

/** Milliseconds by which a timer may be early: the rounding of floating-point numbers. */
const ROUNDING = 0.001

export class Life {
  readonly machine: Machine
  readonly #onError: (error: unknown) => void
  readonly #endings = new Set<() => void>()
  /** The wall time at which the machine had counted nothing, as seen at the start of this life. */
  readonly #epoch: number
  #isOver = false

  /** `onError` gets the errors that tasks of the program throw. */
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

  /** Runs a task now, or when the machine wakes; never if this life is over then. */
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

  /** Runs a task in so many virtual milliseconds, whatever the clock says: for the disk. */
  after(ms: number, task: () => void): void {
    this.machine.time.after(ms, () => {
      this.run(task)
    })
  }

  /** Calls `ending` when this life is over, however it ended. The answer cancels that. */
  onEnd(ending: () => void): () => void {
    this.#endings.add(ending)
    return () => {
      this.#endings.delete(ending)
    }
  }

  /** Ends this life: the program was killed, or is done. */
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
