import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oneLine, readFields, writeFields, type Line } from '../../../src/udp/lsnp/fields.ts'
import { LSNP_LIMITS } from '../../../src/udp/lsnp/limits.ts'

function read(datagram: string | Buffer) {
  const result = readFields(typeof datagram === 'string' ? Buffer.from(datagram) : datagram)
  if ('problem' in result) throw new Error(result.problem)
  return result
}

function fieldsOf(datagram: string | Buffer): Record<string, string> {
  return Object.fromEntries(read(datagram).fields)
}

describe('reading', () => {
  test.each<[string, string, Record<string, string>]>([
    ['RFC form', 'TYPE: DM\nFROM: a@b\n\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['seed form', 'TYPE:DM\nFROM:a@b\n\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['CRLF', 'TYPE: DM\r\nFROM: a@b\r\n\r\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['no empty line at the end', 'TYPE: DM\nFROM: a@b\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['no line end at all', 'TYPE: DM\nFROM: a@b', { TYPE: 'DM', FROM: 'a@b' }],
    ['blank lines anywhere', '\n\nTYPE: DM\n \n\t\r\nFROM: a@b\n\n\n\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['indented lines', '  TYPE: DM\n\tFROM: a@b\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['white space around both', 'TYPE \t:  DM  \nFROM\u00a0:\u00a0a@b\u3000\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['a byte order mark', '\ufeffTYPE: DM\n', { TYPE: 'DM' }],
    ['keys in lower case', 'type: DM\ntransfer_id: f1\n', { TYPE: 'DM', TRANSFER_ID: 'f1' }],
    ['colons in a value', 'CONTENT: at 3: room: 204\n', { CONTENT: 'at 3: room: 204' }],
    ['a value of colons', 'CONTENT:::\n', { CONTENT: '::' }],
    ['no value', 'STATUS: \nCONTENT:\n', { STATUS: '', CONTENT: '' }],
    ['the last one wins', 'TYPE: DM\ntype: POST\n', { TYPE: 'POST' }],
    ['the last one wins, even without a value', 'STATUS: hi\nSTATUS:\n', { STATUS: '' }],
    [
      'two dialects: TYPE of the RFC half, all else of the last line',
      'TYPE: PING\nUSER_ID: a@b\nPORT: 1\nTYPE:PEER_DISCOVERY\nUSER_ID:a@c\nPORT:2\n\n',
      { TYPE: 'PING', USER_ID: 'a@c', PORT: '2' },
    ],
    [
      'two dialects, the seed half first: TYPE of the RFC half',
      'TYPE:PEER_DISCOVERY\nUSER_ID:a@b\nTYPE: PING\nUSER_ID: a@b\n\n',
      { TYPE: 'PING', USER_ID: 'a@b' },
    ],
    ['of two TYPE lines in the seed form the last', 'TYPE:DM\nTYPE:POST\n', { TYPE: 'POST' }],
    ['a line without a colon', 'TYPE: DM\nand so on\nFROM: a@b\n', { TYPE: 'DM', FROM: 'a@b' }],
    ['a line without a key', ': DM\nFROM: a@b\n', { FROM: 'a@b' }],
    ['a key of two words', 'MY KEY: x\nFROM: a@b\n', { FROM: 'a@b' }],
    ['a key with a hyphen', 'MY-KEY: x\nFROM: a@b\n', { FROM: 'a@b' }],
    ['a key that upper case would make one', 'ſTATUS: x\nfıle: y\nstraße: z\n', {}],
    ['white space and a CR inside a value', 'CONTENT: a \t b\rFROM: c\n', { CONTENT: 'a \t b\rFROM: c' }],
  ])('%s', (_name, datagram, fields) => {
    expect(fieldsOf(datagram)).toEqual(fields)
  })

  test('invalid UTF-8 becomes U+FFFD and ends no line', () => {
    expect(fieldsOf(Buffer.from('TYPE: D\xe2\nFROM: \xffa@b\n', 'latin1'))).toEqual({
      TYPE: 'D\ufffd',
      FROM: '\ufffda@b',
    })
  })

  test('keys that objects have are keys like others', () => {
    const { fields } = read('__proto__: a\nconstructor: b\ntoString: c\nhasOwnProperty: d\n')
    expect([...fields]).toEqual([
      ['__PROTO__', 'a'],
      ['CONSTRUCTOR', 'b'],
      ['TOSTRING', 'c'],
      ['HASOWNPROPERTY', 'd'],
    ])
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  test('a part of a larger buffer is all that is read', () => {
    const larger = new Uint8Array(Buffer.from('FROM: x@y\nTYPE: DM\nTO: z@z\n'))
    expect(fieldsOf(Buffer.from(larger.buffer, larger.byteOffset + 10, 9))).toEqual({ TYPE: 'DM' })
    const result = readFields(larger.subarray(10, 19))
    expect('fields' in result && [...result.fields]).toEqual([['TYPE', 'DM']])
  })

  test.each([
    ['rfc', 'TYPE: DM\nFROM: a@b\n\n'],
    ['seed', 'TYPE:DM\nFROM:a@b\n\n'],
    ['polyglot', 'TYPE: DM\nFROM: a@b\nTYPE:DM\nFROM:a@b\n\n'],
    ['rfc', 'FROM:a@b\nTYPE: DM\n\n'],
    ['seed', 'FROM: a@b\nTYPE:DM\n\n'],
    ['rfc', 'FROM:a@b\n\n'],
    ['seed', 'type:DM\n\n'],
  ] as const)('dialect %s: %j', (dialect, datagram) => {
    expect(read(datagram).dialect).toBe(dialect)
  })
})

describe('limits', () => {
  test('bytes', () => {
    const full = Buffer.alloc(LSNP_LIMITS.datagramBytes, 'A')
    full.write('TYPE: DM\nX:')
    expect(read(full).fields.get('TYPE')).toBe('DM')
    expect(readFields(Buffer.concat([full, Buffer.from('A')]))).toEqual({
      problem: 'the datagram is longer than 65507 bytes',
    })
  })

  test('lines, of which blank ones are none', () => {
    const lines = Array.from({ length: LSNP_LIMITS.lines }, (_, index) => `K${index}: v\n\n`)
    expect(read(lines.join('')).fields.size).toBe(128)
    expect(readFields(Buffer.from(`${lines.join('')}X`))).toEqual({
      problem: 'the datagram has more than 128 lines',
    })
  })

  test('a key of 64 characters is one, a key of 65 is none', () => {
    expect(fieldsOf(`${'K'.repeat(64)}: a\n${'L'.repeat(65)}: b\n`)).toEqual({ ['K'.repeat(64)]: 'a' })
  })
})

describe('writing', () => {
  const lines: readonly Line[] = [
    { key: 'TYPE', value: 'PING', parleyOnly: false },
    { key: 'APP', value: 'parley/0.1', parleyOnly: true },
    { key: 'USER_ID', value: 'a@b', parleyOnly: false },
  ]

  test.each([
    ['rfc', 'TYPE: PING\nAPP: parley/0.1\nUSER_ID: a@b\n\n'],
    ['seed', 'TYPE:PING\nAPP:parley/0.1\nUSER_ID:a@b\n\n'],
    ['polyglot', 'TYPE: PING\nAPP: parley/0.1\nUSER_ID: a@b\nTYPE:PING\nUSER_ID:a@b\n\n'],
  ] as const)('%s', (form, text) => {
    expect(writeFields(lines, form).toString()).toBe(text)
  })

  test.each([
    ['LF', 'a\nb', 'a b'],
    ['CR', 'a\rb', 'a b'],
    ['CRLF is one line end', 'a\r\nb', 'a b'],
    ['LFCR is two', 'a\n\rb', 'a  b'],
    ['NUL', 'a\0b', 'a b'],
    ['vertical tab', 'a\vb', 'a b'],
    ['form feed', 'a\fb', 'a b'],
    ['file, group and record separators', 'a\x1cb\x1dc\x1ed', 'a b c d'],
    ['next line', 'a\x85b', 'a b'],
    ['line separator', 'a\u2028b', 'a b'],
    ['paragraph separator', 'a\u2029b', 'a b'],
    ['escape', 'a\x1b[31mb', 'a [31mb'],
    ['tabs stay', 'a\tb', 'a\tb'],
    ['emoji stay', 'a👩‍🔬b', 'a👩‍🔬b'],
    ['white space outside', ' \n\ta b\u00a0\r\n', 'a b'],
    ['nothing but white space', ' \n ', ''],
  ])('a value is one line: %s', (_name, value, line) => {
    expect(oneLine(value)).toBe(line)
    expect(writeFields([{ key: 'X', value, parleyOnly: false }], 'rfc').toString()).toBe(`X: ${line}\n\n`)
  })

  test('no value can add a line', () => {
    const evil = fc.string({
      unit: fc.oneof(fc.constantFrom(...Array.from('\r\n\v\f\x1c\x85\u2028:AT ')), fc.string()),
    })
    fc.assert(
      fc.property(evil, fc.constantFrom('rfc' as const, 'seed' as const), (value, form) => {
        const { fields } = read(writeFields([{ key: 'CONTENT', value, parleyOnly: false }], form))
        expect([...fields]).toEqual([['CONTENT', oneLine(value)]])
      }),
      { numRuns: 1000 },
    )
  })

  test('as much as UDP carries, and a byte more', () => {
    const filled = (length: number): Line[] => [{ key: 'X', value: 'a'.repeat(length), parleyOnly: false }]
    const most = LSNP_LIMITS.datagramBytes - 'X: \n\n'.length
    expect(writeFields(filled(most), 'rfc')).toHaveLength(65_507)
    expect(() => writeFields(filled(most + 1), 'rfc')).toThrow(
      new TypeError('the datagram is longer than 65507 bytes'),
    )
  })
})
