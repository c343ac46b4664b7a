/**
 * The commands of the prompt that need the LAN: what one shows of oneself there, and what only programs that speak
 * LSNP understand. Pure.
 */
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelName } from '../../chat/wire/fields.ts'
import { LSNP_LIMITS } from '../../udp/lsnp/limits.ts'
import { userIdParts } from '../../udp/lsnp/codec.ts'
import { needed, usage, type Chat, type Command, type Lan, type Session } from './command.ts'
import { whom } from './lan-people.ts'
import { name, names, pictureLine } from '../terminal/render.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { firstWord, nameIn, wordsOf } from './words.ts'
import type { Peer } from '../../chat/model.ts'
import type { Group } from '../../udp/node/model.ts'

/** A year, in seconds: far beyond it a token would be none. */
const LONGEST_TTL = 31_536_000

const GROUP = '/group name nick… (a name with spaces in "quotes")'

export const LAN_COMMANDS: readonly Command[] = [
  {
    names: ['status'],
    usage: '/status [text]',
    help: 'show a line beside your name, or none any more',
    topic: 'lan',
    run: ({ chat, print }, rest) => {
      const status = rest.replace(/\s+/g, ' ')
      neededLan(chat)
      chat.show({ status })
      print(status === '' ? '-- you show no status' : `-- you show "${sanitizeLine(status)}"`)
    },
  },
  {
    names: ['avatar'],
    usage: '/avatar file',
    help: `a picture: PNG, JPEG, GIF or WebP, at most ${LIMITS.avatarBytes / 1024} KB`,
    topic: 'lan',
    run: async ({ chat, print, readFile }, rest) => {
      neededLan(chat)
      chat.show({ avatar: await readFile(needed(rest, '/avatar file')) })
      print(`-- you show ${pictureLine(chat.profile(chat.self).avatar)}`)
    },
  },
  {
    names: ['follow'],
    usage: '/follow nick',
    help: 'follow the posts of an LSNP program, and tell it so',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => follow(session, nameIn(needed(rest, '/follow nick')), true),
  },
  {
    names: ['unfollow'],
    usage: '/unfollow nick',
    help: 'follow them no longer',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => follow(session, nameIn(needed(rest, '/unfollow nick')), false),
  },
  {
    names: ['like'],
    usage: '/like nick',
    help: 'like the latest post of an LSNP program',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => like(session, nameIn(needed(rest, '/like nick')), true),
  },
  {
    names: ['unlike'],
    usage: '/unlike nick',
    help: 'like it no longer',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => like(session, nameIn(needed(rest, '/unlike nick')), false),
  },
  {
    names: ['group'],
    usage: '/group name nick…',
    help: 'make a group with LSNP programs: a channel here',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: createGroup,
  },
  {
    names: ['group-add'],
    usage: '/group-add #channel nick…',
    help: 'take people into a group that you made',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: async ({ chat, print }, rest) => {
      const { group, nicks } = ownGroup(chat, rest, '/group-add #channel nick…')
      const peers = await Promise.all(nicks.map((nick) => whom(chat, nick)))
      const add = peers.map((peer) => lsnpOf(peer, 'a group'))
      chat.lan.command({ kind: 'group-update', id: group.id, add, remove: [] })
      print(`-- ${names(peers)} taken into the group "${sanitizeLine(group.name)}"`)
    },
  },
  {
    names: ['group-remove'],
    usage: '/group-remove #channel nick…',
    help: 'take people out of a group that you made',
    topic: 'lan',
    people: 'all',
    run: ({ chat, print }, rest) => {
      const { group, nicks } = ownGroup(chat, rest, '/group-remove #channel nick…')
      // Who has left the network is no peer any more, but a member all the same.
      const remove = nicks.map((nick) => memberNamed(chat, group, nick))
      chat.lan.command({ kind: 'group-update', id: group.id, add: [], remove })
      print(`-- ${sanitizeLine(remove.join(', '))} taken out of the group "${sanitizeLine(group.name)}"`)
    },
  },
  {
    names: ['revoke'],
    usage: '/revoke',
    help: 'make the tokens (LSNP) that you gave out worthless',
    topic: 'lan',
    most: 0,
    run: ({ chat, print }) => {
      chat.lan.command({ kind: 'revoke' })
      print('-- the tokens that you gave out are no longer good')
    },
  },
  {
    names: ['ttl'],
    usage: '/ttl seconds',
    help: 'how long tokens (LSNP) are good; 3600 at first',
    topic: 'lan',
    most: 1,
    run: ({ chat, print }, rest) => {
      const seconds = /^[0-9]{1,8}$/.test(rest) ? Number(rest) : 0
      if (seconds < 1 || seconds > LONGEST_TTL)
        throw usage(`/ttl seconds, a whole number from 1 to ${LONGEST_TTL}`)
      chat.lan.command({ kind: 'ttl', seconds })
      print(`-- your tokens are good for ${seconds} s from now on`)
    },
  },
]

