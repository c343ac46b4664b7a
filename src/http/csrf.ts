/**
 * Protection against pages of other sites: browsers let any page send requests to this machine, and to others on its
 * network. An endpoint for programs recognises them by the fields that pages cannot set.
 */
import { isIP } from 'node:net'
import { refuse } from './router.ts'
import type { RequestHead } from './codec/request-parser.ts'

/** `127.0.0.1:8000`, `[::1]:8000`, `localhost`. */
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?$/

/**
 * Throws Refusal 403 for what a browser sends for a page of another site: it says so (Fetch Metadata, and Origin, RFC
 * 6454 section 7).
 */
export function rejectCrossSite({ headers, host }: RequestHead): void {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOther = site === 'cross-site' || site === 'same-site'
  if (isOther || (origin !== undefined && origin !== `http://${host}`))
    throw refuse(403, 'forbidden_origin', 'this is for programs, not for web pages')
}

/**
 * Throws Refusal 421 for a Host that is neither an IP address nor localhost nor one of `names`: a page can make a name
 * of its own mean this machine, and is then of the same site (DNS rebinding).
 */
export function refuseHosts({ host }: RequestHead, names: HostNames = NO_NAMES): void {
  if (!isHostAllowed(host, names)) throw refuse(421, 'misdirected', MISDIRECTED)
}

/** refuseHosts() and rejectCrossSite(). */
export function rejectNamedHost(request: RequestHead, names?: HostNames): void {
  refuseHosts(request, names)
  rejectCrossSite(request)
}

const MISDIRECTED =
  'ask for this machine by its IP address, as localhost or by its own name; others are given with --allow-host'

/** Names by which this machine may be addressed; as hostNames() writes them. */
export type HostNames = ReadonlySet<string>

const NO_NAMES: HostNames = new Set()

export function hostNames(names: Iterable<string>): HostNames {
  return new Set([...names].map(inOneSpelling).filter((name) => name !== ''))
}

/** The names by which others know a machine with this `hostname`: alone, and by mDNS (RFC 6762 section 3). */
export function machineNames(hostname: string): string[] {
  const [label = ''] = hostname.split('.')
  const names = [hostname, `${hostname.replace(/\.$/, '')}.local`, label, `${label}.local`]
  return label === '' ? [] : names
}

/** Whether the Host of a request is one of these names. */
export function isNameAllowed(host: string, names: HostNames): boolean {
  const [, , plain = ''] = HOST.exec(host) ?? []
  return names.has(inOneSpelling(plain))
}

/** Whether the Host of a request is an IP address, localhost or one of these names. An empty one is no name. */
export function isHostAllowed(host: string, names: HostNames): boolean {
  const [, bracketed, plain] = HOST.exec(host) ?? []
  const name = bracketed ?? plain
  if (name === undefined) return false
  return name === '' || inOneSpelling(name) === 'localhost' || isIP(name) !== 0 || isNameAllowed(host, names)
}

/** Host names know no case (RFC 4343), and a dot at the end says only that nothing follows (RFC 1034 section 3.1). */
function inOneSpelling(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
