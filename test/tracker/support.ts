/** A peer as legacy clients are, for the tests of the tracker. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { parseAnswer, requestBytes, type Json } from '../support/ask.ts'

export interface SeedPeerOptions {
  /** What it answers to a message; 200 unless given. */
  readonly answer?: string
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'

/**
 * A legacy client: a connection for each request, `Host: 127.0.0.1` without a port, no Connection field, no ids, no
 * heartbeats. It calls recv(8192) once for a request or an answer, and never sees what comes later.
 */
export class SeedPeer {
  readonly name: string
  /** What was posted to it. */
  readonly inbox: Json[] = []
  readonly #listener: Server
  readonly #tracker: number
  readonly #open = new Set<Socket>()

  private constructor(name: string, tracker: number, { answer = OK }: SeedPeerOptions) {
    this.name = name
    this.#tracker = tracker
    this.#listener = createServer((socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
      socket.on('error', () => undefined)
      socket.once('data', (received) => {
        this.#take(received.subarray(0, 8192).toString())
        socket.end(answer)
      })
    })
  }

  static async start(name: string, tracker: number, options: SeedPeerOptions = {}): Promise<SeedPeer> {
    const peer = new SeedPeer(name, tracker, options)
    await new Promise<void>((resolve) => peer.#listener.listen(0, '127.0.0.1', resolve))
    return peer
  }

  get info() {
    const { address, port } = this.#listener.address() as AddressInfo
    return { ip: address, port, name: this.name }
  }

  get id(): string {
    return `${this.info.ip}:${this.info.port}`
  }

  register(): Promise<Json> {
    return this.request('/submit-info', this.info)
  }

  join(channel: string): Promise<Json> {
    return this.request('/add-list', { channel, peer: this.info })
  }

  list(channel?: string): Promise<Json> {
    return this.request(channel === undefined ? '/get-list' : `/get-list?channel=${channel}`)
  }

  send(channel: string, message: string): Promise<Json> {
    return this.request('/broadcast-peer', { from: this.info, channel, message })
  }

  /** One recv(8192), and what is in it must be a whole answer. */
  async request(target: string, body?: object): Promise<Json> {
    const socket = connect({ host: '127.0.0.1', port: this.#tracker })
    socket.write(requestBytes(body === undefined ? { target } : { target, body }), 'latin1')
    const received = await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve)
      socket.once('error', reject)
      socket.once('end', () => {
        reject(new Error('closed without an answer'))
      })
    })
    socket.destroy()
    return parseAnswer(received.subarray(0, 8192).toString('latin1')).json
  }

  /** Its process ends: nothing listens there afterwards. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#listener.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#listener.listening) await this.close()
  }

  #take(request: string): void {
    const body = request.slice(request.indexOf('\r\n\r\n') + 4)
    if (request.startsWith('POST ')) this.inbox.push(JSON.parse(body) as Json)
  }
}
