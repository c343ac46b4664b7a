/** What an announcement says of its sender. The address that it came from wins over the one that it names. Pure. */
import { portProblem } from '../../../chat/address.ts'
import { ANNOUNCE_PORT, DISCOVERY_PORT } from '../../lsnp/ports.ts'
import { NO_STATUS } from './self.ts'
import type { Address } from '../../../http/message.ts'
import type { Dialect, LsnpMessages } from '../../lsnp/codec.ts'
import type { Sighting } from '../peer-table.ts'

/** PROFILE and PING, which our own kind announces itself by. */
export type OwnAnnouncement = LsnpMessages['PROFILE'] | LsnpMessages['PING']
export type Announcement = OwnAnnouncement | LsnpMessages['PEER_DISCOVERY']

export function sightingOf(message: Announcement, from: Address, dialect: Dialect): Sighting {
  const profile = message.type === 'PROFILE' ? message : undefined
  // What only our own kind says; some programs have other uses for the same keys.
  const own = message.type === 'PEER_DISCOVERY' || message.node === undefined ? undefined : message
  const httpPort = own?.httpPort
  return {
    userId: message.userId,
    ip: from.host,
    port: portOf(message.port, from, dialect),
    dialect,
    node: own?.node,
    httpPort: httpPort === undefined || portProblem(httpPort) !== undefined ? undefined : httpPort,
    // Our own kind always tells its channels with its APP; the proof alone says nothing of them.
    channels: own === undefined ? ['general'] : (own.channels ?? (own.app === undefined ? undefined : [])),
    name: profile?.displayName,
    status: own !== undefined && profile?.status === NO_STATUS ? '' : profile?.status,
    avatarHash: own?.avatarHash,
    avatar: profile?.avatar,
  }
}

/** The other family: it takes messages over HTTP, and is in the first channel. */
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
    httpPort: port,
    channels: ['general'],
    name,
    status: undefined,
    avatarHash: undefined,
    avatar: undefined,
  }
}

/**
 * Where a sender takes datagrams: what it announces; else, for the seed's dialect, where this one came from; else
 * the port of everybody. The first programs announce 50999 and mean the port that they send from.
 */
export function portOf(announced: number | undefined, from: Address, dialect: Dialect): number {
  if (announced !== undefined && announced !== DISCOVERY_PORT && portProblem(announced) === undefined)
    return announced
  return dialect === 'seed' && portProblem(from.port) === undefined ? from.port : DISCOVERY_PORT
}
