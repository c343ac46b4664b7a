/** Two ends of a connection in memory, with what goes over the wire kept and altered on its way. */
import type { Bytes, Transport, TransportError, TransportHolder } from '../../src/http/transport/transport.ts'

type Alter = (bytes: Buffer, number: number) => Buffer | undefined

export class MemoryTransport implements Transport {
  readonly remote = { host: '127.0.0.1', port: 1 }
  readonly local = { host: '127.0.0.1', port: 2 }
  /** What was written, each write by itself. */
  readonly written: Buffer[] = []
  /** What becomes of a write on its way; undefined: nothing arrives. */
  alter: Alter = (bytes) => bytes
  /** Whether write() says that there is room. */
  hasRoom = true
  isPaused = false
  isDestroyed = false
  isClosed = false
  isEnded = false
  #other: MemoryTransport | undefined
  #holder: TransportHolder | undefined
  #queue: Promise<void> = Promise.resolve()

  static pair(): [MemoryTransport, MemoryTransport] {
    const [a, b] = [new MemoryTransport(), new MemoryTransport()]
    a.#other = b
    b.#other = a
    return [a, b]
  }

  readonly unsent = 0

  get holder(): TransportHolder | undefined {
    return this.#holder
  }

  attach(holder: TransportHolder): void {
    this.#holder = holder
  }

  write(bytes: Bytes, taken?: () => void): boolean {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    if (this.isDestroyed || this.isEnded) return true
    const arriving = this.alter(data, this.written.length)
    this.written.push(data)
    this.#later(() => taken?.())
    if (arriving !== undefined) this.#other?.deliver(arriving)
    return this.hasRoom
  }

  end(taken?: () => void): void {
    this.isEnded = true
    this.#later(() => taken?.())
    this.#other?.finish()
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    this.#later(() => {
      this.close()
    })
    this.#other?.finish()
  }

  reset(): void {
    this.destroy()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  /** The connection is open. */
  open(): void {
    this.#later(() => this.#holder?.connected())
  }

  deliver(bytes: Buffer): void {
    this.#later(() => {
      if (!this.isDestroyed) this.#holder?.received(bytes)
    })
  }

  finish(): void {
    this.#later(() => {
      if (!this.isDestroyed) this.#holder?.ended()
    })
  }

  close(error?: TransportError): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#holder?.closed(error)
  }

  #later(task: () => void): void {
    this.#queue = this.#queue.then(task)
  }
}

/** What one end was told. */
export class Recorder implements TransportHolder {
  readonly events: string[] = []
  readonly chunks: Buffer[] = []
  error: Error | undefined

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  connected(): void {
    this.events.push('connected')
  }

  received(chunk: Buffer): void {
    this.events.push('received')
    this.chunks.push(Buffer.from(chunk))
  }

  ended(): void {
    this.events.push('ended')
  }

  drained(): void {
    this.events.push('drained')
  }

  closed(error?: TransportError): void {
    this.events.push('closed')
    this.error = error
  }
}

/** After everything that is on its way has arrived. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve()
  await new Promise<void>((resolve) => setImmediate(resolve))
  for (let turn = 0; turn < 40; turn++) await Promise.resolve()
}
