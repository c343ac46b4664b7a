/** All acts in a few numbers. Pure. */
import type { Delivery, Played } from './model.ts'

/** A message should be on the other screen before its reader notices any waiting, in milliseconds. */
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
  /** All of it happened. */
  readonly complete: boolean
  readonly ms: number
}

/** `acts`: how many there should be. `ms`: how long all of it took. */
export function summaryOf(played: readonly Played[], acts: number, ms: number): Summary {
  const checks = played.flatMap((act) => act.checks)
  const times = played.flatMap((act) => act.deliveries.map((delivery: Delivery) => delivery.ms))
  const sorted = times.sort((one, other) => one - other)
  const passed = checks.filter((check) => check.passed).length
  const hasAll = played.length === acts && played.every((act) => act.checks.length > 0)
  return {
    acts: played.length,
    checks: checks.length,
    passed,
    deliveries: sorted.length,
    p50: percentile(sorted, 50),
    p99: percentile(sorted, 99),
    max: sorted.at(-1),
    slow: sorted.filter((time) => time >= PROMPT).length,
    complete: hasAll && passed === checks.length,
    ms,
  }
}

/** The smallest value that so many per cent of all do not exceed ("nearest rank"). `sorted` ascends. */
export function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}
