/**
 * The sending half of a connection: answers become bytes that the socket takes.
 *
 * send() resolves when the system has taken the answer, or the socket is gone; one answer is sent at a time. Of a large
 * answer at most one slice waits in our memory. post() does not wait: what it writes is short, or goes on behind it.
 * A pending write of Node reports no error after destroy(), so what tells is the socket and not the write.
 */
import { Readable } from 'node:stream'
import {
  LAST_CHUNK,
  byteLength,
  encodeChunk,
  encodeHead,
  encodeResponse,
  encodeStreamHead,
  isBodiless,
  isStream,
  type Encoded,
  type Exchange,
} from './encode.ts'
import type { Socket } from 'node:net'
import type { Response, Version } from './message.ts'
import type { Phase } from './phase.ts'
import type { SocketCondition } from './socket-condition.ts'

/** A larger body is written in slices of this size, in bytes, so that none of it is copied and progress can be seen. */
export const SLICE = 64 * 1024

export class Sender {
  readonly #socket: Socket
  readonly #phase: Phase
  readonly #condition: SocketCondition
  #streaming: Response | undefined
  #isCongested = false
  /** The other side has sent its FIN. */
  #hasEnded = false

  constructor(socket: Socket, phase: Phase, condition: SocketCondition) {
    this.#socket = socket
    this.#phase = phase
    this.#condition = condition
    socket.on('drain', () => {
      this.#isCongested = false
    })
    socket.on('end', () => {
      this.#hasEnded = true
      // Nothing else tells that the reader of an endless answer has left; any other answer is sent to its end.
      if (this.#streaming?.endless === true) socket.destroy()
    })
  }

  /** The socket's buffer is full. */
  get isCongested(): boolean {
    return this.#isCongested
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
    if (encoded.length === 0 || this.#socket.destroyed) return
    const room =
      typeof encoded === 'string'
        ? this.#socket.write(encoded, 'latin1', taken)
        : this.#socket.write(encoded, taken)
    if (!room) this.#isCongested = true
  }

  /**
   * Cuts the connection if half of a stream is sent: a second head would be taken for a piece of its body, and a FIN
   * ends an answer to HTTP/1.0, so that the half would be taken for the whole.
   */
  cutStream(): void {
    if (this.#streaming === undefined) return
    // resetAndDestroy() would send its FIN first; a Node that does not know this property sends the FIN alone.
    Object.assign(this.#socket, { resetAndClosing: true }).destroy()
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
      if (this.#socket.destroyed) return
      if (response.endless === true && this.#hasEnded) break
    }
    this.#streaming = undefined
    if (chunked) await this.#write(LAST_CHUNK)
  }

  /** A large body: its head leaves with the first slice, and each slice is taken before the next one is written. */
  async #sendSlices(response: Response, body: string | Uint8Array, exchange: Exchange): Promise<void> {
    this.#socket.cork()
    this.post(encodeHead(response, byteLength(body), exchange))
    for (const slice of slices(body)) {
      await this.#write(slice)
      if (this.#socket.destroyed) return
    }
  }

  /** Resolves when the system has taken it all, or the socket is gone. */
  async #write(encoded: Encoded): Promise<void> {
    this.#phase.beginWrite()
    this.post(encoded, this.#condition.notify)
    if (this.#socket.writableCorked > 0) this.#socket.uncork()
    await this.#condition.until(() => this.#socket.writableLength === 0)
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

/** Nobody reads the stream further: it lets go of what it holds, such as an open file. */
async function discard(body: AsyncIterable<string | Uint8Array>): Promise<void> {
  // A Node stream that was never read is not ended by return().
  if (body instanceof Readable) body.destroy()
  else await body[Symbol.asyncIterator]().return?.()
}
