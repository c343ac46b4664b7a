/**
 * The server without a network: a test says who connects, from which address, and what it sends. Time and TCP are
 * in its hands, so that deadlines of half a minute and 512 connections cost nothing.
 */
import { EventEmitter } from 'node:events'
import type { ServerOpts } from 'node:net'
import { Duplex } from 'node:stream'
import { turn } from '../support/wait.ts'

/** A connection of somebody, as the server sees its socket. */
export class FakeSocket extends Duplex {
  readonly remoteAddress: string
  readonly remotePort = 50_000
  readonly localAddress = '10.0.0.1'
  readonly localPort = 9001
  /** What the server wrote. */
  received = ''
  /** The server has sent its FIN. */
  ended = false
  /** Takes nothing any more of what the server writes. */
  isStalled = false
  /** Takes so many bytes more of what the server writes. */
  room = Infinity

  constructor(remoteAddress: string, { highWaterMark }: ServerOpts) {
    super({
      allowHalfOpen: true,
      decodeStrings: true,
      ...(highWaterMark === undefined ? {} : { highWaterMark }),
    })
    this.remoteAddress = remoteAddress
  }

  override _read(): void {
    // Bytes come when the test sends them.
  }

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    this.room -= chunk.length
    if (this.isStalled || this.room < 0) return
    this.received += chunk.toString('latin1')
    taken()
  }

  override _final(done: () => void): void {
    this.ended = true
    done()
  }

  get status(): number {
    return Number(this.received.split(' ')[1])
  }

  /** Resolves when the server has dealt with it. */
  async send(bytes: string): Promise<void> {
    this.push(Buffer.from(bytes, 'latin1'))
    await settled()
  }
}

/** What createServer() of node:net answers. */
export class FakeListener extends EventEmitter {
  /** What createServer() was given. */
  options: ServerOpts = {}

  listen(_port: number, _host: string, listening: () => void): void {
    listening()
  }

  address(): { address: string; port: number } {
    return { address: '10.0.0.1', port: 9001 }
  }

  close(): void {
    this.emit('close')
  }

  /** Somebody connects. */
  async connect(host: string): Promise<FakeSocket> {
    const socket = new FakeSocket(host, this.options)
    this.emit('connection', socket)
    await settled()
    return socket
  }
}

/** Everything that can happen without time passing has happened. */
export async function settled(): Promise<void> {
  for (let time = 0; time < 3; time++) await turn()
}