/** Throws Refused where there is no LAN: nobody would be told. */
function neededLan({ lan }: Chat): Lan {
  return lan
}

async function follow({ chat, print }: Session, nick: string, following: boolean): Promise<void> {
  const lan = neededLan(chat)
  const peer = await whom(chat, nick)
  lan.command({ kind: 'follow', to: lsnpOf(peer, 'following'), following })
  print(following ? `-- you follow ${name(peer)}` : `-- you no longer follow ${name(peer)}`)
}

async function like({ chat, print }: Session, nick: string, liking: boolean): Promise<void> {
  const lan = neededLan(chat)
  const peer = await whom(chat, nick)
  lan.command({ kind: 'like', to: lsnpOf(peer, 'liking'), liking })
  print(`-- ${name(peer)} is told that you ${liking ? 'like' : 'no longer like'} its latest post`)
}

async function createGroup({ chat, print, newId }: Session, rest: string): Promise<void> {
  const lan = neededLan(chat)
  const { word, rest: nicks } = firstWord(rest)
  if (nicks === '') throw usage(GROUP)
  const called = groupName(needed(word, GROUP))
  const peers = await Promise.all(wordsOf(nicks).map((nick) => whom(chat, nick)))
  const members = peers.map((peer) => lsnpOf(peer, 'a group'))
  const id = newId()
  lan.command({ kind: 'group-create', id, name: called, members })
  const channel = [...lan.groups].find(([, group]) => group.id === id)?.[0] ?? called
  print(
    `-- the group "${sanitizeLine(called)}", with ${names(peers)}, is #${sanitizeLine(channel)} here: write there with #${sanitizeLine(channel)} text`,
  )
}

/** Throws Refused for a name that no datagram could carry, or nobody could read. */
function groupName(written: string): string {
  const called = written.trim().replace(/\s+/g, ' ')
  if (Buffer.byteLength(called) > LSNP_LIMITS.groupNameBytes) {
    const detail = `the name of a group must have at most ${LSNP_LIMITS.groupNameBytes} bytes`
    throw new ChatError(422, 'invalid_field', detail, { field: 'group_name' })
  }
  return needed(sanitizeLine(called), GROUP)
}

/** `#channel nick…`, the channel being a group. Throws Refused. */
function ownGroup(
  { lan }: Chat,
  rest: string,
  how: string,
): { readonly group: Group; readonly nicks: readonly string[] } {
  const [word, ...nicks] = wordsOf(rest)
  if (word === undefined || nicks.length === 0) throw usage(how)
  const channel = channelName(word)
  const group = lan.groups.get(channel)
  if (group === undefined)
    throw new ChatError(
      404,
      'unknown_group',
      `#${channel} is no group of LSNP programs: make one with /group`,
    )
  return { group, nicks }
}

/** The user id of a member, given by it or by a name. Throws Refused. */
function memberNamed({ peers }: Chat, { members, name: called }: Group, nick: string): string {
  const written = nick.replace(/^@/, '')
  const known = peers.filter((peer) => peer.name === written).map(({ lsnp }) => lsnp)
  const [member, ...others] = members.filter(
    (id) => id === written || userIdParts(id).name === written || known.includes(id),
  )
  if (member === undefined)
    throw new ChatError(404, 'unknown_member', `${written} is not in the group "${called}"`)
  if (others.length === 0) return member
  const choices = [member, ...others].join(' or ')
  throw new ChatError(409, 'ambiguous_name', `there is more than one ${written}; use the user id: ${choices}`)
}

/** The user id of somebody who takes datagrams only. Throws Refused for others: they would understand nothing. */
function lsnpOf(peer: Peer, what: string): string {
  if (peer.lsnp !== undefined) return peer.lsnp
  const detail = `${name(peer)} speaks HTTP with you; ${what} is for LSNP programs`
  throw new ChatError(409, 'not_lsnp', detail)
}
