/**
 * Pages of other sites that may use a server: the CORS protocol (https://fetch.spec.whatwg.org/#http-cors-protocol) for
 * a fixed list of origins. Pure.
 *
 * An answer names the one origin that asked, never `*`, and each answer says that it depends on the origin. Cookies are
 * never part of it. For an origin that is not on the list nothing is added.
 */
import type { RequestHead } from './codec/request-parser.ts'
import type { HeaderFields, Response } from './message.ts'

/** Seconds for which a browser need not ask again. */
const MAX_AGE = 600

export class AllowedOrigins {
  readonly #origins: ReadonlySet<string>
  readonly #preflight: HeaderFields

  /** `origins` as browsers send them (RFC 6454 section 6.2); `methods`: those that the server has. */
  constructor(origins: readonly string[], methods: Iterable<string>) {
    this.#origins = new Set(origins)
    this.#preflight = {
      'Access-Control-Allow-Methods': [...new Set(methods)].join(', '),
      'Access-Control-Allow-Headers': 'Content-Type',
      'Access-Control-Max-Age': String(MAX_AGE),
    }
  }

  /** Whether a page of one of these origins asks. */
  has({ headers }: Pick<RequestHead, 'headers'>): boolean {
    const [origin, ...others] = headers.getAll('origin')
    return origin !== undefined && others.length === 0 && this.#origins.has(origin)
  }

  /** The answer to a browser that asks on behalf of one of these origins whether a request may be sent. */
  preflight(head: RequestHead): Response | undefined {
    const { method, headers } = head
    if (method !== 'OPTIONS' || !headers.has('access-control-request-method') || !this.has(head))
      return undefined
    const isPrivate = headers.get('access-control-request-private-network') === 'true'
    const forPrivate = isPrivate ? { 'Access-Control-Allow-Private-Network': 'true' } : {}
    return { status: 204, headers: { ...this.#preflight, ...forPrivate } }
  }

  /** An answer that a page of one of these origins may read, refusals too. */
  readonly addHeaders = <Answer extends Response>(answer: Answer, head: RequestHead | undefined): Answer => {
    if (this.#origins.size === 0) return answer
    const origin = head !== undefined && this.has(head) ? head.headers.get('origin') : undefined
    const shown =
      origin === undefined
        ? {}
        : { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'Retry-After' }
    const vary = [answer.headers?.['Vary'] ?? [], 'Origin'].flat().join(', ')
    return { ...answer, headers: { ...answer.headers, ...shown, Vary: vary } }
  }
}
