/**
 * Records: what two sides send each other after a handshake, each sealed with its length as associated data. Pure.
 *
 *     record = length u16 (18 to 65535) || AEAD(type u8, padding u8, data, zeros)
 *
 * A side that has said `close` says nothing after it; an end of the stream without it means that data may be missing.
 * After an error nothing that comes is read any more.
 */
import type { CipherState } from './cipher-state.ts'
import { TAG_BYTES } from './primitives.ts'

const LENGTH_BYTES = 2
/** Type and number of padding bytes. */
const HEAD_BYTES = 2
const MAX_LENGTH = 0xff_ff
const MIN_LENGTH = HEAD_BYTES + TAG_BYTES
/** Bytes of data that fit into one record. */
export const MAX_DATA = MAX_LENGTH - MIN_LENGTH
/** Short plaintexts are padded to a multiple of this, so that their length says little. */
const PADDED_TO = 64
const PADDED_BELOW = 1024

const TYPE = { data: 0, close: 1 } as const
const EMPTY: Buffer = Buffer.alloc(0)

/** What came is not a record of the other side. The connection is destroyed without an answer. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

export class RecordWriter {
  readonly #cipher: CipherState
  /** Room for a plaintext. */
  #plain = Buffer.alloc(PADDED_BELOW)

  constructor(cipher: CipherState) {
    this.#cipher = cipher
  }

  /** Records that were sealed so far. */
  get count(): number {
    return this.#cipher.count
  }

  /** As few records as the data needs, one behind the other. Each character of a string is one byte (Latin-1). */
  seal(data: Uint8Array | string): Buffer {
    const rest = data.length % MAX_DATA
    const whole = data.length - rest
    const restBytes = rest > 0 || whole === 0 ? recordLength(rest) : 0
    const records = Buffer.allocUnsafe((whole / MAX_DATA) * recordLength(MAX_DATA) + restBytes)
    for (let from = 0, at = 0; at < records.length; from += MAX_DATA)
      at = this.#sealInto(records, at, TYPE.data, part(data, from))
    return records
  }

  /** The last record: nothing is missing. */
  close(): Buffer {
    const record = Buffer.allocUnsafe(recordLength(0))
    this.#sealInto(record, 0, TYPE.close, '')
    return record
  }

  /** Writes one record at `at`; returns where it ends. */
  #sealInto(into: Buffer, at: number, type: number, data: Uint8Array | string): number {
    const size = HEAD_BYTES + data.length
    const padding = paddingOf(size)
    const plain = this.#room(size + padding)
    plain[0] = type
    plain[1] = padding
    if (typeof data === 'string') plain.write(data, HEAD_BYTES, 'latin1')
    else plain.set(data, HEAD_BYTES)
    plain.fill(0, size)
    const start = at + LENGTH_BYTES
    into.writeUInt16BE(plain.length + TAG_BYTES, at)
    this.#cipher.sealInto(into, start, plain, into.subarray(at, start))
    return start + plain.length + TAG_BYTES
  }

  #room(length: number): Buffer {
    if (this.#plain.length < length) this.#plain = Buffer.alloc(length)
    return this.#plain.subarray(0, length)
  }
}

/** As much of the data from here on as one record carries. */
function part(data: Uint8Array | string, from: number): Uint8Array | string {
  if (data.length <= MAX_DATA) return data
  const to = from + MAX_DATA
  return typeof data === 'string' ? data.slice(from, to) : data.subarray(from, to)
}

/** Bytes of the record for so much data. */
function recordLength(dataLength: number): number {
  const size = HEAD_BYTES + dataLength
  return LENGTH_BYTES + size + paddingOf(size) + TAG_BYTES
}

function paddingOf(size: number): number {
  return size < PADDED_BELOW ? (PADDED_TO - (size % PADDED_TO)) % PADDED_TO : 0
}

export class RecordReader {
  readonly #cipher: CipherState
  /** Its first #kept bytes are the beginning of a record, less than one whole. Its size at least doubles. */
  #rest = EMPTY
  #kept = 0
  #isClosed = false

  constructor(cipher: CipherState) {
    this.#cipher = cipher
  }

  get count(): number {
    return this.#cipher.count
  }

  /** The other side has said that nothing follows. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether a record has begun that is not here whole. */
  get isWithinRecord(): boolean {
    return this.#kept > 0
  }

  /** The data of all records that are whole with these bytes, in their order. Throws RecordError. */
  push(bytes: Buffer): Buffer[] {
    let rest = this.#kept === 0 ? bytes : this.#keep(bytes)
    const data: Buffer[] = []
    for (let length = lengthOf(rest); length !== undefined; length = lengthOf(rest)) {
      const end = LENGTH_BYTES + length
      if (rest.length < end) break
      const opened = this.#open(rest.subarray(0, end))
      if (opened.length > 0) data.push(opened)
      rest = rest.subarray(end)
    }
    if (this.#isClosed && rest.length > 0) throw new RecordError('bytes behind the last record')
    if (rest.length === this.#kept) return data
    this.#kept = 0
    // A copy, so that a few bytes do not hold the whole chunk; an idle connection holds nothing.
    if (rest.length > 0) this.#keep(rest)
    else this.#rest = EMPTY
    return data
  }

  /** Copies bytes behind those that are kept; returns them all. Many small pieces cost no more than a large one. */
  #keep(bytes: Buffer): Buffer {
    const end = this.#kept + bytes.length
    if (end > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, 2 * end))
      this.#rest.copy(larger, 0, 0, this.#kept)
      this.#rest = larger
    }
    bytes.copy(this.#rest, this.#kept)
    this.#kept = end
    return this.#rest.subarray(0, end)
  }

  #open(record: Buffer): Buffer {
    if (this.#isClosed) throw new RecordError('a record behind the last one')
    const plain = this.#decrypt(record)
    const [type, padding = 0] = plain
    const end = plain.length - padding
    if (end < HEAD_BYTES || padding >= PADDED_TO) throw new RecordError('wrong padding')
    for (let at = end; at < plain.length; at++)
      if (plain[at] !== 0) throw new RecordError('padding that is not zero')
    const data = plain.subarray(HEAD_BYTES, end)
    if (type === TYPE.close && data.length === 0) this.#isClosed = true
    else if (type !== TYPE.data) throw new RecordError('a record of an unknown type')
    return data
  }

  #decrypt(record: Buffer): Buffer {
    try {
      return this.#cipher.open(record.subarray(LENGTH_BYTES), record.subarray(0, LENGTH_BYTES))
    } catch {
      throw new RecordError('a record that the other side did not seal')
    }
  }
}

/** The length that stands at the beginning; undefined until it is here. Throws RecordError. */
function lengthOf(bytes: Buffer): number | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined
  const length = bytes.readUInt16BE()
  if (length < MIN_LENGTH) throw new RecordError('a record that is too short')
  return length
}
