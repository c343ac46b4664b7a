/**
 * Listens, limits, serves each connection with one async function, and closes gracefully.
 *
 * "Thread per connection": serveConnection() is the whole life of a connection, read from top to bottom.
 */
import { Connection, type ConnectionOptions, type Responder } from './connection/connection.ts'
import { Deadlines, tickFor } from './connection/deadlines.ts'
import { Discards } from './connection/discards.ts'
import { hostKey, isLoopback } from './ip.ts'
import { openFiles } from './transport/open-files.ts'
import { HeadCache } from './codec/head-cache.ts'
import {
  DEFAULT_LIMITS,
  NoAnswer,
  ProtocolError,
  type Address,
  type Context,
  type Handler,
  type Limits,
  type ProvedTransport,
  type Response,
} from './message.ts'
import { SYSTEM, type Platform } from './transport/platform.ts'
import { DEFAULT_TIMEOUTS, type Timeouts } from './timeouts.ts'
import type { RequestHead } from './codec/request-parser.ts'
import {
  TOO_MANY_CONNECTIONS,
  refusal,
  serverCode,
  serverResponse,
  type OnRefused,
} from './server-responses.ts'
import type { Clock } from './transport/clock.ts'
import type { Transport, TransportError, TransportListener } from './transport/transport.ts'

/** Counts of connections. Over one of them a new connection, or the silent one it replaces, is answered 503. */
export interface Caps {
  readonly total: number
  /** From one host (hostKey() in ip.ts). */
  readonly perHost: number
  /** From one loopback address: programs of this machine. */
  readonly perLoopback: number
  /** Connections that have not completed a request yet; the oldest of them is closed for a new one. */
  readonly silent: number
  /** The age from which a connection may be closed for that reason, in milliseconds. */
  readonly silentAfter: number
}

/**
 * Caps that fit into so many open files: half of what the rest of the program leaves, which has a second server, a
 * database, and connections of its own. 1024 files are enough for the caps as they are.
 */
export function capsWithin(files: number, caps: Caps): Caps {
  if (files >= 1_024) return caps
  const total = Math.min(caps.total, Math.max(4, Math.floor((files - FILES_OF_THE_REST) / 2)))
  const atMost = (count: number): number => Math.min(count, total)
  const { perHost, perLoopback, silent, silentAfter } = caps
  return {
    ...{ total, silentAfter },
    ...{ perHost: atMost(perHost), perLoopback: atMost(perLoopback), silent: atMost(silent) },
  }
}

const FILES_OF_THE_REST = 40

export const DEFAULT_CAPS: Caps = { total: 512, perHost: 16, perLoopback: 128, silent: 64, silentAfter: 250 }

export interface ServerOptions {
  readonly host?: string
  /** 0 (the default): any free port. */
  readonly port?: number
  readonly limits?: Partial<Limits>
  readonly timeouts?: Partial<Timeouts>
  readonly caps?: Partial<Caps>
  /** Files that the process may have open. Default: the limit of the system. */
  readonly openFiles?: number
  /** Answers on one connection; then it is closed, unless the other end has proved its key. */
  readonly maxRequests?: number
  /** Whether a client that allows it may send another request on its connection. Default: it may. */
  readonly mayPersist?: ((request: RequestHead) => boolean) | undefined
  /** Called for each request whose body is not here yet. Its answer, if any, is the last on the connection. */
  readonly onHead?: OnHead | undefined
  /** Mistakes of the program: an exception in a handler, an answer that cannot be sent. Never the client's mistakes. */
  readonly onError?: (error: unknown) => void
  /** Called for refusals by the server, not the handler: broken requests, late ones (408), too many connections (503). */
  readonly onRefused?: OnRefused | undefined
  /**
   * The answer in the place of the server's own ones to this client (unknown methods, broken and late requests, mistakes of
   * the program), after which it closes; undefined: its own. Too many connections are always answered 503.
   */
  readonly onlyAnswer?: OnlyAnswer | undefined
  /** Called for every answer, of the handler or of the server, before it is sent. */
  readonly addHeaders?: AddHeaders | undefined
}

/** Answers from the head of a request whose body is on its way, if the body makes no difference: 401, 404, 405. */
export type OnHead = (head: RequestHead, context: Context) => Response | undefined

/** The code of a refusal, and the refusal. */
export interface Refused {
  readonly code: string
  readonly answer: Response & { readonly body: string }
}

export type OnlyAnswer = (context: Context) => Refused | undefined

/** The functions that the owner of a server has passed, beside the handler. */
interface Hooks {
  readonly onHead: OnHead
  readonly onError: (error: unknown) => void
  readonly onRefused: OnRefused
  readonly onlyAnswer: OnlyAnswer
  readonly addHeaders: AddHeaders | undefined
}

/** Adds the fields that all answers of a server have; `head`: that of the request, as far as it could be read. */
export type AddHeaders = <Answer extends Response>(answer: Answer, head: RequestHead | undefined) => Answer

