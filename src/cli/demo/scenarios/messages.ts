/** Messages to a channel and to one peer, and who sees them. */
import { textOf } from '../../../chat/content.ts'
import { DIRECT, GENERAL } from '../../../chat/model.ts'
import type { Scenario } from '../runner.ts'

const SECRET = 'Only bob is here now.'

export const MESSAGES: readonly Scenario[] = [
  {
    title: 'Messages in both directions',
    wire:
      'Each message goes straight from peer to peer: POST /p2p/receive on a TCP connection that is kept, once for ' +
      'each member of the channel. The answer 200 means that it is kept: that is the ✓. The tracker sees none of it.',
    run: async (demo) => {
      await demo.expectEvent(
        'bob and carol see what alice says',
        demo.say('alice', 'Hello, everybody!', ['bob', 'carol']),
      )
      await demo.expectEvent(
        'alice and carol see what bob says',
        demo.say('bob', 'Hello, Alice!', ['alice', 'carol']),
      )
      await demo.expectEvent(
        'alice and bob see what carol says',
        demo.say('carol', 'And hello from me.', ['alice', 'bob']),
      )
      await demo.expectEvent(
        'bob sees what alice says in #lab',
        demo.say('alice', 'Is the laser warm?', ['bob'], '#lab '),
      )
      await demo.expectEvent('alice sees his answer', demo.say('bob', 'It is.', ['alice'], '#lab '))
    },
  },
  {
    title: 'A peer outside a channel does not see its messages',
    wire:
      'carol goes to #elsewhere (POST /add-list) and leaves #general (POST /remove-list). Now alice has nobody but ' +
      'bob to send POST /p2p/receive to for #general. When carol comes back she asks a member what she missed: ' +
      'GET /p2p/history.',
    run: async (demo, peers) => {
      await demo.expectEvent('carol is in #elsewhere', peers.enter('carol', 'elsewhere'))
      peers.type('carol', `/part #${GENERAL}`)
      await demo.expectEvent(
        'alice and bob are told that carol left #general',
        Promise.all((['alice', 'bob'] as const).map((name) => peers.waitForParting(name, 'carol'))),
      )
      const saying = demo.say('alice', SECRET, ['bob'])
      await demo.expectEvent('bob sees what alice says in #general', saying)
      const { recipients } = await saying
      demo.expect('it was sent to no one else', recipients === 1, `it was sent to ${recipients}`)
      await demo.expectEvent(
        'carol sees what alice says in #elsewhere after it',
        demo.say('alice', 'carol, are you here?', ['carol'], '#elsewhere '),
      )
      const inGeneral = peers.messages('carol').filter(({ channel }) => channel === GENERAL)
      demo.expect(
        'carol saw nothing of #general',
        inGeneral.length === 0,
        inGeneral.map(({ content }) => textOf(content)).join('; '),
      )
      peers.type('carol', `#${GENERAL}`)
      await demo.expectEvent(
        'back in #general she is told of it',
        peers.waitForMessage('carol', 'alice', SECRET),
      )
    },
  },
  {
    title: 'A message to one person',
    wire:
      'POST /p2p/receive again, with the channel "private" and the identity of the recipient in it: only bob is ' +
      'sent anything.',
    run: async (demo, peers) => {
      await demo.expectEvent(
        'bob sees it',
        demo.say('alice', 'The key is under the mat.', ['bob'], '/msg bob '),
      )
      await demo.expectEvent(
        'alice sees his answer',
        demo.say('bob', 'Found it, thank you.', ['alice'], '/msg alice '),
      )
      await demo.expectEvent(
        'what both say to everybody after that is seen by carol',
        Promise.all([
          demo.say('alice', 'To everybody again: hello.', ['bob', 'carol']),
          demo.say('bob', 'Hello again.', ['alice', 'carol']),
        ]),
      )
      const direct = peers.messages('carol').filter(({ channel }) => channel === DIRECT)
      demo.expect(
        'carol saw nothing of what was for one',
        direct.length === 0,
        direct.map(({ content }) => textOf(content)).join('; '),
      )
    },
  },
]
