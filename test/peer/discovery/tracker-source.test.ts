/** What trackers say, in the presence table: whole lists, incomplete ones, single news, and two trackers side by side. */
import { beforeEach, describe, expect, test } from 'vitest'
import { LIMITS, TIMES } from '../../../src/chat/limits.ts'
import { addressKey, type ChatEvent, type Peer } from '../../../src/chat/model.ts'
import { Client } from '../../../src/http/client.ts'
import { Discovery } from '../../../src/peer/discovery/discovery.ts'
import { CONTACT, LAN } from '../../../src/peer/discovery/source.ts'
import { TrackerSource } from '../../../src/peer/discovery/tracker-source.ts'
import { emitting, keyless, membership, selfAt } from '../parts.ts'
import { ManualClock } from '../../support/clock.ts'
import type { Presence } from '../../../src/chat/presence.ts'
import type { Channels } from '../../../src/peer/channels.ts'

const [BOB, CAROL, SELF] = ['bob', 'carol', 'alice'].map((name, index): Peer => ({
  ip: `10.0.0.${index + 2}`,
  port: 8000,
  name,
})) as [Peer, Peer, Peer]

let clock: ManualClock
let presence: Presence
let channels: Channels
let discovery: Discovery
let tracker: TrackerSource
let other: TrackerSource
/** What is shown to the user. */
let news: string[]

beforeEach(() => {
  clock = new ManualClock()
  news = []
  const events = emitting(show)
  const all = membership(['ops'], [], (change) => {
    discovery.onPresence(change)
  })
  presence = all.presence
  channels = all.channels
  discovery = new Discovery({ presence, channels, clock, events, ...keyless() })
  const store = { setting: () => undefined, set: () => undefined }
  const common = { client: new Client(), clock, random: () => 0.5, self: selfAt(SELF), store }
  const sources = ['10.0.0.250', '10.0.0.251'].map(
    (host) => new TrackerSource({ ...common, address: { host, port: 9001 }, channels, discovery, events }),
  )
  ;[tracker, other] = sources as [TrackerSource, TrackerSource]
})

function show(event: ChatEvent): void {
  if (event.kind === 'present')
    news.push(`in #${event.channel}: ${event.peers.map(({ name }) => name).join(', ')}`)
  else if (event.kind === 'joined' || event.kind === 'parted')
    news.push(`${event.peer.name} ${event.kind} #${event.channel}`)
}

function members(channel = 'general'): string[] {
  return presence.members(channel).map(({ name }) => name)
}

test('members of the first list did not just join; a peer that comes later did', () => {
  tracker.onMembers('general', [BOB, SELF], true)
  tracker.onMembers('general', [BOB, CAROL], true)
  expect(news).toEqual(['in #general: bob', 'carol joined #general'])
})

test('each channel has a first list, and again when it is joined again', () => {
  tracker.onMembers('general', [BOB], true)
  tracker.onMembers('ops', [BOB], true)
  discovery.forget('ops')
  tracker.onMembers('ops', [BOB], true)
  expect(news).toEqual(['in #general: bob', 'in #ops: bob', 'in #ops: bob'])
})

test('the list of a channel that this peer is not in is ignored', () => {
  tracker.onMembers('elsewhere', [BOB], true)
  expect([news, members('elsewhere')]).toEqual([[], []])
})

test.each([
  ['a complete list', true, 0, []],
  ['an incomplete one, within the lease', false, TIMES.lease - 1, ['bob']],
  ['an incomplete one, after the lease', false, TIMES.lease, []],
])('a peer that %s does not name', (_, isComplete, later, expected) => {
  tracker.onMembers('general', [BOB], true)
  tracker.onMembers('general', [], isComplete)
  presence.sweep(clock.now() + later)
  expect(members()).toEqual(expected)
})

test('a peer that joins is listed, but this peer itself is not', () => {
  for (const peer of [BOB, CAROL, SELF]) tracker.onJoined('general', peer)
  expect(members()).toEqual(['bob', 'carol'])
})

test('a peer that joins a full channel is not listed', () => {
  const full = Array.from({ length: LIMITS.membersPerChannel }, (_peer, index) => ({
    ...BOB,
    ip: `10.1.${index >> 8}.${index & 255}`,
  }))
  tracker.onMembers('general', full, true)
  tracker.onJoined('general', CAROL)
  expect(presence.get(addressKey(CAROL))).toBeUndefined()
})

test.each([
  ['the tracker alone', [], []],
  ['itself', [CONTACT], []],
  ['the LAN', [LAN], ['bob']],
] as const)('a peer that parts, and is listed by %s', (_, sources, expected) => {
  tracker.onJoined('general', BOB)
  for (const source of sources) presence.add(source, BOB, 'general', Infinity)
  tracker.onParted('general', BOB, 'left')
  expect(members()).toEqual(expected)
})

test('this peer itself, by its key, is listed at no address', () => {
  const { id: key } = selfAt(SELF).keys
  tracker.onMembers('general', [BOB, { ...CAROL, key }], true)
  expect(members()).toEqual(['bob'])
})

describe('two trackers side by side', () => {
  test('the list of one does not delete what the other says', () => {
    tracker.onMembers('general', [BOB], true)
    other.onMembers('general', [CAROL], true)
    expect(members()).toEqual(['bob', 'carol'])
    tracker.onMembers('general', [], true)
    expect(members()).toEqual(['carol'])
    expect([...presence.sources(addressKey(CAROL), 'general')]).toEqual(['tracker:10.0.0.251:9001'])
  })

  test('a peer that both list stays until neither does', () => {
    for (const each of [tracker, other]) each.onMembers('general', [BOB], true)
    tracker.onMembers('general', [], true)
    expect(members()).toEqual(['bob'])
    other.onMembers('general', [], true)
    expect(members()).toEqual([])
    expect(news.filter((each) => each.includes('parted'))).toEqual(['bob parted #general'])
  })

  test('each may see this peer at another address: none of them is listed as another peer', () => {
    const self = selfAt({ ...SELF, ip: '0.0.0.0' })
    self.address.seenAs('203.0.113.1', tracker.id)
    self.address.seenAs('203.0.113.2', other.id)
    const seen = ['203.0.113.1', '203.0.113.2', '203.0.113.3'].map((ip) => ({ ...SELF, ip }))
    expect(self.address.others(seen, '10.0.0.250').map(({ ip }) => ip)).toEqual(['203.0.113.3'])
    expect(self.peer.ip).toBe('203.0.113.1')
  })
})
