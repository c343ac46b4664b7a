/**
 * Requests to many servers: kept connections, few at a time being opened, a repeat only where it is safe.
 *
 * A request on a kept connection can meet the server closing it. If not one byte of an answer came, it is
 * sent once more on a fresh connection, provided its method is idempotent (RFC 9110 section 9.2.2) or the
 * caller says that the server recognises a repeat. Redirects are not followed.
 */
import { isIP } from 'node:net'
import {
  ClientConnection,
  ClientError,
  authority,
  prepare,
  type ClientTimeouts,
  type StreamedResponse,
} from './client-connection.ts'
import { Deadlines, tickFor } from './connection/deadlines.ts'
import { PipelinedConnection } from './connection/pipeline.ts'
import { SYSTEM, type Platform } from './transport/platform.ts'
import { DEFAULT_LIMITS, type Address, type Limits, type ReceivedResponse } from './message.ts'
import type { OutgoingRequest } from './codec/encode.ts'

export const DEFAULT_CLIENT_TIMEOUTS: ClientTimeouts = {
  connect: 2_000,
  answer: 5_000,
  silence: 40_000,
  idle: 25_000,
}

export interface ClientOptions {
  readonly timeouts?: Partial<ClientTimeouts>
  /** Limits of answers. Default of the body: 1 MiB. */
  readonly limits?: Partial<Limits>
  /** Connections being opened at a time. */
  readonly dials?: number
  /** Idle connections kept to one server. */
  readonly kept?: number
}

export interface ClientRequest extends OutgoingRequest {
  /** The server recognises a repeat of this request, whatever its method. */
  readonly repeatable?: boolean
}

/** Servers remembered as having answered. */
const MAX_REMEMBERED = 4_096

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

export class Client implements AsyncDisposable {
  readonly #platform: Platform
  readonly #options: { limits: Limits; timeouts: ClientTimeouts; deadlines: Deadlines }
  readonly #kept: number
  readonly #idle = new Map<string, ClientConnection[]>()
  readonly #open = new Set<ClientConnection>()
  /** Connections of a PipelinedConnection: never used for anything else. */
  readonly #lined = new WeakSet<ClientConnection>()
  /** Servers that have answered, the latest last. */
  readonly #answered = new Set<string>()
  #dialsLeft: number
  readonly #dialQueue: (() => void)[] = []
  #closed = false

  /** `platform`: TCP and the clock of this machine, unless another is passed. */
  constructor(options: ClientOptions = {}, platform: Platform = SYSTEM) {
    const timeouts = { ...DEFAULT_CLIENT_TIMEOUTS, ...options.timeouts }
    const limits = { ...DEFAULT_LIMITS, body: 1024 * 1024, ...options.limits }
    const deadlines = new Deadlines(platform.clock, tickFor(Object.values(timeouts)))
    this.#platform = platform
    this.#options = { limits, timeouts, deadlines }
    this.#kept = options.kept ?? 2
    this.#dialsLeft = options.dials ?? 16
  }

  /**
   * Sends a request; the bytes leave in this turn of the event loop when a kept connection is idle.
   * Rejects with ClientError when no complete answer came, with TypeError for what cannot be sent.
   */
  async request(address: Address, request: ClientRequest): Promise<ReceivedResponse> {
    const message = prepare(request, address)
    const kept = this.#takeIdle(address)
    if (kept === undefined) return this.#onFresh(address, (connection) => connection.ask(message))
    try {
      return await kept.ask(message)
    } catch (error) {
      const safe = request.repeatable === true || IDEMPOTENT.has(request.method)
      if (!safe || !(error instanceof ClientError) || !error.stale) throw error
      return await this.#onFresh(address, (connection) => connection.ask(message))
    }
  }

  /** For an answer without end: resolves with its head, its body follows piece by piece. */
  async stream(address: Address, request: OutgoingRequest): Promise<StreamedResponse> {
    const message = prepare(request, address)
    return this.#onFresh(address, (connection) => connection.stream(message))
  }

  /** For requests that must arrive in the order in which they are made. */
  line(address: Address): PipelinedConnection {
    return new PipelinedConnection(address, async (isFresh) => {
      const kept = isFresh ? undefined : this.#takeIdle(address)
      const connection = kept ?? (await this.#onFresh(address, (fresh) => fresh))
      this.#lined.add(connection)
      return connection
    })
  }

  /** Whether this server has answered a request, as far as is remembered. */
  hasAnswered(address: Address): boolean {
    return this.#answered.has(keyOf(address))
  }

  /** Cuts every connection for good; requests without an answer are rejected. */
  close(): void {
    this.#closed = true
    for (const connection of this.#open) connection.destroy()
    for (const proceed of this.#dialQueue.splice(0)) proceed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await Promise.resolve()
  }

  #takeIdle(address: Address): ClientConnection | undefined {
    const idle = this.#idle.get(keyOf(address))
    for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
      if (!connection.gone) return connection
    }
    return undefined
  }

  async #onFresh<Answer>(
    address: Address,
    use: (connection: ClientConnection) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    if (!isDiallable(address)) throw new ClientError('unreachable', `no such address: ${authority(address)}`)
    if (this.#dialsLeft > 0) this.#dialsLeft--
    else if (!this.#closed) await new Promise<void>((resolve) => this.#dialQueue.push(resolve))
    if (this.#closed) throw new ClientError('closed', 'the client was closed')
    return use(this.#dial(address))
  }

  #dial(address: Address): ClientConnection {
    const key = keyOf(address)
    const connection = new ClientConnection(this.#platform.network.connect(address), this.#options, {
      connected: () => {
        this.#endDial()
      },
      answered: () => {
        this.#remember(key)
      },
      idle: () => {
        if (!this.#lined.has(connection)) this.#keep(key, connection)
      },
      closed: () => {
        this.#open.delete(connection)
        this.#drop(key, connection)
      },
    })
    this.#open.add(connection)
    return connection
  }

  #remember(key: string): void {
    this.#answered.delete(key)
    this.#answered.add(key)
    if (this.#answered.size <= MAX_REMEMBERED) return
    for (const oldest of this.#answered) {
      this.#answered.delete(oldest)
      return
    }
  }

  /** The place to dial goes to the request that has waited longest. */
  #endDial(): void {
    const next = this.#dialQueue.shift()
    if (next === undefined) this.#dialsLeft++
    else next()
  }

  #keep(key: string, connection: ClientConnection): void {
    const idle = this.#idle.get(key)
    if (idle === undefined) this.#idle.set(key, [connection])
    else if (idle.length < this.#kept) idle.push(connection)
    else connection.destroy()
  }

  #drop(key: string, connection: ClientConnection): void {
    const idle = this.#idle.get(key)
    const index = idle?.indexOf(connection) ?? -1
    if (index !== -1) idle?.splice(index, 1)
    if (idle?.length === 0) this.#idle.delete(key)
  }
}

/** The key of a server. It includes the zone, which says by which interface it is reached. */
function keyOf({ host, port }: Address): string {
  return `${host} ${port}`
}

function isDiallable({ host, port }: Address): boolean {
  return isIP(host) !== 0 && Number.isInteger(port) && port > 0 && port < 65_536
}
