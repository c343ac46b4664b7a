/**
 * A transport whose bytes travel in sealed records over another transport.
 *
 * Nothing is sent before the handshake has given a session; what is written until then waits. Nothing is sealed that the
 * inner transport has no room for. A record that has begun must be whole in time. The stream ends where the other side said
 * so: an end without its last record is an error, because a part may have been cut off. After an error nothing is
 * delivered any more.
 */
import { RecordError, RecordReader, RecordWriter } from '../noise/records.ts'
import type { Session } from '../noise/handshake.ts'
import type { ProvedEnd } from '../identity/proof.ts'
import type { Address } from '../http/message.ts'
import { SECURE_LIMITS } from './limits.ts'
import type { Clock } from '../http/transport/clock.ts'
import type { Bytes, Transport, TransportError, TransportHolder } from '../http/transport/transport.ts'

/** How long a connection is used: its keys are never changed. */
export interface Wear {
  /** Of one direction. */
  readonly records: number
  /** Milliseconds since the handshake. */
  readonly age: number
}

/** What was written while there was no room, in its order. */
interface Waiting {
  readonly data: Buffer
  readonly taken: (() => void) | undefined
}

export class SecureTransport implements Transport, TransportHolder {
  readonly #inner: Transport
  readonly #clock: Clock
  readonly #wear: Wear
  #establishedAt = 0
  #cancelDeadline: (() => void) | undefined
  #holder: TransportHolder | undefined
  #writer: RecordWriter | undefined
  #reader: RecordReader | undefined
  #other: ProvedEnd | undefined
  #binding: Buffer | undefined
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #hasRoom = true
  /** end() was called: the last record follows what waits. */
  #ending: { readonly taken: (() => void) | undefined } | undefined
  /** Bytes that came before there was a holder, and those behind them. */
  readonly #held: Buffer[] = []
  #isEndReported = false
  #error: TransportError | undefined

  constructor(inner: Transport, clock: Clock, wear: Wear) {
    this.#inner = inner
    this.#clock = clock
    this.#wear = wear
  }

  /** Who is at the other end, once the handshake is done. */
  get other(): ProvedEnd | undefined {
    return this.#other
  }

  /** The handshake hash, once the handshake is done. */
  get binding(): Buffer | undefined {
    return this.#binding
  }

