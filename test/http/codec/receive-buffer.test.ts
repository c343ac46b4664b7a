import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReceiveBuffer } from '../../../src/http/codec/receive-buffer.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('ReceiveBuffer', () => {
  test('adopts the only chunk and hands it out without a copy', () => {
    const buffer = new ReceiveBuffer()
    const chunk = bytes('hello')
    buffer.append(chunk)
    expect(buffer.take(5)).toBe(chunk)
    expect(buffer.length).toBe(0)
  })

  test('an empty buffer holds no memory', () => {
    const buffer = new ReceiveBuffer()
    buffer.append(bytes('a'))
    buffer.append(bytes('b'))
    buffer.consume(2)
    expect(buffer.bytes.length).toBe(0)
  })

  test('never writes into a chunk that is not its own', () => {
    const memory = Buffer.alloc(16)
    const buffer = new ReceiveBuffer()
    buffer.append(memory.subarray(0, 4))
    buffer.append(bytes('xyz'))
    expect(memory).toEqual(Buffer.alloc(16))
    expect(buffer.take(7)).toEqual(Buffer.concat([Buffer.alloc(4), bytes('xyz')]))
  })

  test('any appends and takes: the bytes in order, and what was taken stays as it was', () => {
    const step = fc.oneof(fc.uint8Array({ maxLength: 3_000 }), fc.nat(4_000))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const buffer = new ReceiveBuffer()
        let expected = Buffer.alloc(0)
        const taken: (readonly [Buffer, Buffer])[] = []
        for (const each of steps) {
          if (typeof each !== 'number') {
            buffer.append(Buffer.from(each))
            expected = Buffer.concat([expected, each])
          } else if (each <= expected.length) {
            taken.push([buffer.take(each), Buffer.from(expected.subarray(0, each))])
            expected = expected.subarray(each)
          }
          expect(buffer.length).toBe(expected.length)
          expect(buffer.bytes.subarray(buffer.start, buffer.end).equals(expected)).toBe(true)
        }
        for (const [piece, copy] of taken) expect(piece.equals(copy)).toBe(true)
      }),
    )
  })
})
