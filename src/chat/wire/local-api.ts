/**
 * The shapes of a peer's local API: what its web page, and programs of its own machine, read and write as JSON. Pure
 * types; the endpoints are in src/peer/local-api/routes.ts, and docs/protocol.md shows a request of each.
 */
import type { AddressKey, TrackerState } from '../model.ts'

/** A channel, or `@` and the AddressKey of whom direct messages are with. */
export type Conversation = string

/** `GET /api/state` */
export interface LocalState {
  readonly version: string
  readonly self: LocalSelf
  /** Those that we are in, in the order in which we came to them. */
  readonly channels: readonly LocalChannel[]
  /** People with whom direct messages are kept, the last talked to first. */
  readonly directs: readonly Conversation[]
  /** Everybody who is here, and everybody of `directs`. */
  readonly people: readonly LocalPerson[]
  /** `code`: the kind of the detail, while the tracker is lost. */
  readonly tracker: {
    readonly state: TrackerState
    readonly detail: string
    readonly code?: FailureCode | undefined
  }
  /** What of the LAN is used: names of networks; undefined when it is off. */
  readonly lan: readonly string[] | undefined
  /** A sentence, as long as nothing can be written to disk. */
  readonly problem: string | undefined
  /** Messages of ours that wait for somebody, and those that failed. */
  readonly outbox: { readonly waiting: number; readonly failed: number }
  /** Until when our channels and direct conversations were read, as far as that is known. */
  readonly read: readonly LocalRead[]
  /** Give it as Last-Event-ID to be told of everything since. */
  readonly eventId: string
}

export interface LocalSelf {
  readonly id: AddressKey
  /** `ip:port` where peers of other machines reach this one; `id` may be a loopback address. */
  readonly address?: string | undefined
  readonly name: string
  readonly status: string
  /** SHA-256 in hexadecimal: `GET /api/pictures/HASH`. */
  readonly picture: string | undefined
  /** Of the data of this peer: the same after each start, whatever its address and name are. */
  readonly identity?: string | undefined
}

export interface LocalPerson {
  readonly id: AddressKey
  readonly name: string
  readonly status: string
  readonly picture: string | undefined
  /** The channels of ours that it is in now; none when it is not here. */
  readonly channels: readonly string[]
  /** By which it is known to be here: `tracker`, `lan`, `static` (given by hand), `direct` (it wrote or greeted), `told`. */
  readonly sources: readonly string[]
  readonly isHere: boolean
  /** It takes datagrams only (LSNP). */
  readonly isLsnp: boolean
}

export interface LocalChannel {
  readonly name: string
  /** A group of LSNP: nobody comes or goes by itself. */
  readonly isGroup: boolean
}

export interface LocalRead {
  readonly conversation: Conversation
  /** The greatest `receivedAt` that was seen, each without the `clockShift`. */
  readonly upTo: number
}

/** A message as it is shown. */
export interface LocalMessage {
  /** Unique here, also between senders. */
  readonly key: string
  readonly id: string
  readonly conversation: Conversation
  readonly from: { readonly id: AddressKey; readonly name: string }
  readonly own: boolean
  readonly text: string
  readonly action: boolean
  /** When it was said, and when it came, by our clock as it was then: Unix time in milliseconds. */
  readonly at: number
  readonly receivedAt: number
  /**
   * How far that clock was ahead of the order of what is kept, in milliseconds; not there when they agreed. Messages
   * are in the order of `at - clockShift`, and were received in that of `receivedAt - clockShift`.
   */
  readonly clockShift?: number | undefined
  readonly late: boolean
  /** Another peer told of it, not its sender. */
  readonly relayed?: true | undefined
  /** Of our own: how it fares. */
  readonly delivery: LocalDelivery | undefined
}

export interface LocalDelivery {
  readonly recipients: number
  readonly delivered: number
  readonly unconfirmed: number
  /** Names. */
  readonly waiting: readonly string[]
  readonly failed: readonly LocalFailure[]
}

export interface LocalFailure {
  readonly name: string
  /** For a user who looks for the cause. */
  readonly reason: string
  /** The kind of the reason; undefined for one that is rare. */
  readonly code?: FailureCode | undefined
}

/**
 * `unreachable`: no answer from that address, or none that can be read. `other_peer`: another peer is at that address now. `refused`: the other
 * program answered that it does not take the message.
 */
export type FailureCode = 'unreachable' | 'other_peer' | 'refused'

/** `GET /api/messages?conversation=&limit=` with `before=`, `after=`, `around=` or none of them */
export interface LocalPage {
  /** Oldest first. */
  readonly messages: readonly LocalMessage[]
  /** For the page before this one; undefined when this is the first, or one that was asked for by `after`. */
  readonly before: string | undefined
  /** For the page after this one, of one that was asked for by `after` or `around`; undefined when it is the last. */
  readonly after?: string | undefined
}

/** `GET /api/events`: the `event:` of each and its `data:`. */
export interface LocalEvents {
  readonly state: LocalState
  readonly message: LocalMessage
  readonly delivery: {
    readonly key: string
    readonly conversation: Conversation
    readonly delivery: LocalDelivery
  }
  readonly notice: { readonly text: string }
  /** It was read, here or in another browser. */
  readonly read: LocalRead
}

/** Every refusal: status 4xx or 5xx. */
export interface LocalRefusal {
  readonly error: string
  readonly field?: string
  readonly detail: string
}
