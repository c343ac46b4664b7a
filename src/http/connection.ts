/**
 * One socket as requests in, responses out. All timing, half-close and back-pressure rules live here.
 *
 * The long way is exchanges() and send(): one exchange at a time, each wait in its place. The short way is
 * #advance(): a request that is here whole, answered by its handler at once, leaves in the same turn of the
 * event loop, and the answers of one burst leave in one write. Whatever is not that simple (a promise, a
 * stream, the last answer, a full socket) is handed to the long way; both write the same bytes.
 *
 * Sockets of Node that this file works around, each reproduced: half-open sockets are destroyed at FIN
 * unless allowHalfOpen; a socket without an error listener kills the process; destroy() with unread input
 * resets the connection and the answer is lost; a pending write reports no error after destroy().
 */
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import {
  CONTINUE,
  LAST_CHUNK,
  byteLength,
  encodeChunk,
  encodeHead,
  encodeResponse,
  encodeStreamHead,
  isBodiless,
  isStream,
} from './encode.ts'
import { extended, type Deadlines, type Waiting } from './deadlines.ts'
import { ProtocolError } from './message.ts'
import { RequestParser, type RequestHead } from './request-parser.ts'
import type { Encoded, Exchange } from './encode.ts'
import type { KnownHeads } from './known-heads.ts'
import type { Address, Context, Limits, Request, Response } from './message.ts'

/**
 * In milliseconds. A byte now and then extends none of them (slowloris): those for a head are absolute, and a body has
 * to move on by at least 8 KiB a second.
 */
export interface Timeouts {
  /** From the connection to its first byte; then it is closed without a word. */
  readonly opening: number
  /** Between requests; then closed without a word. */
  readonly idle: number
  /** From the first byte of a request to the end of its head: 408. */
  readonly head: number
  /** Without progress of the body: 408. */
  readonly body: number
  /** From the end of a request to the answer of its handler: 500, and the handler's signal is aborted. */
  readonly handler: number
  /** For the other side to take 64 KiB of what we write: then it is cut. */
  readonly send: number
  /**
   * The most that bytes taken in advance extend `send`: a system takes megabytes of a large answer at once, and says
   * only when a third of them has left that it has room again.
   */
  readonly sendAhead: number
  /** After our FIN, for the other side to read the last answer (RFC 9112 section 9.6). */
  readonly linger: number
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  opening: 5_000,
  idle: 30_000,
  head: 5_000,
  body: 10_000,
  handler: 60_000,
  send: 10_000,
  sendAhead: 60_000,
  linger: 500,
}

/** Input that may wait while an answer is being made or sent, in bytes; then TCP makes the client wait. */
const MAX_WAITING = 64 * 1024
/**
 * Input that is read and thrown away after the last answer, in bytes. Far above what a body may have: a
 * client that uploads too much, and reads only then, would be reset and miss its 413. `linger` bounds it too.
 */
const MAX_LINGER = 1024 * 1024
/** A larger body is written in slices of this size, in bytes, so that none of it is copied and progress can be seen. */
const SLICE = 64 * 1024

export interface ConnectionOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly deadlines: Deadlines
  readonly knownHeads: KnownHeads<RequestHead>
  /** Answers on one connection; then it is closed. */
  readonly maxRequests: number
  /** Whether a client that allows it may send another request on its connection. */
  readonly mayPersist: (request: RequestHead) => boolean
}

/** A request, of which perhaps only the head was read, and the answer that is being made for it. */
export interface PendingExchange {
  readonly request: RequestHead
  readonly response: Response | Promise<Response>
}

/** What makes the answers of a connection. */
export interface Responder {
  /** Answers a complete request. */
  readonly respond: (request: Request) => Response | Promise<Response>
  /** Answers from the head alone what would be refused anyhow, while the body is on its way; the connection closes. */
  readonly early: (head: RequestHead) => Response | undefined
}

type State = 'opening' | 'idle' | 'head' | 'body' | 'handling' | 'answering' | 'sending' | 'lingering'

const ALLOWANCE = {
  opening: 'opening',
  idle: 'idle',
  head: 'head',
  body: 'body',
  handling: 'handler',
  sending: 'send',
  lingering: 'linger',
} as const satisfies Partial<Record<State, keyof Timeouts>>

