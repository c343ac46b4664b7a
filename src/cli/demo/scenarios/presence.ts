/** Registration with a tracker, and channels. */
import { GENERAL } from '../../../chat/model.ts'
import type { Name, Participants } from '../../participants/participants.ts'
import type { Scenario } from '../runner.ts'

const EVERYBODY: readonly Name[] = ['alice', 'bob', 'carol']

export const PRESENCE: readonly Scenario[] = [
  {
    title: 'Three peers register with a tracker',
    wire:
      'Each peer sends POST /submit-info to the tracker, POST /add-list for #general, and then follows it by ' +
      'GET /events, a stream of server-sent events. GET /get-list shows who is there.',
    run: async (demo, peers) => {
      await demo.expectEvent('the tracker listens', peers.startTracker())
      await demo.expectEvent(
        'alice, bob and carol are registered',
        Promise.all(EVERYBODY.map((name) => peers.startPeer(name))),
      )
      const listed = await demo.listed()
      demo.expect('GET /get-list names all three', listed === EVERYBODY.join(', '), `it names ${listed}`)
      await demo.expectEvent(
        'each is told who is in #general',
        Promise.all(EVERYBODY.map(meetsTheOthers(peers))),
      )
    },
  },
  {
    title: 'Channels',
    wire:
      'All three say that they want to be in #general; alice and bob also join #lab: POST /add-list. The tracker ' +
      'tells the members of a channel by a "joined" event in their GET /events.',
    run: async (demo, peers) => {
      await demo.expectEvent(
        'alice, bob and carol are in #general',
        Promise.all(EVERYBODY.map(entersGeneral(peers))),
      )
      await demo.expectEvent('alice joins #lab', peers.enter('alice', 'lab'))
      await demo.expectEvent('bob joins #lab', peers.enter('bob', 'lab'))
      await demo.expectEvent(
        'alice is told that bob joined #lab',
        peers.waitForEvent('alice', 'news that bob joined #lab', (event) => {
          return event.kind === 'joined' && event.channel === 'lab' && event.peer.port === peers.portOf('bob')
        }),
      )
      const listed = await demo.listed('lab')
      demo.expect('GET /get-list?channel=lab: alice and bob', listed === 'alice, bob', `it names ${listed}`)
      await demo.expectEvent(
        'alice and bob go back to #general, and stay in #lab',
        Promise.all([peers.enter('alice', GENERAL), peers.enter('bob', GENERAL)]),
      )
    },
  },
]

function entersGeneral(peers: Participants): (name: Name) => Promise<void> {
  return (name) => peers.enter(name, GENERAL)
}

function meetsTheOthers(peers: Participants): (name: Name) => Promise<unknown> {
  return (name) => {
    const others = EVERYBODY.filter((other) => other !== name)
    return Promise.all(others.map((other) => peers.waitForPresence(name, other, GENERAL)))
  }
}
