/** What a demonstration is made of: its acts, and what came of them. Pure. */
import type { ChatEvent } from '../../chat/model.ts'

/** What somebody typed, or a program said. `at` is in milliseconds of a clock that only this process knows. */
export type Line = { readonly at: number } & (
  | { readonly kind: 'typed' | 'printed'; readonly text: string }
  | { readonly kind: 'event'; readonly event: ChatEvent }
)

/** A message that somebody saw while it was there: what was said while one was away is none. */
export interface Delivery {
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly text: string
  /** From the line that was typed to the line that the other process said, in milliseconds. */
  readonly ms: number
}

/** Something that was expected. */
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

/** One terminal, as whoever sits in front of it sees it. */
interface Screen {
  readonly name: string
  readonly rows: readonly string[]
}

/** What came of one act. */
export interface Played {
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

/** Something did not happen in time; the message names it. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError'
}

/** Whoever watches wants no more of it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
