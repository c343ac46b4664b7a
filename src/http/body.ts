/**
 * The body of a request as a value: JSON, or a form with the same fields. Errors name what was wrong.
 *
 * Objects from outside have no prototype tricks: JSON.parse makes `__proto__` an own property, and a form
 * becomes an object without a prototype.
 */
import { trimOws } from './codec/grammar.ts'
import { ProtocolError, type Request } from './message.ts'
import type { Headers } from './headers.ts'

export const MEDIA_JSON = 'application/json'
export const MEDIA_FORM = 'application/x-www-form-urlencoded'
export const MEDIA_TEXT = 'text/plain'

/** Media types by head: heads are shared objects (head-cache.ts), so each is read once. */
const mediaTypes = new WeakMap<Headers, string | undefined>()

/** `type/subtype` in lower case, parameters left out; undefined when the request does not say. */
export function mediaType({ headers }: Pick<Request, 'headers'>): string | undefined {
  if (mediaTypes.has(headers)) return mediaTypes.get(headers)
  const type = headers.get('content-type')
  const essence = type === undefined ? undefined : trimOws(type.split(';', 1)[0] ?? '').toLowerCase()
  mediaTypes.set(headers, essence)
  return essence
}

/** The text of a body, which must be UTF-8. Throws ProtocolError 400, or 415 for a coded body: nothing is inflated. */
export function bodyText(request: Request): string {
  if (request.headers.has('content-encoding')) {
    throw new ProtocolError(415, 'send the body without Content-Encoding')
  }
  const text = request.body.toString('utf8')
  // U+FFFD is what malformed UTF-8 decodes to; only then is it worth asking the strict decoder.
  return text.includes('\uFFFD') ? strictText(request.body) : text
}

function strictText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ProtocolError(400, 'the body is not UTF-8')
  }
}

/**
 * The fields of a JSON or form body. A form that begins with `{` is JSON from a client that did not set the
 * content type (`curl -d`); so is plain text from a program: pages can send it, too, and then say where they are from
 * (Origin). Throws ProtocolError: 400 malformed, 415 for another content type.
 */
export function bodyFields(request: Request): Readonly<Record<string, unknown>> {
  const type = mediaType(request)
  const isText = type === MEDIA_TEXT && !isOfPage(request.headers)
  if (type !== undefined && type !== MEDIA_JSON && type !== MEDIA_FORM && !isText) {
    throw new ProtocolError(415, `send ${MEDIA_JSON} or ${MEDIA_FORM}`)
  }
  const text = bodyText(request)
  if (type === MEDIA_FORM && !/^\s*[[{]/.test(text)) return formFields(text)
  return jsonObject(text)
}

/** A browser sends it for a page: it says so in one of these fields, which no page can leave out. */
function isOfPage(headers: Headers): boolean {
  return headers.has('origin') || headers.has('sec-fetch-site')
}

/** A JSON object. Throws ProtocolError 400. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ProtocolError(400, 'the body is not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(400, 'the body must be a JSON object')
  }
  return value as Record<string, unknown>
}

/** Fields of a form or a query string; of a repeated field the last value counts. */
export function formFields(text: string): Readonly<Record<string, string>> {
  const fields = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(text)) fields[name] = value
  return fields
}
