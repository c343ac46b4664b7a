/**
 * Literal IP addresses: their one spelling, their ranges, and the key under which limits count a host. Pure.
 *
 * Every function takes what net.isIP() accepts; the spelling of RFC 5952 is assumed where `canonical` is named.
 */
import { IPv4, IPv6 } from './transport/ipaddr.ts'

/** The one spelling of a literal address (RFC 5952). IPv4-mapped IPv6 that is written with dots is IPv4. */
export function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip
  const address = IPv6.parse(ip)
  return ip.includes('.') && address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toString()
}

/** 127.0.0.0/8 and ::1: programs of this machine. */
export function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** IPv4 that is mapped into IPv6, in whatever spelling, as IPv4; every other address as it is. */
export function unmapped(ip: string): string {
  if (!ip.includes(':') || !IPv6.isValid(ip)) return ip
  const address = IPv6.parse(ip)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : ip
}

/**
 * The key under which limits count a host: IPv4 as it is, also when it is mapped into IPv6; of IPv6 the first 64 bits,
 * because one host has all addresses of its /64 (RFC 4291 section 2.5.1).
 */
export function hostKey(ip: string): string {
  const address = unmapped(ip)
  if (!address.includes(':') || !IPv6.isValid(address)) return address
  return `${IPv6.parse(address)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}

/** The range of an IPv6 address in its canonical spelling, as ipaddr.js calls it: `unicast`, `linkLocal`, `teredo`. */
export function ipv6Range(canonical: string): string {
  return IPv6.parse(canonical).range()
}

/** Whether a block such as `192.168.1.0/24` contains an address of the same version; without `/` it is a block of one. */
export function inBlock(ip: string, block: string): boolean {
  const isIpv6 = block.includes(':')
  if (ip.includes(':') !== isIpv6) return false
  const cidr = block.includes('/') ? block : `${block}/${isIpv6 ? 128 : 32}`
  return isIpv6 ? IPv6.parse(ip).match(IPv6.parseCIDR(cidr)) : IPv4.parse(ip).match(IPv4.parseCIDR(cidr))
}
