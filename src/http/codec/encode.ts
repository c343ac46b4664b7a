/**
 * Messages -> bytes (RFC 9112 sections 3 to 7). A complete message becomes one value, so that it leaves in
 * one write: many clients read an answer with a single recv().
 *
 * Encoded bytes are a Buffer, or a string of which each character is one byte (Latin-1): Node writes such a
 * string without another copy. A value that could smuggle a line into a head throws TypeError here: a mistake of the
 * caller, never of the other side.
 */
import { BAD_ESCAPE, IS_FIELD_VALUE, IS_ORIGIN_FORM, IS_TOKEN } from './grammar.ts'
import { REASONS } from './status.ts'
import type { Body, HeaderFields, Response, Version } from '../message.ts'

export type Encoded = string | Buffer

/** The state of an exchange, as far as it decides the head of the answer. */
export interface Exchange {
  readonly method: string
  readonly version: Version
  /** This answer is the last on its connection. */
  readonly close: boolean
  /** The current time as an IMF-fixdate (RFC 9110 section 5.6.7). */
  readonly date: string
}

export interface OutgoingRequest {
  readonly method: string
  /** In origin-form: a path and perhaps a query. */
  readonly target: string
  readonly headers?: HeaderFields
  readonly body?: string | Uint8Array
}

/** Fields that the encoder alone writes: they decide the framing and the life of the connection. */
const RESERVED = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'date',
  'host',
  'trailer',
  'upgrade',
])

export const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** A whole answer, head and body. For a body that is a stream see encodeStreamHead(). */
export function encodeResponse(response: Response, body: string | Uint8Array, exchange: Exchange): Encoded {
  const { status } = response
  const head = responseHead(response, exchange)
  // RFC 9110 section 8.6: no Content-Length in 204; in 304 it would have to be that of the 200.
  if (isBodiless(status)) return `${head}${status === 205 ? 'Content-Length: 0\r\n' : ''}\r\n`
  const length = byteLength(body)
  const complete = `${head}Content-Length: ${length}\r\n\r\n`
  return exchange.method === 'HEAD' ? complete : join(complete, body, length)
}

/** The head of an answer whose body of `length` bytes follows in writes of its own. */
export function encodeHead(response: Response, length: number, exchange: Exchange): string {
  return `${responseHead(response, exchange)}Content-Length: ${length}\r\n\r\n`
}

/**
 * Answers without content, whatever the application gave them for a body: 204 and 304 end with their head (RFC 9112
 * section 6.3), 205 says that its content is empty (RFC 9110 section 15.3.6).
 */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

/** The head of an answer whose body follows piece by piece, each through encodeChunk() when `chunked`. */
export function encodeStreamHead(response: Response, exchange: Exchange, chunked: boolean): string {
  return `${responseHead(response, exchange)}${chunked ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n`
}

/** One chunk (RFC 9112 section 7.1), never the empty one that would end the body. */
export function encodeChunk(piece: string | Uint8Array): Encoded {
  const length = byteLength(piece)
  return length === 0 ? '' : join(`${length.toString(16)}\r\n`, piece, length, '\r\n')
}

export const LAST_CHUNK = '0\r\n\r\n'

/** A whole request in origin-form, Host first, one framing field. `host` is the authority of the server. */
export function encodeRequest(request: OutgoingRequest, host: string): Encoded {
  const { method, target, headers, body } = request
  if (!IS_TOKEN.test(method)) throw new TypeError(`not a method: ${JSON.stringify(method)}`)
  if (!IS_ORIGIN_FORM.test(target) || BAD_ESCAPE.test(target))
    throw new TypeError(`not a request-target: ${JSON.stringify(target)}`)
  const fields = headers === undefined ? '' : fieldLines(headers)
  // RFC 9110 section 8.6: a method that expects content says so when there is none.
  const bodiless = body === undefined && !['POST', 'PUT', 'PATCH'].includes(method)
  const length = byteLength(body ?? '')
  const framing = bodiless ? '' : `Content-Length: ${length}\r\n`
  return join(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}${framing}\r\n`, body ?? '', length)
}

function responseHead(response: Response, exchange: Exchange): string {
  const { status, headers } = response
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new TypeError(`not a final status: ${status}`)
  const fields = headers === undefined ? '' : fieldLines(headers)
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nDate: ${exchange.date}\r\n${fields}${connectionField(exchange)}`
}

/** RFC 9112 section 9.3: 1.1 persists unless it says otherwise, 1.0 only if it says so. */
function connectionField({ close, version }: Exchange): string {
  if (close) return 'Connection: close\r\n'
  return version === '1.0' ? 'Connection: keep-alive\r\n' : ''
}

/** Frozen header objects are checked and written once: most answers carry the same few fields. */
const rendered = new WeakMap<HeaderFields, string>()

function fieldLines(headers: HeaderFields): string {
  const known = rendered.get(headers)
  if (known !== undefined) return known
  let lines = ''
  for (const [name, value] of Object.entries(headers)) {
    if (!IS_TOKEN.test(name)) throw new TypeError(`not a field name: ${JSON.stringify(name)}`)
    if (RESERVED.has(name.toLowerCase())) throw new TypeError(`${name} is written by the encoder alone`)
    for (const each of typeof value === 'string' ? [value] : value) {
      if (!IS_FIELD_VALUE.test(each))
        throw new TypeError(`${name}: control character or non-Latin-1 in the value`)
      lines += `${name}: ${each}\r\n`
    }
  }
  if (Object.isFrozen(headers)) rendered.set(headers, lines)
  return lines
}

export function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

/**
 * `length` is that of the body in bytes. Text of ASCII alone is its own Latin-1 and joins the head as a string; all else
 * is joined as bytes.
 */
export function join(head: string, body: string | Uint8Array, length: number, tail = ''): Encoded {
  if (typeof body === 'string' && length === body.length) return head + body + tail
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes, Buffer.from(tail)])
}

export function isStream(body: Body | undefined): body is AsyncIterable<string | Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body
}
