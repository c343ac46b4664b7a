/** What a peer is started with. */
import type { Clock } from '../chat/clock.ts'
import type { ChatEvent } from '../chat/model.ts'
import type { Random } from '../chat/random.ts'
import type { ClientOptions } from '../http/client.ts'
import type { Address } from '../http/message.ts'
import type { HttpNetwork } from '../http/network.ts'
import type { ServerOptions } from '../http/server.ts'
import type { SecureSelf } from '../secure/self.ts'
import type { Store } from '../store/store.ts'
import type { LanOptions } from './discovery/lan.ts'

export interface PeerOptions {
  readonly name: string
  /** Its key, and how it proves it. */
  readonly secure: SecureSelf
  /** Where to listen. */
  readonly host: string
  /** Listens on 0.0.0.0 if this machine has no such address, and emits a notice. */
  readonly hasFallback?: boolean
  /** Undefined: the port of the last run, or the first free one of 8000 to 9999. */
  readonly port: number | undefined
  readonly tracker?: Address
  /** Takes part in the LAN. */
  readonly lan?: LanOptions
  /** Addresses of peers that the user gave. */
  readonly peers?: readonly Address[]
  readonly clock: Clock
  readonly random?: Random
  /** Where messages are kept; closed with the peer. */
  readonly store: Store
  /** TCP by default; a simulation passes another. */
  readonly network?: HttpNetwork
  readonly onEvent: (event: ChatEvent) => void
  /** The user changes the name of the peer. A ChatError that it throws refuses the new name. */
  readonly onRename?: (name: string) => void
  readonly onError?: (error: unknown) => void
  /** Host names under which others may ask for this peer, beside those of this machine. */
  readonly allowHosts?: readonly string[]
  /** How long a message is tried, in milliseconds; TIMES.giveUp by default. */
  readonly giveUp?: number
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits' | 'maxRequests'>
  readonly client?: ClientOptions
}
