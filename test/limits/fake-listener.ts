/**
 * A listener without a network, in the place of the one of node:net: a test says which addresses connect and what they
 * send. So a deadline of half a minute, or 512 connections, cost nothing.
 */
import { EventEmitter } from 'node:events'
import type { ServerOpts } from 'node:net'
import { Duplex } from 'node:stream'
import { turn } from '../support/wait.ts'

/** A client, as the server sees its socket. */
export class FakeSocket extends Duplex {
  readonly remoteAddress: string
  readonly remotePort = 50_000
  readonly localAddress = '10.0.0.1'
  readonly localPort = 9001
  /** The bytes that the server wrote, in Latin-1. */
  received = ''
  /** The server has sent its FIN. */
  ended = false
  /** The client reads nothing more. */
  isStalled = false
  /** Bytes that the client still reads. */
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

  /** Resolves when the server has handled the bytes. */
  async send(bytes: string): Promise<void> {
    this.push(Buffer.from(bytes, 'latin1'))
    await settled()
  }
}

/** In the place of the value of createServer() of node:net. */
export class FakeListener extends EventEmitter {
  /** The argument of createServer(). */
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

  /** A client at this address connects. */
  async connect(host: string): Promise<FakeSocket> {
    const socket = new FakeSocket(host, this.options)
    this.emit('connection', socket)
    await settled()
    return socket
  }
}

/** Resolves when everything is done that needs no time to pass. */
export async function settled(): Promise<void> {
  for (let time = 0; time < 3; time++) await turn()
}
