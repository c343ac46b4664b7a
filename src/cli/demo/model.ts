/** What a demonstration reports: deliveries, checks, and the result of each scenario. */

/** A message that another peer showed while it was online; what history delivers later is none. */
export interface Delivery {
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly text: string
  /** From the line that was typed to the line that the other process printed, in milliseconds. */
  readonly ms: number
}

/** One expectation, and whether it was met. */
export interface Check {
  readonly expected: string
  readonly passed: boolean
  /** How long it was waited for, in milliseconds. */
  readonly ms?: number
  /** What did not happen. */
  readonly missing?: string
}

/** A process that was started. */
export interface Started {
  readonly name: string
  readonly pid: number
  readonly port: number
}

/** What one participant's terminal shows. */
interface Screen {
  readonly name: string
  readonly rows: readonly string[]
}

export interface ScenarioResult {
  /** From 1. */
  readonly number: number
  readonly of: number
  readonly title: string
  readonly wire: string
  readonly started: readonly Started[]
  readonly screens: readonly Screen[]
  readonly deliveries: readonly Delivery[]
  readonly checks: readonly Check[]
  /** How long it took, in milliseconds. */
  readonly ms: number
}
