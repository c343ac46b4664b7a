/** Connections between two peers that fail in different ways: no message is lost, repeated or reordered. */
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/fuzz/mutate.ts'
import { Actor, TEST, numbered } from './faults-support.ts'
import { FaultyProxy, type Fault, type Way } from './proxy.ts'

const SEED = 20_251_122

/** Bytes in which the two ends of a connection prove their keys; behind them are requests and answers. */
const HANDSHAKE = { there: 160 + 165, back: 362 }

/** Where connections fail: in the head of a request, in its body, between messages, in an answer, in a later one. */
function somewhere(kind: 'cut' | 'reset' | 'swallow', ways: readonly Way[], seed: number): Fault[] {
  const random = seededRandom(seed)
  return ways.map((way) => {
    const after = Math.floor(random() * (way === 'there' ? 3_000 : 600))
    return { kind, way, after: HANDSHAKE[way] + after }
  })
}

const BOTH_WAYS: readonly Way[] = ['there', 'back', 'there', 'back']

describe('between two peers', TEST, () => {
  test.each<[what: string, faults: readonly Fault[]]>([
    ['every piece is late', Array.from({ length: 4 }, () => ({ kind: 'delay', ms: 30 }))],
    ['everything drips', Array.from({ length: 4 }, () => ({ kind: 'drip', bytes: 40 }))],
    ['the connection is closed midway', somewhere('cut', BOTH_WAYS, SEED)],
    ['the connection is reset midway', somewhere('reset', BOTH_WAYS, SEED)],
    ['the connection is closed at once', [{ kind: 'cut', way: 'there', after: 0 }]],
    ['the connection is reset at once', [{ kind: 'reset', way: 'there', after: 0 }]],
    ['the question for a key vanishes', [{ kind: 'swallow', way: 'there', after: 150 }]],
    ['the proof of a key is cut off', [{ kind: 'cut', way: 'back', after: HANDSHAKE.back - 1 }]],
    ['requests vanish', [{ kind: 'swallow', way: 'there', after: HANDSHAKE.there + 150 }]],
    ['answers vanish', [{ kind: 'swallow', way: 'back', after: HANDSHAKE.back + 100 }]],
    [
      'answers are closed one byte before their end',
      [{ kind: 'cut', way: 'back', after: HANDSHAKE.back + 209 }],
    ],
  ])('%s: all arrive once, in order', async (_what, faults) => {
    const bob = await Actor.cast('bob')
    bob.start()
    await bob.listens()
    const proxy = await FaultyProxy.inFrontOf(bob.port)
    const flags = ['--peer', `127.0.0.1:${bob.port}`]
    const alice = await Actor.cast('alice', { flags, under: proxy.under })
    alice.start()
    await alice.meets('bob')
    const lines = numbered('line', 100)
    proxy.spoil(faults)
    for (const line of lines) {
      alice.type(line)
      alice.type(`/msg bob ${line} for bob`)
    }
    await bob.shows(200)
    await alice.isRid(200)
    expect(proxy.spoilt).toBeGreaterThan(0)
    expect(bob.shownApart).toEqual({ general: lines, direct: lines.map((line) => `${line} for bob`) })
    await bob.tells(lines)
  })
})
