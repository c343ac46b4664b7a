/** Commands about users: who is where, and who the user is. */
import { addressKey, type Peer } from '../../../chat/model.ts'
import { channelName, personName } from '../../../chat/wire/fields.ts'
import { name, profileLine } from '../../terminal/render.ts'
import { here, needed, type Command } from './command.ts'
import { announcedIn, peerNamed } from './recipients.ts'
import { nameIn } from './words.ts'

export const PEOPLE_COMMANDS: readonly Command[] = [
  {
    names: ['who', 'names'],
    asks: true,
    usage: '/who [#channel]',
    help: 'who is in a channel, this one if none is named',
    most: 1,
    run: (session, rest) => {
      const { chat, print } = session
      const channel = rest === '' ? here(session) : channelName(rest)
      if (chat.channels.includes(channel)) {
        print(`-- #${channel}: you, ${listed(chat.members(channel)) || 'no one else'}`)
        return
      }
      const known = listed(announcedIn(channel, chat.people))
      print(
        `-- you are not in #${channel}; ${known === '' ? 'no peer is known there' : `known there: ${known}`}`,
      )
    },
  },
  {
    names: ['list', 'peers'],
    asks: true,
    word: 'LIST',
    usage: '/list',
    help: 'your channels, and the people you know of',
    most: 0,
    run: ({ chat, current, print }) => {
      const channels = chat.channels.map((channel, index) => {
        const mark = channel === current ? '*' : ' '
        return ` ${mark}${index + 1}  #${channel}  ${chat.members(channel).length + 1} there`
      })
      const peers = chat.peers.map((peer) => `    ${name(peer)}  ${addressKey(peer)}`)
      print(['-- channels (Alt-1 to Alt-9)', ...channels, `-- people: ${peers.length}`, ...peers].join('\n'))
    },
  },
  {
    names: ['nick', 'name'],
    usage: '/nick name',
    help: 'change your name',
    run: async ({ chat, print }, rest) => {
      await chat.rename(personName(nameIn(needed(rest, '/nick name'))))
      print(`-- you are now ${name(chat.self)}`)
    },
  },
  {
    names: ['profile', 'whois'],
    asks: true,
    word: 'PROFILE',
    afterWord: 'word',
    usage: '/profile [nick]',
    help: 'what is known of a person, of yourself if none is named',
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const peer = rest === '' ? chat.self : await peerNamed(chat, nameIn(rest))
      const channels = chat.channels.filter((channel) => rest === '' || chat.members(channel).includes(peer))
      const where = channels.map((channel) => `#${channel}`).join(' ') || 'no channel of yours'
      const profile = chat.profile(peer)
      const isShown = profile.status !== '' || profile.avatar !== undefined
      const shown = isShown ? `\n-- ${profileLine(peer, profile)}` : ''
      const { host: ip, port } = chat.reachable
      const at = rest === '' ? addressKey({ ip, port }) : addressKey(peer)
      print(`-- ${name(peer)} at ${at}, in ${where}${shown}`)
    },
  },
]

function listed(peers: readonly Peer[]): string {
  return peers.map((peer) => `${name(peer)} (${addressKey(peer)})`).join(', ')
}
