/** What a datagram says of its sender. The address that it came from wins over the one that it names. */
import { portProblem } from '../../../chat/address.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { NO_STATUS } from './self.ts'
import type { Address } from '../../../http/message.ts'
import type { Dialect, LsnpMessages } from '../../lsnp/codec.ts'
import type { LanPeer } from '../model.ts'
import type { Sighting } from '../peer-entry.ts'

/** PROFILE and PING, by which Parley peers announce themselves. */
export type ParleyAnnouncement = LsnpMessages['PROFILE'] | LsnpMessages['PING']
export type Announcement = ParleyAnnouncement | LsnpMessages['PEER_DISCOVERY']

export function sightingOf(message: Announcement, from: Address, dialect: Dialect): Sighting {
  const profile = message.type === 'PROFILE' ? message : undefined
  // Only Parley peers send these fields; some programs have other uses for the same keys.
  const parley = message.type === 'PEER_DISCOVERY' || message.node === undefined ? undefined : message
  const httpPort = parley?.httpPort
  return {
    userId: message.userId,
    ip: from.host,
    port: portOf(message.port, from, dialect),
    dialect,
    node: parley?.node,
    key: parley?.key,
    httpPort: httpPort === undefined || portProblem(httpPort) !== undefined ? undefined : httpPort,
    // A Parley peer names its channels in every announcement that has APP; the short PING says nothing of them.
    channels:
      parley === undefined ? ['general'] : (parley.channels ?? (parley.app === undefined ? undefined : [])),
    name: profile?.displayName,
    status: parley !== undefined && profile?.status === NO_STATUS ? '' : profile?.status,
    avatarHash: parley?.avatarHash,
    avatar: profile?.avatar,
  }
}

/** A program that announces itself as JSON: it takes messages over HTTP, and is in #general. */
export function sightingOfJson(
  { port, name }: { readonly port: number; readonly name: string },
  { host }: Address,
): Sighting {
  return {
    userId: `${name.replace(/\s+/g, '_')}@${host}`,
    ip: host,
    port: ANNOUNCE_PORT,
    dialect: 'rfc',
    node: undefined,
    key: undefined,
    httpPort: port,
    channels: ['general'],
    name,
    status: undefined,
    avatarHash: undefined,
    avatar: undefined,
  }
}

/** A user who sent a message that is no announcement. `known`: the peer with this name at this address. */
export function sightingOfUser(
  userId: string,
  known: LanPeer | undefined,
  from: Address,
  dialect: Dialect,
): Sighting {
  // Legacy clients send from the port where they listen, in one dialect; other programs send from any port, in either.
  const isFixed = known !== undefined && known.dialect !== 'seed'
  return {
    userId,
    ip: from.host,
    port: isFixed ? known.port : portOf(undefined, from, dialect),
    dialect: isFixed ? known.dialect : dialect,
    node: known?.node,
    key: known?.key,
    httpPort: undefined,
    channels: known?.channels ?? ['general'],
    name: undefined,
    status: undefined,
    avatarHash: undefined,
    avatar: undefined,
  }
}

/**
 * Where a sender takes datagrams: at the port that it announces; else, in the dialect of legacy clients, at the port that
 * this datagram came from; else at the discovery port. Legacy clients announce 50999 and mean the port they send from.
 */
function portOf(announced: number | undefined, from: Address, dialect: Dialect): number {
  if (announced !== undefined && announced !== DISCOVERY_PORT && portProblem(announced) === undefined)
    return announced
  return dialect === 'seed' && portProblem(from.port) === undefined ? from.port : DISCOVERY_PORT
}
