/**
 * Requests to many servers: kept connections, few at a time being opened, a repeat only where it is safe.
 *
 * A request on a kept connection can meet the server closing it. If not one byte of an answer came, it is
 * sent once more on a fresh connection, provided its method is idempotent (RFC 9110 section 9.2.2) or the
 * caller says that the server recognises a repeat. Redirects are not followed.
 *
 * A target with a key has connections of its own: on each of them the key was proved before anything was sent, and none
 * of them is used for a target without one.
 */
import { isIP } from 'node:net'
import {
  ClientConnection,
  ClientError,
  authority,
  prepare,
  type ClientConnectionOptions,
  type ClientTimeouts,
  type StreamedResponse,
} from './client-connection.ts'
import { Deadlines, tickFor } from './connection/deadlines.ts'
import { IdleConnections, idleWithin } from './connection/idle-connections.ts'
import { PipelinedConnection } from './connection/pipeline.ts'
import { openFiles } from './transport/open-files.ts'
import { SYSTEM, type Platform } from './transport/platform.ts'
import { DEFAULT_LIMITS, type Address, type Limits, type ReceivedResponse, type Target } from './message.ts'
import type { OutgoingRequest } from './codec/encode.ts'
import type { Transport } from './transport/transport.ts'

export const DEFAULT_CLIENT_TIMEOUTS: ClientTimeouts = {
  connect: 2_000,
  prove: 5_000,
  answer: 5_000,
  silence: 40_000,
  idle: 25_000,
  provedIdle: 600_000,
}

/** Begins to connect: connected() is called when the other end has proved the key of the target, or any if that has none. */
export type ProvingConnect = (platform: Platform, target: Target) => Transport

/** A connection on which both keys are proved, before anything else is sent. */
export interface Entrance {
  /** Bytes that no other connection has. */
  readonly binding: Buffer
  readonly ask: (request: OutgoingRequest) => Promise<ReceivedResponse>
}

/** Rejects with ClientError when the connection may not be used for the room of its target. */
export type Admit = (target: Target & { readonly room: string }, entrance: Entrance) => Promise<void>

