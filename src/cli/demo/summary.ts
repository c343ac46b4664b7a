/** All scenarios in a few numbers. */
import { distributionOf } from '../bench/distribution.ts'
import type { ScenarioResult } from './model.ts'

/** Within this a reader notices no delay, in milliseconds. */
export const PROMPT = 100

export interface Summary {
  readonly acts: number
  readonly checks: number
  readonly passed: number
  readonly deliveries: number
  /** In milliseconds; undefined without deliveries. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly max: number | undefined
  /** Deliveries that took PROMPT or longer. */
  readonly slow: number
  /** Every scenario was run and every check passed. */
  readonly complete: boolean
  readonly ms: number
}

/** `scenarios`: how many there should be. `ms`: how long all of it took. */
export function summaryOf(results: readonly ScenarioResult[], scenarios: number, ms: number): Summary {
  const checks = results.flatMap((result) => result.checks)
  const times = results.flatMap(({ deliveries }) => deliveries.map((delivery) => delivery.ms))
  const passed = checks.filter((check) => check.passed).length
  const hasAll = results.length === scenarios && results.every((result) => result.checks.length > 0)
  const measured = times.length > 0 ? distributionOf(times) : undefined
  return {
    acts: results.length,
    checks: checks.length,
    passed,
    deliveries: times.length,
    p50: measured?.p50,
    p99: measured?.p99,
    max: measured?.max,
    slow: times.filter((time) => time >= PROMPT).length,
    complete: hasAll && passed === checks.length,
    ms,
  }
}
