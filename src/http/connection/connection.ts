/**
 * One transport as requests in, responses out: the life of a connection and the order of its answers.
 *
 * Requests are answered in order, one at a time. exchanges() and send() are the slow path: each wait in its place.
 * #advance() is the fast path: a request that is here whole, and whose handler answers at once, is answered in the same
 * turn of the event loop, and the answers of one burst leave in one write. Whatever is not that simple (a promise, a
 * stream, the last answer, a full transport) is left to the slow path; both write the same bytes.
 *
 * The halves of the transport are in receiver.ts and sender.ts, its deadlines in phase.ts, the wait for a handler in
 * handling.ts. Closing is careful because destroy() with unread input resets the connection, and the last answer is lost.
 */
import { Condition } from './condition.ts'
import { CONTINUE, encodeResponse, isStream, type Encoded, type Exchange } from '../codec/encode.ts'
import { Handling } from './handling.ts'
import { ProtocolError } from '../message.ts'
import { Phase } from './phase.ts'
import { MAX_WAITING, Receiver } from './receiver.ts'
import { RequestParser, type RequestHead } from '../codec/request-parser.ts'
import { SLICE, Sender, endsByClosing } from './sender.ts'
import type { Deadlines, Timed } from './deadlines.ts'
import type { Discards } from './discards.ts'
import type { HeadCache } from '../codec/head-cache.ts'
import type { Address, Context, Limits, ProvedPeer, Request, Response, Upgrade } from '../message.ts'
import type { Timeouts } from '../timeouts.ts'
import type { Transport } from '../transport/transport.ts'

export interface ConnectionOptions {
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly deadlines: Deadlines
  readonly discards: Discards
  readonly knownHeads: HeadCache<RequestHead>
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

/** Makes the answers of a connection. */
export interface Responder {
  /** Answers a complete request. */
  readonly respond: (request: Request) => Response | Promise<Response>
  /** Answers from the head alone a request that would be refused anyhow, while its body is on its way. Then it closes. */
  readonly early: (head: RequestHead) => Response | undefined
}

export class Connection implements Context, Timed {
  readonly remote: Address
  readonly local: Address
  readonly peer: ProvedPeer | undefined
  /** In milliseconds of its Deadlines. */
  readonly openedAt: number
  readonly #transport: Transport
  readonly #options: ConnectionOptions
  readonly #phase: Phase
  readonly #condition: Condition
  readonly #handling = new Handling()
  readonly #receiver: Receiver
  readonly #sender: Sender
  #responder: Responder = { respond: noHandlerYet, early: noHandlerYet }
  #served = 0
  /** The request that is being answered. */
  #request: RequestHead | undefined
  /** The exchange that was left to the slow path. */
  #pending: PendingExchange | undefined
  /** The head of the request whose body is on its way, once it was looked at. */
  #seenHead: RequestHead | undefined
  /** The reason why the conversation cannot go on. */
  #failure: Error | undefined
  /** exchanges() waits for input: what arrives may be answered on the spot. */
  #reading = false
  /** No exchange will follow the present one. */
  #last = false
  /** The transport belongs to another holder. */
  #isReleased = false

  /** Takes hold of the transport. `peer`: who has proved to be at its other end. */
  constructor(transport: Transport, options: ConnectionOptions, peer?: ProvedPeer) {
    this.#transport = transport
    this.#options = options
    this.remote = transport.remote
    this.local = transport.local
    this.peer = peer
    this.openedAt = options.deadlines.now()
    this.#phase = new Phase(options.deadlines, options.timeouts)
    this.#condition = new Condition(transport)
    const parser = new RequestParser(options.limits, options.knownHeads)
    this.#receiver = new Receiver(transport, parser, this.#phase, options.discards)
    this.#sender = new Sender(transport, this.#phase, this.#condition)
    options.deadlines.add(this)
    this.#attach()
  }

  /** When this connection is late, in milliseconds of its Deadlines. */
  get deadline(): number {
    return this.#phase.deadline
  }

  /** Aborted when the other side is gone. */
  get signal(): AbortSignal {
    return this.#handling.signal(this.gone)
  }

  get gone(): boolean {
    return this.#transport.isDestroyed
  }

