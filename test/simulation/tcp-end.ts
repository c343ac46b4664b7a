/**
 * One end of a TCP connection of the simulation, as the program sees it (a Transport) and as its kernel does.
 *
 * Bytes travel in numbered segments and are read in order, once. An end learns of the other one by the wire alone:
 * FIN after a close or a killed process; RST after a reset, after a close with unread input, and for data that comes after
 * a close; nothing after a power cut, until it sends something to the machine that is back (half-open).
 * Acknowledgements are not simulated: an end knows at once what the program at the other end has read.
 */
import type { Address } from '../../src/http/message.ts'
import type { Bytes, Transport, TransportError, TransportHolder } from '../../src/http/transport/transport.ts'
import type { Life } from './life.ts'
import type { Wire } from './wire.ts'

/** Bytes that the kernel takes before the other program has read them. */
const WINDOW = 64 * 1024
/** Bytes that may wait for the kernel before write() says that there is no room. */
const ROOM = 16 * 1024

type Segment =
  | { readonly kind: 'accepted' | 'fin' }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** A box between the machines forgets the connection and resets both ends. */
  | { readonly kind: 'broken' }

interface Write {
  readonly bytes: Buffer
  readonly taken: (() => void) | undefined
}

export class TcpEnd implements Transport {
  readonly life: Life
  readonly local: Address
  readonly remote: Address
  isPaused = false
  isDestroyed = false
  isClosed = false
  readonly #wire: Wire
  readonly #boots: number
  readonly #forgetLife: () => void
  #other: TcpEnd | undefined
  #holder: TransportHolder | undefined
  #isConnected = false
  /** The kernel knows nothing of the connection any more. */
  #isForgotten = false
  // --- sending
  readonly #writes: Write[] = []
  #unsent = 0
  #isFull = false
  /** Bytes that the kernel has taken and the other program has not read. */
  #underWay = 0
  #segments = 0
  #finish: { readonly taken: (() => void) | undefined } | undefined
  #finSent = false
  // --- receiving
  /** Segments that overtook others. */
  readonly #early = new Map<number, Segment>()
  #expected = 0
  #unread: Buffer[] = []
  #finReceived = false
  #endReported = false

