/** Commands that send messages. */
import { GENERAL, peerId } from '../../../chat/model.ts'
import { sanitizeLine } from '../../../chat/sanitize.ts'
import { messageText } from '../../../chat/wire/fields.ts'
import { here, needed, say, type Command } from './command.ts'
import { addressed, peerNamed } from './recipients.ts'

export const MESSAGE_COMMANDS: readonly Command[] = [
  {
    names: ['msg', 'dm', 'query'],
    word: 'DM',
    afterWord: 'text',
    usage: '/msg nick text',
    help: 'to one person by nick, key or ip:port; spaces in "quotes"',
    speaks: 'elsewhere',
    people: 'first',
    run: async ({ chat, print }, rest) => {
      const { word, rest: written } = addressed(chat.peers, rest)
      const text = messageText(needed(written, '/msg nick text'))
      const peer = await peerNamed(chat, word)
      const mixUp = chat.mixUp(peer)
      if (mixUp !== undefined) print(`-- ${sanitizeLine(mixUp)}`)
      chat.directTo(peerId(peer), text)
    },
  },
  {
    names: ['me'],
    usage: '/me text',
    help: 'say what you do: "* alice waves"',
    speaks: 'here',
    run: (session, rest) => {
      say(session, here(session), needed(rest, '/me text'), 'action')
    },
  },
  {
    names: ['say'],
    usage: '/say text',
    help: 'send text that begins with a slash (or write //)',
    topic: 'more',
    speaks: 'here',
    run: (session, rest) => {
      say(session, here(session), needed(rest, '/say text'))
    },
  },
  {
    names: ['post'],
    word: 'POST',
    afterWord: 'text',
    usage: '/post text',
    help: `a message to everybody, in #${GENERAL}`,
    topic: 'more',
    speaks: 'elsewhere',
    run: async ({ chat }, rest) => {
      const text = messageText(needed(rest, '/post text'))
      await chat.join(GENERAL)
      chat.say(GENERAL, text)
    },
  },
  {
    names: ['retry'],
    usage: '/retry',
    help: 'send again what could not be delivered',
    topic: 'more',
    most: 0,
    run: ({ chat, print }) => {
      const count = chat.retry()
      print(
        count === 0 ? '-- nothing has failed' : `-- trying again: ${count} message${count === 1 ? '' : 's'}`,
      )
    },
  },
]
