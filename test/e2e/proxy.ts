/**
 * A network that fails, as a TCP proxy between a program and one port, and a test says what happens to each connection.
 * Faults are placed by bytes, not by time, so a run can be repeated.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The direction of bytes: from the client, or back to it. */
export type Way = 'there' | 'back'

/** The fault of one connection. Counts are bytes. */
export type Fault =
  | { readonly kind: 'none' }
  /** Every piece is `ms` milliseconds late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** `bytes` at a time, one piece each millisecond. */
  | { readonly kind: 'drip'; readonly bytes: number }
  /** After `after` bytes both ends see an orderly end (FIN). */
  | { readonly kind: 'cut'; readonly way: Way; readonly after: number }
  /** After `after` bytes both ends see a reset (RST). */
  | { readonly kind: 'reset'; readonly way: Way; readonly after: number }
  /** After `after` bytes nothing gets through in that direction, and neither end is notified. */
  | { readonly kind: 'swallow'; readonly way: Way; readonly after: number }

const NONE: Fault = { kind: 'none' }

interface Pair {
  readonly there: Socket
  readonly back: Socket
}

export class FaultyProxy {
  /** Connections with a fault so far. */
  spoilt = 0
  readonly #target: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #faults: Fault[] = []

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#join(socket, connect({ port: target, host: '127.0.0.1', allowHalfOpen: true }))
    })
  }

  /** In front of a port of 127.0.0.1, on a port of its own; closed when the test is over. */
  static async inFrontOf(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.#server.close()
      proxy.#destroyPairs()
    })
    return proxy
  }

  /**
   * The command that starts a program of Node whose connections to the target all lead through this proxy: peers find
   * each other at every address they listen at.
   */
  get under(): string[] {
    const { port } = this.#server.address() as AddressInfo
    const detour = `import { Socket } from 'node:net'
      const { connect } = Socket.prototype
      Socket.prototype.connect = function (...given) {
        const [options] = given.flat()
        if (options.port === ${this.#target}) options.port = ${port}
        return connect.apply(this, given)
      }`
    return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(detour)}`]
  }

  /** From now on: what becomes of the next connections, one after the other. Those that are there are cut. */
  spoil(faults: readonly Fault[]): void {
    this.#faults = [...faults]
    this.#destroyPairs()
  }

  #destroyPairs(): void {
    for (const { there, back } of this.#pairs) {
      there.destroy()
      back.destroy()
    }
  }

  #join(client: Socket, server: Socket): void {
    const fault = this.#faults.shift() ?? NONE
    if (fault.kind !== 'none') this.spoilt++
    const pair = { there: client, back: server }
    this.#pairs.add(pair)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay()
      socket.on('error', () => {
        other.destroy()
      })
      socket.on('close', () => {
        this.#pairs.delete(pair)
        other.destroy()
      })
    }
    forward(client, server, 'there', fault, pair)
    forward(server, client, 'back', fault, pair)
  }
}

/** Passes everything on from one end to the other, as far as the fault lets it. */
function forward(from: Socket, to: Socket, way: Way, fault: Fault, pair: Pair): void {
  let passed = 0
  let last = Promise.resolve()
  /** One piece after the other, however long each takes. */
  const inTurn = (task: () => Promise<void> | void): void => {
    last = last.then(task)
  }
  from.on('data', (bytes: Buffer) => {
    inTurn(async () => {
      if (fault.kind === 'delay') await sleep(fault.ms)
      if (fault.kind === 'drip') {
        await drip(to, bytes, fault.bytes)
        return
      }
      const most = 'after' in fault && fault.way === way ? fault.after - passed : Infinity
      passed += bytes.length
      if (most > 0) to.write(bytes.subarray(0, most))
      if (bytes.length >= most) stopShort(fault, pair)
    })
  })
  from.on('end', () => {
    inTurn(() => {
      if (!(fault.kind === 'swallow' && fault.way === way)) to.end()
    })
  })
}

function stopShort({ kind }: Fault, { there, back }: Pair): void {
  for (const socket of [there, back]) {
    if (kind === 'cut') socket.end(() => socket.destroy())
    if (kind === 'reset') socket.resetAndDestroy()
  }
}

async function drip(to: Socket, bytes: Buffer, atOnce: number): Promise<void> {
  for (let start = 0; start < bytes.length && !to.destroyed; start += atOnce) {
    to.write(bytes.subarray(start, start + atOnce))
    await sleep(1)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
