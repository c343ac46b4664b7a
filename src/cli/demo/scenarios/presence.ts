/** Who is there: registration, channels. */
import { GENERAL } from '../../../chat/model.ts'
import type { Scenario } from '../act.ts'
import type { Name } from '../processes.ts'
import type { DemoRunner } from '../runner.ts'

const EVERYBODY: readonly Name[] = ['alice', 'bob', 'carol']

export const MEETING: readonly Scenario[] = [
  {
    title: 'Three peers register with a tracker',
    wire:
      'Each peer sends POST /submit-info to the tracker, POST /add-list for #general, and then follows it by ' +
      'GET /events, a stream of server-sent events. GET /get-list shows who is there.',
    run: async (stage) => {
      await stage.happens('the tracker listens', stage.startTracker())
      await stage.happens(
        'alice, bob and carol are registered',
        Promise.all(EVERYBODY.map((name) => stage.startPeer(name))),
      )
      const listed = await stage.listed()
      stage.holds('GET /get-list names all three', listed === EVERYBODY.join(', '), `it names ${listed}`)
      await stage.happens(
        'each is told who is in #general',
        Promise.all(EVERYBODY.map(meetsTheOthers(stage))),
      )
    },
  },
  {
    title: 'Channels',
    wire:
      'All three say that they want to be in #general; alice and bob also join #lab: POST /add-list. The tracker ' +
      'tells the members of a channel by a "joined" event in their GET /events.',
    run: async (stage) => {
      await stage.happens(
        'alice, bob and carol are in #general',
        Promise.all(EVERYBODY.map(entersGeneral(stage))),
      )
      await stage.happens('alice joins #lab', stage.enter('alice', 'lab'))
      await stage.happens('bob joins #lab', stage.enter('bob', 'lab'))
      await stage.happens(
        'alice is told that bob joined #lab',
        stage.told('alice', 'news that bob joined #lab', (event) => {
          return event.kind === 'joined' && event.channel === 'lab' && event.peer.port === stage.portOf('bob')
        }),
      )
      const listed = await stage.listed('lab')
      stage.holds('GET /get-list?channel=lab: alice and bob', listed === 'alice, bob', `it names ${listed}`)
      await stage.happens(
        'alice and bob go back to #general, and stay in #lab',
        Promise.all([stage.enter('alice', GENERAL), stage.enter('bob', GENERAL)]),
      )
    },
  },
]

function entersGeneral(stage: DemoRunner): (name: Name) => Promise<void> {
  return (name) => stage.enter(name, GENERAL)
}

function meetsTheOthers(stage: DemoRunner): (name: Name) => Promise<unknown> {
  return (name) => {
    const others = EVERYBODY.filter((other) => other !== name)
    return Promise.all(others.map((other) => stage.toldOfPresence(name, other, GENERAL)))
  }
}
