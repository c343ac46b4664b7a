/**
 * The types that every mode (tracker, LAN) and every user interface (terminal, page, scripts) shares: plain values.
 */
import type { ClosedId } from '../identity/closed-channel.ts'
import type { KeyId } from '../identity/public-key.ts'
import type { Content } from './content.ts'
import type { HushKind, Hushing } from './hush.ts'

/** A peer, and where it is reached. Its key says who it is; a program without one is its address. The name is a label. */
export interface Peer {
  /** Undefined for a program without a key. A message goes to a peer with a key only over a connection that proves it. */
  readonly key?: KeyId
  /** Literal IP address. */
  readonly ip: string
  readonly port: number
  readonly name: string
  /** The LSNP user id (`name@ip`) of a program that takes datagrams only; `port` is its UDP port then. */
  readonly lsnp?: string
  /** What it is called here, where that is not its name alone: only views set it (src/peer/contacts/labels.ts). */
  readonly label?: string
  /** Kept for life, at any address; peers without keys recognise repeats of its messages by it. The peer claims it itself. */
  readonly identity?: string
}

/** Who a peer is, for life: its key, or the AddressKey of a program without one. */
export type PeerId = string

export function peerId(peer: Pick<Peer, 'key' | 'ip' | 'port' | 'lsnp'>): PeerId {
  return peer.key ?? addressKey(peer)
}

/** What users call a peer: its name, with what tells it apart from others of that name. */
export function labelOf({ label, name }: Pick<Peer, 'label' | 'name'>): string {
  return label ?? name
}

/** `ip:port`, with an IPv6 address in brackets; for a program that takes datagrams only, the LSNP user id. */
export type AddressKey = string

/** Identifies the sender of a message, also after it moved to another address. Repeats are recognised by it. */
export function senderKey({ from }: ChatMessage): string {
  return from.key ?? from.identity ?? addressKey(from)
}

