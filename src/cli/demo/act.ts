/** One act of a demonstration. */
import type { Stage } from './runner.ts'

export interface Act {
  readonly title: string
  /** What happens on the wire, in a few sentences. */
  readonly wire: string
  /** Rejects when something that the rest of the act needs did not happen. */
  readonly run: (stage: Stage) => Promise<void>
}
