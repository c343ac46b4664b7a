/** Percentiles by one rule everywhere: linear interpolation between the two nearest samples, as in R (type 7) and NumPy. */
import { quantile } from 'simple-statistics'

/** NaN without samples. */
export interface Distribution {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Whatever the order of the samples. */
export function distributionOf(samples: readonly number[]): Distribution {
  const [p50 = NaN, p90 = NaN, p99 = NaN, max = NaN] = percentiles(samples, [0.5, 0.9, 0.99, 1])
  return { count: samples.length, p50, p90, p99, max }
}

export function median(samples: readonly number[]): number {
  return distributionOf(samples).p50
}

/** A value for each share (0 to 1); none without samples. */
export function percentiles(samples: readonly number[], shares: readonly number[]): number[] {
  return samples.length === 0 ? [] : quantile([...samples], [...shares])
}
