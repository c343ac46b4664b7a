/**
 * Commands, events and effects of a LAN node: the plain values between the node (node.ts) and the sockets
 * (src/udp/discovery.ts), and between both and the peer.
 */
import type { Address } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { Avatar, Dialect } from '../lsnp/codec.ts'

/** One IPv4 interface of this machine. */
export interface Network {
  /** The name of the interface: `eth0`. */
  readonly name: string
  readonly address: string
  readonly netmask: string
  /** The directed broadcast address; 127.255.255.255 for loopback. */
  readonly broadcast: string
}

/** A peer on the LAN. */
export interface LanPeer {
  /** Its user id in LSNP: `name@ip`. */
  readonly userId: string
  /** The address that its datagrams come from: a hint, not an identity. */
  readonly ip: string
  /**
   * All addresses at which it was seen lately, with `ip`; once one is proved, only those that are. With a key it is `ip`
   * alone: each address at which a key is announced is a peer of its own here.
   */
  readonly addresses: readonly string[]
  /** It has answered what was sent to `ip` alone, so the source of its datagrams is not forged. */
  readonly isProved: boolean
  /** Where it takes datagrams. */
  readonly port: number
  /** The display name. */
  readonly name: string
  readonly status: string
  readonly dialect: Dialect
  /** The node id of a Parley peer: random, new at every start. One node may be seen at several addresses. */
  readonly node: string | undefined
  /** The key that it says it has: a hint where the owner of the key may be, which any host can announce. */
  readonly key: KeyId | undefined
  /** The port where it takes messages over HTTP; undefined if it takes datagrams only. */
  readonly httpPort: number | undefined
  /** Without `#`. A program that takes datagrams only is in #general. */
  readonly channels: readonly string[]
  /** SHA-256 of the picture that a Parley peer serves over HTTP. */
  readonly avatarHash: string | undefined
  /** The picture itself, of a program that sends it by datagram. */
  readonly avatar: Avatar | undefined
  /** When it was last seen, and when its lease ends: in milliseconds, by the clock of `now`. */
  readonly lastSeenAt: number
  readonly until: number
  /** It follows us; we follow it. */
  readonly followsUs: boolean
  readonly followed: boolean
}

export interface Group {
  readonly id: string
  readonly name: string
  /** User ids. */
  readonly members: readonly string[]
  /** The user id of the user who created it. */
  readonly owner: string
}

/** What happened on the LAN. */
export type LanEvent =
  /** A peer is there, and what that changes in what is shown of it. */
  | { readonly kind: 'seen'; readonly peer: LanPeer; readonly change: 'new' | 'profile' | 'none' }
  | { readonly kind: 'left'; readonly peer: LanPeer; readonly reason: string }
  /** Nothing shows that the peer is where its datagrams come from; an answer over HTTP would. */
  | { readonly kind: 'unproved'; readonly peer: LanPeer }
  /** A text to everybody. */
  | {
      readonly kind: 'post'
      readonly from: LanPeer
      readonly id: string
      readonly text: string
      readonly sentAt: number
    }
  /** A text to our user alone. */
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
  /** A group of our user is new, has other members, or is gone. */
  | { readonly kind: 'group'; readonly group: Group; readonly change: 'created' | 'updated' | 'removed' }
  | { readonly kind: 'followed'; readonly from: LanPeer; readonly following: boolean }
  | {
      readonly kind: 'liked'
      readonly from: LanPeer
      readonly liking: boolean
      readonly postId: string
      readonly text: string
    }
  /** The delivery report of a message of our user. `confirmed`: the recipient acknowledged it; many programs never do. */
  | {
      readonly kind: 'sent'
      readonly id: string
      readonly to: string
      readonly ok: boolean
      readonly confirmed: boolean
      readonly reason: string
    }
  /** A sentence for our user, such as that a file was offered and declined. */
  | { readonly kind: 'notice'; readonly text: string }
  /** A datagram in or out, or why one was dropped: in verbose mode only. */
  | {
      readonly kind: 'trace'
      readonly way: 'SEND' | 'RECV' | 'DROP'
      readonly at: number
      readonly address: Address
      readonly type: string
      /** The lines of the datagram, or the reason. */
      readonly text: string
    }

/** What a LAN node wants its caller to do. */
export type LanEffect =
  | { readonly kind: 'send'; readonly to: Address; readonly bytes: Buffer }
  | { readonly kind: 'event'; readonly event: LanEvent }

/** What a LAN node is to do. Peers are named by their user id. */
export type LanCommand =
  /** How far Unix time is ahead of `now` from here on, in milliseconds; 0 at the beginning. */
  | { readonly kind: 'clock'; readonly offset: number }
  /** The sockets are open; `port` takes unicast datagrams. */
  | { readonly kind: 'start'; readonly port: number }
  /** The networks, at the start and after every change. */
  | { readonly kind: 'networks'; readonly networks: readonly Network[] }
  /** What this node shows of itself has changed; what is not named stays. `httpPort`: where it takes messages over HTTP. */
  | {
      readonly kind: 'profile'
      readonly name?: string
      readonly status?: string
      readonly channels?: readonly string[]
      readonly httpPort?: number
      /** SHA-256, and the picture itself for programs that take datagrams only. `none` removes it. */
      readonly avatar?: { readonly hash: string; readonly picture: Avatar } | 'none'
    }
  /** Ids are 16 lower-case hexadecimal digits. */
  | { readonly kind: 'post'; readonly id: string; readonly to: string; readonly text: string }
  | { readonly kind: 'dm'; readonly id: string; readonly to: string; readonly text: string }
  | { readonly kind: 'follow'; readonly to: string; readonly following: boolean }
  /** The latest post of a user. */
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
  /** The tokens of this node are no longer valid. */
  | { readonly kind: 'revoke' }
  /** How long tokens of this node are valid, in seconds. */
  | { readonly kind: 'ttl'; readonly seconds: number }
  /** An `unproved` peer was reached at this address over HTTP, and has this node id. */
  | { readonly kind: 'reached'; readonly address: Address; readonly node: string | undefined }
  /** Whether each datagram makes a `trace` event. */
  | { readonly kind: 'verbose'; readonly on: boolean }
  | { readonly kind: 'quit' }

/** A LAN node, as the sockets see it. `now` in milliseconds, by a clock that is never set. */
export interface LanMachine {
  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[]
  /** Throws ChatError, with a sentence for the user who gave the command. */
  command(command: LanCommand, now: number): readonly LanEffect[]
  tick(now: number): readonly LanEffect[]
}
