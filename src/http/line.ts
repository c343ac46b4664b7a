/** Requests to one server, in order on one connection of their own; when that is gone, the line is over. */
import { ClientError, prepare, type ClientConnection, type Prepared } from './client-connection.ts'
import type { OutgoingRequest } from './encode.ts'
import type { Address, ReceivedResponse } from './message.ts'

export class Line {
  readonly #address: Address
  readonly #open: () => Promise<ClientConnection>
  #opening: Promise<ClientConnection> | undefined
  #connection: ClientConnection | undefined
  /** Requests that wait for it to be open: those behind them wait, too. */
  #waiting = 0
  #hasFailed = false

  /** `open` is called once, for the first request. */
  constructor(address: Address, open: () => Promise<ClientConnection>) {
    this.#address = address
    this.#open = open
  }

  /** Whatever is asked is rejected. */
  get isOver(): boolean {
    return this.#hasFailed || this.#connection?.gone === true
  }

  /**
   * Sends a request behind those that have no answer yet (pipelining, RFC 9112 section 9.3.2). Rejects with
   * ClientError, and so do all behind it; nothing is sent twice. Rejects with TypeError for what cannot be sent.
   */
  async request(request: OutgoingRequest): Promise<ReceivedResponse> {
    const message = prepare(request, this.#address)
    // Once it is open the bytes leave at once, before whatever else the caller does in this turn.
    const connection = this.#waiting === 0 ? this.#connection : undefined
    return this.#ask(connection ?? (await this.#opened()), message)
  }

  #ask(connection: ClientConnection, message: Prepared): Promise<ReceivedResponse> {
    if (connection.gone) throw new ClientError('closed', 'the connection was closed', true)
    return connection.ask(message)
  }

  async #opened(): Promise<ClientConnection> {
    this.#waiting++
    try {
      return await (this.#opening ??= this.#begin())
    } finally {
      this.#waiting--
    }
  }

  async #begin(): Promise<ClientConnection> {
    try {
      this.#connection = await this.#open()
      return this.#connection
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }
}
