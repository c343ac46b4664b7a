/**
 * Bytes -> requests (RFC 9112 section 3). The machine is in message-parser.ts; here is what makes a message
 * a request: its request line, the four forms of its target, its host, and whether the connection goes on.
 */
import { ABSOLUTE_FORM, BAD_ESCAPE, IS_AUTHORITY, TARGET_CHAR, TCHAR, listElements } from './grammar.ts'
import { requestFraming } from './framing.ts'
import { MessageParser } from './message-parser.ts'
import { ProtocolError, type Request, type Version } from '../message.ts'
import type { Headers } from '../headers.ts'
import type { ParsedHead } from './head-cache.ts'

const SP = 0x20
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
/** `HTTP-name "/" DIGIT "." DIGIT` (RFC 9112 section 2.3) without its digits. */
const HTTP_NAME = [0x48, 0x54, 0x54, 0x50, 0x2f] as const

/** A request before its body has arrived. */
export type RequestHead = Omit<Request, 'body' | 'trailers'>

export class RequestParser extends MessageParser<RequestHead, Request> {
  /** RFC 9112 section 2.2 asks to forgive "at least one"; old clients send two after a POST. */
  protected override readonly forgivenEmptyLines = 2
  #methodEnd = 0
  #targetEnd = 0
  #isHead = false
  #version: Version = '1.1'

  /** `100 Continue` for the pending request was sent, or will not be. */
  #continueSettled = false

  /** Whether the request that is being read is a HEAD: a refusal of it has no content (RFC 9110 section 9.3.2). */
  get isHead(): boolean {
    if (this.pending !== undefined) return this.pending.method === 'HEAD'
    return this.startsWith('HEAD ') ?? this.#isHead
  }

