/**
 * The requirements against the parser alone: each row whole, byte by byte, and cut in two at every position
 * (long rows at some positions), and with its heads known from before, always with the same result.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { HeadCache } from '../../src/http/codec/head-cache.ts'
import { CASES } from './requirements/index.ts'
import { byteByByte, feed, type Outcome } from './feed.ts'
import type { RequestHead } from '../../src/http/codec/request-parser.ts'
import type { Case } from './requirements/case.ts'

/** Bytes parsed for the cuts of one row, at most; a row of up to some 1200 bytes is cut everywhere. */
const BYTES_PER_ROW = 1_500_000

let cuts = 0

function* cutPositions(length: number): Generator<number> {
  const stride = Math.max(1, Math.ceil((length * length) / BYTES_PER_ROW))
  for (let at = 1; at < length; at += stride) yield at
}

/** Where the outcome differs from that of the whole; a list, so that a failure names the cuts. */
function differingCuts({ bytes, fin, limits }: Case, whole: Outcome): number[] {
  const expected = JSON.stringify(whole)
  const differing: number[] = []
  for (const at of cutPositions(bytes.length)) {
    cuts++
    const outcome = feed([bytes.slice(0, at), bytes.slice(at)], { fin, limits })
    if (JSON.stringify(outcome) !== expected) differing.push(at)
  }
  return differing
}

describe('requirements: the parser', () => {
  test.each(CASES.map((row) => [`${row.id} ${row.name}`, row] as const))('%s', (_name, row) => {
    const whole = feed([row.bytes], row)
    expect(whole.error).toBe(row.error)
    expect(whole.requests).toHaveLength(row.requests.length)
    expect(whole.requests).toMatchObject(row.requests)
    expect(feed(byteByByte(row.bytes), row)).toEqual(whole)
    expect(differingCuts(row, whole)).toEqual([])
    const options = { ...row, knownHeads: new HeadCache<RequestHead>() }
    expect(feed([row.bytes], options), 'the first time').toEqual(whole)
    expect(feed([row.bytes], options), 'with its heads known').toEqual(whole)
  })

  afterAll(() => {
    console.log(
      `requirements: ${CASES.length} rows, each whole and byte by byte, and cut in two ${cuts} times`,
    )
  })
})
