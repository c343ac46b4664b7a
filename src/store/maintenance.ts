/**
 * Background work of a store: brings the search index up to date in small steps, deletes messages that are too old or too
 * many, and checkpoints the WAL.
 */
import { TIMES } from '../chat/limits.ts'
import type { Clock } from '../chat/clock.ts'

/** The index is written after this long without a new message, in milliseconds ... */
const QUIET = 1_000
/** ... or when this many messages are not in it, which every search has to scan. */
const MAX_UNINDEXED = 10_000
/** Between two steps, in milliseconds. */
const PAUSE = 20
/** Between two sweeps for old messages, in milliseconds. */
const SWEEP = 3_600_000

export interface UpkeepOptions {
  readonly clock: Clock
  /** Whether nothing can be written now. */
  readonly isStuck: () => boolean
  /** Each does one step and returns whether there is more to do. The first two run after messages were added. */
  readonly index: () => boolean
  readonly shrink: () => boolean
  readonly expire: () => boolean
  /** Called when `index` and `shrink` have nothing more to do, and no messages arrive. */
  readonly checkpoint: () => void
}

export class Maintenance {
  readonly #options: UpkeepOptions
  #cancelIndex: (() => void) | undefined
  #cancelExpire: () => void
  #lastAdded = -Infinity
  #unindexed = 0

  constructor(options: UpkeepOptions) {
    this.#options = options
    const { clock } = options
    this.#cancelIndex = clock.after(QUIET, this.#index)
    this.#cancelExpire = clock.after(PAUSE, this.#expire)
  }

  /** To be called for each message that was kept. */
  added(): void {
    const { clock } = this.#options
    this.#lastAdded = clock.now()
    this.#unindexed += 1
    this.#cancelIndex ??= clock.after(QUIET, this.#index)
  }

  stop(): void {
    this.#cancelIndex?.()
    this.#cancelExpire()
  }

  readonly #index = (): void => {
    const { clock, isStuck, checkpoint } = this.#options
    const noise = this.#lastAdded + QUIET - clock.now()
    this.#cancelIndex = undefined
    if (noise > 0 && this.#unindexed < MAX_UNINDEXED) this.#cancelIndex = clock.after(noise, this.#index)
    else if (isStuck()) this.#cancelIndex = clock.after(TIMES.rewrite, this.#index)
    else if (this.#step()) this.#cancelIndex = clock.after(PAUSE, this.#index)
    else {
      this.#unindexed = 0
      checkpoint()
    }
  }

  /** Returns whether there is more to do. */
  #step(): boolean {
    const { index, shrink } = this.#options
    const isBehind = index()
    return shrink() || isBehind
  }

  readonly #expire = (): void => {
    const { clock, isStuck, expire } = this.#options
    if (isStuck()) this.#cancelExpire = clock.after(TIMES.rewrite, this.#expire)
    else this.#cancelExpire = clock.after(expire() ? PAUSE : SWEEP, this.#expire)
  }
}
