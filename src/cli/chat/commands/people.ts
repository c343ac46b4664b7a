/** Commands about users: who is where, and who the user is. */
import { addressKey, peerId, type Peer } from '../../../chat/model.ts'
import { shortId } from '../../../identity/short-id.ts'
import { channelTitle, isClosedLabel } from '../../../chat/closed-label.ts'
import { anyChannel } from '../../../chat/wire/closed.ts'
import { chosenName } from '../../../chat/wire/fields.ts'
import { dayOf } from '../../terminal/days.ts'
import { name, names, profileLine } from '../../terminal/render.ts'
import { here, needed, usage, type Chat, type Command } from './command.ts'
import { announcedIn, peerNamed } from './recipients.ts'
import { historyOf, markedName } from './verification.ts'
import { nameIn, wordsOf } from './words.ts'

export const PEOPLE_COMMANDS: readonly Command[] = [
  {
    names: ['who', 'names'],
    asks: true,
    usage: '/who [#channel]',
    help: 'who is in a channel, this one if none is named',
    most: 1,
    run: (session, rest) => {
      const { chat, print } = session
      const channel = rest === '' ? here(session) : anyChannel(rest)
      if (chat.channels.includes(channel)) {
        const members = chat.members(channel)
        const who = `-- ${channelTitle(channel)}: you, ${listed(chat, members) || 'no one else'}`
        print([who, ...readInClear(members)].join('\n'))
        return
      }
      // The peer knows why it is not in a closed channel.
      if (isClosedLabel(channel)) chat.closed(channel)
      const known = listed(chat, announcedIn(channel, chat))
      print(
        `-- you are not in ${channelTitle(channel)}; ${known === '' ? 'no peer is known there' : `known there: ${known}`}`,
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
        return ` ${mark}${index + 1}  ${channelTitle(channel)}  ${chat.members(channel).length + 1} there`
      })
      const peers = chat.peers.map((peer) => `    ${markedName(chat, peer)}  ${addressKey(peer)}`)
      print(['-- channels (Alt-1 to Alt-9)', ...channels, `-- people: ${peers.length}`, ...peers].join('\n'))
    },
  },
  {
    names: ['nick', 'name'],
    usage: '/nick name',
    help: 'change your name',
    run: async ({ chat, print }, rest) => {
      await chat.rename(chosenName(nameIn(needed(rest, '/nick name'))))
      print(`-- you are now ${name(chat.self)}`)
    },
  },
  {
    names: ['profile', 'whois'],
    asks: true,
    word: 'PROFILE',
    afterWord: 'word',
    usage: '/profile [nick]',
    help: 'a person, its key and addresses; yourself if none is named',
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const peer = rest === '' ? chat.self : await peerNamed(chat, nameIn(rest))
      const profile = chat.profile(peer)
      const isShown = profile.status !== '' || profile.avatar !== undefined
      const shown = isShown ? [`-- ${profileLine(peer, profile)}`] : []
      print(
        [placeLine(chat, peer), keyLine(chat, peer), ...historyOf(chat.contact(peer)), ...shown].join('\n'),
      )
    },
  },
  {
    names: ['same'],
    usage: '/same address nick',
    help: 'the person there, without a key, is this one with a key',
    topic: 'more',
    most: 2,
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const [first, second] = wordsOf(rest)
      if (first === undefined || second === undefined) throw usage('/same address nick')
      const old = chat.known(first) ?? (await peerNamed(chat, first))
      const peer = await peerNamed(chat, second)
      chat.same(peerId(old), peerId(peer))
      print(`-- ${name(old)} is ${name(peer)}: what waits goes there, in one conversation`)
    },
  },
]

/** `-- bob at 10.0.0.2:8000, in #general`. */
function placeLine(chat: Chat, peer: Peer): string {
  const isSelf = peerId(peer) === peerId(chat.self)
  const isIn = (channel: string): boolean =>
    isSelf || chat.members(channel).some((member) => peerId(member) === peerId(peer))
  const where = chat.channels.filter(isIn).map(channelTitle)
  const { host: ip, port } = chat.reachable
  const at = isSelf ? addressKey({ ip, port }) : chat.addressesOf(peer).join(', ')
  const isAway = !isSelf && !chat.peers.some((each) => peerId(each) === peerId(peer))
  const isHere = isAway ? 'away, last at' : 'at'
  return `-- ${name(peer)} ${isHere} ${at}, in ${where.join(' ') || 'no channel of yours'}`
}

/** What says who the peer is. */
function keyLine(chat: Chat, peer: Peer): string {
  const { key } = peer
  if (key === undefined) return '-- no key: any program at that address could be this one'
  const since = chat.contact(peer).firstMet
  const known = since === undefined ? '' : `, known since ${dayOf(since)}`
  const keys = chat.peers.flatMap((each) => each.key ?? [])
  const isSelf = key === chat.self.key
  const proof = isSelf ? '' : chat.isProved(peer) ? ', proved' : ', not proved since you started'
  return `-- ${isSelf ? 'your key' : 'key'} ${shortId(key, keys)}${proof}${known}; in full ${key}`
}

/** Which members get what is said here in clear. */
function readInClear(members: readonly Peer[]): string[] {
  const without = members.filter(({ key }) => key === undefined)
  if (without.length === 0) return []
  return [
    `-- ${without.length} here ${without.length === 1 ? 'reads' : 'read'} in clear, without a key: ${names(without)}`,
  ]
}

function listed(chat: Chat, peers: readonly Peer[]): string {
  return peers.map((peer) => `${markedName(chat, peer)} (${addressKey(peer)})`).join(', ')
}