  constructor(life: Life, local: Address, remote: Address, wire: Wire) {
    this.life = life
    this.local = local
    this.remote = remote
    this.#wire = wire
    this.#boots = life.machine.boots
    this.#forgetLife = life.onEnd(() => {
      this.#killed()
    })
  }

  /** A listener has accepted the connection of `client`; this is the end that its program gets. */
  static accept(client: TcpEnd, life: Life): TcpEnd {
    const server = new TcpEnd(life, client.remote, client.local, client.#wire)
    client.#other = server
    server.#other = client
    server.#isConnected = true
    server.#send({ kind: 'accepted' })
    return server
  }

  get unsent(): number {
    return this.#unsent
  }

  attach(holder: TransportHolder): void {
    this.#holder = holder
    this.#later(() => {
      this.#read()
    })
  }

  write(bytes: Bytes, taken?: () => void): boolean {
    if (this.isDestroyed || this.#finish !== undefined) return false
    const buffer = Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    this.#writes.push({ bytes: buffer, taken })
    this.#unsent += buffer.length
    this.#isFull ||= this.#unsent >= ROOM
    const hasRoom = !this.#isFull
    this.#transmit()
    return hasRoom
  }

  end(taken?: () => void): void {
    this.#finish ??= { taken }
    this.#transmit()
  }

  destroy(): void {
    if (this.isDestroyed) return
    if (this.#isConnected && this.#unread.length > 0) this.#sendReset()
    else if (this.#isConnected) this.#sendFin()
    this.#close()
  }

  reset(): void {
    if (this.isDestroyed) return
    if (this.#isConnected) this.#sendReset()
    this.#isForgotten = true
    this.#close()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.#later(() => {
      this.#read()
    })
  }

  /** The kernel ends the connection. The program learns it when it is awake. */
  break(code: string): void {
    this.#isForgotten = true
    this.life.run(() => {
      if (!this.isDestroyed) this.#close(Object.assign(new Error(code), { code }))
    })
  }

  /** Whether a segment of this end that was lost is sent again. */
  get isSending(): boolean {
    return !this.#isForgotten && this.life.machine.boots === this.#boots
  }

  // --- sending --------------------------------------------------------------------------------------

  /** The kernel takes what it has room for. */
  #transmit(): void {
    if (!this.#isConnected || this.isDestroyed) return
    while (this.#underWay < WINDOW) {
      const write = this.#writes.shift()
      if (write === undefined) break
      this.#sendData(write.bytes)
      this.#unsent -= write.bytes.length
      this.#later(write.taken)
    }
    if (this.#writes.length > 0) return
    if (this.#isFull) {
      this.#isFull = false
      this.#later(() => this.#holder?.drained())
    }
    if (this.#finish !== undefined && !this.#finSent) {
      this.#sendFin()
      this.#later(this.#finish.taken)
      this.#closeIfDone()
    }
  }

  #sendData(bytes: Buffer): void {
    const sizes = this.#wire.segments(bytes.length)
    const breaksAt = this.#wire.breaks() ? this.#wire.pick(sizes.length + 1) : undefined
    this.#underWay += bytes.length
    let at = 0
    for (const [index, size] of sizes.entries()) {
      if (index === breaksAt) this.#send({ kind: 'broken' })
      this.#send({ kind: 'data', bytes: bytes.subarray(at, at + size) })
      at += size
    }
    if (breaksAt === sizes.length) this.#send({ kind: 'broken' })
  }

  #sendFin(): void {
    if (this.#finSent) return
    this.#finSent = true
    this.#send({ kind: 'fin' })
  }

  #send(segment: Segment): void {
    const other = this.#other
    if (other === undefined) return
    const number = this.#segments++
    this.#wire.bytes(
      this.life.machine,
      other.life.machine,
      () => {
        other.#arrive(number, segment)
      },
      () => this.isSending,
    )
  }

  #sendReset(): void {
    const other = this.#other
    if (other === undefined) return
    this.#wire.bytes(
      this.life.machine,
      other.life.machine,
      () => {
        other.break('ECONNRESET')
      },
      () => !other.#isForgotten,
    )
  }

  // --- receiving ------------------------------------------------------------------------------------

  #arrive(number: number, segment: Segment): void {
    if (this.isDestroyed || !this.isSending) {
      if (segment.kind !== 'fin' || !this.isSending) this.#sendReset()
      return
    }
    this.#early.set(number, segment)
    for (let next = this.#early.get(this.#expected); next !== undefined;) {
      this.#early.delete(this.#expected++)
      this.#take(next)
      next = this.#early.get(this.#expected)
    }
    this.life.run(() => {
      this.#read()
    })
  }

  #take(segment: Segment): void {
    switch (segment.kind) {
      case 'accepted':
        this.#isConnected = true
        this.life.run(() => {
          if (this.isDestroyed) return
          this.#holder?.connected()
          this.#transmit()
        })
        return
      case 'data':
        this.#unread.push(segment.bytes)
        return
      case 'fin':
        this.#finReceived = true
        return
      case 'broken':
        this.break('ECONNRESET')
        this.#other?.break('ECONNRESET')
    }
  }

  #read(): void {
    if (this.#holder === undefined) return
    while (this.#isReading && this.#unread.length > 0) {
      const chunk = Buffer.concat(this.#unread)
      this.#unread = []
      this.#other?.hasRead(chunk.length)
      this.#holder.received(chunk)
    }
    if (!this.#isReading || !this.#finReceived || this.#endReported) return
    this.#endReported = true
    this.#holder.ended()
    this.#closeIfDone()
  }

  get #isReading(): boolean {
    return !this.isPaused && !this.isDestroyed
  }

  /** Called by the other end: its program has read so many bytes. */
  hasRead(count: number): void {
    this.#underWay -= count
    if (this.#writes.length > 0)
      this.#later(() => {
        this.#transmit()
      })
  }

  // --- the end --------------------------------------------------------------------------------------

  #closeIfDone(): void {
    if (this.#finSent && this.#endReported && !this.isDestroyed) this.#close()
  }

  #close(error?: TransportError): void {
    this.isDestroyed = true
    this.#forgetLife()
    this.#later(() => {
      this.isClosed = true
      this.#holder?.closed(error)
    })
  }

  /** The process is gone: its kernel closes what it had open, unless the machine has no power. */
  #killed(): void {
    if (this.life.machine.hasPower) this.destroy()
    this.isDestroyed = true
  }

  /** Runs a task in the same turn, but not inside the present call of the program. */
  #later(task: (() => void) | undefined): void {
    if (task === undefined) return
    queueMicrotask(() => {
      this.life.run(task)
    })
  }
}
