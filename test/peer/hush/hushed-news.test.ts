/** News of people with what holds for them, and what readers of events get of ignored people. */
import { expect, test } from 'vitest'
import { addressKey, type ChatEvent, type Peer, type PeerId } from '../../../src/chat/model.ts'
import { markedNews } from '../../../src/peer/hush/hushed-news.ts'
import { sentence } from '../../../src/peer/local-api/serialize.ts'
import { ALICE, BOB, CAROL, eventsOf, knows, newSelf, startPeer } from '../../support/peers.ts'
import { liveTracker } from '../../support/trackers.ts'
import { until } from '../../support/wait.ts'

const marked = (event: ChatEvent): ChatEvent =>
  markedNews(event, (id: PeerId) =>
    id === addressKey(BOB) ? 'ignore' : id === addressKey(CAROL) ? 'mute' : undefined,
  )

function newsOf(peer: Peer): ChatEvent[] {
  const channel = 'general'
  return [
    { kind: 'joined', peer, channel },
    { kind: 'parted', peer, channel, reason: 'left' },
    { kind: 'renamed', peer, before: 'rob' },
    { kind: 'profile', peer, profile: { status: 'hi', avatar: undefined } },
    { kind: 'followed', peer, following: true },
    { kind: 'liked', peer, liking: true, text: 'hi' },
  ]
}

test.each([
  [ALICE, undefined],
  [BOB, 'ignore'],
  [CAROL, 'mute'],
])('all news of %o are marked with %s', (peer, hushed) => {
  for (const event of newsOf(peer)) expect(marked(event)).toEqual(hushed ? { ...event, hushed } : event)
})

test('the page has no line for what an ignored person follows and likes', () => {
  expect(newsOf(BOB).map((event) => sentence(marked(event)))).toEqual(newsOf(BOB).map(() => undefined))
  expect(newsOf(CAROL).flatMap((event) => sentence(marked(event)) ?? [])).toHaveLength(2)
})

test('an ignored person is not among those who were in a channel before', () => {
  const present = (...peers: readonly Peer[]): ChatEvent => ({ kind: 'present', channel: 'general', peers })
  expect(marked(present(ALICE, BOB, CAROL))).toEqual(present(ALICE, CAROL))
  expect(marked(present())).toEqual(present())
  expect(marked(present(BOB))).toMatchObject({ peers: [], hushed: 'ignore' })
})

test('an ignored person comes and goes with a mark, between real peers', async () => {
  const { address: tracker } = await liveTracker()
  const alice = await startPeer({ name: 'alice', tracker })
  const secure = newSelf()
  const start = () => startPeer({ name: 'bob', secure, tracker })
  let bob = await start()
  await knows(alice, 'general', ['bob'])
  alice.peer.hush(secure.keys.id, 'ignore')
  await bob.peer.close()
  await knows(alice, 'general', [])
  bob = await start()
  await knows(alice, 'general', ['bob'])
  alice.peer.unhush(secure.keys.id, 'ignore')
  await bob.peer.close()
  await until(() => eventsOf(alice, 'parted').length === 2, 'bob has left again')
  const marks = alice.events.flatMap((event) =>
    event.kind === 'joined' || event.kind === 'parted' ? [[event.kind, event.hushed]] : [],
  )
  // Who was there first is in the list of those who were there.
  expect(marks.slice(-3)).toEqual([
    ['parted', 'ignore'],
    ['joined', 'ignore'],
    ['parted', undefined],
  ])
})
