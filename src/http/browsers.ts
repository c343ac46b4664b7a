/**
 * Browsers let any page send requests to this machine, and to others on its network. What is for programs only
 * recognises them by the fields that pages cannot set.
 */
import { isIP } from 'node:net'
import { refuse } from './router.ts'
import type { Request } from './message.ts'

/** `127.0.0.1:8000`, `[::1]:8000`, `localhost`. */
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?$/

/**
 * Throws Refusal 403 for what a browser sends for a page of another site: it says so (Fetch Metadata, and Origin, RFC
 * 6454 section 7).
 */
export function refuseOtherSites({ headers, host }: Request): void {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOther = site === 'cross-site' || site === 'same-site'
  if (isOther || (origin !== undefined && origin !== `http://${host}`))
    throw refuse(403, 'forbidden_origin', 'this is for programs, not for web pages')
}

/**
 * As refuseOtherSites(), and throws Refusal 421 for hosts that have a name: a page can make one of its own mean this
 * machine, and is then of the same site (DNS rebinding).
 */
export function refusePages(request: Request): void {
  refuseOtherSites(request)
  const [, bracketed, plain] = HOST.exec(request.host) ?? []
  const name = bracketed ?? plain
  if (name === undefined || (name !== '' && name.toLowerCase() !== 'localhost' && isIP(name) === 0))
    throw refuse(421, 'misdirected', 'ask for this machine by its IP address, or as localhost')
}
