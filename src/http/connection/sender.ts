/**
 * The sending half of a connection: answers become bytes that the transport takes.
 *
 * One answer is sent at a time; send() resolves when the system has taken it, or the transport is gone. Of a large answer
 * at most one slice waits in memory. post() does not wait: what it writes is short, or goes on behind it. A write that is
 * pending when the transport is destroyed reports nothing, so the transport is asked and not the write.
 */
import {
  LAST_CHUNK,
  byteLength,
  encodeChunk,
  encodeHead,
  encodeResponse,
  encodeStreamHead,
  isBodiless,
  isStream,
  join,
  type Encoded,
  type Exchange,
} from '../codec/encode.ts'
import type { Condition } from './condition.ts'
import type { Response, Version } from '../message.ts'
import type { Phase } from './phase.ts'
import type { Transport } from '../transport/transport.ts'

/** A larger body is written in slices of this size, in bytes: only the first is copied, and progress can be seen. */
export const SLICE = 64 * 1024

export class Sender {
  readonly #transport: Transport
  readonly #phase: Phase
  readonly #condition: Condition
  #streaming: Response | undefined
  #isCongested = false
  /** The other side has sent its FIN. */
  #hasEnded = false

  constructor(transport: Transport, phase: Phase, condition: Condition) {
    this.#transport = transport
    this.#phase = phase
    this.#condition = condition
  }

  /** The transport has no room. */
  get isCongested(): boolean {
    return this.#isCongested
  }

  drained(): void {
    this.#isCongested = false
  }

  ended(): void {
    this.#hasEnded = true
    // Nothing else shows that the reader of an endless answer has left; any other answer is sent to its end.
    if (this.#streaming?.endless === true) this.#transport.destroy()
  }

  /** Sends an answer, whole or as it comes. Rejects with the error of the stream that is its body. */
  async send(response: Response, exchange: Exchange): Promise<void> {
    const { body = '' } = response
    if (isStream(body)) {
      try {
        await this.#stream(response, body, exchange)
      } finally {
        await discard(body)
      }
    } else if (body.length > SLICE && exchange.method !== 'HEAD' && !isBodiless(response.status)) {
      await this.#sendSlices(response, body, exchange)
    } else await this.#write(encodeResponse(response, body, exchange))
  }

  /** Writes without waiting. */
  post(encoded: Encoded, taken?: () => void): void {
    if (encoded.length === 0 || this.#transport.isDestroyed) return
    if (!this.#transport.write(encoded, taken)) this.#isCongested = true
  }

  /**
   * Cuts the connection if half of a stream is sent: a second head would be taken for a piece of its body, and a FIN
   * ends an answer to HTTP/1.0, so that the half would be taken for the whole.
   */
  cutStream(): void {
    if (this.#streaming !== undefined) this.#transport.reset()
  }

  /** The body as it comes, in chunked coding, or until the connection closes for HTTP/1.0. */
  async #stream(
    response: Response,
    body: AsyncIterable<string | Uint8Array>,
    exchange: Exchange,
  ): Promise<void> {
    if (isBodiless(response.status)) {
      await this.#write(encodeResponse(response, '', exchange))
      return
    }
    const chunked = exchange.version === '1.1'
    await this.#write(encodeStreamHead(response, exchange, chunked))
    if (exchange.method === 'HEAD') return
    this.#streaming = response
    for await (const piece of body) {
      for (const slice of slices(piece)) await this.#write(chunked ? encodeChunk(slice) : slice)
      if (this.#transport.isDestroyed) return
      if (response.endless === true && this.#hasEnded) break
    }
    this.#streaming = undefined
    if (chunked) await this.#write(LAST_CHUNK)
  }

  /** A large body: its head leaves with the first slice, and each slice is taken before the next one is written. */
  async #sendSlices(response: Response, body: string | Uint8Array, exchange: Exchange): Promise<void> {
    let head = encodeHead(response, byteLength(body), exchange)
    for (const slice of slices(body)) {
      await this.#write(head === '' ? slice : join(head, slice, slice.length))
      if (this.#transport.isDestroyed) return
      head = ''
    }
  }

  /** Resolves when the system has taken it all, or the transport is gone. */
  async #write(encoded: Encoded): Promise<void> {
    this.#phase.beginWrite()
    this.post(encoded, this.#condition.notify)
    await this.#condition.until(() => this.#transport.unsent === 0)
    this.#phase.wrote(encoded.length)
  }
}

/** A stream without a length ends with its connection when the client knows no chunked coding (RFC 9112 section 6.3). */
export function endsByClosing({ status, body = '' }: Response, version: Version): boolean {
  return version === '1.0' && isStream(body) && !isBodiless(status)
}

/** The bytes of a body or of a piece of it, in slices of at most SLICE bytes; none for an empty one. */
function* slices(piece: string | Uint8Array): Generator<Buffer> {
  const bytes =
    typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
  for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE)
}

/** The stream is not read any further: it releases what it holds, such as an open file. */
async function discard(body: AsyncIterable<string | Uint8Array>): Promise<void> {
  // return() does not end a stream of Node that was never read.
  if (isDestroyable(body)) body.destroy()
  else await body[Symbol.asyncIterator]().return?.()
}

function isDestroyable(body: object): body is { destroy: () => void } {
  return 'destroy' in body && typeof body.destroy === 'function'
}
