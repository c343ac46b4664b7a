/**
 * What a LAN node is told and what it wants done: the plain values between the pure machine (lan.ts) and the
 * sockets (discovery.ts), and between both and the peer.
 */
import type { Address } from '../../http/message.ts'
import type { Avatar, Dialect } from '../lsnp/codec.ts'

/** One IPv4 interface of this machine. */
export interface Network {
  /** Of the interface: `eth0`. */
  readonly name: string
  readonly address: string
  readonly netmask: string
  /** The directed broadcast address; 127.255.255.255 for loopback. */
  readonly broadcast: string
}

/** Somebody on the LAN. */
export interface LanPeer {
  /** LSNP's name for it: `name@ip`. */
  readonly userId: string
  /** Where its datagrams come from: a hint, not an identity. */
  readonly ip: string
  /** All addresses that it was heard at lately, `ip` among them; once one is proved, those that are. */
  readonly addresses: readonly string[]
  /** It has answered something that was sent to `ip` alone, so the source of its datagrams is not forged. */
  readonly isProved: boolean
  /** Where it takes datagrams. */
  readonly port: number
  /** To be shown. */
  readonly name: string
  readonly status: string
  readonly dialect: Dialect
  /** Of our own kind: random, new at every start. One node may be heard at several addresses. */
  readonly node: string | undefined
  /** Where it takes messages over HTTP; undefined: it takes datagrams only. */
  readonly httpPort: number | undefined
  /** Without `#`. Who takes datagrams only is in #general. */
  readonly channels: readonly string[]
  /** SHA-256 of its picture, which our own kind gives out over HTTP. */
  readonly avatarHash: string | undefined
  /** The picture itself, from who sends it by datagram. */
  readonly avatar: Avatar | undefined
  /** When it was heard last, and until when it is believed to be there: in milliseconds, by the clock of `now`. */
  readonly heardAt: number
  readonly until: number
  /** It has said that it follows us; we have told it that we follow it. */
  readonly followsUs: boolean
  readonly followed: boolean
}

export interface Group {
  readonly id: string
  readonly name: string
  /** User ids. */
  readonly members: readonly string[]
  /** The user id of who made it. */
  readonly owner: string
}

/** What a LAN node tells. */
export type LanEvent =
  /** Somebody is there, or still there, or has changed. */
  | { readonly kind: 'heard'; readonly peer: LanPeer; readonly news: 'new' | 'profile' | 'none' }
  | { readonly kind: 'left'; readonly peer: LanPeer; readonly reason: string }
  /** Nothing shows that it is where its datagrams say; an answer over HTTP would. */
  | { readonly kind: 'unproved'; readonly peer: LanPeer }
  /** To everybody. */
  | {
      readonly kind: 'post'
      readonly from: LanPeer
      readonly id: string
      readonly text: string
      readonly sentAt: number
    }
  /** To us alone. */
  | {
      readonly kind: 'dm'
      readonly from: LanPeer
      readonly id: string
      readonly text: string
      readonly sentAt: number
    }
  | {
      readonly kind: 'group-message'
      readonly from: LanPeer
      readonly group: Group
      readonly id: string
      readonly text: string
      readonly sentAt: number
    }
  /** A group that we are in: new, or with other members. */
  | { readonly kind: 'group'; readonly group: Group; readonly news: 'created' | 'updated' | 'removed' }
  | { readonly kind: 'followed'; readonly from: LanPeer; readonly following: boolean }
  | {
      readonly kind: 'liked'
      readonly from: LanPeer
      readonly liking: boolean
      readonly postId: string
      readonly text: string
    }
  /** How a message of ours fared. `confirmed`: the other program acknowledged it; many never do. */
  | {
      readonly kind: 'sent'
      readonly id: string
      readonly to: string
      readonly ok: boolean
      readonly confirmed: boolean
      readonly reason: string
    }
  /** A sentence for people, such as that a file was offered and refused. */
  | { readonly kind: 'notice'; readonly text: string }
  /** Every datagram in and out, and why one was dropped, for verbose mode. */
  | {
      readonly kind: 'trace'
      readonly way: 'SEND' | 'RECV' | 'DROP'
      readonly at: number
      readonly address: Address
      readonly type: string
      /** The lines of the datagram, or the reason. */
      readonly text: string
    }

/** What a LAN node wants done. */
export type LanEffect =
  | { readonly kind: 'send'; readonly to: Address; readonly bytes: Buffer }
  | { readonly kind: 'event'; readonly event: LanEvent }

/** What a LAN node is told to do. Peers are named by their user id. */
export type LanCommand =
  /** By how many milliseconds Unix time is ahead of the `now` of all that follows; 0 until it is told. */
  | { readonly kind: 'clock'; readonly offset: number }
  /** The sockets are open: `port` takes unicast datagrams. */
  | { readonly kind: 'start'; readonly port: number }
  /** The interfaces, at the start and whenever they have changed. */
  | { readonly kind: 'networks'; readonly networks: readonly Network[] }
  /** Who we are has changed; what is not named stays. `httpPort`: where we take messages over HTTP. */
  | {
      readonly kind: 'profile'
      readonly name?: string
      readonly status?: string
      readonly channels?: readonly string[]
      readonly httpPort?: number
      /** SHA-256; the picture itself for those who take it by datagram only. `none` takes it away. */
      readonly avatar?: { readonly hash: string; readonly picture: Avatar } | 'none'
    }
  /** Ids are 16 lower-case hexadecimal digits. */
  | { readonly kind: 'post'; readonly id: string; readonly to: string; readonly text: string }
  | { readonly kind: 'dm'; readonly id: string; readonly to: string; readonly text: string }
  | { readonly kind: 'follow'; readonly to: string; readonly following: boolean }
  /** The latest post of somebody. */
  | { readonly kind: 'like'; readonly to: string; readonly liking: boolean }
  | {
      readonly kind: 'group-create'
      readonly id: string
      readonly name: string
      readonly members: readonly string[]
    }
  | {
      readonly kind: 'group-update'
      readonly id: string
      readonly add: readonly string[]
      readonly remove: readonly string[]
    }
  | {
      readonly kind: 'group-message'
      readonly id: string
      readonly group: string
      readonly text: string
    }
  /** Every token of ours is good no more. */
  | { readonly kind: 'revoke' }
  /** How long tokens of ours are good, in seconds. */
  | { readonly kind: 'ttl'; readonly seconds: number }
  /** Who is `unproved` was reached at its address for HTTP, and is this node. */
  | { readonly kind: 'reached'; readonly address: Address; readonly node: string | undefined }
  /** Whether every datagram is told of, as `trace`. */
  | { readonly kind: 'verbose'; readonly on: boolean }
  | { readonly kind: 'quit' }

/** A LAN node, as the sockets see it. Times are Unix time in milliseconds. */
export interface LanMachine {
  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[]
  /** Throws Refused with a sentence for whoever gave the command. */
  command(command: LanCommand, now: number): readonly LanEffect[]
  tick(now: number): readonly LanEffect[]
}
