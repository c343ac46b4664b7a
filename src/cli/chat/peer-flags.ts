/** The flags of `parley peer`, in a terminal and between pipes. */
import type { StartFlags } from '../running/start-peer.ts'
import type { WebFlags } from '../running/web-page.ts'

export interface PeerFlags extends StartFlags {
  /** Undefined: no page. */
  readonly web: WebFlags | undefined
  /** There is a page also without a terminal. */
  readonly isWebWanted: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** Without a terminal: no remarks. */
  readonly quiet: boolean
  /** Without a terminal: every line is text. */
  readonly isText: boolean
  readonly color: boolean
  /** The command to run for each message of another user. */
  readonly exec: string | undefined
  /** It runs also for messages from before the start. */
  readonly execBacklog: boolean
  /** How long to wait for recipients and for deliveries, in seconds. */
  readonly timeout: number
}
