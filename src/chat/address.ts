/**
 * Which addresses a peer may have. Pure.
 *
 * An address comes from somebody else (a tracker, a message, a registration) and we are about to connect to it:
 * without this check anybody could aim us at a router, a database or a service of this machine.
 */

/** Services that must not be handed chat messages, among the ports a peer could have. */
const SERVICE_PORTS = new Set([
  1433, 1521, 1723, 2049, 2375, 2376, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5984, 6000, 6379,
  6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 11211, 27017,
])

/** Why nobody should connect to this address, or undefined when it is fine. `ip` is in its canonical spelling. */
export function addressProblem(ip: string, port: number): string | undefined {
  return portProblem(port) ?? ipProblem(ip)
}

/** An address that is good on one link only (RFC 3927): machines take one when nobody gives them another. */
export function isLinkLocal(ip: string): boolean {
  return ip.startsWith('169.254.')
}

/** Where machines in a cloud read their secrets. */
const METADATA = '169.254.169.254'

/** As addressProblem(), for a peer that is heard on a link of this machine: there a link-local address is good. */
export function neighbourProblem(ip: string, port: number): string | undefined {
  return isLinkLocal(ip) && ip !== METADATA ? portProblem(port) : addressProblem(ip, port)
}

export function portProblem(port: number): string | undefined {
  if (port < 1024) return 'ports below 1024 are not for peers'
  return SERVICE_PORTS.has(port) ? `port ${port} belongs to another service` : undefined
}

function ipProblem(ip: string): string | undefined {
  const [a = -1, b = -1] = ip.includes(':') ? [] : ip.split('.').map(Number)
  if (a === 0) return '0.0.0.0/8 is not an address of a host'
  if (a >= 224) return 'multicast and broadcast addresses are not peers'
  if (a === 169 && b === 254) return 'link-local addresses are used only where they are heard, on the LAN'
  if (/^(?:::|ff|fe[89ab])/i.test(ip) && ip !== '::1') return 'not a unicast address of a host'
  return undefined
}

/** The one spelling of a literal address (RFC 5952), because ids are made of it; IPv4-mapped IPv6 is IPv4. */
export function canonicalIp(ip: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  return ip.includes(':') ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip
}

export function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** Whether an IPv4 block such as `192.168.1.0/24` contains an address; no block contains an IPv6 one. */
export function inBlock(ip: string, block: string): boolean {
  const [base = '', bits = '32'] = block.split('/')
  const mask = Number(bits) === 0 ? 0 : (-1 << (32 - Number(bits))) >>> 0
  if (ip.includes(':') || block.includes(':')) return false
  return (toNumber(ip) & mask) >>> 0 === (toNumber(base) & mask) >>> 0
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((number, part) => (number << 8) + Number(part), 0) >>> 0
}
