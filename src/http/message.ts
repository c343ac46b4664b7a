/**
 * The values that cross between the protocol and an application: plain data, no sockets, no clock.
 * Names are those of RFC 9110 and RFC 9112.
 */
import type { Headers } from './headers.ts'
import type { Address } from './transport/address.ts'
import type { Transport } from './transport/transport.ts'

export type { Address } from './transport/address.ts'

/** Where a request goes. */
export interface Target extends Address {
  /**
   * The key that the other end must have: the request goes over a connection on which it was proved, or nowhere.
   * Undefined: to whatever program is there, in clear.
   */
  readonly key?: string | undefined
  /**
   * The request goes over a connection that was let into this room when it began (ClientOptions.admit), and that is used
   * for nothing else. Only of a target with a key.
   */
  readonly room?: string | undefined
}

export type Version = '1.0' | '1.1'

/** A complete request: nothing of it is still on its way (RFC 9112 section 3). */
export interface Request {
  /** Case-sensitive token, as received. */
  readonly method: string
  /** The request-target as received, in any of its four forms. */
  readonly target: string
  /** The target's path, still percent-encoded; `*` in asterisk-form, empty in authority-form. */
  readonly path: string
  /** The part of the target behind its first `?`, still encoded; empty when there is none. */
  readonly query: string
  /** The host asked for: the authority of an absolute-form target, else the Host field (RFC 9112 section 3.3). */
  readonly host: string
  readonly version: Version
  readonly headers: Headers
  readonly body: Buffer
  /** Fields that came after a chunked body; never merged into `headers` (RFC 9110 section 6.5.1). */
  readonly trailers: Headers
  /** Whether the client allows another request on this connection (RFC 9112 section 9.3). */
  readonly keepAlive: boolean
}

/** Header fields to send. An array sends the field once for each value. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>

/** Text is sent as UTF-8. A stream is sent as it comes, in chunked coding. */
export type Body = string | Uint8Array | AsyncIterable<string | Uint8Array>

/** An answer of a handler. Content-Length, Transfer-Encoding, Connection and Date are the encoder's. */
export interface Response {
  readonly status: number
  readonly headers?: HeaderFields
  readonly body?: Body
  /** The connection is closed after this answer. */
  readonly close?: boolean
  /** Instead of an answer: the connection goes on in another protocol. */
  readonly upgrade?: Upgrade
  /** The stream has no end of its own, such as a feed of events: it ends when its reader half-closes or leaves. */
  readonly endless?: boolean
}

/** A final answer as the client received it, complete (RFC 9112 section 4). */
export interface ReceivedResponse {
  readonly status: number
  readonly reason: string
  readonly version: Version
  readonly headers: Headers
  readonly body: Buffer
  readonly trailers: Headers
  /** Whether the connection may carry another request. */
  readonly keepAlive: boolean
}

/** The connection that a request came by, as far as a handler may know it. */
export interface Context {
  /** Aborted when the other side is gone; pass it on to whatever the handler waits for. */
  readonly signal: AbortSignal
  readonly remote: Address
  /** The local address that the client connected to. */
  readonly local: Address
  /** Who is at the other end, if it has proved that. */
  readonly peer?: ProvedPeer | undefined
}

/** The other end of a connection, when it has proved its key. */
export interface ProvedPeer {
  /** The key, as text. */
  readonly id: string
  readonly kind: 'peer' | 'tracker'
  /** Bytes that both ends of this connection know, and no other connection has (RFC 5056). */
  readonly binding?: Buffer
}

/** What becomes of a connection whose protocol is switched (RFC 9110 section 7.8). */
export interface Upgrade {
  /** Field lines of the 101, each with its CRLF. */
  readonly fields: string
  /**
   * Takes the transport, on which the 101 was written, so many milliseconds after it was accepted. Resolves with a
   * transport on which HTTP begins anew, once the other end has proved its key; with undefined when it does not.
   */
  readonly take: (transport: Transport, age: number) => Promise<ProvedTransport | undefined>
}

export interface ProvedTransport {
  readonly transport: Transport
  readonly peer: ProvedPeer
}

export type Handler = (request: Request, context: Context) => Response | Promise<Response>

/** The conversation cannot go on, mostly because the other side broke the protocol; `status` is the answer it deserves. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Thrown by a handler, or a guard, that answers nothing: the connection ends without a word, which is no mistake. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Sizes in bytes, and counts; one over is refused with the status named. Sources: docs/design.md, "Limits". */
export interface Limits {
  /** Request line or status line, without its CRLF: 414. RFC 9112 section 3 asks for at least 8000. */
  readonly startLine: number
  /** One field line, without its CRLF: 431. */
  readonly fieldLine: number
  /** The whole head, empty line included: 431. */
  readonly head: number
  /** Field lines of a head, and again of a trailer section: 431. */
  readonly fields: number
  /** Trailer section: 431. */
  readonly trailers: number
  /** One chunk-size line with its extensions: 400. */
  readonly chunkLine: number
  /** All chunk extensions of one message together: 400. */
  readonly chunkExtensions: number
  /** The body, after de-chunking: 413. */
  readonly body: number
}

export const DEFAULT_LIMITS: Limits = {
  startLine: 8 * 1024,
  fieldLine: 8 * 1024,
  head: 16 * 1024,
  fields: 100,
  trailers: 8 * 1024,
  chunkLine: 256,
  chunkExtensions: 16 * 1024,
  body: 64 * 1024,
}
