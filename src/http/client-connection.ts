/**
 * One transport as requests out, answers in.
 *
 * Requests may follow each other without waiting for answers, which come in the same order (pipelining, RFC 9112 section
 * 9.3.2). A connection whose state is in doubt is not used again: after an answer that was cut, bytes that belong to no
 * request, a request that was not taken whole.
 */
import { encodeRequest, type Encoded, type OutgoingRequest } from './codec/encode.ts'
import { ProtocolError, type Limits, type ReceivedResponse } from './message.ts'
import { extended, type Deadlines, type Timed } from './connection/deadlines.ts'
import { PieceQueue } from './connection/piece-queue.ts'
import { ResponseParser } from './codec/response-parser.ts'
import type { Address } from './message.ts'
import type { ProofFailure, Transport, TransportError } from './transport/transport.ts'

/** In milliseconds. */
export interface ClientTimeouts {
  readonly connect: number
  /** From then on, where the other end has to prove its key first. */
  readonly prove: number
  /** From sending a request to the head of its answer; then for as long at most no part of the body may come. */
  readonly answer: number
  /** Between two pieces of a streamed answer. */
  readonly silence: number
  /** Unused; shorter than the server's, so that a request seldom meets a closing connection. */
  readonly idle: number
  /** The same, where the other end has proved its key. */
  readonly provedIdle: number
}

/** `not_admitted`: the other end proved its key, and does not let a request into the room of its target. */
export type ClientErrorCode =
  'refused' | 'unreachable' | 'timeout' | 'closed' | 'protocol' | 'not_admitted' | ProofFailure

/** The reason why there is no answer. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** Not one byte of an answer came, on a connection that had been used before: the other side had just closed it. */
  readonly stale: boolean
  /** The other side took the whole request, and nothing that came from it was ever HTTP. */
  readonly taken: boolean

  constructor(code: ClientErrorCode, message: string, stale = false, cause?: unknown, taken = false) {
    super(message, { cause })
    this.code = code
    this.stale = stale
    this.taken = taken
  }
}

/** An answer whose body comes piece by piece. Leaving the loop over `pieces` closes the connection. */
export interface StreamedResponse extends Omit<ReceivedResponse, 'body' | 'trailers'> {
  readonly pieces: AsyncIterable<Buffer>
  /** Closes the connection; a loop over `pieces` that is waiting ends with a ClientError. */
  readonly close: () => void
}

/** A request that was checked and can be sent, to one server, more than once if need be. */
export interface Prepared {
  readonly method: string
  readonly bytes: Encoded
}

/** Throws TypeError for what cannot be sent. */
export function prepare(request: OutgoingRequest, address: Address): Prepared {
  return { method: request.method, bytes: encodeRequest(request, authority(address)) }
}

export interface ClientConnectionOptions {
  readonly limits: Limits
  readonly timeouts: ClientTimeouts
  readonly deadlines: Deadlines
  /** The transport is one on which the other end proves its key. */
  readonly isProved?: boolean
}

/** Called for the owner of the connection. */
export interface ClientConnectionEvents {
  /** Connected, or failed to: exactly once. */
  readonly connected: () => void
  /** An answer has come: the other side speaks HTTP. */
  readonly answered: () => void
  /** Ready for another request. */
  readonly idle: () => void
  readonly closed: () => void
}

interface Asked {
  readonly method: string
  /** In bytes. */
  readonly size: number
  readonly resolve: (response: ReceivedResponse) => void
  readonly reject: (error: ClientError) => void
  readonly streamed?: (response: StreamedResponse) => void
}

export class ClientConnection implements Timed {
  deadline = Infinity
  readonly #transport: Transport
  readonly #options: ClientConnectionOptions
  readonly #parser: ResponseParser
  readonly #events: ClientConnectionEvents
  /** Requests without an answer, in the order in which they were sent. */
  readonly #asked: Asked[] = []
  #pieces: PieceQueue | undefined
  #connected = false
  /** The other end is there and has yet to prove its key. */
  #isProving = false
  #answers = 0
  #answerBegun = false
  #failure: ClientError | undefined

  /** Takes hold of a transport that is being connected. */
  constructor(transport: Transport, options: ClientConnectionOptions, events: ClientConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#parser = new ResponseParser(options.limits)
    if (options.isProved === true) this.#parser.refuseUntilClose()
    this.#transport = transport
    this.#allow(options.timeouts.connect)
    options.deadlines.add(this)
    this.#attach()
  }

