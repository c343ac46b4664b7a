/** The records of an export: they open in order, whole, with the passphrase, and in no other way. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exportHead,
  exportKey,
  ExportRecords,
  kindOfHead,
  LENGTH_BYTES,
  recordLength,
} from '../../src/identity/export-format.ts'

const HEAD = exportHead(Buffer.alloc(16, 7))
const KEY = Buffer.alloc(32, 3)

function sealed(...chunks: readonly string[]): Buffer[] {
  const records = new ExportRecords(KEY, HEAD)
  return chunks.map((chunk, index) => records.seal(Buffer.from(chunk), index === chunks.length - 1))
}

function opened(records: readonly Buffer[], key = KEY, head = HEAD): string[] {
  const opener = new ExportRecords(key, head)
  return records.map((record, index) => {
    expect(recordLength(record.subarray(0, LENGTH_BYTES))).toBe(record.length - LENGTH_BYTES)
    return opener.open(record.subarray(LENGTH_BYTES), index === records.length - 1).toString()
  })
}

describe('records', () => {
  test('open as they were sealed', () => {
    expect(opened(sealed('one', '', 'three'))).toEqual(['one', '', 'three'])
  })

  test.each<[what: string, change: (records: Buffer[]) => Buffer[]]>([
    ['cut at the end of a record', (records) => records.slice(0, -1)],
    ['without the first', (records) => records.slice(1)],
    ['in another order', ([one, two, three]) => [two, one, three].flatMap((record) => record ?? [])],
    ['with one twice', ([one, ...more]) => [one, one, ...more].flatMap((record) => record ?? [])],
    ['with one of another file behind them', (records) => [...records, ...sealed('x')]],
  ])('%s: they do not open', (_what, change) => {
    expect(() => opened(change(sealed('one', 'two', 'three')))).toThrow()
  })

  test('any altered bit, another key, another head: they do not open', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 7 }), (place, bit) => {
        const [record = Buffer.alloc(0)] = sealed('a text')
        const at = LENGTH_BYTES + (place % (record.length - LENGTH_BYTES))
        record[at] = (record[at] ?? 0) ^ (1 << bit)
        expect(() => opened([record])).toThrow()
      }),
    )
    expect(() => opened(sealed('x'), Buffer.alloc(32, 4))).toThrow()
    expect(() => opened(sealed('x'), KEY, exportHead(Buffer.alloc(16, 8)))).toThrow()
  })
})

test('the key depends on the passphrase and the salt, not on how letters are composed', async () => {
  const key = await exportKey('\u00e9clair', HEAD)
  expect(await exportKey('e\u0301clair', HEAD)).toEqual(key)
  expect(await exportKey('eclair', HEAD)).not.toEqual(key)
  expect(await exportKey('\u00e9clair', exportHead(Buffer.alloc(16, 8)))).not.toEqual(key)
})

test.each([
  ['export', HEAD],
  ['later_export', Buffer.concat([HEAD.subarray(0, 14), Buffer.of(2), HEAD.subarray(15)])],
  ['other', HEAD.subarray(0, 30)],
  ['other', Buffer.from('SQLite format 3\0 and so on, and on and on')],
])('the kind of a head: %s', (kind, head) => {
  expect(kindOfHead(head)).toBe(kind)
})

test.each([
  [[0, 0, 0, 15], undefined],
  [[0, 0, 0, 16], 16],
  [[0, 1, 0, 16], 65_552],
  [[0, 1, 0, 17], undefined],
  [[0, 0, 0], undefined],
])('the length of a record: %j is %j', (bytes, length) => {
  expect(recordLength(Buffer.from(bytes))).toBe(length)
})
