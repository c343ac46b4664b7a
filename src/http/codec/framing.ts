/**
 * Which body follows this head: RFC 9112 section 6.3, and nothing else.
 *
 * Two parties that disagree here can be made to see different messages (request smuggling), so whatever is
 * doubtful is refused, where the RFC leaves a choice too.
 */
import { CONTENT_LENGTH } from './grammar.ts'
import { ProtocolError, type Version } from '../message.ts'
import type { Headers } from '../headers.ts'

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

const NONE: Framing = { kind: 'none' }
const CHUNKED: Framing = { kind: 'chunked' }
const UNTIL_CLOSE: Framing = { kind: 'until-close' }

/** Throws ProtocolError: 400 when the framing is wrong or in doubt, 501 for a transfer coding we lack. */
export function requestFraming(headers: Headers, version: Version): Framing {
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding === undefined)
    return length === undefined ? NONE : { kind: 'length', length: contentLength(length) }
  // Section 6.1: an HTTP/1.0 message with Transfer-Encoding has faulty framing.
  if (version === '1.0') throw new ProtocolError(400, 'Transfer-Encoding in an HTTP/1.0 request')
  if (length !== undefined) throw new ProtocolError(400, 'both Content-Length and Transfer-Encoding')
  if (isChunked(coding)) return CHUNKED
  // Section 6.3 rule 4: a list that does not end in its only chunked leaves the length unknown. Bytes that
  // other parsers take for white space (U+00A0) must not hide a chunked from us either.
  if (coding === '' || coding.includes(',') || !/^[\x20-\x7e]*$/.test(coding)) {
    throw new ProtocolError(400, 'Transfer-Encoding is not one coding')
  }
  throw new ProtocolError(501, 'unknown transfer coding; only chunked is understood')
}

/** `method` is that of the request answered. Throws ProtocolError when the framing is wrong or in doubt. */
export function responseFraming(headers: Headers, status: number, method: string): Framing {
  // Rules 1 and 2: these never have a body, whatever their fields say.
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return NONE
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding !== undefined && length !== undefined) {
    throw new ProtocolError(502, 'both Content-Length and Transfer-Encoding in an answer')
  }
  if (coding !== undefined) {
    // Another coding would be handed out as if it were the content, and one cut short would pass as whole.
    if (!isChunked(coding))
      throw new ProtocolError(502, 'unknown transfer coding; only chunked is understood')
    return CHUNKED
  }
  return length === undefined ? UNTIL_CLOSE : { kind: 'length', length: contentLength(length) }
}

/** Exactly one `chunked`, in any case. Two lines of the field arrive here joined, and are refused. */
function isChunked(coding: string): boolean {
  return coding.length === 7 && coding.toLowerCase() === 'chunked'
}

/** Two lines or a list (`5, 5`) are refused also when equal: RFC 9110 section 8.6 leaves the choice. */
function contentLength(value: string): number {
  if (!CONTENT_LENGTH.test(value)) throw new ProtocolError(400, 'Content-Length is not one decimal number')
  return Number(value)
}
