/**
 * Requests to one server, in order on one connection of their own. When that connection is gone, all further requests are
 * rejected, so none overtakes another.
 *
 * Servers end a connection after some requests, often 1000, and one on which a key was proved when it is worn. Before that
 * another one is opened, and takes over when every request has its answer: a new connection waits in the queue of a busy
 * server, and messages would wait with it.
 */
import { ClientError, prepare, type ClientConnection, type Prepared } from '../client-connection.ts'
import type { OutgoingRequest } from '../codec/encode.ts'
import type { HeaderFields, ReceivedResponse, Target } from '../message.ts'

/** Requests on a connection in clear before the next one is opened, and between two attempts to open it. */
const RENEW_AFTER = 500

/** The first request on the next connection. Any answer shows that the server has accepted it. */
const PROBE = { method: 'GET', target: '/healthz' }

export class PipelinedConnection {
  readonly #target: Target
  readonly #open: (isFresh: boolean) => Promise<ClientConnection>
  /** The connection as soon as requests may be sent on it; they wait for it in their order. */
  #opening: Promise<ClientConnection> | undefined
  /** Requests are sent on it at once. */
  #connection: ClientConnection | undefined
  #next: ClientConnection | undefined
  /** Requests until another connection may be opened. */
  #untilRenewal: number
  #isRenewing = false
  #unanswered = 0
  /** Called when every request is answered. */
  #settled: () => void = () => undefined
  /** The connection on which a request failed. */
  #failed: ClientConnection | undefined
  /** Requests that wait for the connection to open: those behind them wait, too. */
  #waiting = 0
  #hasFailed = false
  /** The header fields of the last request, by which the server identifies this client. */
  #headers: HeaderFields = {}

  /** `open` is called for the first request, and later, with true, for a connection that was not used before. */
  constructor(target: Target, open: (isFresh: boolean) => Promise<ClientConnection>) {
    this.#target = target
    this.#open = open
    this.#untilRenewal = this.#requestsOfOne
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
    const message = prepare(request, this.#target)
    if (request.headers !== undefined) this.#headers = request.headers
    if (this.#next !== undefined && this.#waiting === 0) this.#change(this.#next)
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
    if (this.#isRenewalDue(connection)) void this.#renew()
    try {
      return await connection.ask(message)
    } catch (error) {
      this.#failed = connection
      throw error
    } finally {
      if (--this.#unanswered === 0) this.#settled()
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

  // --- the next connection --------------------------------------------------------------------------

  /** Requests on one connection before the next is opened; one on which a key was proved is opened when it is worn. */
  get #requestsOfOne(): number {
    return this.#target.key === undefined ? RENEW_AFTER : 0
  }

  #isRenewalDue(connection: ClientConnection): boolean {
    this.#untilRenewal--
    if (this.#untilRenewal > 0 || this.#isRenewing || this.#next !== undefined) return false
    return this.#target.key === undefined || connection.isWorn
  }

  async #renew(): Promise<void> {
    this.#isRenewing = true
    try {
      const next = await this.#open(true)
      const agent = this.#headers['User-Agent']
      const headers = agent === undefined ? {} : { 'User-Agent': agent }
      await next.ask(prepare({ ...PROBE, headers }, this.#target))
      this.#next = next
    } catch {
      // The present connection is used as long as it lasts.
      this.#untilRenewal = RENEW_AFTER
    } finally {
      this.#isRenewing = false
    }
  }

  /** From now on requests go to the next connection, once all on the present one are answered. */
  #change(next: ClientConnection): void {
    this.#next = undefined
    this.#untilRenewal = this.#requestsOfOne
    const present = this.#connection
    // The next connection may have ended while it waited.
    if (next.gone || present === undefined) return
    if (this.#unanswered === 0) {
      present.destroy()
      this.#connection = next
      return
    }
    this.#connection = undefined
    this.#opening = new Promise((resolve) => {
      this.#settled = () => {
        this.#settled = () => undefined
        // After a failure those that wait are rejected, too: they must not overtake what has to be sent again.
        const hasLost = this.#failed === present
        if (hasLost) this.#next = next
        this.#connection = hasLost ? present : next
        present.destroy()
        resolve(this.#connection)
      }
    })
  }
}
