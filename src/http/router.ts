/**
 * 'POST /submit-info' -> handler. Unknown paths are 404, known paths with another method 405 with Allow,
 * OPTIONS is 204 with Allow, HEAD is GET without its body. A slash at the end makes no difference.
 */
import { MEDIA_JSON } from './body.ts'
import { REASONS } from './status.ts'
import { ProtocolError, type Context, type Handler, type Request, type Response } from './message.ts'

/** 'GET /path': a method, a space, a path without a slash at its end. */
export type Routes = Readonly<Record<string, Handler>>

type Methods = Map<string, Handler>

export class Router {
  readonly #paths = new Map<string, Methods>()

  constructor(routes: Routes) {
    for (const [route, handler] of Object.entries(routes)) {
      const [method = '', path = ''] = route.split(' ')
      this.#at(path).set(method, handler)
    }
    for (const methods of this.#paths.values()) {
      const get = methods.get('GET')
      if (get !== undefined && !methods.has('HEAD')) methods.set('HEAD', get)
    }
  }

  /** The handler for a Server. */
  readonly handle = (request: Request, context: Context): Response | Promise<Response> => {
    try {
      const answer = this.#route(request)(request, context)
      return answer instanceof Promise ? answer.catch(explain) : answer
    } catch (error) {
      return explain(error)
    }
  }

  #route(request: Request): Handler {
    const methods = this.#paths.get(request.path) ?? this.#paths.get(normalize(request.path))
    if (methods === undefined) return () => json(404, { error: 'not_found', detail: 'no such path' })
    return methods.get(request.method) ?? ((): Response => otherMethod(request.method, methods))
  }

  #at(path: string): Methods {
    let methods = this.#paths.get(path)
    if (methods === undefined) this.#paths.set(path, (methods = new Map<string, Handler>()))
    return methods
  }
}

/** RFC 9110 sections 9.3.7 and 15.5.6. */
function otherMethod(method: string, methods: Methods): Response {
  const headers = { Allow: [...new Set(methods.keys()).add('OPTIONS')].join(', ') }
  if (method === 'OPTIONS') return { status: 204, headers }
  return json(405, { error: 'method_not_allowed', detail: `use ${headers.Allow}` }, headers)
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

/** A JSON answer. */
export function json(status: number, value: unknown, headers?: Readonly<Record<string, string>>): Response {
  return {
    status,
    headers: headers === undefined ? JSON_FIELDS : { ...JSON_FIELDS, ...headers },
    body: JSON.stringify(value),
  }
}

/**
 * What an application throws to refuse: an Error that carries a status, a stable code and perhaps the field
 * that is meant. A structure, not a class, so that layers which know nothing of HTTP servers can throw one.
 */
export interface Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly field?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Makes a Refusal; `detail` is a sentence that says what to do. */
export function refuse(status: number, code: string, detail: string, more: Partial<Refusal> = {}): Refusal {
  return Object.assign(new Error(detail), { status, code, ...more })
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'status' in error && 'code' in error
}

/** A refusal as `{error, field?, detail}`; anything else is ours to report and goes on up. */
function explain(error: unknown): Response {
  if (isRefusal(error)) {
    const { status, code, field, message, headers } = error
    return json(status, { error: code, ...(field === undefined ? {} : { field }), detail: message }, headers)
  }
  if (error instanceof ProtocolError) {
    const code = (REASONS[error.status] ?? 'error').toLowerCase().replaceAll(' ', '_')
    return json(error.status, { error: code, detail: error.message })
  }
  throw error
}
