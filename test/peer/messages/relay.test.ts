/** Which messages are relayed to which peers: every pair of worlds, and how often. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { relayTo, type Member } from '../../../src/peer/messages/relay.ts'
import { MANUAL, PEER_EXCHANGE, trackerSource } from '../../../src/peer/discovery/source.ts'
import { ALICE, BOB, CAROL } from '../../support/peers.ts'
import type { Peer } from '../../../src/chat/model.ts'
import type { Source } from '../../../src/chat/presence.ts'

const ZED: Peer = { ip: '127.0.0.1', port: 50_000, name: 'zed', lsnp: 'zed@127.0.0.1' }

function member(peer: Peer, ...sources: Source[]): Member {
  return { peer, sources: new Set(sources) }
}

const TRACKER = trackerSource({ host: '10.0.0.250', port: 9001 })

const ON_LAN = member(ALICE, 'lan')
const AT_TRACKER = member(BOB, TRACKER)
const IN_BOTH = member(CAROL, 'lan', TRACKER)
const EVERYBODY = [ON_LAN, AT_TRACKER, IN_BOTH]

describe('to the world without its sender', () => {
  test.each<[name: string, from: Source[], members: readonly Member[], to: Peer[]]>([
    ['from the LAN', ['lan'], EVERYBODY, [BOB]],
    ['from the tracker', [TRACKER], EVERYBODY, [ALICE]],
    ['from a peer on the LAN that has written', ['lan', 'direct'], EVERYBODY, [BOB]],
    ['from a peer at the tracker that was greeted', [TRACKER, MANUAL], EVERYBODY, [ALICE]],
    ['from a peer in both, which every peer reads', ['lan', TRACKER], EVERYBODY, []],
    ['from a peer that only this one knows', ['direct'], EVERYBODY, []],
    ['from a peer given by hand', [MANUAL], EVERYBODY, []],
    ['from a peer that was named by another', [PEER_EXCHANGE], EVERYBODY, []],
    ['from an unknown peer', [], EVERYBODY, []],
    ['without members', ['lan'], [], []],
    ['without a peer of the other world', ['lan'], [ON_LAN, IN_BOTH], []],
    [
      'to peers that only this one knows',
      ['lan'],
      [member(BOB, 'direct'), member(CAROL, MANUAL, PEER_EXCHANGE)],
      [],
    ],
    ['to a peer that has written', ['lan'], [member(BOB, TRACKER, 'direct')], [BOB]],
    ['to a peer that takes datagrams only', [TRACKER], [member(ZED, 'lan')], [ZED]],
    ['to several', [TRACKER], [ON_LAN, AT_TRACKER, member(ZED, 'lan')], [ALICE, ZED]],
  ])('%s', (_name, from, members, to) => {
    expect(relayTo(new Set(from), 0, members)).toEqual(to)
  })
})

test.each<[hops: number, to: Peer[]]>([
  [0, [BOB]],
  [LIMITS.hops - 1, [BOB]],
  [LIMITS.hops, []],
  [LIMITS.hops + 1, []],
])('after %d hops', (hops, to) => {
  expect(relayTo(new Set<Source>(['lan']), hops, EVERYBODY)).toEqual(to)
})

test('a relayed message comes from one world and goes to the other', () => {
  const sources = fc.uniqueArray(fc.constantFrom<Source>(TRACKER, 'lan', 'direct', MANUAL, PEER_EXCHANGE))
  fc.assert(
    fc.property(sources, fc.nat(3), fc.array(sources), (from, hops, others) => {
      const members = others.map((each, index) => member({ ...ALICE, port: 9_000 + index }, ...each))
      const to = relayTo(new Set(from), hops, members)
      for (const peer of to) {
        const { sources } = members[peer.port - 9_000] ?? member(peer)
        expect(sources.has('lan')).toBe(!sources.has(TRACKER))
        expect(sources.has('lan')).toBe(from.includes(TRACKER))
        expect(from.includes('lan')).toBe(!from.includes(TRACKER))
      }
    }),
  )
})
