/** What is written down of a run: for the checks, and line by line for people. */
import { createHash } from 'node:crypto'
import type { ChatMessage, Receipt } from '../../src/chat/model.ts'

/** Something that somebody said. Times are virtual milliseconds. */
export interface Said {
  readonly by: string
  /** Which life of its program. */
  readonly life: number
  readonly at: number
  readonly id: string
  /** Undefined when it was for one person. */
  readonly channel: string | undefined
  readonly text: string
  /** Whom it was for: names. */
  readonly to: readonly string[]
}

/** A message that a program told of. */
export interface Shown {
  readonly to: string
  readonly life: number
  readonly at: number
  readonly message: ChatMessage
  readonly hops?: number | undefined
  readonly late: boolean
  readonly own: boolean
}

/** A receipt that a program told of. */
export interface Receipted {
  readonly who: string
  readonly at: number
  readonly receipt: Receipt
}

/** A program was killed. */
export interface Crash {
  readonly who: string
  readonly life: number
  /** What was done before this is on its disk. */
  readonly savedAt: number
}

export class Log {
  readonly said: Said[] = []
  readonly shown: Shown[] = []
  readonly crashes: Crash[] = []
  /** Who has parted from a channel: `who channel`. */
  readonly parted = new Set<string>()
  readonly receipts: Receipted[] = []
  /** Mistakes of ours: what was thrown where nobody expects it. */
  readonly errors: string[] = []
  readonly lines: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  line(text: string): void {
    this.lines.push(`${(this.#now() / 1000).toFixed(4).padStart(9)}  ${text}`)
  }

  error(where: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.errors.push(`${where}: ${text}`)
    this.line(`${where} FAILS: ${error instanceof Error ? error.message : text}`)
  }

  /** The same for the same run. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16)
  }
}
