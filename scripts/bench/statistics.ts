/** Percentiles and a histogram of latencies, as every benchmark prints them. */

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
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (p: number): number => percentile(sorted, p)
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? NaN }
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}

/** A line for each power of two from the smallest to the largest sample, with a bar. Samples in microseconds. */
export function histogram(samples: readonly number[]): string {
  const counts = new Map<number, number>()
  for (const sample of samples) {
    const bucket = Math.floor(Math.log2(Math.max(1, sample)))
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const buckets = [...counts.keys()].sort((a, b) => a - b)
  const most = Math.max(...counts.values())
  return buckets
    .map((bucket) => {
      const count = counts.get(bucket) ?? 0
      const bar = '#'.repeat(Math.ceil((count / most) * 50))
      return `  ${String(2 ** bucket).padStart(7)} - ${String(2 ** (bucket + 1)).padEnd(7)} µs ${String(count).padStart(7)} ${bar}`
    })
    .join('\n')
}
