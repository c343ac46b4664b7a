/**
 * Answers that concern the server as a whole, whatever the application: unknown methods, the asterisk-form,
 * expectations. And the answer to a client that breaks the protocol.
 */
import { expectations, type RequestHead } from './codec/request-parser.ts'
import { REASONS } from './codec/status.ts'
import { ProtocolError, type Response } from './message.ts'

/** Methods a handler may see (RFC 9110 section 9, RFC 5789). */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
const ALLOW = 'GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH'

/** The answer to a request that no handler needs to see, known from its head alone; or undefined. */
export function serverResponse({ method, path, headers }: RequestHead): Response | undefined {
  if (!METHODS.has(method)) return unsupportedMethod(method)
  // RFC 9110 section 9.3.7: `OPTIONS *` asks about the server, not about a resource.
  if (path === '*') return { status: 204, headers: { Allow: ALLOW } }
  if (expectations(headers).some((expectation) => expectation !== '100-continue')) {
    return plainText(417, 'the only expectation understood is 100-continue')
  }
  return undefined
}

/** CONNECT would turn the rest of the connection into a tunnel: close. TRACE would echo credentials: refuse. */
function unsupportedMethod(method: string): Response {
  if (method === 'CONNECT')
    return { ...plainText(405, 'this server is no proxy', { Allow: ALLOW }), close: true }
  if (method === 'TRACE') return plainText(405, 'TRACE is not offered', { Allow: ALLOW })
  return plainText(501, 'unknown method (methods are case-sensitive)')
}

/** The answer when a conversation failed. A failure of the server is reported without its reason. */
export function refusal(error: unknown): Response & { readonly body: string } {
  if (error instanceof ProtocolError) {
    return plainText(error.status, error.message, error.status === 503 ? { 'Retry-After': '1' } : {})
  }
  return plainText(500, 'something went wrong here; it was logged')
}

/**
 * Called for each refusal, with a stable code for programs and the status. Codes are of a fixed set as long as the
 * application's own are; nothing in them comes from the network.
 */
export type OnRefused = (code: string, status: number) => void

/** The code of a refusal that has none of its own: its reason phrase, as `content_too_large`. */
export function reasonCode(status: number): string {
  return (REASONS[status] ?? 'error').toLowerCase().replaceAll(' ', '_')
}

/** The code of a connection that was rejected, which is what the server itself means by 503. */
export const TOO_MANY_CONNECTIONS = 'too_many_connections'

/** The code of a refusal by the server itself. */
export function serverCode(status: number): string {
  return status === 503 ? TOO_MANY_CONNECTIONS : reasonCode(status)
}

/** A short explanation for people; never text taken from the request. */
export function plainText(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response & { readonly body: string } {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', ...headers },
    body: `${status} ${REASONS[status] ?? ''}: ${detail}\n`,
  }
}