/**
 * The whole life of one connection: this is its "thread". Never rejects. Resolves with what HTTP goes on with when the
 * protocol was switched.
 */
async function serveConnection(
  connection: Connection,
  handler: Handler,
  { onHead, onError, onRefused, onlyAnswer, addHeaders }: Hooks,
): Promise<ProvedTransport | undefined> {
  const serverWide = (head: RequestHead): Response | undefined => {
    const own = serverResponse(head)
    if (own === undefined) return undefined
    const { code, answer } = onlyAnswer(connection) ?? { code: serverCode(own.status), answer: own }
    if (answer.status >= 400) onRefused(code, answer.status)
    return answer
  }
  const plain: Responder = {
    respond: (request) => serverWide(request) ?? handler(request, connection),
    early: (head) => serverWide(head) ?? onHead(head, connection),
  }
  const responder = addHeaders === undefined ? plain : withHeaders(plain, addHeaders)
  try {
    for await (const exchange of connection.exchanges(responder)) {
      const answer = await connection.answered(exchange)
      if (answer.upgrade !== undefined)
        return await answer.upgrade.take(connection.release(answer.upgrade), connection.age)
      await connection.send(exchange, answer)
    }
    return undefined
  } catch (error) {
    if (error instanceof NoAnswer) {
      connection.destroy()
      return undefined
    }
    const own = {
      code: error instanceof ProtocolError ? serverCode(error.status) : undefined,
      answer: refusal(error),
    }
    const { code, answer } = (own.answer.status === 503 ? undefined : onlyAnswer(connection)) ?? own
    if (own.code === undefined && !connection.gone) onError(error)
    else if (code !== undefined) onRefused(code, answer.status)
    await connection.refuse(addHeaders?.(answer, connection.head) ?? answer)
    return undefined
  } finally {
    await connection.hangUp()
  }
}

function withHeaders({ respond, early }: Responder, addHeaders: AddHeaders): Responder {
  return {
    respond: (request) => {
      const answer = respond(request)
      return answer instanceof Promise
        ? answer.then((settled) => addHeaders(settled, request))
        : addHeaders(answer, request)
    },
    early: (head) => {
      const answer = early(head)
      return answer === undefined ? undefined : addHeaders(answer, head)
    },
  }
}

export class Server implements AsyncDisposable {
  readonly #handler: Handler
  readonly #clock: Clock
  readonly #caps: Caps
  readonly #connectionOptions: ConnectionOptions
  /** Connections whose other end has proved its key: they last. */
  readonly #provedOptions: ConnectionOptions
  readonly #hooks: Hooks
  /** Each open connection and its "thread". */
  readonly #open = new Map<Connection, Promise<void>>()
  /** Connections that count against the caps. The others have been rejected and are closing. */
  readonly #admitted = new Set<Connection>()
  /** Connections without a complete request, the oldest first. One that has sent a request is removed when it is met. */
  readonly #silent = new Set<Connection>()
  readonly #perHost = new Map<string, number>()
  #listener: TransportListener | undefined
  #isClosing = false

