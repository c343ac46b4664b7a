/** What the tracker says, in the roster: whole lists, incomplete ones, and single news. */
import { beforeEach, expect, test } from 'vitest'
import { TIMES } from '../../../src/chat/limits.ts'
import { addressKey, type Peer } from '../../../src/chat/model.ts'
import { Presence } from '../../../src/chat/presence.ts'
import { TrackerPresence } from '../../../src/peer/discovery/tracker-presence.ts'

const [BOB, CAROL, SELF] = ['bob', 'carol', 'alice'].map((name, index): Peer => ({
  ip: `10.0.0.${index + 2}`,
  port: 8000,
  name,
})) as [Peer, Peer, Peer]
const CHANNELS = ['general', 'ops']

let now: number
let roster: Presence
let tracker: TrackerPresence
/** What a face would be told. */
let news: string[]
/** Whom nobody may hear of. */
let unheard: Set<string>

beforeEach(() => {
  now = 1_000_000
  news = []
  unheard = new Set()
  roster = new Presence((change) => {
    if (change.kind === 'renamed') news.push(`${change.before} is ${change.peer.name}`)
    else if (!tracker.isArriving) news.push(`${change.peer.name} ${change.kind} #${change.channel}`)
  })
  tracker = new TrackerPresence({
    roster,
    clock: { now: () => now, wall: () => now, after: () => () => undefined },
    isOurs: (channel) => CHANNELS.includes(channel),
    others: (peers) => peers.filter(({ name }) => name !== SELF.name),
    mayHear: (id) => !unheard.has(id),
    onPresent: (channel, peers) => news.push(`in #${channel}: ${peers.map(({ name }) => name).join(', ')}`),
  })
})

function members(channel = 'general'): string[] {
  return roster.members(channel).map(({ name }) => name)
}

test('who was there before us did not just join; who comes later did', () => {
  tracker.members('general', [BOB, SELF], true)
  tracker.members('general', [BOB, CAROL], true)
  expect(news).toEqual(['in #general: bob', 'carol joined #general'])
})

test('in each channel there is a first list, and again when we come back to it', () => {
  tracker.members('general', [BOB], true)
  tracker.members('ops', [BOB], true)
  tracker.forget('ops')
  roster.forgetChannel('ops')
  tracker.members('ops', [BOB], true)
  expect(news).toEqual(['in #general: bob', 'in #ops: bob', 'in #ops: bob'])
})

test('a channel that is none of ours is not looked at', () => {
  tracker.members('elsewhere', [BOB], true)
  expect([news, members('elsewhere')]).toEqual([[], []])
})

test.each([
  ['a complete list', true, 0, []],
  ['an incomplete one, within the lease', false, TIMES.lease - 1, ['bob']],
  ['an incomplete one, after the lease', false, TIMES.lease, []],
])('whom %s does not name', (_, isComplete, later, expected) => {
  tracker.members('general', [BOB], true)
  tracker.members('general', [], isComplete)
  roster.sweep(now + later)
  expect(members()).toEqual(expected)
})

test('who joins is heard, unless it is ourselves or may not be', () => {
  unheard.add(addressKey(CAROL))
  for (const peer of [BOB, CAROL, SELF]) tracker.joined('general', peer)
  expect(members()).toEqual(['bob'])
})

test.each([
  ['the tracker alone', [], []],
  ['itself', ['direct'], []],
  ['the LAN', ['lan'], ['bob']],
] as const)('who parts, and is vouched for by %s', (_, sources, expected) => {
  tracker.joined('general', BOB)
  for (const source of sources) roster.add(source, BOB, 'general', Infinity)
  tracker.parted('general', BOB, 'left')
  expect(members()).toEqual(expected)
})
