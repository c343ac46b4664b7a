/**
 * The connections of a client that wait for their next request.
 *
 * Few are kept to one server, and a bounded number in all, because each is an open file: for one more, the least recently
 * used is closed. A connection that is at work is never closed.
 */
import type { ClientConnection } from '../client-connection.ts'

export interface IdleBounds {
  readonly perServer: number
  readonly inAll: number
}

export class IdleConnections {
  readonly #bounds: IdleBounds
  /** Those that any request may take, by server, the latest used last. */
  readonly #free = new Map<string, ClientConnection[]>()
  /** All that have been idle and were not taken since, the least recently used first. Those of lines may be at work. */
  readonly #used = new Set<ClientConnection>()

  constructor(bounds: IdleBounds) {
    this.#bounds = bounds
  }

  /** The one to this server that was used last. */
  take(server: string): ClientConnection | undefined {
    const free = this.#free.get(server)
    for (let connection = free?.pop(); connection !== undefined; connection = free?.pop()) {
      this.#used.delete(connection)
      if (connection.isWorn) connection.destroy()
      else if (!connection.gone) return connection
    }
    return undefined
  }

  /** It is idle, and any request to this server may take it. */
  add(server: string, connection: ClientConnection): void {
    const free = this.#free.get(server)
    if (connection.isWorn || (free?.length ?? 0) >= this.#bounds.perServer) {
      connection.destroy()
      return
    }
    if (free === undefined) this.#free.set(server, [connection])
    else free.push(connection)
    this.touch(connection)
  }

  /** It is idle, and belongs to a line. */
  touch(connection: ClientConnection): void {
    this.#used.delete(connection)
    this.#used.add(connection)
    if (this.#used.size > this.#bounds.inAll) this.#closeOldest()
  }

  delete(server: string, connection: ClientConnection): void {
    this.#used.delete(connection)
    const free = this.#free.get(server)
    const index = free?.indexOf(connection) ?? -1
    if (index !== -1) free?.splice(index, 1)
    if (free?.length === 0) this.#free.delete(server)
  }

  #closeOldest(): void {
    for (const connection of this.#used) {
      if (!connection.isIdle) continue
      this.#used.delete(connection)
      connection.destroy()
      return
    }
  }
}

/** Idle connections that fit into so many open files: a quarter, because servers, a database and requests need the rest. */
export function idleWithin(files: number): number {
  return Math.min(MOST, Math.max(4, Math.floor(files / 4)))
}

/** Two to each member of a large channel. */
const MOST = 2_048
