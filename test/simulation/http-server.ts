/** Where requests come in: each is read from its bytes, handed to the real handler, and the answer encoded. */
import { LAST_CHUNK, encodeChunk, encodeResponse, encodeStreamHead, isStream } from '../../src/http/encode.ts'
import { HEARTBEAT } from '../../src/http/event-stream.ts'
import {
  DEFAULT_LIMITS,
  ProtocolError,
  type Handler,
  type Request,
  type Response,
} from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/request-parser.ts'
import { refusal, serverResponse } from '../../src/http/server-responses.ts'
import type { Encoded } from '../../src/http/encode.ts'
import type { Address, Limits } from '../../src/http/message.ts'
import type { HttpServer } from '../../src/http/network.ts'
import type { ServerOptions } from '../../src/http/server.ts'
import type { Connection } from './connection.ts'
import type { Life } from './life.ts'

/** The real date would be another in each run. */
const DATE = 'Sat, 22 Nov 2025 01:00:34 GMT'

/** An event stream says so often that it lives; in milliseconds. The real feed does it by a timer of the system. */
const ALIVE = 15_000

/** What the server writes, in order; the last piece is marked. */
export type Write = (bytes: Buffer, isLast: boolean) => void

export class Listener implements HttpServer {
  readonly address: Address
  readonly life: Life
  readonly #handler: Handler
  readonly #limits: Limits
  readonly #onError: (error: unknown) => void
  readonly #connections = new Set<Connection>()
  readonly #busy = new Set<Connection>()
  #isClosed = false
  #whenIdle = (): void => undefined

  /** Throws as listen(2) does when the port is taken. */
  constructor(life: Life, handler: Handler, options: ServerOptions) {
    const { host = life.machine.ip, port = 0, limits, onError } = options
    if (life.machine.listeners.has(port)) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' })
    this.address = { host, port }
    this.life = life
    this.#handler = handler
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#onError = onError ?? (() => undefined)
    life.machine.listeners.set(port, this)
    life.onEnd(() => {
      this.#stop()
    })
  }

  accept(connection: Connection): void {
    this.#connections.add(connection)
    connection.server.onGone = () => this.#connections.delete(connection)
  }

  /** One request that arrived. The bytes of the answer go to `write`. */
  async serve(connection: Connection, bytes: Buffer, write: Write): Promise<void> {
    const gone = new AbortController()
    const leave = (): void => {
      gone.abort()
      this.#connections.delete(connection)
    }
    connection.server.onGone = leave
    const forget = this.life.onEnd(leave)
    this.#busy.add(connection)
    await this.#answer(connection, bytes, gone.signal, (piece, isLast) => {
      if (!this.life.isOver && connection.server.isOpen) write(piece, isLast)
    })
    forget()
    this.#busy.delete(connection)
    if (this.#isClosed) connection.close(connection.server)
    if (this.#busy.size === 0) this.#whenIdle()
  }

  async close(grace = 5_000): Promise<void> {
    this.#stop()
    this.#isClosed = true
    for (const connection of this.#connections)
      if (!this.#busy.has(connection)) connection.close(connection.server)
    if (this.#busy.size > 0)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
        this.life.clock.after(grace, resolve)
      })
    for (const connection of this.#connections) connection.close(connection.server)
  }

  #stop(): void {
    const { listeners } = this.life.machine
    if (listeners.get(this.address.port) === this) listeners.delete(this.address.port)
  }

  async #answer(connection: Connection, bytes: Buffer, signal: AbortSignal, write: Write): Promise<void> {
    const { request, response } = await this.#handle(connection, bytes, signal)
    const close = response.close === true || request?.keepAlive === false
    const exchange = { method: request?.method ?? 'GET', version: '1.1', close, date: DATE } as const
    const { body } = response
    if (!isStream(body)) {
      write(asBytes(encodeResponse(response, body ?? '', exchange)), true)
      return
    }
    write(asBytes(encodeStreamHead(response, exchange, true)), false)
    await this.#stream(body, signal, write)
  }

  async #stream(body: AsyncIterable<string | Uint8Array>, signal: AbortSignal, write: Write): Promise<void> {
    const { clock } = this.life
    const alive = (): void => {
      write(asBytes(encodeChunk(HEARTBEAT)), false)
      cancel = clock.after(ALIVE, alive)
    }
    let cancel = clock.after(ALIVE, alive)
    for await (const piece of body) write(asBytes(encodeChunk(piece)), false)
    cancel()
    if (!signal.aborted) write(asBytes(LAST_CHUNK), true)
  }

  async #handle(
    { client }: Connection,
    bytes: Buffer,
    signal: AbortSignal,
  ): Promise<{ request?: Request; response: Response }> {
    const remote = { host: client.life.machine.ip, port: 40_000 }
    try {
      const parser = new RequestParser(this.#limits)
      parser.push(bytes)
      const request = parser.next()
      if (request === undefined) throw new ProtocolError(400, 'half a request')
      const context = { signal, remote, local: this.address }
      return { request, response: serverResponse(request) ?? (await this.#handler(request, context)) }
    } catch (error) {
      if (!(error instanceof ProtocolError) && !this.life.isOver) this.#onError(error)
      return { response: { ...refusal(error), close: true } }
    }
  }
}

export function asBytes(encoded: Encoded): Buffer {
  return typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded
}