  private constructor(handler: Handler, options: ServerOptions, clock: Clock) {
    this.#handler = handler
    this.#clock = clock
    this.#caps = capsWithin(options.openFiles ?? openFiles(), { ...DEFAULT_CAPS, ...options.caps })
    this.#hooks = {
      onHead: options.onHead ?? (() => undefined),
      onError: options.onError ?? console.error,
      onRefused: options.onRefused ?? (() => undefined),
      onlyAnswer: options.onlyAnswer ?? (() => undefined),
      addHeaders: options.addHeaders,
    }
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
    const deadlines = new Deadlines(clock, tickFor(Object.values(timeouts)))
    this.#connectionOptions = {
      timeouts,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      deadlines,
      discards: new Discards(deadlines),
      knownHeads: new HeadCache(),
      maxRequests: options.maxRequests ?? 1_000,
      mayPersist: options.mayPersist ?? (() => true),
    }
    this.#provedOptions = {
      ...this.#connectionOptions,
      timeouts: { ...timeouts, idle: timeouts.provedIdle },
      maxRequests: Infinity,
    }
  }

  /**
   * Rejects with the error of listen(2): EADDRINUSE, EACCES, EADDRNOTAVAIL. `platform`: TCP and the clock of this machine,
   * unless another is passed.
   */
  static async listen(
    handler: Handler,
    options: ServerOptions = {},
    { network, clock }: Platform = SYSTEM,
  ): Promise<Server> {
    const server = new Server(handler, options, clock)
    const { host = '127.0.0.1', port = 0 } = options
    server.#listener = await network.listen(
      { host, port },
      {
        accept: (transport) => {
          server.#accept(transport)
        },
        failed: (error) => {
          server.#acceptFailed(error)
        },
      },
    )
    return server
  }

  /** Where it listens. */
  get address(): Address {
    if (this.#listener === undefined) throw new Error('not listening yet')
    return this.#listener.address
  }

  /** Open connections. */
  get connections(): number {
    return this.#open.size
  }

  /** Stops accepting, lets exchanges in progress finish for `grace` ms, then cuts. Idempotent. */
  async close(grace = 5_000): Promise<void> {
    this.#listener?.close()
    this.#isClosing = true
    for (const connection of this.#open.keys()) connection.finish()
    const cancelCut = this.#clock.after(grace, () => {
      for (const connection of this.#open.keys()) connection.destroy()
    })
    // One that is proved meanwhile is served by another "thread".
    while (this.#open.size > 0) await Promise.all(this.#open.values())
    cancelCut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The process may open no more files: the server goes on listening, and the next connection may find one. */
  #acceptFailed(error: TransportError): void {
    if (error.code === 'EMFILE' || error.code === 'ENFILE') this.#hooks.onRefused(TOO_MANY_CONNECTIONS, 503)
    else this.#hooks.onError(error)
  }

  #accept(transport: Transport): void {
    const connection = this.#serve(new Connection(transport, this.#connectionOptions))
    if (this.#evictFor(connection.remote.host)) this.#admit(connection)
    else this.#reject(connection)
  }

  #serve(connection: Connection): Connection {
    const thread = serveConnection(connection, this.#handler, this.#hooks).then((proved) => {
      // A connection that is proved takes the place of the one that it was.
      if (proved !== undefined) this.#replace(connection, proved)
      this.#open.delete(connection)
      this.#release(connection)
    })
    this.#open.set(connection, thread)
    return connection
  }

  #replace(before: Connection, { transport, peer }: ProvedTransport): void {
    const connection = new Connection(transport, this.#provedOptions, peer)
    if (this.#isClosing) connection.finish()
    const isAdmitted = this.#admitted.has(before)
    this.#release(before)
    this.#serve(connection)
    if (isAdmitted) this.#admit(connection)
  }

  /** Whether there is a place for a connection of this host. A silent or idle connection may lose its place for it. */
  #evictFor(host: string): boolean {
    const perHost = isLoopback(host) ? this.#caps.perLoopback : this.#caps.perHost
    if ((this.#perHost.get(hostKey(host)) ?? 0) >= perHost)
      return this.#replaceSilent({ host }) || this.#replaceIdle(host)
    if (this.#admitted.size >= this.#caps.total) return this.#replaceSilent({}) || this.#replaceIdle()
    this.#forgetSpeakers()
    // A burst that arrived while this process was busy is not silent: it was not read yet.
    if (this.#silent.size >= this.#caps.silent) this.#replaceSilent({ atLeast: this.#caps.silentAfter })
    return true
  }

  /** Rejects the connection (of this host, so many ms old) that has been silent for longest, if there is one. */
  #replaceSilent({ host, atLeast = 0 }: { readonly host?: string; readonly atLeast?: number }): boolean {
    const latest = this.#connectionOptions.deadlines.now() - atLeast
    for (const connection of this.#silent) {
      if (connection.openedAt > latest) return false
      if (connection.served > 0 || (host !== undefined && hostKey(connection.remote.host) !== hostKey(host)))
        continue
      this.#release(connection)
      this.#reject(connection)
      return true
    }
    return false
  }

  /** Ends the connection (of this host) that has been idle for longest, if there is one: any may end between requests. */
  #replaceIdle(host?: string): boolean {
    let longest: Connection | undefined
    for (const connection of this.#admitted) {
      if (connection.idleSince === undefined || (host !== undefined && connection.remote.host !== host))
        continue
      if (connection.idleSince < (longest?.idleSince ?? Infinity)) longest = connection
    }
    if (longest === undefined) return false
    this.#release(longest)
    longest.finish()
    return true
  }

  #forgetSpeakers(): void {
    for (const connection of this.#silent) {
      if (connection.served === 0) return
      this.#silent.delete(connection)
    }
  }

  #admit(connection: Connection): void {
    this.#admitted.add(connection)
    this.#silent.add(connection)
    const host = hostKey(connection.remote.host)
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1)
  }

  #release(connection: Connection): void {
    this.#silent.delete(connection)
    if (!this.#admitted.delete(connection)) return
    const host = hostKey(connection.remote.host)
    const left = (this.#perHost.get(host) ?? 1) - 1
    if (left > 0) this.#perHost.set(host, left)
    else this.#perHost.delete(host)
  }

  /** 503, and some time to read it; without that time when half as many connections as may be open are closing already. */
  #reject(connection: Connection): void {
    const error = new ProtocolError(503, 'too many connections; try again in a moment')
    if (this.#open.size - this.#admitted.size <= this.#caps.total / 2) {
      connection.fail(error)
      return
    }
    this.#hooks.onRefused(TOO_MANY_CONNECTIONS, 503)
    const answer = refusal(error)
    connection.refuseAtOnce(this.#hooks.addHeaders?.(answer, undefined) ?? answer)
  }
}
