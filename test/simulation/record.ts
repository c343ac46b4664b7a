/** The log of a run: for the checks, and line by line for people. */
import { createHash } from 'node:crypto'
import type { ChatMessage } from '../../src/chat/model.ts'
import type { Target } from '../../src/http/message.ts'

/** A message that a user sent. Times are virtual milliseconds. */
export interface Said {
  readonly by: string
  /** The number of the life of its program. */
  readonly life: number
  readonly at: number
  readonly id: string
  /** Undefined for a direct message. */
  readonly channel: string | undefined
  readonly text: string
  /** Names of the recipients. */
  readonly to: readonly string[]
}

/** A message event of a program. */
export interface Shown {
  readonly to: string
  readonly life: number
  readonly at: number
  readonly message: ChatMessage
  /** Its place in the time of the store, in milliseconds. */
  readonly place: number
  readonly hops?: number | undefined
  readonly late: boolean
  readonly own: boolean
}

/** A receipt event of a program. */
export interface Receipted {
  readonly who: string
  readonly at: number
  readonly messageId: string
  /** Recipients that do not have the message: names of users, and addresses of others. */
  readonly missing: readonly string[]
  /** Those of them that it will not be sent to any more. */
  readonly failed: readonly string[]
}

/** What an impostor was sent. `isProved`: over a connection on which keys were proved. */
export interface Stolen {
  readonly text: string
  readonly isProved: boolean
}

/** A program was killed. */
export interface Crash {
  readonly who: string
  readonly life: number
  /** Everything before this time is on its disk. */
  readonly savedAt: number
}

export class Log {
  readonly said: Said[] = []
  readonly shown: Shown[] = []
  readonly crashes: Crash[] = []
  /** Users that have parted from a channel: `name channel`. */
  readonly parted = new Set<string>()
  /** Who came into the closed channel, or went, and with which epoch. */
  readonly changes: { readonly who: string; readonly epoch: number; readonly isIn: boolean }[] = []
  readonly receipts: Receipted[] = []
  readonly stolen: Stolen[] = []
  /** Where the impostor listens, and the key that it can prove. */
  impostor: { readonly address: string; readonly key: string } | undefined
  /** Requests with messages that users meant for the key that the impostor can prove. */
  readonly meantForImpostor: string[] = []
  /** Who sent messages in clear, and where: `name to address`. */
  readonly clear = new Set<string>()
  /** Unexpected errors: mistakes of the program. */
  readonly errors: string[] = []
  readonly lines: string[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** A user sends messages. */
  sentTo(name: string, { host, port, key }: Target, messages: string): void {
    if (key === undefined) this.clear.add(`${name} to ${host}:${port}`)
    else if (key === this.impostor?.key) this.meantForImpostor.push(messages)
  }

  line(text: string): void {
    this.lines.push(`${(this.#now() / 1000).toFixed(4).padStart(9)}  ${text}`)
  }

  error(where: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.errors.push(`${where}: ${text}`)
    this.line(`${where} FAILS: ${error instanceof Error ? error.message : text}`)
  }

  /** A hash of all lines: equal for equal runs. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16)
  }
}
