/**
 * The part of a conversation that a connection is in, and until when that part may last.
 *
 * A part has one deadline, set when the part begins; only progress of a body moves it, and never beyond its bound. An
 * answer that is sent in pieces has no deadline as a whole: each write has one.
 */
import { extended, type Deadlines } from './deadlines.ts'
import type { Timeouts } from '../timeouts.ts'

export type Part = 'opening' | 'idle' | 'head' | 'body' | 'handling' | 'answering' | 'sending' | 'lingering'

const ALLOWANCE = {
  opening: 'opening',
  idle: 'idle',
  head: 'head',
  body: 'body',
  handling: 'handler',
  sending: 'send',
  lingering: 'linger',
} as const satisfies Partial<Record<Part, keyof Timeouts>>

export class Phase {
  part: Part = 'opening'
  /** In milliseconds of the Deadlines; Infinity: this part may last. */
  deadline = Infinity
  readonly #deadlines: Deadlines
  readonly #timeouts: Timeouts
  /** Writes that the system has taken extend the deadline of the writes behind them up to here. */
  #paidUntil = 0

  constructor(deadlines: Deadlines, timeouts: Timeouts) {
    this.#deadlines = deadlines
    this.#timeouts = timeouts
    this.enter('opening')
  }

  /** Since when another request is waited for, in milliseconds of the Deadlines; undefined in every other part. */
  get idleSince(): number | undefined {
    return this.part === 'idle' ? this.deadline - this.#timeouts.idle : undefined
  }

  enter(part: Part): void {
    this.part = part
    this.deadline = part === 'answering' ? Infinity : this.#deadlines.now() + this.#timeouts[ALLOWANCE[part]]
  }

  /** `part`: what the parser waits for; `isNew`: a request was answered since the last call, so the part begins anew. */
  follow(part: 'idle' | 'head' | 'body', isNew: boolean): void {
    const isUnchanged = part === this.part || (part === 'idle' && this.part === 'opening')
    if (isNew || !isUnchanged) this.enter(part)
  }

  /** Bytes have come: those of a body give it more time. */
  received(bytes: number): void {
    if (this.part !== 'body') return
    this.deadline = extended(this.deadline, bytes, this.#deadlines.now() + this.#timeouts.body)
  }

  /** A write begins. Writes before it may have extended its deadline. */
  beginWrite(): void {
    this.enter('sending')
    this.deadline = Math.max(this.deadline, this.#paidUntil)
  }

  /** The system has taken a write. */
  wrote(bytes: number): void {
    const now = this.#deadlines.now()
    this.#paidUntil = extended(Math.max(now, this.#paidUntil), bytes, now + this.#timeouts.sendAhead)
    this.enter('answering')
  }
}