export class Connection implements Context, Waiting {
  readonly remote: Address
  readonly local: Address
  /** In milliseconds of its Deadlines. */
  readonly openedAt: number
  /** When this connection is late, in milliseconds of its Deadlines. */
  deadline = Infinity
  readonly #socket: Socket
  readonly #parser: RequestParser
  readonly #options: ConnectionOptions
  #responder: Responder = { respond: noHandlerYet, early: noHandlerYet }
  #abort: AbortController | undefined
  #state: State = 'opening'
  #served = 0
  /** What the system has taken extends the deadline of what follows up to here, in milliseconds of its Deadlines. */
  #paidUntil = 0
  /** The request that is being answered. */
  #request: RequestHead | undefined
  /** The exchange that the short way left to the long way. */
  #pending: PendingExchange | undefined
  /** The head of the request whose body is on its way, once it was looked at. */
  #seenHead: RequestHead | undefined
  /** Ends the wait for a handler that takes too long. */
  #giveUpOnHandler: (error: Error) => void = () => undefined
  /** Why the conversation cannot go on. */
  #failure: Error | undefined
  /** exchanges() waits for input: what arrives may be answered on the spot. */
  #reading = false
  /** The other side has sent its FIN. */
  #ended = false
  /** No exchange after the one at hand. */
  #last = false
  /** The socket's buffer is full. */
  #congested = false
  #streaming: Response | undefined
  #closing = false
  #lingered = 0
  #wake: (() => void) | undefined

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#parser = new RequestParser(options.limits, options.knownHeads)
    this.remote = { host: withoutMapping(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    this.local = { host: withoutMapping(socket.localAddress ?? ''), port: socket.localPort ?? 0 }
    this.openedAt = options.deadlines.now()
    this.#enter('opening')
    options.deadlines.add(this)
    this.#listen()
  }

  /** Aborted when the other side is gone. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.gone) this.#abort.abort()
    return this.#abort.signal
  }

  get gone(): boolean {
    return this.#socket.destroyed
  }

  /** Since when it waits for another request, in milliseconds of its Deadlines; undefined when it does not. */
  get idleSince(): number | undefined {
    return this.#state === 'idle' ? this.deadline - this.#options.timeouts.idle : undefined
  }

  /** Requests answered, or being answered. */
  get served(): number {
    return this.#served
  }

  /**
   * Has each request answered, in order, one at a time, and yields the exchanges that the short way did not
   * finish. Ends when no request will follow; throws ProtocolError when the client breaks the rules.
   */
  async *exchanges(responder: Responder): AsyncGenerator<PendingExchange, void, undefined> {
    this.#responder = responder
    while (!this.#last && !this.gone) {
      this.#reading = true
      this.#advance()
      await this.#until(
        () => this.#pending !== undefined || this.#failure !== undefined || this.#noneWillFollow,
      )
      this.#reading = false
      if (this.#failure !== undefined) throw this.#failure
      if (this.#pending === undefined) return
      yield this.#pending
      this.#pending = undefined
      this.#request = undefined
    }
  }

  /** Waits for the answer of the handler. Rejects with its error, or when it takes longer than `handler` allows. */
  async answered({ response }: PendingExchange): Promise<Response> {
    if (!(response instanceof Promise)) return response
    const late = new Promise<never>((_resolve, reject) => (this.#giveUpOnHandler = reject))
    return Promise.race([response, late])
  }

  /** Sends an answer, whole or as it comes, and waits until the socket has taken it. */
  async send({ request }: PendingExchange, response: Response): Promise<void> {
    if (response.close === true || this.#isLast(request)) this.#last = true
    const { body = '' } = response
    if (isStream(body)) {
      try {
        await this.#stream(request, response, body)
      } finally {
        await discard(body)
      }
    } else if (body.length > SLICE && request.method !== 'HEAD' && !isBodiless(response.status)) {
      await this.#sendSlices(request, response, body)
    } else await this.#write(encodeResponse(response, body, this.#exchange(request)))
  }

  /** A last word to a client that broke the protocol. Best effort: it may be gone. */
  async refuse(response: Response & { readonly body: string }): Promise<void> {
    this.#last = true
    // A second head would be taken for a piece of the body that is half sent.
    if (this.#streaming !== undefined) this.#reset()
    const method = this.#request?.method ?? (this.#parser.isHead ? 'HEAD' : 'GET')
    await this.#write(encodeResponse(response, response.body, this.#exchange({ method, version: '1.1' })))
  }

  /** A last word in this turn of the event loop, and no moment to read it: the file is needed. */
  refuseAtOnce(response: Response & { readonly body: string }): void {
    this.#last = true
    const encoded = encodeResponse(response, response.body, this.#exchange({ method: 'GET', version: '1.1' }))
    // The system takes so little at once, and sends it before the FIN.
    this.#socket.write(encoded)
    this.#socket.destroy()
  }

  /** No further exchange: an idle connection ends now, one at work after its answer. */
  finish(): void {
    this.#last = true
    this.#notify()
  }

  /** Ends exchanges() with this error, unless an exchange is in progress. */
  fail(error: ProtocolError): void {
    if (this.#pending !== undefined) return
    this.#failure = error
    this.#notify()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Closes so that the last answer is read: FIN, drain for a moment, destroy (RFC 9112 section 9.6). */
  async hangUp(): Promise<void> {
    this.#closing = true
    this.#enter('sending')
    if (this.#socket.closed) this.#options.deadlines.delete(this)
    if (this.gone) return
    this.#socket.end(() => {
      this.#enter('lingering')
    })
    this.#socket.resume()
    await this.#until(() => this.#socket.closed)
  }

  /** Called by Deadlines when this connection has kept us waiting too long. */
  late(): void {
    this.deadline = Infinity
    switch (this.#state) {
      case 'opening':
      case 'idle':
        this.finish()
        return
      case 'head':
      case 'body':
        this.fail(new ProtocolError(408, `the ${this.#state} of the request did not arrive in time`))
        return
      case 'handling':
        this.#abort?.abort()
        this.#giveUpOnHandler(
          new Error(`no answer to ${this.#request?.method ?? ''} ${this.#request?.path ?? ''} in time`),
        )
        return
      default:
        this.#socket.destroy()
    }
  }

  // --- what the socket tells ------------------------------------------------------------------------

  #listen(): void {
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => {
      this.#received(chunk)
    })
    socket.on('end', () => {
      this.#ended = true
      // Nothing else tells that the reader of an endless answer has left; any other answer is sent to its end.
      if (this.#streaming?.endless === true) socket.destroy()
      if (this.#reading) this.#advance()
      this.#notify()
    })
    socket.on('drain', () => {
      this.#congested = false
      if (this.#reading) this.#advance()
      this.#notify()
    })
    // Without this listener a reset would end the process; 'close' follows and is where it is dealt with.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      // The place of a handler that works on is not given to another one before it ends, or is given up.
      if (this.#state !== 'handling') this.#options.deadlines.delete(this)
      this.#abort?.abort()
      this.#notify()
    })
  }

  #received(chunk: Buffer): void {
    if (this.#closing) {
      this.#lingered += chunk.length
      if (this.#lingered > MAX_LINGER) this.#socket.destroy()
      return
    }
    this.#parser.push(chunk)
    if (this.#state === 'body') this.#extend(chunk.length, this.#options.timeouts.body)
    if (this.#reading && !this.#congested) this.#advance()
    else if (this.#parser.buffered > MAX_WAITING) this.#socket.pause()
  }

  get #noneWillFollow(): boolean {
    return this.#last || this.gone || (this.#ended && !this.#congested)
  }

  // --- the short way --------------------------------------------------------------------------------

  /** Parses what has arrived and answers on the spot what can be; the rest is left for the long way. */
  #advance(): void {
    const served = this.#served
    try {
      this.#answerBurst()
      this.#answerEarly()
      if (this.#pending === undefined && this.#parser.takeContinue()) this.#post(CONTINUE)
      if (this.#ended && this.#pending === undefined && !this.#congested) this.#parser.end()
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
    this.#waitFor(this.#served > served)
    if (this.#pending !== undefined || this.#failure !== undefined) this.#notify()
    else if (this.#socket.isPaused() && !this.#congested) this.#socket.resume()
  }

  #answerBurst(): void {
    let burst = ''
    try {
      while (this.#pending === undefined && !this.#last && !this.#congested) {
        const request = this.#parser.next()
        if (request === undefined) return
        const encoded = this.#answerAtOnce(request)
        if (typeof encoded === 'string' && burst.length < MAX_WAITING) {
          burst += encoded
        } else {
          this.#post(burst)
          burst = ''
          this.#post(encoded)
        }
      }
    } finally {
      this.#post(burst)
    }
  }

  /** The bytes of an answer that needs no waiting; otherwise none, and #pending is set. */
  #answerAtOnce(request: Request): Encoded {
    this.#served++
    this.#seenHead = undefined
    this.#request = request
    const response = this.#responder.respond(request)
    if (!(response instanceof Promise) && response.close !== true && !this.#isLast(request)) {
      const body = response.body ?? ''
      if (!isStream(body) && body.length <= SLICE) {
        const encoded = encodeResponse(response, body, this.#exchange(request))
        this.#request = undefined
        return encoded
      }
    }
    this.#pending = { request, response }
    return ''
  }

  /** What is refused whatever its body is refused before the body, and before `100 Continue`. */
  #answerEarly(): void {
    const head = this.#parser.pending
    if (this.#pending !== undefined || head === undefined || head === this.#seenHead || this.#last) return
    this.#seenHead = head
    const response = this.#responder.early(head)
    if (response === undefined) return
    this.#served++
    this.#request = head
    this.#pending = { request: head, response: { ...response, close: true } }
  }

  // --- the long way ---------------------------------------------------------------------------------

  /** The body as it comes, in chunked coding, or until the connection closes for HTTP/1.0. */
  async #stream(
    request: RequestHead,
    response: Response,
    body: AsyncIterable<string | Uint8Array>,
  ): Promise<void> {
    if (isBodiless(response.status)) {
      await this.#write(encodeResponse(response, '', this.#exchange(request)))
      return
    }
    const chunked = request.version === '1.1'
    if (!chunked) this.#last = true
    await this.#write(encodeStreamHead(response, this.#exchange(request), chunked))
    if (request.method === 'HEAD') return
    this.#streaming = response
    for await (const piece of body) {
      for (const slice of slices(piece)) await this.#write(chunked ? encodeChunk(slice) : slice)
      if (this.gone) return
      if (response.endless === true && this.#ended) break
    }
    this.#streaming = undefined
    if (chunked) await this.#write(LAST_CHUNK)
  }

  /** A large body: its head leaves with the first slice, and each slice is taken before the next one is written. */
  async #sendSlices(request: RequestHead, response: Response, body: string | Uint8Array): Promise<void> {
    this.#socket.cork()
    this.#post(encodeHead(response, byteLength(body), this.#exchange(request)))
    for (const slice of slices(body)) {
      await this.#write(slice)
      if (this.gone) return
    }
  }

  /** Returns when the system has taken it all, or the socket is gone. */
  async #write(encoded: Encoded): Promise<void> {
    this.#enter('sending')
    this.deadline = Math.max(this.deadline, this.#paidUntil)
    this.#post(encoded, () => {
      this.#notify()
    })
    if (this.#socket.writableCorked > 0) this.#socket.uncork()
    await this.#until(() => this.#socket.writableLength === 0)
    const now = this.#options.deadlines.now()
    const latest = now + this.#options.timeouts.sendAhead
    this.#paidUntil = extended(Math.max(now, this.#paidUntil), encoded.length, latest)
    this.#enter('answering')
  }

  /** Cuts the connection so that a half answer is not taken for a whole one: a FIN ends an answer to HTTP/1.0. */
  #reset(): void {
    // resetAndDestroy() would send its FIN first; a Node that does not know this property sends the FIN alone.
    Object.assign(this.#socket, { resetAndClosing: true }).destroy()
  }

  // --- common ---------------------------------------------------------------------------------------

  #post(encoded: Encoded, taken?: () => void): void {
    if (encoded.length === 0 || this.gone) return
    const room =
      typeof encoded === 'string'
        ? this.#socket.write(encoded, 'latin1', taken)
        : this.#socket.write(encoded, taken)
    if (!room) this.#congested = true
  }

  #isLast(request: RequestHead): boolean {
    return (
      this.#last ||
      !request.keepAlive ||
      this.#served >= this.#options.maxRequests ||
      !this.#options.mayPersist(request)
    )
  }

  #exchange({ method, version }: Pick<Request, 'method' | 'version'>): Exchange {
    return { method, version, close: this.#last, date: this.#options.deadlines.date() }
  }

  /** What are we waiting for now? A part of a message has one deadline, set when it begins. */
  #waitFor(answered: boolean): void {
    const phase = this.#parser.phase
    if (this.#pending !== undefined) this.#enter('handling')
    else if (this.#congested) this.#enter('sending')
    else if (answered || (phase !== this.#state && !(phase === 'idle' && this.#state === 'opening')))
      this.#enter(phase)
  }

  #enter(state: State): void {
    this.#state = state
    this.deadline =
      state === 'answering'
        ? Infinity
        : this.#options.deadlines.now() + this.#options.timeouts[ALLOWANCE[state]]
  }

  /** A part of a body has come. */
  #extend(bytes: number, atMost: number): void {
    this.deadline = extended(this.deadline, bytes, this.#options.deadlines.now() + atMost)
  }

  /** Waits for a condition; every event that could make it true calls #notify. */
  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#socket.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

function noHandlerYet(): never {
  throw new Error('answers are made by the handler given to exchanges()')
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

/** An IPv4 client of a dual-stack socket appears as `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2). */
function withoutMapping(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host
}
