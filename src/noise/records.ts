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

/** What came is not a record of the other side. The connection is destroyed without an answer. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

export class RecordWriter {
  readonly #cipher: CipherState
  #plain = Buffer.alloc(PADDED_BELOW)

  constructor(cipher: CipherState) {
    this.#cipher = cipher
  }

  /** Records that were sealed so far. */
  get count(): number {
    return this.#cipher.count
  }

  /** As few records as the data needs, one behind the other. */
  seal(data: Buffer): Buffer {
    if (data.length <= MAX_DATA) return this.#record(TYPE.data, data)
    const records: Buffer[] = []
    for (let at = 0; at < data.length; at += MAX_DATA)
      records.push(this.#record(TYPE.data, data.subarray(at, at + MAX_DATA)))
    return Buffer.concat(records)
  }

  /** The last record: nothing is missing. */
  close(): Buffer {
    return this.#record(TYPE.close, Buffer.alloc(0))
  }

  #record(type: number, data: Buffer): Buffer {
    const size = HEAD_BYTES + data.length
    const padding = size < PADDED_BELOW ? (PADDED_TO - (size % PADDED_TO)) % PADDED_TO : 0
    const plain = this.#room(size + padding)
    plain[0] = type
    plain[1] = padding
    data.copy(plain, HEAD_BYTES)
    plain.fill(0, size)
    const record = Buffer.allocUnsafe(LENGTH_BYTES + plain.length + TAG_BYTES)
    record.writeUInt16BE(plain.length + TAG_BYTES)
    this.#cipher.sealInto(record, LENGTH_BYTES, plain, record.subarray(0, LENGTH_BYTES))
    return record
  }

  #room(length: number): Buffer {
    if (this.#plain.length < length) this.#plain = Buffer.alloc(length)
    return this.#plain.subarray(0, length)
  }
}

export class RecordReader {
  readonly #cipher: CipherState
  /** The beginning of a record, less than one whole. */
  #rest: Buffer = Buffer.alloc(0)
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
    return this.#rest.length > 0
  }

  /** The data of all records that are whole with these bytes, in their order. Throws RecordError. */
  push(bytes: Buffer): Buffer[] {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const data: Buffer[] = []
    for (let length = lengthOf(rest); length !== undefined; length = lengthOf(rest)) {
      const end = LENGTH_BYTES + length
      if (rest.length < end) break
      const opened = this.#open(rest.subarray(0, end))
      if (opened.length > 0) data.push(opened)
      rest = rest.subarray(end)
    }
    if (this.#isClosed && rest.length > 0) throw new RecordError('bytes behind the last record')
    // A copy, so that a few bytes do not hold the whole chunk.
    this.#rest = Buffer.from(rest)
    return data
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
