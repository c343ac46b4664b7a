/**
 * One thing that peers do with each other: messages, profiles, discovery, the check whether a peer can be reached. A
 * peer is a list of features; each has a folder of its own, with its routes beside what they serve.
 */
import type { RosterChange } from '../chat/presence.ts'
import type { Routes } from '../http/router.ts'

export interface Feature {
  /** What it answers on the port for peers. */
  readonly routes?: Routes
  /** The peer listens and goes online. Called in the order of the list, each after the one before has started. */
  start?(): void | Promise<void>
  /** The peer ends. Called in the order of the list, also when start() was not called or has failed. */
  stop?(): void | Promise<void>
  /** A peer came into a channel, left it, or changed its name. Called in the order of the list. */
  onPresence?(change: RosterChange): void
  /** Called every TIMES.sweep: forgets what has run out by `now`, in milliseconds of the peer's clock. */
  sweep?(now: number): void
}
