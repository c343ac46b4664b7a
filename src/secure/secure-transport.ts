/**
 * A transport whose bytes travel in sealed records over another transport.
 *
 * Nothing is sent before the handshake has given a session; what is written until then waits. Nothing is sealed that the
 * inner transport has no room for. The stream ends where the other side said so: an end without its last record is an
 * error, because a part may have been cut off. After an error nothing is delivered any more.
 */
import { RecordError, RecordReader, RecordWriter } from '../noise/records.ts'
import type { Session } from '../noise/handshake.ts'
import type { ProvedEnd } from '../identity/proof.ts'
import type { Address } from '../http/message.ts'
import type { Bytes, Transport, TransportError, TransportHolder } from '../http/transport/transport.ts'

/** After so many records of one direction the connection is made anew: its keys are never changed. */
const MAX_RECORDS = 2 ** 20

/** What was written while there was no room, in its order. */
interface Waiting {
  readonly data: Buffer
  readonly taken: (() => void) | undefined
}

export class SecureTransport implements Transport, TransportHolder {
  readonly #inner: Transport
  #holder: TransportHolder | undefined
  #writer: RecordWriter | undefined
  #reader: RecordReader | undefined
  #other: ProvedEnd | undefined
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #hasRoom = true
  /** end() was called: the last record follows what waits. */
  #ending: { readonly taken: (() => void) | undefined } | undefined
  /** Bytes that came before there was a holder, and those behind them. */
  readonly #held: Buffer[] = []
  #isEndTold = false
  #error: TransportError | undefined

  constructor(inner: Transport) {
    this.#inner = inner
  }

  /** Who is at the other end, once the handshake is done. */
  get other(): ProvedEnd | undefined {
    return this.#other
  }

  /** The keys were used so often that the exchange at hand should be the last. */
  get isWorn(): boolean {
    return Math.max(this.#writer?.count ?? 0, this.#reader?.count ?? 0) >= MAX_RECORDS
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
    this.#inner.attach(this)
    this.#flush()
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
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : asBuffer(bytes)
    if (this.#writer !== undefined && this.#hasRoom && this.#waiting.length === 0)
      return this.#seal(this.#writer, { data, taken })
    // The caller may use its buffer again.
    this.#waiting.push({ data: Buffer.from(data), taken })
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
    this.#holder?.connected()
  }

  received(chunk: Buffer): void {
    if (this.#holder === undefined || this.#held.length > 0) this.#held.push(chunk)
    else this.#read(chunk)
  }

  ended(): void {
    if (this.#reader?.isClosed === true) this.#tellEnd()
    else if (this.#error === undefined) this.fail(truncated())
  }

  drained(): void {
    this.#hasRoom = true
    this.#flush()
    if (this.#waiting.length === 0) this.#tellRoom()
  }

  closed(error?: TransportError): void {
    this.#holder?.closed(this.#error ?? error)
  }

  /** All records of one chunk are passed on as one, so that a pause in between has nothing to hold back. */
  #read(chunk: Buffer): void {
    if (this.#reader === undefined || this.#isEndTold || this.#error !== undefined) return
    const data = this.#open(this.#reader, chunk)
    if (data === undefined) return
    if (data.length > 0) this.#holder?.received(data)
    if (this.#reader.isClosed) this.#tellEnd()
  }

  #tellRoom(): void {
    if (this.#hasRoom) this.#holder?.drained()
  }

  #tellEnd(): void {
    if (this.#isEndTold) return
    this.#isEndTold = true
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
      if (!this.#seal(this.#writer, { data, taken })) return
    }
    if (this.#ending === undefined) return
    const { taken } = this.#ending
    this.#ending = undefined
    this.#inner.write(this.#writer.close())
    this.#inner.end(taken)
  }

  /** False when the inner transport has no more room. */
  #seal(writer: RecordWriter, { data, taken }: Waiting): boolean {
    this.#hasRoom = this.#inner.write(writer.seal(data), taken)
    return this.#hasRoom
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function truncated(): TransportError {
  return Object.assign(new Error('the connection ended without its last record'), { code: 'ETRUNCATED' })
}