export interface ClientOptions {
  readonly timeouts?: Partial<ClientTimeouts>
  /** Limits of answers. Default of the body: 1 MiB. */
  readonly limits?: Partial<Limits>
  /** Connections being opened at a time. */
  readonly dials?: number
  /** Idle connections kept to one server. */
  readonly kept?: number
  /** Files that the process may have open; idle connections are kept within them. Default: the limit of the system. */
  readonly openFiles?: number
  /** Connects to targets with a key. Without it, requests to them are rejected. */
  readonly secure?: ProvingConnect
  /** Targets without a key are connected to in this way, too: nothing leaves in clear. */
  readonly isClosed?: boolean
  /** Lets connections into the rooms of their targets. Without it, requests to rooms are rejected. */
  readonly admit?: Admit
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
  readonly #options: ClientConnectionOptions
  /** Of connections whose other end has proved its key. */
  readonly #provedOptions: ClientConnectionOptions
  readonly #secure: ProvingConnect | undefined
  readonly #isClosed: boolean
  readonly #admit: Admit | undefined
  readonly #idle: IdleConnections
  readonly #open = new Set<ClientConnection>()
  /** Connections of a PipelinedConnection: never used for anything else. */
  readonly #lined = new WeakSet<ClientConnection>()
  /** Connections that are being let into a room. */
  readonly #entering = new WeakSet<ClientConnection>()
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
    const provedTimeouts = { ...timeouts, idle: timeouts.provedIdle }
    this.#provedOptions = { limits, timeouts: provedTimeouts, deadlines, isProved: true }
    this.#secure = options.secure
    this.#isClosed = options.isClosed ?? false
    this.#admit = options.admit
    const inAll = idleWithin(options.openFiles ?? openFiles())
    this.#idle = new IdleConnections({ perServer: options.kept ?? 2, inAll })
    this.#dialsLeft = options.dials ?? 16
  }

  /**
   * Sends a request; the bytes leave in this turn of the event loop when a kept connection is idle.
   * Rejects with ClientError when no complete answer came, with TypeError for what cannot be sent.
   */
  async request(target: Target, request: ClientRequest): Promise<ReceivedResponse> {
    const message = prepare(request, target)
    const kept = this.#idle.take(serverOf(target))
    if (kept === undefined) return this.#onFresh(target, (connection) => connection.ask(message))
    try {
      return await kept.ask(message)
    } catch (error) {
      const safe = request.repeatable === true || IDEMPOTENT.has(request.method)
      if (!safe || !(error instanceof ClientError) || !error.stale) throw error
      return await this.#onFresh(target, (connection) => connection.ask(message))
    }
  }

  /** For an answer without end: resolves with its head, its body follows piece by piece. */
  async stream(target: Target, request: OutgoingRequest): Promise<StreamedResponse> {
    const message = prepare(request, target)
    return this.#onFresh(target, (connection) => connection.stream(message))
  }

  /** For requests that must arrive in the order in which they are made. */
  line(target: Target): PipelinedConnection {
    return new PipelinedConnection(target, async (isFresh) => {
      const kept = isFresh ? undefined : this.#idle.take(serverOf(target))
      const connection = kept ?? (await this.#onFresh(target, (fresh) => fresh))
      this.#lined.add(connection)
      return connection
    })
  }

  /** Whether this server has answered a request, as far as is remembered. */
  hasAnswered(target: Target): boolean {
    return this.#answered.has(serverOf(target))
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

  async #onFresh<Answer>(
    target: Target,
    use: (connection: ClientConnection) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const connect = this.#connector(target)
    if (this.#dialsLeft > 0) this.#dialsLeft--
    else if (!this.#closed) await new Promise<void>((resolve) => this.#dialQueue.push(resolve))
    if (this.#closed) throw new ClientError('closed', 'the client was closed')
    const { room } = target
    if (room === undefined) return use(this.#dial(target, connect()))
    return use(await this.#enter({ ...target, room }, connect()))
  }

  async #enter(target: Target & { readonly room: string }, transport: Transport): Promise<ClientConnection> {
    const connection = await new Promise<ClientConnection>((resolve) => {
      const dialled = this.#dial(target, transport, () => {
        // After the connection is made known to its owner: a failure may come in the same turn.
        queueMicrotask(() => {
          resolve(dialled)
        })
      })
      this.#entering.add(dialled)
    })
    const { binding, failure } = connection
    const ask = (request: OutgoingRequest): Promise<ReceivedResponse> =>
      connection.ask(prepare(request, target))
    try {
      if (failure !== undefined) throw failure
      if (this.#admit === undefined || binding === undefined)
        throw new ClientError('unreachable', 'no connection there is let into a room')
      await this.#admit(target, { binding, ask })
    } catch (error) {
      connection.destroy()
      throw error
    } finally {
      this.#entering.delete(connection)
    }
    return connection
  }

  /** Begins to connect. Throws ClientError for a target that this client cannot connect to. */
  #connector({ host, port, key }: Target): () => Transport {
    if (!isDiallable({ host, port }))
      throw new ClientError('unreachable', `no such address: ${authority({ host, port })}`)
    if (!this.#isProving({ key })) return () => this.#platform.network.connect({ host, port })
    const secure = this.#secure
    if (secure === undefined) throw new ClientError('unreachable', 'secure connections are not made here')
    return () => secure(this.#platform, { host, port, key })
  }

  /** Whether the other end has to prove a key before anything is sent to it. */
  #isProving({ key }: Pick<Target, 'key'>): boolean {
    return this.#isClosed || key !== undefined
  }

  /** `opened`: called when it is connected, or has failed to be. */
  #dial(target: Target, transport: Transport, opened = (): void => undefined): ClientConnection {
    const server = serverOf(target)
    const options = this.#isProving(target) ? this.#provedOptions : this.#options
    const connection = new ClientConnection(transport, options, {
      connected: () => {
        this.#endDial()
        opened()
      },
      answered: () => {
        this.#remember(server)
      },
      idle: () => {
        if (this.#entering.has(connection)) return
        if (this.#lined.has(connection)) this.#idle.touch(connection)
        else this.#idle.add(server, connection)
      },
      closed: () => {
        this.#open.delete(connection)
        this.#idle.delete(server, connection)
      },
    })
    this.#open.add(connection)
    return connection
  }

  #remember(server: string): void {
    this.#answered.delete(server)
    this.#answered.add(server)
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
}

/** One server, as far as connections go. It includes the zone, which says by which interface it is reached. */
function serverOf({ host, port, key = '', room = '' }: Target): string {
  return `${host} ${port} ${key} ${room}`
}

function isDiallable({ host, port }: Address): boolean {
  return isIP(host) !== 0 && Number.isInteger(port) && port > 0 && port < 65_536
}
