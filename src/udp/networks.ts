/**
 * The IPv4 networks that this machine is in, computed from the interfaces that the system lists.
 *
 * A datagram to everybody goes to the broadcast address of each network, `address | ~netmask` (RFC 919, RFC 922).
 * 255.255.255.255 cannot be reached without a default route, as on a network without a router.
 */
import { isLoopback } from '../http/ip.ts'
import type { Network } from './node/model.ts'

/** The part of the result of os.networkInterfaces() that is needed here. */
export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>

export interface InterfaceAddress {
  readonly family: string
  readonly address: string
  readonly netmask: string
  /** The interface is loopback. */
  readonly internal: boolean
}

interface Named extends InterfaceAddress {
  readonly name: string
}

/** The name that stands for all internal interfaces in `only`: Linux calls them `lo`, macOS `lo0`. */
const INTERNAL = 'lo'

const LOOPBACK_BROADCAST = '127.255.255.255'

/** /31 and /32 have two ends or one, and no broadcast address (RFC 3021). */
const POINT_TO_POINT = new Set(['255.255.255.254', '255.255.255.255'])

/**
 * One network for each IPv4 address, sorted by interface, then by address; two addresses in one network give it twice.
 * `only`: the names of the interfaces to use.
 */
export function networksOf(interfaces: Interfaces, only?: readonly string[]): Network[] {
  return addresses(interfaces)
    .filter((each) => only === undefined || only.some((name) => isMeant(name, each)))
    .filter((each) => isLoopback(each.address) || !POINT_TO_POINT.has(each.netmask))
    .sort((one, other) => compare(one.name, other.name) || compare(one.address, other.address))
    .filter(({ address }, index, list) => list.findIndex((each) => each.address === address) === index)
    .map((each) => ({
      name: each.name,
      address: each.address,
      netmask: each.netmask,
      broadcast: isLoopback(each.address) ? LOOPBACK_BROADCAST : broadcastOf(each),
    }))
}

/** The names in `only` that no interface has at the moment. The system does not list an interface without addresses. */
export function unknownInterfaces(interfaces: Interfaces, only: readonly string[]): string[] {
  const known = all(interfaces)
  return only.filter((name) => !known.some((each) => isMeant(name, each)))
}

/** All IPv4 addresses of this machine. */
export function addressesOf(interfaces: Interfaces): string[] {
  return addresses(interfaces).map(({ address }) => address)
}

/** Whether both lists have the same networks in the order of networksOf(). */
export function sameNetworks(one: readonly Network[], other: readonly Network[]): boolean {
  return (
    one.length === other.length &&
    one.every((network, index) => {
      const counterpart = other[index]
      return (
        network.name === counterpart?.name &&
        network.address === counterpart.address &&
        network.netmask === counterpart.netmask &&
        network.broadcast === counterpart.broadcast
      )
    })
  )
}

/** Whether an IPv4 address belongs to one of these networks. */
export function isWithin(networks: readonly Network[], ip: string): boolean {
  return networks.some((network) => isIn(ip, network))
}

/** No leading zeros: some systems read such numbers as octal. */
const IPV4 = /^(?:(?:0|[1-9][0-9]{0,2})(?:\.|$)){4}$/

/** Whether this is an IPv4 address in the block of a network. */
export function isIn(host: string, { address, netmask }: Network): boolean {
  const wanted = octets(host)
  if (!IPV4.test(host) || wanted.some((octet) => octet > 255)) return false
  const own = octets(address)
  return octets(netmask).every((mask, index) => ((own[index] ?? 0) & mask) === ((wanted[index] ?? 0) & mask))
}

function all(interfaces: Interfaces): Named[] {
  return Object.entries(interfaces).flatMap(([name, list = []]) =>
    list.map(({ family, address, netmask, internal }) => ({ name, family, address, netmask, internal })),
  )
}

function addresses(interfaces: Interfaces): Named[] {
  return all(interfaces).filter(({ family }) => family === 'IPv4')
}

function isMeant(name: string, each: Named): boolean {
  return name === each.name || (name === INTERNAL && each.internal)
}

function broadcastOf({ address, netmask }: InterfaceAddress): string {
  const masks = octets(netmask)
  return octets(address)
    .map((octet, index) => octet | (255 - (masks[index] ?? 255)))
    .join('.')
}

function octets(address: string): number[] {
  return address.split('.').map(Number)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
