/** What tells this peer who is where: trackers, the LAN, addresses given by hand, addresses that peers named. */
import { addressKey, type AddressKey, type Peer } from '../../chat/model.ts'
import type { Source } from '../../chat/presence.ts'
import type { ShownHint } from '../profiles/profiles.ts'
import type { Address } from '../../http/message.ts'

/**
 * One source of presence. It reports to Discovery, under its id, what it sees. Every method may be left out by a
 * source that has nothing to do then.
 */
export interface PresenceSource {
  /** Unique among the sources of a peer: `tracker:10.0.0.5:9001`, `lan`, `manual`, `peer-exchange`, `direct`. */
  readonly id: Source
  /** Everyone it sees now, if it sees peers that are in no channel of this one. */
  readonly sightings?: readonly Sighting[]
  /** Rejects when this peer cannot take part. */
  start?(): void | Promise<void>
  stop?(): void | Promise<void>
  /** Others see something else of this peer from now on. Rejects when the source refuses it. */
  announce?(change: Announcement): void | Promise<void>
  /** A peer of this name that may share no channel with this one. Never rejects. */
  locate?(name: string): Promise<Peer | undefined>
}

/** What has changed of this peer. */
export type Announcement =
  { readonly kind: 'joined' | 'parted'; readonly channel: string } | { readonly kind: 'renamed' }

/** A peer that announces itself. */
export interface Sighting {
  readonly peer: Peer
  /** All its addresses, the one that it should go by first. */
  readonly ids: readonly [AddressKey, ...AddressKey[]]
  /** Its open channels. */
  readonly channels: readonly string[]
  /** It is in no other open channel. */
  readonly isComplete: boolean
  /** LSNP groups, by the channels that they are shown as. */
  readonly groups: readonly string[]
  /** Milliseconds of the peer's clock. */
  readonly until: number
  /** What it shows beside its name. */
  readonly shown: ShownHint | undefined
}

export const LAN: Source = 'lan'
/** Addresses that the user gave. */
export const MANUAL: Source = 'manual'
/** Addresses that peers named in messages they relayed. */
export const PEER_EXCHANGE: Source = 'peer-exchange'
/** Peers that greeted this one, or wrote to it, from their own address. */
export const CONTACT: Source = 'direct'

const TRACKER = 'tracker'

export function trackerSource({ host, port }: Address): Source {
  return `${TRACKER}:${addressKey({ ip: host, port })}`
}

export function isTracker(source: Source): boolean {
  return source.startsWith(`${TRACKER}:`)
}

/** How the local API names a source. */
export function sourceLabel(source: Source): string {
  if (isTracker(source)) return TRACKER
  return LABELS.get(source) ?? source
}

const LABELS: ReadonlyMap<Source, string> = new Map([
  [MANUAL, 'static'],
  [PEER_EXCHANGE, 'told'],
])
