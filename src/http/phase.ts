/**
 * The part of a conversation that a connection is in, and until when that part may last.
 *
 * A part has one deadline, set when the part begins; only progress of a body moves it, and never beyond its bound. The
 * answer in the making has none: the writes it consists of have their own.
 */
import { extended, type Deadlines } from './deadlines.ts'
import type { Timeouts } from './timeouts.ts'

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
  /** What the system has taken extends the deadline of what follows up to here. */
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

  /** What the parser waits for; `isNew`: it has had an answer since it was asked last, so a part begins anew. */
  follow(part: 'idle' | 'head' | 'body', isNew: boolean): void {
    const isUnchanged = part === this.part || (part === 'idle' && this.part === 'opening')
    if (isNew || !isUnchanged) this.enter(part)
  }

  /** Bytes have come: those of a body give it more time. */
  received(bytes: number): void {
    if (this.part !== 'body') return
    this.deadline = extended(this.deadline, bytes, this.#deadlines.now() + this.#timeouts.body)
  }

  /** A write begins, with the time that the writes before it have earned. */
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
