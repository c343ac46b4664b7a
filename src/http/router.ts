/**
 * 'POST /submit-info' -> handler. Unknown paths are 404, known paths with another method 405 with Allow,
 * OPTIONS is 204 with Allow, HEAD is GET without its body. A slash at the end makes no difference.
 */
import { MEDIA_JSON } from './body.ts'
import { reasonCode, type OnRefused } from './server-responses.ts'
import type { RequestHead } from './codec/request-parser.ts'
import { ProtocolError, type Context, type Handler, type Request, type Response } from './message.ts'

/**
 * 'GET /path': a method, a space, a path without a slash at its end. A path that ends in `/*` is everything one
 * step below: the handler finds there in the request what it is about. One that ends in `/**` is everything below, as
 * it is spelt: the handler decodes the path itself.
 */
export type Routes = Readonly<Record<string, Handler>>

export interface RouterOptions {
  /** Called for every refusal that is answered here, 404 and 405 included. */
  readonly onRefused?: OnRefused | undefined
  /** The page that a user sees at a path without a route; undefined: the refusal that programs get. */
  readonly page?: ((head: RequestHead) => Response | undefined) | undefined
  /**
   * Called before every request, whatever its path and method. Its answer, if any, is the answer. Throws what a handler
   * may throw.
   */
  readonly guard?: ((head: RequestHead, context: Context) => Response | undefined) | undefined
}

/** Refused for now: too many requests, no service, no room (RFC 6585, RFC 9110, RFC 4918). */
const COMES_AGAIN = new Set([429, 503, 507])

type Methods = Map<string, Handler>

export class Router {
  readonly #paths = new Map<string, Methods>()
  /** Routes that end in `*`, by the beginning of their paths. */
  readonly #subtrees: (readonly [prefix: string, methods: Methods])[] = []
  readonly #onRefused: OnRefused | undefined
  readonly #page: RouterOptions['page']
  readonly #guard: RouterOptions['guard']

  constructor(routes: Routes, { onRefused, page, guard }: RouterOptions = {}) {
    this.#onRefused = onRefused
    this.#page = page
    this.#guard = guard
    for (const [route, handler] of Object.entries(routes)) {
      const [method = '', path = ''] = route.split(' ')
      this.#at(path).set(method, handler)
    }
    for (const [path, methods] of this.#paths) {
      const get = methods.get('GET')
      if (get !== undefined && !methods.has('HEAD')) methods.set('HEAD', get)
      if (path.endsWith('/**')) this.#subtrees.push([path.slice(0, -2), methods])
    }
  }

  /** The handler for a Server. */
  readonly handle = (request: Request, context: Context): Response | Promise<Response> => {
    try {
      const answer = this.#guard?.(request, context) ?? this.#route(request)(request, context)
      return answer instanceof Promise ? answer.catch(this.#explain) : answer
    } catch (error) {
      return this.#explain(error)
    }
  }

  /** Refuses from the head of a request, before its body comes: the `onHead` of a Server. */
  readonly early = (head: RequestHead, context: Context): Response | undefined => {
    try {
      const answer = this.#guard?.(head, context)
      if (answer === undefined) this.#route(head)
      return answer
    } catch (error) {
      return this.#explain(error)
    }
  }

  /** A refusal as `{error, field?, detail}`. Any other error is a mistake of the program, and is thrown on. */
  readonly #explain = (error: unknown): Response => {
    if (isRefusal(error)) return this.#refused(error.code, error)
    if (error instanceof ProtocolError) return this.#refused(reasonCode(error.status), error)
    throw error
  }