  /**
   * True once for a request that waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1).
   * Not when part of the body is here already, and never to HTTP/1.0.
   */
  takeContinue(): boolean {
    const { pending } = this
    if (pending === undefined || this.#continueSettled) return false
    this.#continueSettled = true
    return this.buffered === 0 && pending.version === '1.1' && expectsContinue(pending.headers)
  }

  /** `method SP request-target SP HTTP-version` (RFC 9112 section 3), single spaces and nothing else. */
  protected override startLine(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (TCHAR[bytes[at] ?? 0] === 1) at++
    if (at === start || bytes[at] !== SP) throw new ProtocolError(400, 'malformed method')
    this.#methodEnd = at - start
    this.#isHead = bytes.toString('latin1', start, at) === 'HEAD'
    const target = ++at
    while (TARGET_CHAR[bytes[at] ?? 0] === 1) at++
    if (at === target || bytes[at] !== SP) throw new ProtocolError(400, 'malformed request-target')
    this.#targetEnd = at - start
    this.#version = httpVersion(bytes, at + 1, end)
  }

  protected override head(line: string, headers: Headers): ParsedHead<RequestHead> {
    const version = this.#version
    const method = line.substring(0, this.#methodEnd)
    const target = line.substring(this.#methodEnd + 1, this.#targetEnd)
    if (BAD_ESCAPE.test(target)) throw new ProtocolError(400, 'malformed percent-encoding in the target')
    refuseAmbiguous(headers)
    const field = hostField(headers, version)
    const [path, query, host] = splitTarget(method, target, field)
    const framing = requestFraming(headers, version)
    const keepAlive = persists(headers.get('connection'), version)
    // A request for another protocol carries what was made for it alone.
    const isUnique = headers.has('upgrade')
    return { head: { method, target, path, query, host, version, headers, keepAlive }, framing, isUnique }
  }

  /** Written out: an object spread here costs more than the rest of the parser together. */
  protected override message(head: RequestHead, body: Buffer, trailers: Headers): Request {
    const { method, target, path, query, host, version, headers, keepAlive } = head
    this.#continueSettled = false
    return { method, target, path, query, host, version, headers, body, trailers, keepAlive }
  }
}

/** RFC 9112 section 2.3; a higher minor version is answered as 1.1 (RFC 9110 section 2.5), another major with 505. */
function httpVersion(bytes: Buffer, at: number, end: number): Version {
  const major = bytes[at + 5] ?? 0
  const minor = bytes[at + 7] ?? 0
  const wellFormed =
    end === at + 8 &&
    HTTP_NAME.every((byte, index) => bytes[at + index] === byte) &&
    isDigit(major) &&
    bytes[at + 6] === 0x2e &&
    isDigit(minor)
  if (!wellFormed) throw new ProtocolError(400, 'malformed HTTP version')
  if (major !== DIGIT_0 + 1) throw new ProtocolError(505, 'only HTTP/1.1 and HTTP/1.0 are spoken here')
  return minor === DIGIT_0 ? '1.0' : '1.1'
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9
}

/** Exactly one Host in HTTP/1.1, at most one in 1.0, and it names a host (RFC 9112 section 3.2). */
function hostField(headers: Headers, version: Version): string {
  const [host, ...others] = headers.getAll('host')
  if (others.length > 0) throw new ProtocolError(400, 'more than one Host')
  if (host === undefined && version === '1.0') return ''
  if (host === undefined) throw new ProtocolError(400, 'no Host')
  if (!IS_AUTHORITY.test(host)) throw new ProtocolError(400, 'malformed Host')
  return host
}

/**
 * Fields on which two readers of one message may differ: a second Content-Type, and names that programs behind this one
 * take for the framing fields (`_` and `-` are the same in CGI, RFC 3875 section 4.1.18).
 */
function refuseAmbiguous(headers: Headers): void {
  if (headers.getAll('content-type').length > 1) throw new ProtocolError(400, 'more than one Content-Type')
  if (headers.has('content_length') || headers.has('transfer_encoding'))
    throw new ProtocolError(400, 'a framing field with an underscore in its name')
}

type SplitTarget = readonly [path: string, query: string, host: string]

/** The four forms of RFC 9112 section 3.2. Of an absolute-form target the authority wins over Host. */
function splitTarget(method: string, target: string, host: string): SplitTarget {
  if (method === 'CONNECT') {
    if (!IS_AUTHORITY.test(target)) throw new ProtocolError(400, 'CONNECT needs host:port')
    return ['', '', target]
  }
  if (target.startsWith('/')) return splitOriginForm(target, host)
  if (target === '*' && method === 'OPTIONS') return ['*', '', host]
  const [, scheme = '', authority = '', path = '', query = ''] = ABSOLUTE_FORM.exec(target) ?? []
  if (!IS_AUTHORITY.test(authority)) throw new ProtocolError(400, 'request-target in none of the four forms')
  // RFC 9110 section 7.4: this connection is not secured, whatever the target claims.
  if (scheme.toLowerCase() === 'https')
    throw new ProtocolError(421, 'https is not served on a plain connection')
  return [path === '' ? '/' : path, query, authority]
}

/** `origin-form = absolute-path [ "?" query ]` */
function splitOriginForm(target: string, host: string): SplitTarget {
  const mark = target.indexOf('?')
  return mark === -1 ? [target, '', host] : [target.substring(0, mark), target.substring(mark + 1), host]
}

/** RFC 9112 section 9.3. */
export function persists(connection: string | undefined, version: Version): boolean {
  if (connection === undefined) return version === '1.1'
  const options = listElements(connection)
  if (options.includes('close')) return false
  return version === '1.1' || options.includes('keep-alive')
}

/**
 * Whether a client shows that it knows of persistent connections: by a User-Agent, which every library sends, or by
 * asking for one. Small programs send neither, and read until the connection closes.
 */
export function knowsPersistence({ headers }: RequestHead): boolean {
  return headers.has('user-agent') || listElements(headers.get('connection') ?? '').includes('keep-alive')
}

function expectsContinue(headers: Headers): boolean {
  return expectations(headers).includes('100-continue')
}

/** `Expect = #expectation` (RFC 9110 section 10.1.1) in lower case; the list may be empty, and may repeat itself. */
export function expectations(headers: Headers): readonly string[] {
  return listElements(headers.get('expect') ?? '')
}