export function addressKey({ ip, port, lsnp }: Pick<Peer, 'ip' | 'port' | 'lsnp'>): AddressKey {
  if (lsnp !== undefined) return lsnp
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Value of `hops` of a message that came from its sender itself, but only when asked for what was missed. */
export const WHEN_ASKED = -1

/** The channel that every peer is in at first. */
export const GENERAL = 'general'

/** Direct messages have this channel name on the wire, as those of legacy clients do. */
export const DIRECT = 'private'

/** What a peer said. It is the same wherever it is kept, and whichever peer relayed it. */
export interface ChatMessage {
  /** Unique for its sender, opaque, and the same when the message is sent again. */
  readonly id: string
  readonly from: Peer
  /** Without `#`; DIRECT for a message to one peer. */
  readonly channel: string
  readonly content: Content
  /** When it was sent, by the sender's clock: Unix time in milliseconds. */
  readonly sentAt: number
  /** Rises with each message of its sender, in any channel: their order. */
  readonly seq?: number
  /** Identity of the recipient of a direct message, as far as the sender knows it. No other peer may take the message. */
  readonly recipient?: string
  /** Ed25519 over what was said (RFC 8032), base64url: its author's. Undefined: not signed, or not arrived yet. */
  readonly signature?: string
  /** Of a message in a closed channel: which one, and the epoch in which it was said. `channel` is its label here. */
  readonly closed?: ClosedScope
}

export interface ClosedScope {
  readonly id: ClosedId
  readonly epoch: number
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
  /**
   * How its author is known: straight over a connection that proved the key, or by a checked signature. Undefined: by its
   * word only.
   */
  readonly proof?: 'direct' | 'signed' | undefined
}

/** Delivery status of an own message. */
export interface Receipt {
  readonly messageId: string
  readonly channel: string
  /** How many peers it is for. */
  readonly recipients: number
  readonly delivered: number
  /** Part of `delivered`: sent to programs that acknowledge nothing. */
  readonly unconfirmed: number
  /** Recipients that will not get it, and why. */
  readonly failed: readonly { readonly peer: Peer; readonly reason: string }[]
  /** Recipients that it still waits for. */
  readonly queued: readonly Peer[]
  /** It was said before with the same id and no longer waits for any recipient; the counts are not known. */
  readonly isOver?: true
}

/** An own message that recipients do not have yet. */
export interface WaitingMessage {
  readonly id: string
  /** The recipients without it. */
  readonly waiting: readonly Peer[]
}

/** What user interfaces are notified of, in the order in which it happened. */
export type ChatEvent =
  | {
      readonly kind: 'message'
      readonly message: ChatMessage
      readonly hops?: Transit['hops']
      readonly proof?: Transit['proof']
      /** When it was said, by the clock of this machine and as well as is known: Unix time in milliseconds. */
      readonly at: number
      /** When it arrived, by the same clock. */
      readonly receivedAt: number
      /** How far that clock was ahead of store time, in milliseconds; undefined when they agreed. */
      readonly clockShift?: number | undefined
      /** Later messages of its sender arrived before it, or it was said while this peer was away. */
      readonly late: boolean
      /** It was said before this peer came, and a member of the channel passed it on when asked. */
      readonly caughtUp?: true
      /** Why it asks for no attention. */
      readonly hushed?: Hushing
      /** This peer said it. */
      readonly own: boolean
      /** Recipient of an own direct message. */
      readonly to?: Peer
    }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** Own messages of earlier starts that are being sent again. */
  | { readonly kind: 'resumed'; readonly messages: readonly WaitingMessage[] }
  /** The peers that were in a channel when this peer joined it. */
  | (AboutPerson & { readonly kind: 'present'; readonly channel: string; readonly peers: readonly Peer[] })
  | (AboutPerson & { readonly kind: 'joined'; readonly peer: Peer; readonly channel: string })
  | (AboutPerson & {
      readonly kind: 'parted'
      readonly peer: Peer
      readonly channel: string
      readonly reason: string
    })
  | (AboutPerson & { readonly kind: 'renamed'; readonly peer: Peer; readonly before: string })
  /** A peer that was known under an address has proved its key: what was kept for `before` is that of this peer now. */
  | { readonly kind: 'became'; readonly peer: Peer; readonly before: PeerId }
  | { readonly kind: 'tracker'; readonly state: TrackerState; readonly detail: string }
  /** A peer changed its status or picture. */
  | (AboutPerson & { readonly kind: 'profile'; readonly peer: Peer; readonly profile: Profile })
  | (AboutPerson & { readonly kind: 'followed'; readonly peer: Peer; readonly following: boolean })
  /** A peer likes an own post, or no longer does. */
  | (AboutPerson & {
      readonly kind: 'liked'
      readonly peer: Peer
      readonly liking: boolean
      readonly text: string
    })
  /** A group, which is shown as a channel. */
  | {
      readonly kind: 'group'
      readonly name: string
      readonly channel: string
      readonly news: 'created' | 'updated' | 'removed'
    }
  /** A datagram in or out, or why one was dropped; only in verbose mode. */
  | {
      readonly kind: 'datagram'
      readonly way: 'SEND' | 'RECV' | 'DROP'
      readonly at: number
      readonly address: string
      readonly type: string
      readonly text: string
    }
  /** `flooding`: the person that the notice is about, who may be ignored, and what it is called here. */
  | { readonly kind: 'notice'; readonly text: string; readonly flooding?: Named }

interface AboutPerson {
  /** What holds for that person; undefined: it is heard. */
  readonly hushed?: HushKind
}

interface Named {
  readonly id: PeerId
  readonly name: string
}

/** What a peer shows beside its name. */
export interface Profile {
  readonly status: string
  /** Undefined also while the picture has not been fetched. */
  readonly avatar: Picture | undefined
}

/** A small raster picture. */
export interface Picture {
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`, detected from the bytes. */
  readonly type: string
  /** SHA-256, in hexadecimal. */
  readonly hash: string
  /** In base64. */
  readonly data: string
}

export type TrackerState = 'none' | 'connecting' | 'registered' | 'lost'
