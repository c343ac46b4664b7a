/** The flags of `parley peer`, which a terminal and a pipe have in common. */
import type { StartFlags } from '../running/start-peer.ts'
import type { WebFlags } from '../running/web-page.ts'

export interface PeerFlags extends StartFlags {
  /** Nobody asked for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
  /** Undefined: no page. */
  readonly web: WebFlags | undefined
  /** There is a page also where nobody sits in front of a terminal. */
  readonly isWebWanted: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** Without a terminal: no remarks. */
  readonly quiet: boolean
  /** Without a terminal: every line is text. */
  readonly isText: boolean
  readonly color: boolean
  /** A command for each message of others. */
  readonly exec: string | undefined
  /** The command runs also for what was said before the peer was started. */
  readonly execBacklog: boolean
  /** How long to wait for somebody to talk to and for deliveries, in seconds. */
  readonly timeout: number
}
