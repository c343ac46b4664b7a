/**
 * What the doctor has seen: plain values, written by the probes and read by the judges. The field names are those of
 * `parley doctor --json`. Text in them may come from the network: it is made harmless where it is printed. Pure.
 */
import type { Address } from '../../http/message.ts'
import type { CheckReason } from '../../peer/self/reach-check.ts'
import type { Network } from '../../udp/node/model.ts'

export interface Findings {
  readonly wanted: Wanted
  readonly system: System
  readonly interfaces: readonly InterfaceFinding[]
  /** The peer of this name that runs on this machine. */
  readonly running: RunningPeer | undefined
  readonly ports: PortFindings
  /** Undefined: the LAN is not used. */
  readonly lan: LanFinding | undefined
  /** Undefined: none was asked. */
  readonly tracker: TrackerFinding | undefined
  readonly peers: readonly PeerFinding[]
  readonly disk: DiskFinding
}

/** What a peer would be started with. */
export interface Wanted {
  readonly name: string
  /** Where it would listen. */
  readonly ip: string
  /** Undefined: the first free one. */
  readonly port: number | undefined
  /** Names; all when there are none. */
  readonly interfaces: readonly string[]
  /** Nobody asked for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
}

export type Firewall = 'ufw' | 'firewalld' | 'nftables' | 'iptables' | 'windows' | 'macos' | 'unknown'

export interface System {
  /** process.platform */
  readonly platform: string
  /** The one that is running, or else the one that is installed. */
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
  /** All of its addresses, IPv6 too. */
  readonly addresses: readonly string[]
  /** Those where there is an address for everybody. */
  readonly networks: readonly Network[]
}

export interface RunningPeer {
  readonly name: string
  readonly port: number
  readonly node: string | undefined
  readonly identity: string | undefined
}

/** A program that has something to itself. */
export interface Holder {
  readonly pid: number
  readonly program: string
}

interface PortFindings {
  readonly tcp: TcpFinding
  readonly udp: readonly UdpFinding[]
}

export interface TcpFinding {
  /** Where a peer listens, or would; undefined: nowhere. */
  readonly port: number | undefined
  /** Those that it would have taken before. */
  readonly taken: readonly TakenPort[]
  /** Why not where it was told to, other than that the port is taken. */
  readonly problem: 'no_address' | 'no_permission' | undefined
}

export interface TakenPort {
  readonly port: number
  readonly holder: Holder | undefined
  /** The name of the peer that listens there; undefined: another program. */
  readonly peer: string | undefined
  /** No program has it: the system keeps it back. */
  readonly isReserved: boolean
}

export interface UdpFinding {
  readonly port: number
  /** It can be had, together with others who share it. */
  readonly isFree: boolean
  /** Of bind(2), such as EADDRINUSE. */
  readonly code: string | undefined
  /** Of who does not share it. */
  readonly holder: Holder | undefined
}

export interface LanFinding {
  /** For how long was listened, in milliseconds. */
  readonly listened: number
  /** What was sent to everybody in each network, and whether it came back. None when there was no port to hear it at. */
  readonly echoes: readonly Echo[]
  readonly heard: readonly HeardPeer[]
  /** A sentence: why nothing could be heard at all. */
  readonly problem: string | undefined
}

export interface Echo extends Network {
  readonly isHeard: boolean
  /** A sentence: why it could not even be sent. */
  readonly problem: string | undefined
}

export interface HeardPeer {
  readonly name: string
  readonly address: Address
  /** Where it takes messages over HTTP; undefined: it takes datagrams only. */
  readonly httpPort: number | undefined
  readonly node: string | undefined
}

/** What came of asking somebody over HTTP. */
export type Outcome = 'answers' | 'refused' | 'timeout' | 'unreachable' | 'closed' | 'not_http'

export interface TrackerFinding {
  readonly address: Address
  readonly outcome: Outcome | 'not_tracker'
  /** In milliseconds. */
  readonly latency: number | undefined
  /** By how much its clock is ahead of ours, in milliseconds. */
  readonly clockDifference: number | undefined
  /** How many it knows. */
  readonly peers: number | undefined
}

export type Source = 'tracker' | 'LAN' | '--peer'

export interface PeerFinding {
  readonly address: Address
  /** As it calls itself, or as others call it. */
  readonly name: string | undefined
  readonly sources: readonly Source[]
  readonly outcome: Outcome | 'not_peer'
  /** Our own kind; false: another program, or not known. */
  readonly isParley: boolean
  readonly latency: number | undefined
  readonly clockDifference: number | undefined
  /** Random, new at every start: one peer at several addresses has one. */
  readonly node: string | undefined
  /** Made once and kept with its messages. */
  readonly identity: string | undefined
  /** Whether it can connect to us; undefined: it cannot tell. */
  readonly reachesUs: boolean | undefined
  /** Why it cannot. */
  readonly reason: CheckReason | undefined
}

export interface DiskFinding {
  /** Empty when there is no place for messages: no home directory, and no other was named. */
  readonly directory: string
  readonly isWritable: boolean
  /** Undefined where the system does not tell. */
  readonly freeBytes: number | undefined
  readonly store: 'none' | 'ready' | 'in_use' | 'damaged' | 'not_ours' | 'too_new' | 'no_access'
  /** A sentence about the store, when it cannot be used. */
  readonly problem: string | undefined
  readonly holder: Holder | undefined
  /** That is kept there; undefined: none, or it could not be read. */
  readonly identity: string | undefined
}
