/** The networks that this node is in, and its user id as a peer in each of them has to write it. */
import { isLinkLocal, neighbourProblem } from '../../chat/address.ts'
import { LSNP_LIMITS, userIdParts } from '../lsnp/codec.ts'
import { DISCOVERY_PORT } from '../lsnp/ports.ts'
import { isIn } from '../networks.ts'
import { shortened } from './encoding.ts'
import type { Network } from './model.ts'

export class OwnAddresses {
  /** The first half of our user id. */
  readonly username: string
  networks: readonly Network[] = []

  constructor(name: string) {
    this.username = userNameOf(name)
  }

  /** The broadcast addresses of our networks. Two of our addresses may share one. */
  get broadcasts(): ReadonlySet<string> {
    return new Set(this.networks.map(({ broadcast }) => broadcast))
  }

  /** The broadcast address of the network that a host shares with us. */
  broadcastFor(host: string): string | undefined {
    return this.networks.find((network) => isIn(host, network))?.broadcast
  }

  /** Our user id for a peer at `host`: with the address at which it can reach us. */
  userIdFor(host: string): string {
    return `${this.username}@${this.addressFor(host)}`
  }

  addressFor(host: string): string {
    const near = this.networks.find((network) => isIn(host, network))
    const any = near ?? this.networks.find(({ address }) => !address.startsWith('127.')) ?? this.networks[0]
    return any?.address ?? '127.0.0.1'
  }

  /** Whether this is an address of this machine. */
  isOwn(host: string): boolean {
    return host.startsWith('127.') || this.isOwnInterface(host)
  }

  /** Whether this is an address of one of our interfaces: the system accepts no datagram with it from outside. */
  isOwnInterface(host: string): boolean {
    return this.networks.some(({ address }) => address === host)
  }

  /** Whether a host is in one of our networks. Other hosts are not answered: their addresses may be forged. */
  isNear(host: string): boolean {
    const networks = this.networks.filter((network) => isIn(host, network))
    // A link-local address is valid only on a link where we have one, too.
    const isOnLink = !isLinkLocal(host) || networks.some(({ address }) => isLinkLocal(address))
    return (
      networks.length > 0 &&
      isOnLink &&
      neighbourProblem(host, DISCOVERY_PORT) === undefined &&
      !this.broadcasts.has(host)
    )
  }

  /** Whether a message to this user id is for us. Some programs send direct messages to everybody. */
  isUs(userId: string): boolean {
    const { name, host } = userIdParts(userId)
    return name === this.username && (this.isOwn(host) || !/^[0-9.]+$/.test(host))
  }

  /** Whether this is a user id that we send. */
  isOurUserId(userId: string): boolean {
    const { name, host } = userIdParts(userId)
    return name === this.username && this.isOwnInterface(host)
  }
}

/** A user name that every program can parse: lists and tokens use `,` and `|`, user ids `@`. */
function userNameOf(name: string): string {
  const oneWord = name.trim().replace(/[\p{C}\p{Z}@,|]+/gu, '_')
  return shortened(oneWord, LSNP_LIMITS.userNameBytes) || 'somebody'
}
