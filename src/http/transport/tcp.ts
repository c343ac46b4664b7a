/**
 * TCP as a TransportNetwork, on node:net.
 *
 * It works around three habits of Node, each reproduced: half-open sockets are destroyed at FIN unless
 * allowHalfOpen; a socket without an error listener ends the process; resetAndDestroy() sends a FIN first.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { unmapped } from '../ip.ts'
import type {
  Accepting,
  Bytes,
  Transport,
  TransportError,
  TransportHolder,
  TransportListener,
  TransportNetwork,
} from './transport.ts'
import type { Address } from './address.ts'

/**
 * Bytes of answers that a client may leave in the memory of this process before write() returns false. The same on
 * every version of Node, whose default is 16 KiB on Node 20 and 64 KiB from Node 22 on.
 */
const UNSENT = 16 * 1024

/** Milliseconds without a byte before the system asks whether the server is still there. */
const KEEP_ALIVE = 10_000

export const TCP: TransportNetwork = {
  connect: ({ host, port }) =>
    new TcpTransport(
      connect({
        ...{ host, port, allowHalfOpen: true, noDelay: true },
        ...{ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE },
      }),
    ),
  listen,
}

async function listen({ host, port }: Address, { accept, failed }: Accepting): Promise<TransportListener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: UNSENT })
  server.on('connection', (socket) => {
    accept(new TcpTransport(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', failed)
  const bound = server.address() as AddressInfo
  return {
    address: { host: bound.address, port: bound.port },
    close: () => {
      server.close()
    },
  }
}

/** Node calls back for writes that a destroyed socket drops as well, with an error. */
function unlessFailed(taken: (() => void) | undefined): ((error?: Error | null) => void) | undefined {
  return (
    taken &&
    ((error) => {
      if (error === undefined || error === null) taken()
    })
  )
}

class TcpTransport implements Transport {
  readonly #socket: Socket
  #holder: TransportHolder | undefined
  #error: TransportError | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // Without this listener a reset would end the process.
    socket.on('error', (error) => (this.#error = error))
  }

  get remote(): Address {
    return { host: unmapped(this.#socket.remoteAddress ?? ''), port: this.#socket.remotePort ?? 0 }
  }

  get local(): Address {
    return { host: unmapped(this.#socket.localAddress ?? ''), port: this.#socket.localPort ?? 0 }
  }

  get unsent(): number {
    return this.#socket.writableLength
  }

  get isPaused(): boolean {
    return this.#socket.isPaused()
  }

  get isDestroyed(): boolean {
    return this.#socket.destroyed
  }

  get isClosed(): boolean {
    return this.#socket.closed
  }

  attach(holder: TransportHolder): void {
    const isFirst = this.#holder === undefined
    this.#holder = holder
    if (isFirst) this.#listen()
  }

  write(bytes: Bytes, taken?: () => void): boolean {
    return typeof bytes === 'string'
      ? this.#socket.write(bytes, 'latin1', unlessFailed(taken))
      : this.#socket.write(bytes, unlessFailed(taken))
  }

  end(taken?: () => void): void {
    this.#socket.end(unlessFailed(taken))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  reset(): void {
    // resetAndDestroy() would send its FIN first; a Node that does not know this property sends the FIN alone.
    Object.assign(this.#socket, { resetAndClosing: true }).destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #listen(): void {
    this.#socket
      .on('connect', () => this.#holder?.connected())
      .on('data', (chunk: Buffer) => this.#holder?.received(chunk))
      .on('end', () => this.#holder?.ended())
      .on('drain', () => this.#holder?.drained())
      .on('close', () => this.#holder?.closed(this.#error))
  }
}