  get gone(): boolean {
    return this.#transport.isDestroyed
  }

  /** Bytes that no other connection has, once both keys are proved. */
  get binding(): Buffer | undefined {
    return this.#transport.binding
  }

  /** Why it ended. */
  get failure(): ClientError | undefined {
    return this.#failure
  }

  /** It has answered, and nothing is on its way. */
  get isIdle(): boolean {
    return this.#answers > 0 && this.#asked.length === 0 && this.#pieces === undefined
  }

  /** Another connection should take its place. */
  get isWorn(): boolean {
    return this.#transport.isWorn === true
  }

  /** Sends a request and waits for its answer. Rejects with ClientError. */
  ask(request: Prepared): Promise<ReceivedResponse> {
    return new Promise((resolve, reject) => {
      this.#begin(request, { method: request.method, size: request.bytes.length, resolve, reject })
    })
  }

  /** As ask(), but answers as soon as the head of the answer is here. */
  stream(request: Prepared): Promise<StreamedResponse> {
    return new Promise((resolve, reject) => {
      this.#begin(request, {
        method: request.method,
        size: request.bytes.length,
        resolve: (response) => {
          resolve({ ...response, pieces: once(response.body), close: () => undefined })
        },
        reject,
        streamed: resolve,
      })
    })
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** Called by Deadlines. */
  late(): void {
    const { timeouts } = this.#options
    if (this.#isProving)
      this.#fail(new ClientError('timeout', `no proof of its key within ${seconds(timeouts.prove)}`))
    else if (!this.#connected)
      this.#fail(new ClientError('timeout', `no connection within ${seconds(timeouts.connect)}`))
    else if (this.#transport.isPaused)
      // The silence is our own: nothing is read.
      this.#allow(timeouts.silence)
    else if (this.#pieces !== undefined)
      this.#fail(new ClientError('timeout', `silent for ${seconds(timeouts.silence)}`))
    else {
      const message = `no answer within ${seconds(timeouts.answer)}`
      this.#fail(new ClientError('timeout', message, false, undefined, this.#isTaken))
    }
  }

  #begin({ bytes }: Prepared, asked: Asked): void {
    // Nothing comes any more on a connection that is over, and no deadline is kept for it.
    if (this.gone) {
      asked.reject(this.#failure ?? new ClientError('closed', 'the connection was closed', this.#isStale))
      return
    }
    if (this.#asked.push(asked) === 1) this.#expect(asked)
    this.#transport.write(bytes)
  }

  /** The next answer is to this. */
  #expect({ method, streamed, size }: Asked): void {
    // A streamed body is not kept here: it may be of any size.
    this.#parser.expect(method, streamed === undefined ? this.#options.limits.body : Infinity)
    if (this.#connected) this.#allowAnswer(size)
  }

  /** A request of `size` bytes may be taken at the least rate before its answer is due. */
  #allowAnswer(size: number): void {
    this.#allow(this.#options.timeouts.answer)
    this.deadline = extended(this.deadline, size, Infinity)
  }

  #attach(): void {
    this.#transport.attach({
      proving: () => {
        this.#isProving = true
        this.#allow(this.#options.timeouts.prove)
      },
      connected: () => {
        this.#connected = true
        this.#isProving = false
        this.#events.connected()
        this.#allowAnswer(this.#asked[0]?.size ?? 0)
      },
      received: (chunk) => {
        this.#received(chunk)
      },
      ended: () => {
        this.#parse(() => this.#parser.end())
        this.#transport.destroy()
      },
      drained: () => undefined,
      closed: (error) => {
        this.#closed(error)
      },
    })
  }

  #closed(error: TransportError | undefined): void {
    this.#options.deadlines.delete(this)
    this.#failure ??=
      error === undefined
        ? new ClientError('closed', 'the connection was closed', this.#isStale, undefined, this.#isTaken)
        : networkError(error, this.#isStale, this.#isTaken)
    this.#reject(this.#failure)
    if (!this.#connected) this.#events.connected()
    this.#events.closed()
  }

  get #isStale(): boolean {
    return this.#answers > 0 && !this.#answerBegun
  }

  /** The request was sent whole, and nothing of HTTP has come on this connection, neither an answer nor a handshake. */
  get #isTaken(): boolean {
    if (this.#options.isProved === true) return false
    const isSent = this.#connected && this.#asked.length > 0 && this.#transport.unsent === 0
    return isSent && this.#answers === 0 && !this.#answerBegun
  }

  #received(chunk: Buffer): void {
    // Bytes that belong to no request cannot be trusted to belong to the next one either.
    if (this.#asked.length === 0 && this.#pieces === undefined) {
      this.#transport.destroy()
      return
    }
    this.#answerBegun = true
    this.#parser.push(chunk)
    this.#parse(() => this.#parser.next())
    if (this.#pieces !== undefined) this.#allow(this.#options.timeouts.silence)
    else if (this.#parser.phase === 'body') this.#extend(chunk.length)
  }

  #parse(read: () => ReceivedResponse | undefined): void {
    try {
      for (let response = read(); response !== undefined; response = read()) {
        this.#complete(response)
        if (this.#asked.length === 0 || this.gone) return
      }
      this.#stream()
    } catch (error) {
      this.#fail(asClientError(error, this.#answers === 0 && this.#options.isProved !== true))
    }
  }

  /** Hands out the head of an answer that was asked for as a stream, and its body as it comes. */
  #stream(): void {
    const head = this.#parser.pending
    const streamed = this.#asked[0]?.streamed
    if (head === undefined || streamed === undefined) return
    const pieces = new PieceQueue(this.#transport)
    this.#pieces = pieces
    this.#asked.shift()
    this.#parser.divert((piece) => {
      pieces.push(piece)
    })
    streamed({
      ...head,
      pieces,
      close: () => {
        this.destroy()
      },
    })
  }

  #complete(response: ReceivedResponse): void {
    const asked = this.#asked.shift()
    const [next] = this.#asked
    const isStream = this.#pieces !== undefined
    if (this.#answers++ === 0) this.#events.answered()
    this.#answerBegun = this.#parser.buffered > 0
    this.#pieces?.end()
    if (!response.keepAlive || isStream) {
      this.#transport.destroy()
    } else if (next !== undefined) {
      this.#expect(next)
    } else if (this.#parser.buffered === 0 && this.#transport.unsent === 0) {
      this.#allow(this.#options.timeouts.idle)
      this.#events.idle()
    } else {
      this.#transport.destroy()
    }
    asked?.resolve(response)
  }

  #fail(error: ClientError): void {
    this.#failure ??= error
    this.#transport.destroy()
    this.#reject(this.#failure)
  }

  #reject(error: ClientError): void {
    for (const { reject } of this.#asked.splice(0)) reject(error)
    this.#pieces?.end(error)
  }

  /** The deadline moves on while a body comes at the least rate. */
  #extend(bytes: number): void {
    const { deadlines, timeouts } = this.#options
    this.deadline = extended(this.deadline, bytes, deadlines.now() + timeouts.answer)
  }

  #allow(ms: number): void {
    this.deadline = this.#options.deadlines.now() + ms
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Buffer> {
  await Promise.resolve()
  if (body.length > 0) yield Buffer.from(body.buffer, body.byteOffset, body.length)
}

