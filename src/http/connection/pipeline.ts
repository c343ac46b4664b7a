/**
 * Requests to one server, in order on one connection of their own. When that connection is gone, all further requests are
 * rejected, so none overtakes another.
 *
 * Servers end a connection after some requests, often 1000. Before that another one is opened, and takes over when no
 * request is under way: a new connection waits in the queue of a busy server, and messages would wait with it.
 */
import { ClientError, prepare, type ClientConnection, type Prepared } from '../client-connection.ts'
import type { OutgoingRequest } from '../codec/encode.ts'
import type { Address, HeaderFields, ReceivedResponse } from '../message.ts'

/** Requests on a connection before the next one is opened. */
const RENEW_AFTER = 500

/** The first request on the next connection. Any answer shows that the server has accepted it. */
const PROBE = { method: 'GET', target: '/healthz' }

export class PipelinedConnection {
  readonly #address: Address
  readonly #open: (isFresh: boolean) => Promise<ClientConnection>
  #opening: Promise<ClientConnection> | undefined
  #connection: ClientConnection | undefined
  #next: ClientConnection | undefined
  /** Requests on this connection, or since the last try to open another. */
  #requests = 0
  #unanswered = 0
  /** Requests that wait for the connection to open: those behind them wait, too. */
  #waiting = 0
  #hasFailed = false
  /** The header fields of the last request, by which the server identifies this client. */
  #headers: HeaderFields = {}

  /** `open` is called for the first request, and later, with true, for a connection that was not used before. */
  constructor(address: Address, open: (isFresh: boolean) => Promise<ClientConnection>) {
    this.#address = address
    this.#open = open
  }

  /** Every further request is rejected. */
  get isOver(): boolean {
    return this.#hasFailed || (this.#connection?.gone === true && this.#next?.gone !== false)
  }

  /** No request waits for its answer, or for the connection to open. */
  get isIdle(): boolean {
    return this.#unanswered === 0 && this.#waiting === 0
  }

  /**
   * Sends a request behind those that have no answer yet (pipelining, RFC 9112 section 9.3.2). Rejects with
   * ClientError, and so do all behind it; nothing is sent twice. Rejects with TypeError for what cannot be sent.
   */
  async request(request: OutgoingRequest): Promise<ReceivedResponse> {
    const message = prepare(request, this.#address)
    if (request.headers !== undefined) this.#headers = request.headers
    if (this.#next !== undefined && this.#unanswered === 0) this.#change(this.#next)
    // Once the connection is open the bytes leave at once, before anything else that the caller does in this turn.
    if (this.#connection !== undefined && this.#waiting === 0) return this.#ask(this.#connection, message)
    return this.#askWhenOpen(message)
  }

  async #askWhenOpen(message: Prepared): Promise<ReceivedResponse> {
    this.#waiting++
    let connection: ClientConnection
    try {
      connection = await (this.#opening ??= this.#begin())
    } finally {
      this.#waiting--
    }
    // Asked in the step in which it stops waiting: between two steps another request would overtake it.
    return this.#ask(connection, message)
  }

  async #ask(connection: ClientConnection, message: Prepared): Promise<ReceivedResponse> {
    if (connection.gone) throw new ClientError('closed', 'the connection was closed', true)
    this.#unanswered++
    if (++this.#requests === RENEW_AFTER) void this.#renew()
    try {
      return await connection.ask(message)
    } finally {
      this.#unanswered--
    }
  }

  async #begin(): Promise<ClientConnection> {
    try {
      this.#connection = await this.#open(false)
      return this.#connection
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }

  async #renew(): Promise<void> {
    try {
      const next = await this.#open(true)
      const agent = this.#headers['User-Agent']
      const headers = agent === undefined ? {} : { 'User-Agent': agent }
      await next.ask(prepare({ ...PROBE, headers }, this.#address))
      this.#next = next
    } catch {
      // The present connection is used as long as it lasts.
      this.#requests = 0
    }
  }

  #change(next: ClientConnection): void {
    this.#next = undefined
    this.#requests = 0
    // The next connection may have ended while it waited.
    if (next.gone) return
    this.#connection?.destroy()
    this.#connection = next
  }
}
