/** One act of a demonstration. */
import type { DemoRunner } from './runner.ts'

export interface Scenario {
  readonly title: string
  /** What happens on the wire, in a few sentences. */
  readonly wire: string
  /** Rejects when something that the rest of the act needs did not happen. */
  readonly run: (stage: DemoRunner) => Promise<void>
}
