/** The tracker or a peer is killed and comes back. */
import { textOf } from '../../../chat/content.ts'
import { GENERAL } from '../../../chat/model.ts'
import type { Scenario } from '../runner.ts'
import type { Name } from '../../participants/participants.ts'

const EVERYBODY: readonly Name[] = ['alice', 'bob', 'carol']
const REMAINING: readonly Name[] = ['alice', 'bob']

/** The tracker waits 5 s for a sign of life when the feed of a peer breaks; milliseconds. */
const SUSPICION = 15_000

const MISSED = [
  ['alice', 'The meeting is moved to noon.'],
  ['bob', 'I bring the cake.'],
  ['alice', 'Then I bring the coffee.'],
] as const
const WAITING = 'Call me when you are back.'

export const FAILURES: readonly Scenario[] = [
  {
    title: 'The tracker is killed, and the talk goes on',
    wire:
      'kill -9: its connections break, nobody says goodbye. Peers that know each other go on, and ' +
      'POST /p2p/receive never went through the tracker.',
    run: async (demo, peers) => {
      await demo.expectEvent('the tracker is gone', peers.kill('tracker'))
      await demo.expectEvent(
        'all three notice it',
        Promise.all(EVERYBODY.map((name) => peers.trackerState(name, 'lost'))),
      )
      await demo.expectEvent('alice is heard', demo.say('alice', 'The tracker is dead.', ['bob', 'carol']))
      await demo.expectEvent('bob is heard', demo.say('bob', 'Long live the tracker.', ['alice', 'carol']))
      await demo.expectEvent('carol is heard', demo.say('carol', 'Who needs one?', ['alice', 'bob']))
    },
  },
  {
    title: 'The tracker comes back, knowing nothing',
    wire:
      'Each peer tries again, first after half a second and then more and more seldom: POST /submit-info with its ' +
      'channels, POST /add-list, GET /events. Nobody has to do anything.',
    run: async (demo, peers) => {
      await demo.expectEvent('it listens on the same port', peers.startTracker())
      await demo.expectEvent(
        'all three are registered again',
        Promise.all(EVERYBODY.map((name) => peers.trackerState(name, 'registered'))),
      )
      await demo.expectEvent('all three follow it', demo.followed(EVERYBODY.length))
      const listed = await demo.listed(GENERAL)
      demo.expect(
        'GET /get-list?channel=general names all three',
        listed === EVERYBODY.join(', '),
        `it names ${listed}`,
      )
      await demo.expectEvent('alice is heard', demo.say('alice', 'Welcome back.', ['bob', 'carol']))
    },
  },
  {
    title: 'A peer is killed and taken off the lists',
    wire:
      'kill -9 again. The GET /events of carol breaks: the tracker waits 5 s for a sign of life, then it sends ' +
      'everybody else a "parted" event.',
    run: async (demo, peers) => {
      await demo.expectEvent('carol is gone', peers.kill('carol'))
      await demo.expectEvent(
        'alice and bob are told',
        Promise.all(REMAINING.map((name) => peers.waitForParting(name, 'carol', GENERAL, SUSPICION))),
      )
      const listed = await demo.listed()
      demo.expect('GET /get-list no longer names her', listed === REMAINING.join(', '), `it names ${listed}`)
    },
  },
  {
    title: 'A peer that was away gets what it missed',
    wire:
      'alice and bob talk without carol. When she is started again she asks the members of the channel: ' +
      'GET /p2p/history. What was for her alone has waited in the outbox of alice, and comes by POST /p2p/receive.',
    run: async (demo, peers) => {
      for (const [from, text] of MISSED) {
        const other = from === 'alice' ? 'bob' : 'alice'
        await demo.expectEvent(`${other} sees what ${from} says`, demo.say(from, text, [other]))
      }
      peers.type('alice', `/msg carol ${WAITING}`)
      await demo.expectEvent('carol is back, and registered', peers.startPeer('carol'))
      await demo.expectEvent(
        'she sees all three messages',
        Promise.all(MISSED.map(([from, text]) => peers.waitForMessage('carol', from, text))),
      )
      await demo.expectEvent(
        'she sees what alice said to her alone',
        peers.waitForMessage('carol', 'alice', WAITING),
      )
      const texts = peers.messages('carol').map(({ content }) => textOf(content))
      demo.expect('each came once', new Set(texts).size === texts.length, texts.join('; '))
    },
  },
]