/**
 * `host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2). A zone (`fe80::1%eth0`) names an interface of this
 * machine and means nothing to another one: it is left out (RFC 6874 section 4).
 */
export function authority({ host, port }: Address): string {
  const [address = ''] = host.split('%')
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

function asClientError(error: unknown, isFirst: boolean): ClientError {
  if (error instanceof ProtocolError)
    return new ClientError('protocol', `not a proper answer: ${error.message}`, false, error, isFirst)
  return new ClientError('protocol', String(error), false, error)
}

/** Complete, because a failure that is missing here would be taken for one of the network. */
const PROOF_FAILURES: Readonly<Record<ProofFailure, true>> = {
  another_key: true,
  own_key: true,
  not_offered: true,
  other_network: true,
  busy: true,
  broken_handshake: true,
}

function isProofFailure(code: string): code is ProofFailure {
  return Object.hasOwn(PROOF_FAILURES, code)
}

function networkError(error: TransportError, stale: boolean, taken: boolean): ClientError {
  if (error.code !== undefined && isProofFailure(error.code))
    return new ClientError(error.code, error.message, stale, error)
  switch (error.code) {
    case 'ECONNREFUSED':
      return new ClientError('refused', 'connection refused: nothing listens there', stale, error)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return new ClientError('unreachable', 'no route to that address', stale, error)
    case 'ETIMEDOUT':
      return new ClientError('timeout', 'the connection timed out', stale, error)
    default:
      return new ClientError(
        'closed',
        `the connection broke (${error.code ?? error.message})`,
        stale,
        error,
        taken,
      )
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
