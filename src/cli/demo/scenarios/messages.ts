/** What is said, and who sees it. */
import { textOf } from '../../../chat/content.ts'
import { DIRECT, GENERAL } from '../../../chat/model.ts'
import type { Scenario } from '../act.ts'

const SECRET = 'Only bob is here now.'

export const TALKING: readonly Scenario[] = [
  {
    title: 'Messages in both directions',
    wire:
      'Each message goes straight from peer to peer: POST /p2p/receive on a TCP connection that is kept, once for ' +
      'each member of the channel. The answer 200 means that it is kept: that is the ✓. The tracker sees none of it.',
    run: async (stage) => {
      await stage.happens(
        'bob and carol see what alice says',
        stage.say('alice', 'Hello, everybody!', ['bob', 'carol']),
      )
      await stage.happens(
        'alice and carol see what bob says',
        stage.say('bob', 'Hello, Alice!', ['alice', 'carol']),
      )
      await stage.happens(
        'alice and bob see what carol says',
        stage.say('carol', 'And hello from me.', ['alice', 'bob']),
      )
      await stage.happens(
        'bob sees what alice says in #lab',
        stage.say('alice', 'Is the laser warm?', ['bob'], '#lab '),
      )
      await stage.happens('alice sees his answer', stage.say('bob', 'It is.', ['alice'], '#lab '))
    },
  },
  {
    title: 'Whoever is not in a channel does not see it',
    wire:
      'carol goes to #elsewhere (POST /add-list) and leaves #general (POST /remove-list). Now alice has nobody but ' +
      'bob to send POST /p2p/receive to for #general. When carol comes back she asks a member what she missed: ' +
      'GET /p2p/history.',
    run: async (stage) => {
      await stage.happens('carol is in #elsewhere', stage.enter('carol', 'elsewhere'))
      stage.type('carol', `/part #${GENERAL}`)
      await stage.happens(
        'alice and bob are told that carol left #general',
        Promise.all((['alice', 'bob'] as const).map((name) => stage.toldOfParting(name, 'carol'))),
      )
      const saying = stage.say('alice', SECRET, ['bob'])
      await stage.happens('bob sees what alice says in #general', saying)
      const { recipients } = await saying
      stage.holds('it was sent to nobody else', recipients === 1, `it was sent to ${recipients}`)
      await stage.happens(
        'carol sees what alice says in #elsewhere after it',
        stage.say('alice', 'carol, are you here?', ['carol'], '#elsewhere '),
      )
      const inGeneral = stage.heard('carol').filter(({ channel }) => channel === GENERAL)
      stage.holds(
        'carol saw nothing of #general',
        inGeneral.length === 0,
        inGeneral.map(({ content }) => textOf(content)).join('; '),
      )
      stage.type('carol', `#${GENERAL}`)
      await stage.happens('back in #general she is told of it', stage.hears('carol', 'alice', SECRET))
    },
  },
  {
    title: 'A message to one person',
    wire:
      'POST /p2p/receive again, with the channel "private" and the identity of the recipient in it: only bob is ' +
      'sent anything.',
    run: async (stage) => {
      await stage.happens(
        'bob sees it',
        stage.say('alice', 'The key is under the mat.', ['bob'], '/msg bob '),
      )
      await stage.happens(
        'alice sees his answer',
        stage.say('bob', 'Found it, thank you.', ['alice'], '/msg alice '),
      )
      await stage.happens(
        'what both say to everybody after that is seen by carol',
        Promise.all([
          stage.say('alice', 'To everybody again: hello.', ['bob', 'carol']),
          stage.say('bob', 'Hello again.', ['alice', 'carol']),
        ]),
      )
      const direct = stage.heard('carol').filter(({ channel }) => channel === DIRECT)
      stage.holds(
        'carol saw nothing of what was for one',
        direct.length === 0,
        direct.map(({ content }) => textOf(content)).join('; '),
      )
    },
  },
]
