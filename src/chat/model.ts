/**
 * The language that every mode (tracker, LAN) and every face (terminal, page, scripts) speaks: plain values.
 */
import type { Content } from './content.ts'

/** A reachable peer. Its address is its identity until it proves another; its name is only a label. */
export interface Peer {
  /** Literal IP address. */
  readonly ip: string
  readonly port: number
  readonly name: string
  /** The LSNP user id (`name@ip`) of somebody who takes datagrams only; `port` is that of UDP then. */
  readonly lsnp?: string
  /** Random, made once and kept, whatever address it has: by which its messages are known. It says so itself. */
  readonly identity?: string
}

/** `ip:port`, an IPv6 address in brackets; of somebody who takes datagrams only, the LSNP user id. */
export type AddressKey = string

/** Who a message is from, for telling whether it is here already: the same after its sender moved. */
export function senderKey({ from }: ChatMessage): string {
  return from.identity ?? addressKey(from)
}

export function addressKey({ ip, port, lsnp }: Pick<Peer, 'ip' | 'port' | 'lsnp'>): AddressKey {
  if (lsnp !== undefined) return lsnp
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Value of `hops` of a message that came from its sender itself, but only when asked for what was missed. */
export const WHEN_ASKED = -1

/** The channel that everybody is in at first. */
export const GENERAL = 'general'

/** Messages to one peer travel under this channel name, as the first programs of this family do it. */
export const DIRECT = 'private'

/** What a peer said. It is the same wherever it is kept, and whoever relayed it. */
export interface ChatMessage {
  /** Unique for its sender, opaque; the same when it is sent again. */
  readonly id: string
  readonly from: Peer
  /** Without `#`; DIRECT for a message to one peer. */
  readonly channel: string
  readonly content: Content
  /** When it was sent, by the sender's clock: Unix time in milliseconds. */
  readonly sentAt: number
  /** Greater with each message of its sender, in whatever channel: their order. */
  readonly seq?: number
  /** Identity of the recipient of a direct message, as far as the sender knows it. No other peer may take the message. */
  readonly recipient?: string
}

/** How a message got here. It changes on the way and is no part of what the sender said. */
export interface Transit {
  /**
   * How many peers relayed it, between peers that do not see each other. 0: it came straight from its sender.
   * Undefined: it came by datagram, or this peer said it. Below 0: WHEN_ASKED.
   */
  readonly hops?: number | undefined
  /** How long it had waited on its way, in milliseconds, as the peer says that delivered it. */
  readonly age?: number | undefined
}

/** How a message of ours fares. */
export interface Receipt {
  readonly messageId: string
  readonly channel: string
  /** Whom it is for. */
  readonly recipients: number
  readonly delivered: number
  /** Of the delivered: sent to programs that acknowledge nothing. */
  readonly unconfirmed: number
  /** Who did not get it and why, final. */
  readonly failed: readonly { readonly peer: Peer; readonly reason: string }[]
  /** Whom it still waits for. */
  readonly queued: readonly Peer[]
  /** It was said before, with the same id, and waits for nobody any more: the counts are not known. */
  readonly isOver?: true
}

/** An own message that recipients do not have yet. */
export interface WaitingMessage {
  readonly id: string
  /** The recipients without it. */
  readonly waiting: readonly Peer[]
}

/** What a face is told, in the order it happened. */
export type ChatEvent =
  | {
      readonly kind: 'message'
      readonly message: ChatMessage
      readonly hops?: Transit['hops']
      /** When it was said, by our clock and as well as we know it: Unix time in milliseconds. */
      readonly at: number
      /** When it came, by the same clock. */
      readonly receivedAt: number
      /** How far that clock was ahead of the order in which messages are kept, in milliseconds; not there when it was not. */
      readonly clockShift?: number | undefined
      /** It comes late: others of its sender were here before it, or it was said while we were away. */
      readonly late: boolean
      /** It was said before we came, however short before, and a member of the channel told us of it. */
      readonly caughtUp?: true
      /** We wrote it. */
      readonly own: boolean
      /** Whom a direct message of ours is for. */
      readonly to?: Peer
    }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** Own messages of earlier starts that are tried again from now on. */
  | { readonly kind: 'resumed'; readonly messages: readonly WaitingMessage[] }
  /** Who was in a channel already when we came. */
  | { readonly kind: 'present'; readonly channel: string; readonly peers: readonly Peer[] }
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string }
  | { readonly kind: 'tracker'; readonly state: TrackerState; readonly detail: string }
  /** Somebody shows something else of itself. */
  | { readonly kind: 'profile'; readonly peer: Peer; readonly profile: Profile }
  | { readonly kind: 'followed'; readonly peer: Peer; readonly following: boolean }
  /** Somebody likes a post of ours, or does no more. */
  | { readonly kind: 'liked'; readonly peer: Peer; readonly liking: boolean; readonly text: string }
  /** A group that is shown as a channel, with these members beside us. */
  | {
      readonly kind: 'group'
      readonly name: string
      readonly channel: string
      readonly news: 'created' | 'updated' | 'removed'
    }
  /** A datagram in or out, or why one was dropped; only when it was asked for. */
  | {
      readonly kind: 'datagram'
      readonly way: 'SEND' | 'RECV' | 'DROP'
      readonly at: number
      readonly address: string
      readonly type: string
      readonly text: string
    }
  | { readonly kind: 'notice'; readonly text: string }

/** What somebody shows of itself beside its name. */
export interface Profile {
  readonly status: string
  /** As far as it is here. */
  readonly avatar: Picture | undefined
}

/** A small raster picture. */
export interface Picture {
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`, by what is in it. */
  readonly type: string
  /** SHA-256, in hexadecimal. */
  readonly hash: string
  /** In base64. */
  readonly data: string
}

export type TrackerState = 'none' | 'connecting' | 'registered' | 'lost'