  /** Milliseconds since it was accepted. */
  get age(): number {
    return this.#options.deadlines.now() - this.openedAt
  }

  /** Since when it waits for another request, in milliseconds of its Deadlines; undefined when it does not. */
  get idleSince(): number | undefined {
    return this.#phase.idleSince
  }

  /** The head of the request that is being answered, or whose body is on its way. */
  get head(): RequestHead | undefined {
    return this.#request ?? this.#receiver.parser.pending
  }

  /** Requests answered, or being answered. */
  get served(): number {
    return this.#served
  }

  /**
   * Has each request answered, in order, one at a time, and yields the exchanges that the fast path did not
   * finish. Ends when no request will follow; throws ProtocolError when the client breaks the rules.
   */
  async *exchanges(responder: Responder): AsyncGenerator<PendingExchange, void, undefined> {
    this.#responder = responder
    while (!this.#last && !this.gone) {
      this.#reading = true
      this.#advance()
      await this.#condition.until(
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
  answered({ response }: PendingExchange): Promise<Response> {
    return this.#handling.answered(response)
  }

  /** Sends an answer, whole or as it comes, and waits until the transport has taken it. */
  async send({ request }: PendingExchange, response: Response): Promise<void> {
    if (response.close === true || this.#isLast(request) || endsByClosing(response, request.version))
      this.#last = true
    await this.#sender.send(response, this.#exchange(request))
  }

  /**
   * Writes a 101 and gives the transport away, which reports to its next holder from then on. Throws ProtocolError when
   * the client has sent other requests before, or bytes behind this one: they could be read in two ways.
   */
  release({ fields }: Upgrade): Transport {
    if (this.#served > 1) throw new ProtocolError(400, 'only the first request may switch protocols')
    if (this.#receiver.parser.buffered > 0)
      throw new ProtocolError(400, 'bytes behind a request to switch protocols')
    this.#last = true
    this.#isReleased = true
    this.#options.deadlines.delete(this)
    this.#transport.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`)
    return this.#transport
  }

  /** A last answer to a client that broke the protocol. Best effort: it may be gone. */
  async refuse(response: Response & { readonly body: string }): Promise<void> {
    this.#last = true
    this.#sender.cutStream()
    const method = this.#request?.method ?? (this.#receiver.parser.isHead ? 'HEAD' : 'GET')
    await this.#sender.send(response, this.#exchange({ method, version: '1.1' }))
  }

  /** A last answer in this turn of the event loop, without time to read it: the file is needed. */
  refuseAtOnce(response: Response & { readonly body: string }): void {
    this.#last = true
    const encoded = encodeResponse(response, response.body, this.#exchange({ method: 'GET', version: '1.1' }))
    // The system takes so little at once, and sends it before the FIN.
    this.#transport.write(encoded)
    this.#transport.destroy()
  }

  /** No further exchange: an idle connection ends now, one at work after its answer. */
  finish(): void {
    this.#last = true
    this.#condition.notify()
  }

  /** Ends exchanges() with this error, unless an exchange is in progress. */
  fail(error: ProtocolError): void {
    if (this.#pending !== undefined) return
    this.#failure = error
    this.#condition.notify()
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** Closes so that the last answer is read: FIN, drain for a moment, destroy (RFC 9112 section 9.6). */
  async hangUp(): Promise<void> {
    if (this.#isReleased) return
    this.#receiver.discard()
    this.#phase.enter('sending')
    if (this.#transport.isClosed) this.#options.deadlines.delete(this)
    if (this.gone) return
    this.#transport.end(() => {
      this.#phase.enter('lingering')
    })
    this.#transport.resume()
    await this.#condition.until(() => this.#transport.isClosed)
  }

  /** Called by Deadlines when the deadline has passed. */
  late(): void {
    const { part } = this.#phase
    this.#phase.deadline = Infinity
    switch (part) {
      case 'opening':
      case 'idle':
        this.finish()
        return
      case 'head':
      case 'body':
        this.fail(new ProtocolError(408, `the ${part} of the request did not arrive in time`))
        return
      case 'handling':
        this.#handling.giveUp(
          new Error(`no answer to ${this.#request?.method ?? ''} ${this.#request?.path ?? ''} in time`),
        )
        return
      default:
        this.#transport.destroy()
    }
  }

  // --- what the transport reports --------------------------------------------------------------------

  #attach(): void {
    this.#transport.attach({
      connected: () => undefined,
      received: (chunk) => {
        this.#received(chunk)
      },
      ended: () => {
        this.#receiver.ended()
        this.#sender.ended()
        this.#proceed()
      },
      drained: () => {
        this.#sender.drained()
        this.#proceed()
      },
      closed: () => {
        // A handler that is still working keeps the place of its connection until it ends or is given up.
        if (this.#phase.part !== 'handling') this.#options.deadlines.delete(this)
        this.#handling.abort()
        this.#condition.notify()
      },
    })
  }

  #received(chunk: Buffer): void {
    if (!this.#receiver.received(chunk)) return
    if (this.#reading && !this.#sender.isCongested) this.#advance()
    else this.#receiver.holdBack()
  }

  #proceed(): void {
    if (this.#reading) this.#advance()
    this.#condition.notify()
  }

  get #noneWillFollow(): boolean {
    return this.#last || this.gone || (this.#receiver.hasEnded && !this.#sender.isCongested)
  }

  // --- the fast path --------------------------------------------------------------------------------

  /** Parses what has arrived and answers on the spot what can be; the rest is left for the slow path. */
  #advance(): void {
    const served = this.#served
    try {
      this.#answerBurst()
      this.#answerEarly()
      if (this.#pending === undefined && this.#receiver.parser.takeContinue()) this.#sender.post(CONTINUE)
      if (this.#receiver.hasEnded && this.#pending === undefined && !this.#sender.isCongested)
        this.#receiver.parser.end()
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
    this.#waitFor(this.#served > served)
    if (this.#pending !== undefined || this.#failure !== undefined) this.#condition.notify()
    else if (!this.#sender.isCongested) this.#receiver.goOn()
  }

  #answerBurst(): void {
    let burst = ''
    try {
      while (this.#pending === undefined && !this.#last && !this.#sender.isCongested) {
        const request = this.#receiver.parser.next()
        if (request === undefined) return
        const encoded = this.#answerAtOnce(request)
        if (typeof encoded === 'string' && burst.length < MAX_WAITING) {
          burst += encoded
        } else {
          this.#sender.post(burst)
          burst = ''
          this.#sender.post(encoded)
        }
      }
    } finally {
      this.#sender.post(burst)
    }
  }

  /** The bytes of an answer that needs no waiting; otherwise '', and #pending is set. */
  #answerAtOnce(request: Request): Encoded {
    this.#served++
    this.#seenHead = undefined
    this.#request = request
    const response = this.#responder.respond(request)
    if (isPlain(response) && !this.#isLast(request)) {
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

  /** A request that is refused whatever its body is refused before the body comes, and before `100 Continue`. */
  #answerEarly(): void {
    const head = this.#receiver.parser.pending
    if (this.#pending !== undefined || head === undefined || head === this.#seenHead || this.#last) return
    this.#seenHead = head
    const response = this.#responder.early(head)
    if (response === undefined) return
    this.#served++
    this.#request = head
    this.#pending = { request: head, response: { ...response, close: true } }
  }

  // --- common ---------------------------------------------------------------------------------------

  #isLast(request: RequestHead): boolean {
    return (
      this.#last ||
      !request.keepAlive ||
      this.#served >= this.#options.maxRequests ||
      this.#transport.isWorn === true ||
      !this.#options.mayPersist(request)
    )
  }

  #exchange({ method, version }: Pick<Request, 'method' | 'version'>): Exchange {
    return { method, version, close: this.#last, date: this.#options.deadlines.date() }
  }

  /** Enters the part of the conversation that is waited for now. */
  #waitFor(answered: boolean): void {
    if (this.#pending !== undefined) this.#phase.enter('handling')
    else if (this.#sender.isCongested) this.#phase.enter('sending')
    else this.#phase.follow(this.#receiver.parser.phase, answered)
  }
}

/** Whether an answer is here that neither ends the connection nor switches its protocol. */
function isPlain(response: Response | Promise<Response>): response is Response {
  return !(response instanceof Promise) && response.close !== true && response.upgrade === undefined
}

function noHandlerYet(): never {
  throw new Error('answers are made by the handler given to exchanges()')
}
