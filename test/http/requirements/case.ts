/**
 * One row of the requirements: bytes that arrive, what the parser makes of them, what the client sees.
 * Bytes are literal text of which each character is one byte.
 */
import type { Limits } from '../../../src/http/message.ts'

type Fields = readonly (readonly [name: string, value: string])[]

/** The parts of a request that a row cares for. */
export interface Expected {
  readonly method?: string
  readonly target?: string
  readonly path?: string
  readonly query?: string
  readonly host?: string
  readonly version?: string
  readonly keepAlive?: boolean
  /** All field lines in order, names in lower case. */
  readonly headers?: Fields
  /** Latin-1. */
  readonly body?: string
  readonly trailers?: Fields
}

export interface Case {
  /** The row of the requirements. */
  readonly id: string
  readonly name: string
  readonly bytes: string
  /** The client sends its FIN right after the bytes. */
  readonly fin?: boolean
  /** The requests in the bytes, in order. */
  readonly requests: readonly Expected[]
  /** The status of the ProtocolError that the bytes end in. */
  readonly error?: number
  /** Status codes on the wire when they are not 200 for each request, and the error. */
  readonly answers?: readonly number[]
  /** Whether the server closes the connection, with `Connection: close` in its last answer. Default: after an error. */
  readonly closes?: boolean
  readonly limits?: Partial<Limits>
}

type More = Partial<Omit<Case, 'id' | 'name' | 'bytes' | 'requests'>>

/** A row whose bytes are one request. */
export function accepted(
  id: string,
  name: string,
  bytes: string,
  request: Expected = {},
  more: More = {},
): Case {
  return { id, name, bytes, requests: [request], ...more }
}

/** A row whose bytes are refused, with nothing accepted before. */
export function refused(id: string, name: string, bytes: string, status = 400, more: More = {}): Case {
  return { id, name, bytes, requests: [], error: status, ...more }
}

/** The name of a row for a variant of it, short enough to read. */
export function show(variant: string): string {
  return variant.length > 40
    ? `${JSON.stringify(variant.slice(0, 24))}… (${variant.length})`
    : JSON.stringify(variant)
}
