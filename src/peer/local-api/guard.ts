/**
 * Who may use the web port of a peer, and what its answers forbid to browsers.
 *
 * A browser lets any page send requests to this machine, and lets a page whose host name resolves to this machine read
 * the answers (DNS rebinding). So the Host must be one of this machine, the Origin must be that of the own page, and a
 * request that changes something must be JSON, which no form can send. Other programs and users of this machine reach
 * the port as well, so every request needs the token. The head of a request decides all of it.
 */
import { RateLimit } from '../../chat/rate-limit.ts'
import { ChatError } from '../../chat/errors.ts'
import { isNameAllowed, type HostNames } from '../../http/csrf.ts'
import { hostKey } from '../../http/ip.ts'
import { MEDIA_JSON, mediaType } from '../../http/body.ts'
import type { Context, Response } from '../../http/message.ts'
import type { RequestHead } from '../../http/codec/request-parser.ts'

/** Wrong tokens from one host. */
const WRONG_TOKENS = { perSecond: 10 / 60, burst: 10 }

/** https://www.w3.org/TR/CSP3/: scripts, styles and requests of the same origin only, no frames, no forms. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Fields of every answer that does not set its own. */
const SECURITY = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': PAGE_POLICY,
  'Cache-Control': 'no-store',
}

/** Adds the security fields to an answer; its own fields win. */
export function secured<Answer extends Response>(answer: Answer): Answer {
  return { ...answer, headers: { ...SECURITY, ...answer.headers } }
}

/** The page and its files are free for everybody: they contain no data of the user. */
export function isPage(path: string): boolean {
  return path === '/' || path === '/chat' || path.startsWith('/chat/')
}

export interface GuardOptions {
  /** Compares in constant time. */
  readonly isToken: (candidate: string) => boolean
  /** Host names that requests may use for this machine. */
  readonly hosts?: HostNames
}

export class Guard {
  readonly #options: GuardOptions
  readonly #wrongTokens = new RateLimit(WRONG_TOKENS)

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** The reason to refuse this request, if any. `now`: Unix time in milliseconds. */
  refusal(
    request: RequestHead,
    { local, remote }: Pick<Context, 'local' | 'remote'>,
    now: number,
  ): ChatError | undefined {
    return (
      foreignHost(request, local, this.#options.hosts) ??
      foreignOrigin(request) ??
      foreignSite(request) ??
      notJson(request) ??
      (isFree(request.path) ? undefined : this.#withoutToken(request, remote.host, now))
    )
  }

  /** Forgets hosts without a wrong token for a while. */
  sweep(now: number): void {
    this.#wrongTokens.sweep(now)
  }

  /** RFC 6750 section 2.1. The right token works from every host, so that nobody can lock out the user. */
  #withoutToken({ headers }: RequestHead, host: string, now: number): ChatError | undefined {
    const [authorization, ...others] = headers.getAll('authorization')
    const [, token] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined || others.length > 0) {
      const detail = 'send the token of this peer: Authorization: Bearer TOKEN'
      return new ChatError(401, 'unauthorized', detail, { headers: CHALLENGE })
    }
    if (this.#options.isToken(token)) return undefined
    const wait = this.#wrongTokens.take(hostKey(host), now)
    if (wait === 0) {
      const detail = 'this is not the token of this peer; it has a new one at each start'
      return new ChatError(401, 'unauthorized', detail, { headers: CHALLENGE })
    }
    const headersOf429 = { 'Retry-After': String(Math.ceil(wait / 1000)) }
    return new ChatError(429, 'too_many_requests', 'too many wrong tokens', { headers: headersOf429 })
  }
}

const CHALLENGE = { 'WWW-Authenticate': 'Bearer' }

function isFree(path: string): boolean {
  return isPage(path) || path === '/healthz'
}

/** RFC 9110 section 15.5.20: the Host is not one of this machine. */
function foreignHost(
  { host }: RequestHead,
  local: Context['local'],
  names?: HostNames,
): ChatError | undefined {
  const own = ['127.0.0.1', 'localhost', '[::1]', bracketed(local.host)]
  const isOwn = own.some((name) => {
    const asked = host.toLowerCase()
    return asked === `${name}:${local.port}` || (local.port === 80 && asked === name)
  })
  // An allowed name may belong to a proxy with another port.
  if (isOwn || (names !== undefined && isNameAllowed(host, names))) return undefined
  const detail = 'ask for this peer under its address and port, or give this name with --allow-host'
  return new ChatError(421, 'misdirected', detail)
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** RFC 6454 section 7. */
function foreignOrigin({ headers, host }: RequestHead): ChatError | undefined {
  const origins = headers.getAll('origin')
  if (origins.every((origin) => origin === `http://${host}`)) return undefined
  return new ChatError(403, 'forbidden_origin', 'this is for the page of this peer, not for others')
}

/** https://www.w3.org/TR/fetch-metadata/: `none` is an address that the user typed or chose. */
function foreignSite({ headers }: RequestHead): ChatError | undefined {
  const sites = headers.getAll('sec-fetch-site')
  if (sites.every((site) => site === 'same-origin' || site === 'none')) return undefined
  return new ChatError(403, 'forbidden_site', 'this is for the page of this peer, not for others')
}

/** Forms and links of other pages can send any content type except JSON. */
function notJson(request: RequestHead): ChatError | undefined {
  const { method, headers } = request
  const isFreeOfContent = method !== 'POST' && !announcesContent(request)
  if (isFreeOfContent || ['GET', 'HEAD', 'OPTIONS'].includes(method)) return undefined
  if (headers.getAll('content-type').length === 1 && mediaType(request) === MEDIA_JSON) return undefined
  return new ChatError(415, 'unsupported_media_type', `send ${MEDIA_JSON}`)
}

/** RFC 9112 section 6.3. */
function announcesContent({ headers }: RequestHead): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0
}
