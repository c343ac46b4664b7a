/**
 * Samples of several rounds, by key. A ratio compares two keys of the same round, so that the drift of the machine from
 * round to round cancels out.
 */
import {
  distributionOf,
  median,
  percentiles,
  type Distribution,
} from '../../../src/cli/bench/distribution.ts'
import { figure } from './table.ts'

export class Measurements {
  readonly #samples = new Map<string, number[]>()
  readonly #medians = new Map<string, number[]>()

  /** Adds one round: a value, or samples. */
  add(key: string, round: number | readonly number[]): void {
    const samples = typeof round === 'number' ? [round] : round
    this.#samples.set(key, [...this.samples(key), ...samples])
    this.#medians.set(key, [...this.medians(key), median(samples)])
  }

  has(key: string): boolean {
    return this.#samples.has(key)
  }

  /** The samples of all rounds. */
  samples(key: string): readonly number[] {
    return this.#samples.get(key) ?? []
  }

  distribution(key: string): Distribution {
    return distributionOf(this.samples(key))
  }

  /** The median of each round. */
  medians(key: string): readonly number[] {
    return this.#medians.get(key) ?? []
  }

  /** The median of the rounds' medians; NaN without a round. */
  median(key: string): number {
    return median(this.medians(key))
  }

  /** `1.23 (1.20 to 1.31)`: the rounds. */
  spread(key: string): string {
    return spread(this.medians(key))
  }

  /** `key` divided by `yardstick` in each round. */
  ratios(key: string, yardstick: string): number[] {
    const below = this.medians(yardstick)
    return this.medians(key).map((value, round) => value / (below[round] ?? NaN))
  }

  ratio(key: string, yardstick: string): string {
    return spread(this.ratios(key, yardstick))
  }
}

/** `1.23 (1.20 to 1.31)`: the median, and the lowest and the highest value where they differ. */
export function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(figure)
  const middle = figure(median(values))
  return low === high ? middle : `${middle} (${low} to ${high})`
}

/** The cells p50, p90, p99 and max, each divided by `divisor`. */
export function percentileCells(samples: readonly number[], divisor = 1): number[] {
  const { p50, p90, p99, max } = distributionOf(samples)
  return [p50, p90, p99, max].map((value) => value / divisor)
}

const NINES = [1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000]

/** The points of a percentile plot: 1/(1-p), so that each nine takes as much room as the one before, and the value. */
export function percentileLine(samples: readonly number[]): (readonly [x: number, y: number])[] {
  const across = NINES.filter((x) => x <= Math.max(1, samples.length))
  const values = percentiles(
    samples,
    across.map((x) => 1 - 1 / x),
  )
  return values.map((y, index) => [across[index] ?? NaN, y])
}

/** The ticks of its axis. */
export const PERCENTILE_TICKS = [
  { at: 1, label: 'min' },
  { at: 2, label: '50 %' },
  { at: 10, label: '90 %' },
  { at: 100, label: '99 %' },
  { at: 1_000, label: '99.9 %' },
] as const
