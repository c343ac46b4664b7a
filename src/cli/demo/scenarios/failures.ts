/** What happens when something dies: the tracker, a peer; and when it comes back. */
import { textOf } from '../../../chat/content.ts'
import { GENERAL } from '../../../chat/model.ts'
import type { Scenario } from '../act.ts'
import type { Name } from '../processes.ts'

const EVERYBODY: readonly Name[] = ['alice', 'bob', 'carol']
const REMAINING: readonly Name[] = ['alice', 'bob']

/** The tracker waits 5 s for a sign of life when the feed of a peer breaks. */
const SUSPICION = 15_000

const MISSED = [
  ['alice', 'The meeting is moved to noon.'],
  ['bob', 'I bring the cake.'],
  ['alice', 'Then I bring the coffee.'],
] as const
const WAITING = 'Call me when you are back.'

export const FAILING: readonly Scenario[] = [
  {
    title: 'The tracker is killed, and the talk goes on',
    wire:
      'kill -9: its connections break, nobody says goodbye. Whom a peer knows it goes on knowing, and ' +
      'POST /p2p/receive never went through the tracker.',
    run: async (stage) => {
      await stage.happens('the tracker is gone', stage.kill('tracker'))
      await stage.happens(
        'all three notice it',
        Promise.all(EVERYBODY.map((name) => stage.trackerState(name, 'lost'))),
      )
      await stage.happens('alice is heard', stage.say('alice', 'The tracker is dead.', ['bob', 'carol']))
      await stage.happens('bob is heard', stage.say('bob', 'Long live the tracker.', ['alice', 'carol']))
      await stage.happens('carol is heard', stage.say('carol', 'Who needs one?', ['alice', 'bob']))
    },
  },
  {
    title: 'The tracker comes back, knowing nothing',
    wire:
      'Each peer tries again, first after half a second and then more and more seldom: POST /submit-info with its ' +
      'channels, POST /add-list, GET /events. Nobody has to do anything.',
    run: async (stage) => {
      await stage.happens('it listens on the same port', stage.startTracker())
      await stage.happens(
        'all three are registered again',
        Promise.all(EVERYBODY.map((name) => stage.trackerState(name, 'registered'))),
      )
      const listed = await stage.listed(GENERAL)
      stage.holds(
        'GET /get-list?channel=general names all three',
        listed === EVERYBODY.join(', '),
        `it names ${listed}`,
      )
      await stage.happens('alice is heard', stage.say('alice', 'Welcome back.', ['bob', 'carol']))
    },
  },
  {
    title: 'A peer is killed and taken off the lists',
    wire:
      'kill -9 again. The GET /events of carol breaks: the tracker waits 5 s for a sign of life, then it sends ' +
      'everybody else a "parted" event.',
    run: async (stage) => {
      await stage.happens('carol is gone', stage.kill('carol'))
      await stage.happens(
        'alice and bob are told',
        Promise.all(REMAINING.map((name) => stage.toldOfParting(name, 'carol', GENERAL, SUSPICION))),
      )
      const listed = await stage.listed()
      stage.holds('GET /get-list names her no more', listed === REMAINING.join(', '), `it names ${listed}`)
    },
  },
  {
    title: 'Whoever was away is told what was said meanwhile',
    wire:
      'alice and bob talk without carol. When she is started again she asks the members of the channel: ' +
      'GET /p2p/history. What was for her alone has waited in the outbox of alice, and comes by POST /p2p/receive.',
    run: async (stage) => {
      for (const [from, text] of MISSED) {
        const other = from === 'alice' ? 'bob' : 'alice'
        await stage.happens(`${other} sees what ${from} says`, stage.say(from, text, [other]))
      }
      stage.type('alice', `/msg carol ${WAITING}`)
      await stage.happens('carol is back, and registered', stage.startPeer('carol'))
      await stage.happens(
        'she sees all three messages',
        Promise.all(MISSED.map(([from, text]) => stage.hears('carol', from, text))),
      )
      await stage.happens('she sees what alice said to her alone', stage.hears('carol', 'alice', WAITING))
      const texts = stage.heard('carol').map(({ content }) => textOf(content))
      stage.holds('each came once', new Set(texts).size === texts.length, texts.join('; '))
    },
  },
]
