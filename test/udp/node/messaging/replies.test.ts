/** Replies that prove an address: only the program that was sent an id alone can know it. */
import { describe, expect, test } from 'vitest'
import { PeerTable } from '../../../../src/udp/node/peer-table.ts'
import { Replies } from '../../../../src/udp/node/messaging/replies.ts'
import { sightingOfUser } from '../../../../src/udp/node/presence/sighting.ts'
import type { PeerEntry } from '../../../../src/udp/node/peer-entry.ts'

const ID = '0123456789abcdef'

function programs(table: PeerTable): [PeerEntry, PeerEntry, PeerEntry] {
  return ['10.77.0.11', '10.77.0.12', '10.77.0.13'].map((host) => {
    const found = table.record(sightingOfUser(`mai@${host}`, undefined, { host, port: 50_999 }, 'rfc'), 0)
    if (found === undefined) throw new Error('no room')
    return found.entry
  }) as [PeerEntry, PeerEntry, PeerEntry]
}

describe('an id', () => {
  test.each<[string, sentTo: readonly number[], repliesFrom: number, isProof: boolean]>([
    ['that one program was sent', [0], 0, true],
    ['that it was sent twice', [0, 0], 0, true],
    ['that another program was sent', [0], 1, false],
    ['that two programs were sent', [0, 1], 1, false],
    ['that three programs were sent', [0, 1, 2], 2, false],
    ['that two programs were sent in turn', [0, 1, 0], 0, false],
  ])('%s', (_name, sentTo, repliesFrom, isProof) => {
    const table = new PeerTable({ isOwn: () => false })
    const entries = programs(table)
    const replies = new Replies(table)
    for (const index of sentTo) replies.expect(ID, { type: 'DM', to: entries[index as 0 | 1 | 2] })
    const replying = entries[repliesFrom as 0 | 1 | 2]
    expect(replies.received(ID, replying.peer.ip) !== undefined).toBe(isProof)
    expect(replying.isProved).toBe(isProof)
  })
})
