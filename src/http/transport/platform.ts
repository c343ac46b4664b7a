/** The outside world of a server or a client: where transports come from, and what time it is. */
import { SYSTEM_CLOCK, type Clock } from './clock.ts'
import { TCP } from './tcp.ts'
import type { TransportNetwork } from './transport.ts'

export interface Platform {
  readonly network: TransportNetwork
  readonly clock: Clock
}

/** TCP and the clock of this machine. */
export const SYSTEM: Platform = { network: TCP, clock: SYSTEM_CLOCK }
