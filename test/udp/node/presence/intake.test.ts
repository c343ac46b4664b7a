/** Datagrams are counted in two classes, which do not reduce each other. */
import { beforeEach, describe, expect, test } from 'vitest'
import { LAN_LIMITS } from '../../../../src/udp/node/limits.ts'
import { isOfClass, LanIntake, trafficOf } from '../../../../src/udp/node/presence/intake.ts'
import { SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc, seed } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

const FROM = { host: '10.77.0.11', port: 50_999 }

describe('the class of a datagram', () => {
  test.each([
    ['in the RFC form', 'TYPE: FILE_CHUNK\nFROM: a@b\n', 'file-data'],
    ['in the seed form', 'TYPE:FILE_CHUNK\nfrom:a@b\n', 'file-data'],
    ['with CRLF', 'TYPE: FILE_CHUNK\r\nFROM: a@b\r\n', 'file-data'],
    ['with blanks in front', '\n  type:  FILE_CHUNK\n', 'file-data'],
    ['behind its sender', 'FROM: a@b\nTYPE: FILE_CHUNK\n', 'file-data'],
    ['an offer', 'TYPE: FILE_OFFER\n', 'message'],
    ['another type that begins so', 'TYPE: FILE_CHUNKS\n', 'message'],
    ['a text about it', 'TYPE: POST\nCONTENT: TYPE: FILE_CHUNK\n', 'message'],
    ['far behind', `FROM: ${'a'.repeat(60)}\nTYPE: FILE_CHUNK\n`, 'message'],
    ['nothing', '', 'message'],
    ['JSON', '{"port":8000}', 'message'],
  ])('%s', (_name, text, expected) => {
    expect(trafficOf(Buffer.from(text))).toBe(expected)
  })

  test.each([
    ['FILE_CHUNK', 'file-data', true],
    ['DM', 'file-data', false],
    ['DM', 'message', true],
    ['FILE_CHUNK', 'message', true],
  ] as const)('a %s counted as %s: %s', (type, traffic, expected) => {
    expect(isOfClass(type, traffic)).toBe(expected)
  })
})

describe('LanIntake', () => {
  test('a full class does not reduce the other, for one host and for all', () => {
    const intake = new LanIntake()
    const read = (traffic: 'message' | 'file-data', count: number, hostOf: (n: number) => string): number =>
      Array.from({ length: count }, (_, n) => intake.problem(traffic, hostOf(n), START)).filter(
        (problem) => problem === undefined,
      ).length
    const one = (): string => FROM.host
    expect(read('file-data', 100, one)).toBe(LAN_LIMITS.fileDataPerHost.burst)
    expect(read('message', 100, one)).toBe(LAN_LIMITS.perHost.burst)
    const each = (n: number): string => `10.77.${1 + (n >> 7)}.${n & 127}`
    const left = LAN_LIMITS.fileDataTotal.burst - LAN_LIMITS.fileDataPerHost.burst
    expect(read('file-data', 1_000, each)).toBe(left)
    expect(intake.problem('file-data', '10.77.0.12', START)).toBe('too many datagrams')
    expect(intake.problem('message', '10.77.0.12', START)).toBeUndefined()
  })
})

describe('a program that sends a file all at once', () => {
  let lan: SimulatedLan
  let ada: Station<LanNode>
  const chunk = (index: number): string =>
    rfc('FILE_CHUNK', {
      FROM: 'mai@10.77.0.11',
      TO: 'ada@10.77.0.1',
      FILEID: '54be7a73',
      CHUNK_INDEX: index,
      TOTAL_CHUNKS: 400,
      DATA: 'A'.repeat(340),
    })

  beforeEach(() => {
    lan = new SimulatedLan()
    ada = lan.node('ada', '10.77.0.1')
  })

  test('can still say something in the meantime', () => {
    for (let index = 0; index < 400; index++) lan.inject(chunk(index), FROM, ada)
    const said = { FROM: 'mai@10.77.0.11', TO: 'ada@10.77.0.1', CONTENT: 'there it is' }
    lan.inject(seed('DM', { ...said, MESSAGE_ID: 'd1' }), FROM, ada)
    expect(ada.eventsOf('dm').map(({ text }) => text)).toEqual(['there it is'])
  })

  test('gets no second allowance for messages by a second TYPE line', () => {
    const said = 'TYPE:DM\nFROM:mai@10.77.0.11\nTO:ada@10.77.0.1\nCONTENT:x\nMESSAGE_ID:'
    for (let n = 0; n < 5; n++) lan.inject(`TYPE:FILE_CHUNK\n${said}${n}\n\n`, FROM, ada)
    expect(ada.eventsOf('dm')).toEqual([])
    expect(ada.program.dropped.get('it has two TYPE lines')).toBe(5)
  })
})