  #refused(code: string, error: Omit<HttpError, 'code'>): Response {
    this.#onRefused?.(code, error.status)
    return refusalAnswer(code, error)
  }

  /** Whether there is a route, by whatever method. Throws ProtocolError 400 for a malformed escape. */
  has(path: string): boolean {
    return this.#methods(path) !== undefined
  }

  /** Throws Refusal 404 and 405, and ProtocolError 400 for a path that is not UTF-8. */
  #route(head: RequestHead): Handler {
    const methods = this.#methods(head.path)
    if (methods === undefined) return this.#withoutRoute(head)
    return methods.get(head.method) ?? otherMethod(head.method, methods)
  }

  /** Throws Refusal 404. */
  #withoutRoute(head: RequestHead): Handler {
    const page = this.#page?.(head)
    if (page === undefined) throw refuse(404, 'not_found', 'no such path')
    if (page.status === 404) this.#onRefused?.('not_found', 404)
    return () => page
  }

  /** Throws ProtocolError 400 for a path that is not UTF-8. */
  #methods(path: string): Methods | undefined {
    return this.#paths.get(path) ?? this.#subtree(path) ?? this.#find(normalize(path))
  }

  #subtree(path: string): Methods | undefined {
    return this.#subtrees.find(([prefix]) => path.startsWith(prefix))?.[1]
  }

  #find(path: string): Methods | undefined {
    return this.#paths.get(path) ?? this.#paths.get(path.replace(/(?<=\/)[^/]+$/, '*'))
  }

  #at(path: string): Methods {
    let methods = this.#paths.get(path)
    if (methods === undefined) this.#paths.set(path, (methods = new Map<string, Handler>()))
    return methods
  }
}

/** RFC 9110 sections 9.3.7 and 15.5.6. Throws Refusal 405. */
function otherMethod(method: string, methods: Methods): Handler {
  const headers = { Allow: [...new Set(methods.keys()).add('OPTIONS')].join(', ') }
  if (method === 'OPTIONS') return () => ({ status: 204, headers })
  throw refuse(405, 'method_not_allowed', `use ${headers.Allow}`, { headers })
}

/** Decoded once, without the slash at its end. Throws ProtocolError 400 for a malformed escape. */
function normalize(path: string): string {
  return decodePath(path).replace(/(?<=.)\/+$/, '')
}

/** Percent-decodes a path exactly once. Throws ProtocolError 400: malformed escape, bad UTF-8, or NUL. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path
  try {
    const decoded = decodeURIComponent(path)
    if (!decoded.includes('\0')) return decoded
  } catch {
    // Falls through to the one refusal.
  }
  throw new ProtocolError(400, 'malformed percent-encoding in the path')
}

/** Frozen, so that the encoder checks and writes them once. */
const JSON_FIELDS = Object.freeze({
  'Content-Type': `${MEDIA_JSON}; charset=utf-8`,
  'X-Content-Type-Options': 'nosniff',
})

/** The JSON answer that a refusal is. */
export function refusalAnswer(
  code: string,
  { status, field, message, headers, close }: Omit<HttpError, 'code'>,
): JsonResponse {
  const answer = { error: code, ...(field === undefined ? {} : { field }), detail: message }
  // A request that will be repeated must not be overtaken by those behind it on its connection.
  return close === true || COMES_AGAIN.has(status)
    ? { ...json(status, answer, headers), close: true }
    : json(status, answer, headers)
}

type JsonResponse = Response & { readonly body: string }

/** A JSON answer. */
export function json(
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, string>>,
): JsonResponse {
  return {
    status,
    headers: headers === undefined ? JSON_FIELDS : { ...JSON_FIELDS, ...headers },
    body: JSON.stringify(value),
  }
}

/** A JSON answer that is written already. */
export function jsonText(body: string): Response {
  return { status: 200, headers: JSON_FIELDS, body }
}

/**
 * The error that an application throws to refuse: a status, a stable code and perhaps the field that is wrong. A
 * structure, not a class, so that layers which know nothing of HTTP servers can throw one.
 */
export interface HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly field?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The connection is closed after the answer. */
  readonly close?: boolean | undefined
}

/** Makes a Refusal; `detail` is a sentence that says what to do. */
export function refuse(
  status: number,
  code: string,
  detail: string,
  more: Partial<HttpError> = {},
): HttpError {
  return Object.assign(new Error(detail), { status, code, ...more })
}

function isRefusal(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && 'code' in error
}
