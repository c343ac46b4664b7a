/** What a store is opened with. */
import type { Clock } from '../chat/clock.ts'
import type { Database } from './file/sqlite.ts'

export interface StoreOptions {
  /** A file, `:memory:`, or an open database, which the store does not close. */
  readonly path: string | Database
  readonly clock: Clock
  /** Returns numbers from 0 up to 1. */
  readonly random: () => number
  /** Called once, for the identity of a new profile: 16 lower-case hexadecimal digits. Default: random ones. */
  readonly identity?: (() => string) | undefined
  /** Called once, for a new profile: the `seq` behind which it goes on, for a peer whose earlier messages are gone. */
  readonly firstSeq?: (() => number) | undefined
  /** Calls the task at the end of this turn of the event loop: setImmediate, outside of tests. */
  readonly defer: (task: () => void) => void
  /** Resolves in a later turn of the event loop, where long work goes on. Default: by setImmediate(). */
  readonly pause?: () => Promise<void>
  /** False: the file has only what the outbox needs, and the newest LIMITS.ephemeral messages are in memory. */
  readonly keepHistory: boolean
  /** How long messages are kept, in milliseconds. Default: TIMES.retention. */
  readonly retention?: number
  /** Names the closed network of this run: what is kept now belongs to it. Undefined: an open network. */
  readonly network?: string | undefined
  /** Bytes of the file above which the oldest messages are deleted. Default: LIMITS.historyBytes. */
  readonly historyBytes?: number
  /** Called with a sentence for users when writing begins to fail or works again, and if other users can read the file. */
  readonly onProblem?: (sentence: string) => void
}
