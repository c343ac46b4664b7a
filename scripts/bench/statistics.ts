/** Percentiles, spreads and ratios, as every benchmark prints them. Pure. */
import { figure } from './table.ts'

export interface Summary {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** The value below which a share `p` (0 to 1) of the samples lies. `sorted` is in ascending order. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = ascending(samples)
  const at = (p: number): number => percentile(sorted, p)
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? NaN }
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return ((low ?? NaN) + (high ?? NaN)) / 2
}

/** What a sample was in each round, by what it was of, and how the others stood to it in the same round. */
export class Rounds {
  readonly #values = new Map<string, number[]>()

  add(what: string, value: number): void {
    const values = this.#values.get(what) ?? []
    values.push(value)
    this.#values.set(what, values)
  }

  of(what: string): readonly number[] {
    return this.#values.get(what) ?? []
  }

  /** `what` divided by `yardstick` in each round: the drift of the machine from round to round cancels out. */
  ratios(what: string, yardstick: string): number[] {
    const below = this.of(yardstick)
    return this.of(what).map((value, round) => value / (below[round] ?? NaN))
  }
}

/** `1.23 (1.20 to 1.31)`: the median, and the lowest and the highest where they differ. */
export function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(figure)
  const middle = figure(median(values))
  return low === high ? middle : `${middle} (${low} to ${high})`
}

/** The points of a percentile plot: 1/(1-p), so that each nine takes as much room as the one before, and the value. */
export function percentileLine(samples: readonly number[]): (readonly [x: number, y: number])[] {
  const sorted = ascending(samples)
  const most = Math.min(1_000, sorted.length)
  return NINES.filter((x) => x <= most).map((x) => [x, percentile(sorted, 1 - 1 / x)])
}

const NINES = [1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000]

/** The marks of the axis of a percentile plot. */
export const PERCENTILE_TICKS = [
  { at: 1, label: 'min' },
  { at: 2, label: '50 %' },
  { at: 10, label: '90 %' },
  { at: 100, label: '99 %' },
  { at: 1_000, label: '99.9 %' },
] as const

/** A line for each power of two from the smallest to the largest sample, with a bar. Samples in microseconds. */
export function histogram(samples: readonly number[]): string {
  const counts = new Map<number, number>()
  for (const sample of samples) {
    const bucket = Math.floor(Math.log2(Math.max(1, sample)))
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const buckets = ascending([...counts.keys()])
  const most = Math.max(...counts.values())
  return buckets
    .map((bucket) => {
      const count = counts.get(bucket) ?? 0
      const bar = '#'.repeat(Math.ceil((count / most) * 50))
      return `  ${String(2 ** bucket).padStart(7)} - ${String(2 ** (bucket + 1)).padEnd(7)} µs ${String(count).padStart(7)} ${bar}`
    })
    .join('\n')
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other)
}
