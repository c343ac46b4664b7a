/** Parsers of flag values. Each throws InvalidArgumentError, whose message says what the value must be. */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { addressProblem } from '../../chat/address.ts'
import { canonicalIp, inBlock, ipv6Range } from '../../http/ip.ts'
import { chosenName, personName } from '../../chat/wire/fields.ts'
import { interfaceProblem, namesIn } from '../system/interfaces.ts'
import type { Address } from '../../http/message.ts'

/** The name of a peer that may have any name. */
export function name(value: string): string {
  return read(personName, value)
}

/** A name that other users can be shown, and can write to. */
export function newName(value: string): string {
  return read(chosenName, value)
}

function read(parse: (value: string) => string, value: string): string {
  try {
    return parse(value)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

/** A literal IP address; `localhost` is 127.0.0.1. */
export function ip(value: string): string {
  if (value === 'localhost') return '127.0.0.1'
  if (isIP(value) === 0)
    throw new InvalidArgumentError('It must be an IP address, such as 127.0.0.1 or 192.168.1.5.')
  if (isLinkLocal(value)) throw new InvalidArgumentError(LINK_LOCAL)
  return value
}

/** Such an address needs a zone (`%eth0`), the name of an interface, which means nothing on other machines. */
const LINK_LOCAL =
  'Link-local IPv6 addresses (fe80::…, with a zone such as %eth0) are not used; give an IPv4 address, or an IPv6 address that begins with 2, 3 or fd.'

function isLinkLocal(ip: string): boolean {
  return ip.includes('%') || (ip.includes(':') && ipv6Range(ip) === 'linkLocal')
}

export function port(value: string): number {
  const number = Number(value)
  if (/^[0-9]+$/.test(value) && number >= 1 && number <= 65535) return number
  throw new InvalidArgumentError('It must be a number from 1 to 65535.')
}

/** The longest delay of a timer (2^31 - 1 ms), in whole days. */
const MAX_WAIT = 24 * 86_400

export function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number <= MAX_WAIT) return number
  throw new InvalidArgumentError(`It must be a number of seconds, from 0 to ${MAX_WAIT}.`)
}

/** A number of messages, at most those of one answer of the local API. */
export function messageCount(value: string): number {
  const number = Number(value)
  if (/^[0-9]+$/.test(value) && number <= MAX_MESSAGES) return number
  throw new InvalidArgumentError(`It must be a number from 0 to ${MAX_MESSAGES}.`)
}

/** Messages of one answer of the local API (docs/protocol.md). */
const MAX_MESSAGES = 200

/** How long to measure. All messages stay in memory meanwhile. */
export function benchSeconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0.1 && number <= 600) return number
  throw new InvalidArgumentError('It must be a number of seconds, from 0.1 to 600.')
}

/** Messages per second. */
export function benchPace(value: string): number {
  const number = Number(value)
  if (/^[0-9]+$/.test(value) && number >= 1 && number <= 1_000) return number
  throw new InvalidArgumentError('It must be a number from 1 to 1000.')
}

export function command(value: string): string {
  if (value.trim() !== '') return value
  throw new InvalidArgumentError('It must be a command, as you would type it in a shell.')
}

/** A file or a directory. */
export function path(value: string): string {
  if (value.trim() !== '') return value
  throw new InvalidArgumentError('It must be a path, and is empty.')
}

/** Parsers whose values are numbers in the configuration; all other values are text. */
export const NUMBERS: ReadonlySet<unknown> = new Set([port, seconds, messageCount, benchSeconds, benchPace])

// --- lists: several words, or one with commas -------------------------------------------------------

/** Names of interfaces of this machine. */
export function interfaces(value: string, before: readonly string[]): readonly string[] {
  const names = [...before, ...namesIn(value)]
  const problem = interfaceProblem(names, networkInterfaces())
  if (problem !== undefined) throw new InvalidArgumentError(problem)
  return names
}

/** `host:port`, an IPv6 address in brackets. */
export function addresses(value: string, before: readonly Address[]): readonly Address[] {
  return [...before, ...namesIn(value).map(address)]
}

/** `192.168.1.0/24` */
export function blocks(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...namesIn(value).map(block)]
}

/** Host names, as they stand in a URL. */
export function hostNames(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...namesIn(value).map(hostName)]
}

/** RFC 1123 section 2.1: letters, digits and hyphens, in labels. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i

function hostName(value: string): string {
  if (HOST_NAME.test(value)) return value
  throw new InvalidArgumentError('It must be a host name without a port, such as chat.example.')
}

/** Origins (RFC 6454), each as a browser sends it. */
export function origins(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...namesIn(value).map(origin)]
}

/** `scheme "://" host [ ":" port ]` (RFC 6454 section 6.2), and what a URL has behind it. */
const ORIGIN = /^(([a-z][a-z0-9+.-]*):\/\/[^/\\?#@*\s]+)([/\\?#].*)?$/i
/** Pages of these schemes have no origin of their own. */
const WITHOUT_PAGES = new Set(['file', 'ftp', 'ws', 'wss', 'data', 'blob'])

function origin(value: string): string {
  const [, serialized = '', scheme = '', more] = ORIGIN.exec(value) ?? []
  const isOrigin = URL.canParse(serialized) && !WITHOUT_PAGES.has(scheme.toLowerCase())
  if (!isOrigin) throw new InvalidArgumentError(originProblem(value))
  const parsed = new URL(serialized)
  // Of another scheme, such as that of an extension of a browser, nothing is known but its spelling.
  const sent = parsed.origin === 'null' ? `${scheme.toLowerCase()}://${parsed.host}` : parsed.origin
  if (more !== undefined) throw new InvalidArgumentError(`An origin has no path: give ${sent}.`)
  return sent
}

function originProblem(value: string): string {
  if (/^(null|file:.*)$/i.test(value))
    return 'Every page that was opened from a file has the origin null, so it tells none of them apart: serve the page over HTTP and give its origin, such as http://192.168.1.5:8080.'
  if (value.includes('*'))
    return 'A pattern would let in pages that you do not know: give each origin by itself, such as http://192.168.1.5:8080.'
  return 'It must be an origin: scheme://host or scheme://host:port, such as http://192.168.1.5:8080.'
}

function address(value: string): Address {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value) ?? []
  const host = bracketed ?? plain
  const isLiteral = isIP(host) === (bracketed === undefined ? 4 : 6)
  if (!isLiteral)
    throw new InvalidArgumentError('It must be an address such as 192.168.1.5:8000 or [fd00::5]:8000.')
  if (isLinkLocal(host)) throw new InvalidArgumentError(LINK_LOCAL)
  const problem = addressProblem(canonicalIp(host), port(digits))
  if (problem !== undefined) throw new InvalidArgumentError(`Nobody can be there: ${problem}.`)
  return { host: canonicalIp(host), port: Number(digits) }
}

function block(value: string): string {
  const [base = '', bits = '32'] = value.split('/')
  const isBlock = isIP(base) === 4 && /^[0-9]{1,2}$/.test(bits) && Number(bits) <= 32 && inBlock(base, value)
  if (isBlock) return value
  throw new InvalidArgumentError('It must be a block of IPv4 addresses, such as 192.168.1.0/24.')
}
