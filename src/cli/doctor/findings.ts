/**
 * What the probes found, for the checks: plain values. The field names are those of `parley doctor --json`. Text may come
 * from the network: it is sanitized where it is printed.
 */
import type { Address } from '../../http/message.ts'
import type { KeyId } from '../../identity/public-key.ts'
import type { CheckReason } from '../../peer/self/reach-check.ts'
import type { Network } from '../../udp/node/model.ts'

export interface Findings {
  readonly wanted: Wanted
  readonly system: System
  readonly interfaces: readonly InterfaceFinding[]
  /** The peer with this name that runs on this machine. */
  readonly running: RunningPeer | undefined
  readonly ports: PortFindings
  /** Undefined: the LAN is not used. */
  readonly lan: LanFinding | undefined
  /** Undefined: there is no tracker. */
  readonly tracker: TrackerFinding | undefined
  readonly peers: readonly PeerFinding[]
  readonly disk: DiskFinding
}

/** The flags of the peer that the user would start. */
export interface Wanted {
  readonly name: string
  /** The address at which it would listen. */
  readonly ip: string
  /** Undefined: the first free one. */
  readonly port: number | undefined
  /** Names; empty: all. */
  readonly interfaces: readonly string[]
  /** The user did not ask for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
}

export type Firewall = 'ufw' | 'firewalld' | 'nftables' | 'iptables' | 'windows' | 'macos' | 'unknown'

export interface System {
  /** process.platform */
  readonly platform: string
  /** The running one, or else the installed one. */
  readonly firewall: Firewall
  readonly isContainer: boolean
}

export type InterfaceKind = 'lan' | 'loopback' | 'container' | 'vpn'

export interface InterfaceFinding {
  readonly name: string
  readonly kind: InterfaceKind
  readonly isUp: boolean
  /** A peer would use it. */
  readonly isChosen: boolean
  /** All addresses, IPv6 too. */
  readonly addresses: readonly string[]
  /** Networks with a broadcast address. */
  readonly networks: readonly Network[]
}

export interface RunningPeer {
  readonly name: string
  readonly port: number
  readonly node: string | undefined
  readonly identity: string | undefined
}

/** A program that has a port or a file open. */
export interface Holder {
  readonly pid: number
  readonly program: string
}

interface PortFindings {
  readonly tcp: TcpFinding
  readonly udp: readonly UdpFinding[]
}

export interface TcpFinding {
  /** The port at which the running peer listens, or a new one would; undefined: none is free. */
  readonly port: number | undefined
  /** Ports that it would have taken first. */
  readonly taken: readonly TakenPort[]
  /** Why the wanted address does not work, other than that the port is taken. */
  readonly problem: 'no_address' | 'no_permission' | undefined
}

export interface TakenPort {
  readonly port: number
  readonly holder: Holder | undefined
  /** The name of the peer that listens there; undefined: another program. */
  readonly peer: string | undefined
  /** What tells the network of that peer from others, `open` for an open one; undefined: it is the network of the doctor. */
  readonly otherNetwork?: string | undefined
  /** The system reserves it: no program has it. */
  readonly isReserved: boolean
}

export interface UdpFinding {
  readonly port: number
  /** It is available, perhaps together with programs that share it. */
  readonly isFree: boolean
  /** The error of bind(2), such as EADDRINUSE. */
  readonly code: string | undefined
  /** The program that does not share it. */
  readonly holder: Holder | undefined
}

export interface LanFinding {
  /** How long the probe listened, in milliseconds. */
  readonly listened: number
  /** A broadcast in each network, and whether it came back. Empty if the port for it is taken. */
  readonly echoes: readonly Echo[]
  readonly heard: readonly HeardPeer[]
  /** Why the probe could not listen, in a sentence. */
  readonly problem: string | undefined
}

export interface Echo extends Network {
  readonly isHeard: boolean
  /** Why the broadcast could not be sent, in a sentence. */
  readonly problem: string | undefined
}

export interface HeardPeer {
  readonly name: string
  readonly address: Address
  /** Its port for messages over HTTP; undefined: it takes datagrams only. */
  readonly httpPort: number | undefined
  readonly node: string | undefined
}

/** The result of an HTTP request. */
export type Outcome =
  'answers' | 'refused' | 'timeout' | 'unreachable' | 'closed' | 'not_http' | 'other_network'

export interface TrackerFinding {
  readonly address: Address
  readonly outcome: Outcome | 'not_tracker'
  /** In milliseconds. */
  readonly latency: number | undefined
  /** How far its clock is ahead of the own one, in milliseconds. */
  readonly clockDifference: number | undefined
  /** The number of peers that it knows. */
  readonly peers: number | undefined
  /** The key that this person knows it by; undefined: it was never met, or had none. */
  readonly pinned: KeyId | undefined
  /** The key that it says to have, asked for when there is a pinned one; undefined: none. */
  readonly key: KeyId | undefined
}

export type Source = 'tracker' | 'LAN' | '--peer'

export interface PeerFinding {
  readonly address: Address
  /** Its own name for itself, or that of another source. */
  readonly name: string | undefined
  readonly sources: readonly Source[]
  readonly outcome: Outcome | 'not_peer'
  /** A Parley peer; false: another program, or unknown. */
  readonly isParley: boolean
  readonly latency: number | undefined
  readonly clockDifference: number | undefined
  /** Random id of its run: the same at all its addresses. */
  readonly node: string | undefined
  /** Random id of its store, the same in every run. */
  readonly identity: string | undefined
  /** Whether it can connect to this machine; undefined: unknown. */
  readonly reachesUs: boolean | undefined
  /** Why it cannot connect. */
  readonly reason: CheckReason | undefined
}

export interface DiskFinding {
  /** Empty if there is none: no home directory, and no other was named. */
  readonly directory: string
  readonly isWritable: boolean
  /** Undefined: unknown. */
  readonly freeBytes: number | undefined
  readonly store: 'none' | 'ready' | 'in_use' | 'damaged' | 'not_ours' | 'too_new' | 'no_access'
  /** Why the store cannot be used, in a sentence. */
  readonly problem: string | undefined
  readonly holder: Holder | undefined
  /** The identity in the store; undefined: there is none, or it could not be read. */
  readonly identity: string | undefined
  /** Whether the key beside the store is the one that the store belongs to; undefined: it says nothing of a key. */
  readonly key: 'fine' | 'missing' | 'other' | undefined
  /** The mark of a person that was moved to another machine, in words: `was moved on 2026-11-28 by the file /x`. */
  readonly moved: string | undefined
}
