/** Heads that were read before are found by their bytes, and by nothing less. */
import { describe, expect, test } from 'vitest'
import { HeadCache } from '../../../src/http/codec/head-cache.ts'
import { DEFAULT_LIMITS } from '../../../src/http/message.ts'
import { RequestParser, type RequestHead } from '../../../src/http/codec/request-parser.ts'
import { describeRequest, feed } from '../feed.ts'

const POST = 'POST /p2p/receive HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n'
const UPGRADE =
  'GET /p2p/secure HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Once: 1\r\n\r\n'
const GET = 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n'

/** The head found at the start of these bytes once `known` were read. */
function found(known: readonly string[], bytes: string): string | undefined {
  const heads = new HeadCache<RequestHead>()
  for (const head of known)
    feed([`${head}hi`.slice(0, head === POST ? undefined : head.length)], { knownHeads: heads })
  const buffer = Buffer.from(bytes, 'latin1')
  return heads.find(buffer, 0, buffer.length)?.text
}

describe('HeadCache', () => {
  test.each([
    ['the head that was read last', [GET, POST], `${POST}hi`, POST],
    ['one that was read earlier', [POST, GET], `${POST}hi`, POST],
    ['one with more behind it', [GET], GET + GET, GET],
    ['nothing for a head not read', [GET], POST, undefined],
    ['nothing while its last byte is missing', [GET], GET.slice(0, -1), undefined],
    ['nothing when one byte differs', [GET], GET.replace('a\r', 'b\r'), undefined],
    ['nothing when the case of a field name differs', [GET], GET.replace('Host', 'host'), undefined],
    ['nothing when white space differs', [GET], GET.replace('Host: ', 'Host:  '), undefined],
    ['nothing for no bytes', [GET], '', undefined],
    ['nothing of a request for another protocol', [UPGRADE], UPGRADE, undefined],
    ['nothing of a head that was refused', ['GET / HTTP/1.1\r\n\r\n'], 'GET / HTTP/1.1\r\n\r\n', undefined],
  ])('finds %s', (_name, known, bytes, expected) => {
    expect(found(known, bytes)).toBe(expected)
  })

  test.each([
    ['1024 bytes are kept', 1024, true],
    ['one over is not', 1025, false],
  ])('%s', (_name, length, kept) => {
    const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(length - 32)}\r\n\r\n`
    expect(head).toHaveLength(length)
    expect(found([head], head) !== undefined).toBe(kept)
  })

  test('at most 512 are kept: then it starts anew', () => {
    const heads = new HeadCache<RequestHead>()
    const head = (number: number): string => `GET /${number} HTTP/1.1\r\nHost: a\r\n\r\n`
    const isKnown = (number: number): boolean => {
      const bytes = Buffer.from(head(number))
      return heads.find(bytes, 0, bytes.length) !== undefined
    }
    for (let number = 0; number < 512; number++) feed([head(number)], { knownHeads: heads })
    expect([isKnown(0), isKnown(511)]).toEqual([true, true])
    feed([head(512)], { knownHeads: heads })
    expect([isKnown(1), isKnown(510), isKnown(512)]).toEqual([false, false, true])
  })

  test('messages that share a head have each their own body', () => {
    const heads = new HeadCache<RequestHead>()
    const { requests } = feed([`${POST}ab${POST}cd`, POST, 'ef'], { knownHeads: heads })
    expect(requests.map(({ body }) => body)).toEqual(['ab', 'cd', 'ef'])
  })

  test('a known head that expects 100-continue gets it each time', () => {
    const head = POST.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')
    const parser = new RequestParser(DEFAULT_LIMITS, new HeadCache())
    for (let round = 0; round < 3; round++) {
      parser.push(Buffer.from(head))
      expect(parser.next()).toBeUndefined()
      expect([parser.takeContinue(), parser.takeContinue()]).toEqual([true, false])
      parser.push(Buffer.from('hi'))
      const request = parser.next()
      if (request === undefined) throw new Error('no request')
      expect(describeRequest(request).body).toBe('hi')
      expect(parser.takeContinue()).toBe(false)
    }
  })
})
