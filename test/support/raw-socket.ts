/**
 * TCP by hand: sockets that show every byte, and a server that speaks as its test says. Bytes are text of which each
 * character is one byte (Latin-1).
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Address } from '../../src/http/message.ts'

/** One end of a TCP connection, held by a test. */
export class RawSocket implements AsyncDisposable {
  readonly socket: Socket
  /** Everything that came, as Latin-1. */
  received = ''
  /** The other side has sent its FIN. */
  ended = false
  closed = false
  error: string | undefined
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('end', () => {
      this.ended = true
      this.#wake()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const raw = new RawSocket(socket)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return raw
  }

  /** Resolves when the kernel has the bytes. */
  async send(bytes: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, 'latin1', () => {
        resolve()
      })
    })
  }

  /** FIN: nothing more will be sent. */
  finish(): void {
    this.socket.end()
  }

  /** RST and no FIN, as when a machine restarts. resetAndDestroy() would send its FIN first. */
  reset(): void {
    Object.assign(this.socket, { resetAndClosing: true }).destroy()
  }

  /** Waits until what came fulfils a condition; fails when the other side ends before it does. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.received)) {
      if (this.ended || this.closed) throw new Error(`ended too early: ${JSON.stringify(this.received)}`)
      await this.#something()
    }
    return this.received
  }

  /** Acts as soon as what came fulfils a condition. A connection that ends before has asked for nothing. */
  when(condition: (received: string) => boolean, act: () => unknown): void {
    this.until(condition).then(act, () => undefined)
  }

  /** Waits for the FIN of the other side, or for the end of the connection. Returns everything that came. */
  async untilEnd(): Promise<string> {
    while (!this.ended && !this.closed) await this.#something()
    return this.received
  }

  async untilClosed(): Promise<string> {
    while (!this.closed) await this.#something()
    return this.received
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.untilClosed()
  }

  async #something(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

/** Sends all of it, reads to the end of the connection. */
export async function raw(port: number, bytes: string, { fin = false } = {}): Promise<string> {
  await using client = await RawSocket.connect(port)
  void client.send(bytes)
  if (fin) client.finish()
  return await client.untilEnd()
}

/** A server that speaks as its test tells it: one call of `speak` for each connection. */
export class FakeServer implements AsyncDisposable {
  readonly address: Address
  /** Connections so far, the oldest first. */
  readonly peers: RawSocket[] = []
  readonly #close: () => Promise<void>

  private constructor(address: Address, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  static async listen(speak: (peer: RawSocket, number: number) => unknown): Promise<FakeServer> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { address, port } = listener.address() as AddressInfo
    const fake = new FakeServer({ host: address, port }, async () => {
      for (const { socket } of fake.peers) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    })
    listener.on('connection', (socket) => {
      const peer = new RawSocket(socket)
      fake.peers.push(peer)
      speak(peer, fake.peers.length)
    })
    return fake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
