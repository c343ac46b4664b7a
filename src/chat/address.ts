/**
 * The addresses that a peer may have.
 *
 * An address comes from another program (a tracker, a message, a registration), and this peer is about to connect to it.
 * Without this check any host could aim this peer at a router, a database or a service of this machine.
 */
import { hostKey, inBlock, ipv6Range, isLoopback } from '../http/ip.ts'
import type { AddressKey } from './model.ts'

/** Ports of services that must not be sent chat messages, among the ports that a peer could have. */
const SERVICE_PORTS = new Set([
  1433, 1521, 1723, 2049, 2375, 2376, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5984, 6000, 6379,
  6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 11211, 27017,
])

/** Why no peer may connect to this address; undefined if it may. `ip` is in its canonical spelling. */
export function addressProblem(ip: string, port: number): string | undefined {
  return portProblem(port) ?? ipProblem(ip)
}

/**
 * Why no peer may connect to this address when a third party names it: addressProblem(), or a port of another machine
 * that is not among the ports of peers. Addresses that the user gave may have any port.
 */
export function namedAddressProblem(ip: string, port: number): string | undefined {
  return addressProblem(ip, port) ?? (isLoopback(ip) ? undefined : namedPortProblem(port))
}

/** Peers listen on 8000 to 9999 by default. Network printers (9100 to 9107) print whatever they are sent. */
export function namedPortProblem(port: number): string | undefined {
  if (port >= 9100 && port <= 9107) return `port ${port} belongs to printers`
  return port >= 8000 && port <= 9999 ? undefined : 'peers that others name have a port from 8000 to 9999'
}

/** An address that is valid on one link only (RFC 3927): a machine takes one when no DHCP server gives it another. */
export function isLinkLocal(ip: string): boolean {
  return ip.startsWith('169.254.')
}

/** Where machines in a cloud read their secrets. */
const METADATA = '169.254.169.254'

/** As addressProblem(), for a program on a link of this machine, where a link-local address is valid. */
export function neighbourProblem(ip: string, port: number): string | undefined {
  return isLinkLocal(ip) && ip !== METADATA ? portProblem(port) : addressProblem(ip, port)
}

/** As namedAddressProblem(), for a peer on a link of this machine. */
export function namedNeighbourProblem(ip: string, port: number): string | undefined {
  return neighbourProblem(ip, port) ?? (isLoopback(ip) ? undefined : namedPortProblem(port))
}

/** The host in an AddressKey, also in the user id of a foreign LSNP program, by the key under which limits count hosts. */
export function hostOf(id: AddressKey): string {
  const place = id.slice(id.lastIndexOf('@') + 1)
  return hostKey(place.replace(/:[0-9]+$/, '').replace(/^\[(.*)\]$/, '$1'))
}

export function portProblem(port: number): string | undefined {
  if (port < 1024) return 'ports below 1024 are not for peers'
  return SERVICE_PORTS.has(port) ? `port ${port} belongs to another service` : undefined
}

function ipProblem(ip: string): string | undefined {
  if (isLoopback(ip)) return undefined
  return ip.includes(':') ? ipv6Problem(ip) : ipv4Problem(ip)
}

function ipv4Problem(ip: string): string | undefined {
  const [a = -1, b = -1] = ip.split('.').map(Number)
  if (a === 0) return '0.0.0.0/8 is not an address of a host'
  if (a >= 224) return 'multicast and broadcast addresses are not peers'
  return a === 169 && b === 254
    ? 'link-local addresses are used only where they are heard, on the LAN'
    : undefined
}

const FOR_IPV4 = 'this address stands for an IPv4 address; write that one'

/** Ranges without peers, by their names in ipaddr.js, and the sentence that refuses each. */
const REFUSED_RANGES: Readonly<Record<string, string>> = {
  unspecified: 'not a unicast address of a host',
  multicast: 'multicast addresses are not peers',
  linkLocal: 'link-local addresses are not used',
  ipv4Mapped: FOR_IPV4,
  // A gateway turns these into IPv4 addresses, which may be of any range.
  rfc6145: FOR_IPV4,
  rfc6052: FOR_IPV4,
  '6to4': FOR_IPV4,
  teredo: FOR_IPV4,
  deprecatedSiteLocal: 'site-local addresses are not used any more (RFC 3879)',
  discard: 'packets to this address are discarded (RFC 6666)',
}

/** Blocks that are refused although ipaddr.js has them in a range with other addresses. */
const REFUSED_BLOCKS: readonly (readonly [block: string, problem: string])[] = [
  ['::/96', FOR_IPV4],
  ['2001:db8::/32', 'addresses of documentation are not hosts (RFC 3849)'],
]

function ipv6Problem(ip: string): string | undefined {
  return REFUSED_RANGES[ipv6Range(ip)] ?? REFUSED_BLOCKS.find(([block]) => inBlock(ip, block))?.[1]
}