  /** The keys were used so often, or for so long, that the exchange at hand should be the last. */
  get isWorn(): boolean {
    if (this.#writer === undefined || this.#reader === undefined) return false
    const { records, age } = this.#wear
    return (
      Math.max(this.#writer.count, this.#reader.count) >= records ||
      this.#clock.now() - this.#establishedAt >= age
    )
  }

  get remote(): Address {
    return this.#inner.remote
  }

  get local(): Address {
    return this.#inner.local
  }

  get unsent(): number {
    return this.#inner.unsent + this.#waitingBytes
  }

  get isPaused(): boolean {
    return this.#inner.isPaused
  }

  get isDestroyed(): boolean {
    return this.#inner.isDestroyed
  }

  get isClosed(): boolean {
    return this.#inner.isClosed
  }

  /** The handshake is done: takes the inner transport from whatever held it, and sends what waits. */
  establish(session: Session, other: ProvedEnd): void {
    this.#writer = new RecordWriter(session.send)
    this.#reader = new RecordReader(session.receive)
    this.#other = other
    this.#binding = session.hash
    this.#establishedAt = this.#clock.now()
    this.#inner.attach(this)
    this.#holder?.connected()
    const hasWaited = this.#waiting.length > 0
    this.#flush()
    if (hasWaited && this.#waiting.length === 0) this.#reportRoom()
  }

  /** The other end is there, and the handshake begins. */
  begin(): void {
    this.#holder?.proving?.()
  }

  /** The handshake, or a record, was not what an honest other side sends: the connection ends without a word. */
  fail(error: TransportError): void {
    this.#error ??= error
    this.#inner.destroy()
  }

  attach(holder: TransportHolder): void {
    this.#holder = holder
    // Never from inside a call to the transport.
    if (this.#held.length > 0)
      void Promise.resolve().then(() => {
        this.#read(Buffer.concat(this.#held.splice(0)))
      })
  }

  write(bytes: Bytes, taken?: () => void): boolean {
    if (this.#writer !== undefined && this.#hasRoom && this.#waiting.length === 0)
      return this.#seal(this.#writer, bytes, taken)
    // The caller may use its buffer again.
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    this.#waiting.push({ data, taken })
    this.#waitingBytes += data.length
    return false
  }

  end(taken?: () => void): void {
    this.#ending = { taken }
    this.#flush()
  }

  destroy(): void {
    this.#inner.destroy()
  }

  reset(): void {
    this.#inner.reset()
  }

  pause(): void {
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
  }

  // --- as the holder of the inner transport -----------------------------------------------------------

  connected(): void {
    // The holder is told by establish().
  }

  received(chunk: Buffer): void {
    if (this.#holder === undefined || this.#held.length > 0) this.#held.push(chunk)
    else this.#read(chunk)
  }

  ended(): void {
    if (this.#reader?.isClosed === true) this.#reportEnd()
    else if (this.#error === undefined) this.fail(truncated())
  }

  drained(): void {
    this.#hasRoom = true
    this.#flush()
    if (this.#waiting.length === 0) this.#reportRoom()
  }

  closed(error?: TransportError): void {
    this.#cancelDeadline?.()
    this.#holder?.closed(this.#error ?? error)
  }

  /** All records of one chunk are passed on as one, so that a pause in between has nothing to hold back. */
  #read(chunk: Buffer): void {
    if (this.#reader === undefined || this.#isEndReported || this.#inner.isDestroyed) return
    const data = this.#open(this.#reader, chunk)
    if (data === undefined) return
    this.#limitRecord(this.#reader, data.length > 0)
    if (data.length > 0) this.#holder?.received(data)
    if (this.#reader.isClosed) this.#reportEnd()
  }

  /** A record that has begun has a deadline, which the pieces of it do not move. `isAnother`: one before it is whole. */
  #limitRecord(reader: RecordReader, isAnother: boolean): void {
    if (isAnother || !reader.isWithinRecord) {
      this.#cancelDeadline?.()
      this.#cancelDeadline = undefined
    }
    if (reader.isWithinRecord && this.#cancelDeadline === undefined) this.#setDeadline()
  }

  #setDeadline(): void {
    this.#cancelDeadline = this.#clock.after(SECURE_LIMITS.record, () => {
      // Nothing comes while nothing is read: the delay is our own.
      if (this.isPaused) this.#setDeadline()
      else this.fail(new RecordError('a record did not arrive in time'))
    })
  }

  #reportRoom(): void {
    if (this.#hasRoom) this.#holder?.drained()
  }

  #reportEnd(): void {
    if (this.#isEndReported || this.#inner.isDestroyed) return
    this.#isEndReported = true
    this.#holder?.ended()
  }

  #open(reader: RecordReader, chunk: Buffer): Buffer | undefined {
    try {
      const [first, ...others] = reader.push(chunk)
      if (first === undefined) return Buffer.alloc(0)
      return others.length === 0 ? first : Buffer.concat([first, ...others])
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      this.fail(error)
      return undefined
    }
  }

  /** Sends what waits as far as there is room, as few records as it makes, and then the end. */
  #flush(): void {
    if (this.#writer === undefined || !this.#hasRoom) return
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting.splice(0)
      this.#waitingBytes = 0
      const data = Buffer.concat(waiting.map((each) => each.data))
      const taken = () => {
        for (const each of waiting) each.taken?.()
      }
      if (!this.#seal(this.#writer, data, taken)) return
    }
    if (this.#ending === undefined) return
    const { taken } = this.#ending
    this.#ending = undefined
    this.#inner.write(this.#writer.close())
    this.#inner.end(taken)
  }

  /** False when the inner transport has no more room. */
  #seal(writer: RecordWriter, data: Bytes, taken: (() => void) | undefined): boolean {
    this.#hasRoom = this.#inner.write(writer.seal(data), taken)
    return this.#hasRoom
  }
}

function truncated(): TransportError {
  return Object.assign(new Error('the connection ended without its last record'), { code: 'ETRUNCATED' })
}
