/**
 * What a store does when nobody waits for it: the index of the search follows in small steps, what is too old or too
 * much goes, and the journal is folded into the file.
 */
import { TIMES } from '../chat/limits.ts'
import type { Clock } from '../chat/clock.ts'

/** The index is written when nothing has come for so long, in milliseconds ... */
const QUIET = 1_000
/** ... or when so many messages are not in it: they are looked through in every search. */
const MOST_UNINDEXED = 10_000
/** Between two steps, in milliseconds. */
const PAUSE = 20
/** Between two looks for what is too old, in milliseconds. */
const SWEEP = 3_600_000

export interface UpkeepOptions {
  readonly clock: Clock
  /** Nothing can be written now. */
  readonly isStuck: () => boolean
  /** Each does one step and returns whether there is more to do; the first two after messages were added. */
  readonly index: () => boolean
  readonly shrink: () => boolean
  readonly expire: () => boolean
  /** These two have nothing more to do, and it is quiet. */
  readonly fold: () => void
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

  /** A message was kept. */
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
    const { clock, isStuck, fold } = this.#options
    const noise = this.#lastAdded + QUIET - clock.now()
    this.#cancelIndex = undefined
    if (noise > 0 && this.#unindexed < MOST_UNINDEXED) this.#cancelIndex = clock.after(noise, this.#index)
    else if (isStuck()) this.#cancelIndex = clock.after(TIMES.rewrite, this.#index)
    else if (this.#step()) this.#cancelIndex = clock.after(PAUSE, this.#index)
    else {
      this.#unindexed = 0
      fold()
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
