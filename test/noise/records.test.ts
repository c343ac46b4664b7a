/** Records carry any bytes, cut anywhere; an altered, doubled, lost or reordered one ends everything. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CipherState } from '../../src/noise/cipher-state.ts'
import { newNonce, writeNonce } from '../../src/noise/primitives.ts'
import { MAX_DATA, RecordError, RecordReader, RecordWriter } from '../../src/noise/records.ts'

const KEY = Buffer.alloc(32, 7)
const writer = () => new RecordWriter(new CipherState(KEY))
const reader = () => new RecordReader(new CipherState(KEY))

/** A record with any plaintext, as a side that holds the key could make it. */
function recordOf(plain: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(plain.length + 16)
  return Buffer.concat([length, new CipherState(KEY).seal(plain, length)])
}

describe('the bytes of a record', () => {
  test.each([
    ['nothing', 0, 64],
    ['one byte', 1, 64],
    ['the last that needs no more padding', 62, 64],
    ['one more', 63, 128],
    ['the last below 1 KiB', 1021, 1024],
    ['1 KiB with its head: not padded', 1022, 1024],
    ['more: not padded', 1023, 1025],
    ['the most of one record', MAX_DATA, 0xff_ff - 16],
  ])('%s: %i bytes of data are a plaintext of %i', (_name, bytes, plain) => {
    const record = writer().seal(Buffer.alloc(bytes, 'x'))
    expect(record).toHaveLength(2 + plain + 16)
    expect(record.readUInt16BE()).toBe(plain + 16)
    expect(Buffer.concat(reader().push(record))).toEqual(Buffer.alloc(bytes, 'x'))
  })

  test('one byte more than fits makes two records', () => {
    const bytes = writer().seal(Buffer.alloc(MAX_DATA + 1, 'x'))
    expect(bytes).toHaveLength(2 + 0xff_ff + 2 + 64 + 16)
    expect(
      reader()
        .push(bytes)
        .map(({ length }) => length),
    ).toEqual([MAX_DATA, 1])
  })

  test('equal data never has equal bytes', () => {
    const sealing = writer()
    expect(sealing.seal(Buffer.from('x'))).not.toEqual(sealing.seal(Buffer.from('x')))
  })
})

test('any data, cut anywhere, comes out as it went in', () => {
  const datum = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(70_000).fill(3)))
  fc.assert(
    fc.property(
      fc.array(datum, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }),
      (data, cuts) => {
        const sealing = writer()
        const bytes = Buffer.concat([...data.map((each) => sealing.seal(Buffer.from(each))), sealing.close()])
        const reading = reader()
        const opened: Buffer[] = []
        for (let at = 0, index = 0; at < bytes.length; index++) {
          const end = at + (cuts[index % cuts.length] ?? 1)
          opened.push(...reading.push(bytes.subarray(at, end)))
          at = end
        }
        expect(Buffer.concat(opened).equals(Buffer.concat(data))).toBe(true)
        expect(reading.isClosed).toBe(true)
        expect(reading.isWithinRecord).toBe(false)
      },
    ),
  )
})

describe('what the other side did not send is refused', () => {
  test('one bit altered, whichever', () => {
    const record = writer().seal(Buffer.from('hello'))
    for (let bit = 0; bit < record.length * 8; bit++) {
      const altered = Buffer.from(record)
      altered.writeUInt8(record.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const reading = reader()
      // A greater length waits for bytes that do not come; those that come next do not fit.
      expect(() => {
        reading.push(altered)
        reading.push(Buffer.alloc(0xff_ff))
      }, `bit ${bit}`).toThrow(RecordError)
    }
  })

  test.each([
    ['doubled', (a: Buffer, b: Buffer) => [a, a, b]],
    ['lost', (_a: Buffer, b: Buffer) => [b]],
    ['reordered', (a: Buffer, b: Buffer) => [b, a]],
  ])('a record that is %s', (_name, order) => {
    const sealing = writer()
    const [a, b] = [sealing.seal(Buffer.from('a')), sealing.seal(Buffer.from('b'))]
    expect(() => reader().push(Buffer.concat(order(a, b)))).toThrow(RecordError)
  })

  test.each([
    ['no bytes', 0],
    ['less than type and padding', 17],
  ])('a length for %s', (_name, length) => {
    const record = Buffer.alloc(2 + length)
    record.writeUInt16BE(length)
    expect(() => reader().push(record)).toThrow('too short')
  })

  test.each([
    ['an unknown type', Buffer.from([2, 0]), 'unknown type'],
    ['a close with data', Buffer.from([1, 0, 120]), 'unknown type'],
    ['more padding than there are bytes', Buffer.from([0, 2, 0]), 'wrong padding'],
    ['padding of a whole block', Buffer.concat([Buffer.from([0, 64]), Buffer.alloc(64)]), 'wrong padding'],
    ['padding that is not zero', Buffer.from([0, 2, 120, 0, 1]), 'not zero'],
  ])('a record with %s', (_name, plain, message) => {
    expect(() => reader().push(recordOf(plain))).toThrow(message)
  })

  test('a record, or a byte, behind the last one', () => {
    const sealing = writer()
    const [last, after] = [sealing.close(), sealing.seal(Buffer.from('x'))]
    expect(() => reader().push(Buffer.concat([last, after]))).toThrow('behind the last')
    expect(() => reader().push(Buffer.concat([last, Buffer.of(0)]))).toThrow('behind the last')
    const reading = reader()
    reading.push(last)
    expect(() => reading.push(randomBytes(1))).toThrow('behind the last')
  })

  test('an end within a record, or without the last one, can be seen', () => {
    const reading = reader()
    reading.push(writer().seal(Buffer.from('x')).subarray(0, 30))
    expect(reading).toMatchObject({ isWithinRecord: true, isClosed: false })
  })
})

describe('a nonce', () => {
  test('counts past 32 bits', () => {
    // The 2^32nd message of a key, from a state that has counted so far by sealing nothing.
    const nonces = new Set<string>()
    for (const counter of [0, 1, 0xff_ff_ff_ff, 0x1_0000_0000, 0x1_0000_0001]) {
      const nonce = newNonce()
      writeNonce(nonce, counter)
      nonces.add(nonce.toString('hex'))
    }
    expect([...nonces]).toEqual([
      '000000000000000000000000',
      '000000000100000000000000',
      '00000000ffffffff00000000',
      '000000000000000001000000',
      '000000000100000001000000',
    ])
  })
})
