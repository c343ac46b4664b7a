/**
 * The language that every mode (tracker, LAN) and every face (terminal, page, scripts) speaks: plain values.
 */

/** A reachable peer. Its address is its identity until it proves another; its name is only a label. */
export interface Peer {
  /** Literal IP address. */
  readonly ip: string
  readonly port: number
  readonly name: string
}

/** `ip:port`, an IPv6 address in brackets. */
export type PeerId = string

export function peerId({ ip, port }: Pick<Peer, 'ip' | 'port'>): PeerId {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The channel that everybody is in at first. */
export const GENERAL = 'general'

/** Messages to one peer travel under this channel name, as the first programs of this family do it. */
export const DIRECT = 'private'

export interface ChatMessage {
  /** Unique for its sender, opaque; the same when it is sent again. */
  readonly id: string
  readonly from: Peer
  /** Without `#`; DIRECT for a message to one peer. */
  readonly channel: string
  readonly text: string
  /** When it was sent, by the sender's clock: Unix time in milliseconds. */
  readonly sentAt: number
  /** `/me`: shown as "* alice waves". */
  readonly action: boolean
}

/** How a message of ours fares. */
export interface Receipt {
  readonly messageId: string
  readonly channel: string
  /** Whom it is for. */
  readonly recipients: number
  readonly delivered: number
  /** Who did not get it and why, final. */
  readonly failed: readonly { readonly peer: Peer; readonly reason: string }[]
  /** Whom it still waits for. */
  readonly queued: readonly Peer[]
}

/** What a face is told, in the order it happened. */
export type ChatEvent =
  | {
      readonly kind: 'message'
      readonly message: ChatMessage
      /** By our clock: Unix time in milliseconds. */
      readonly receivedAt: number
      /** We wrote it. */
      readonly own: boolean
      /** Whom a direct message of ours is for. */
      readonly to?: Peer
    }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** Who was in a channel already when we came. */
  | { readonly kind: 'present'; readonly channel: string; readonly peers: readonly Peer[] }
  | { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string }
  | { readonly kind: 'parted'; readonly peer: Peer; readonly channel: string; readonly reason: string }
  | { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string }
  | { readonly kind: 'tracker'; readonly state: TrackerState; readonly detail: string }
  | { readonly kind: 'notice'; readonly text: string }

export type TrackerState = 'none' | 'connecting' | 'registered' | 'lost'
