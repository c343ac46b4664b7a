/** Groups of LSNP programs. Each is shown as a channel. */
import { ChatError } from '../../../chat/errors.ts'
import { sanitizeLine } from '../../../chat/sanitize.ts'
import { channelName } from '../../../chat/wire/fields.ts'
import { LSNP_LIMITS } from '../../../udp/lsnp/limits.ts'
import { userIdParts } from '../../../udp/lsnp/codec.ts'
import { names } from '../../terminal/render.ts'
import { needed, usage, type Chat, type Command, type Session } from './command.ts'
import { lsnpIdOf, requireLan } from './lsnp.ts'
import { peerNamed } from './recipients.ts'
import { firstWord, wordsOf } from './words.ts'
import type { Group } from '../../../udp/node/model.ts'

const GROUP = '/group name nick… (a name with spaces in "quotes")'

export const LAN_GROUP_COMMANDS: readonly Command[] = [
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
      const { group, nicks } = groupIn(chat, rest, '/group-add #channel nick…')
      const peers = await Promise.all(nicks.map((nick) => peerNamed(chat, nick)))
      const add = peers.map((peer) => lsnpIdOf(peer, 'a group'))
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
      const { group, nicks } = groupIn(chat, rest, '/group-remove #channel nick…')
      // A member that left the network is no peer, but still a member.
      const remove = nicks.map((nick) => memberNamed(chat, group, nick))
      chat.lan.command({ kind: 'group-update', id: group.id, add: [], remove })
      print(`-- ${sanitizeLine(remove.join(', '))} taken out of the group "${sanitizeLine(group.name)}"`)
    },
  },
]

async function createGroup({ chat, print, newId }: Session, rest: string): Promise<void> {
  const lan = requireLan(chat)
  const { word, rest: nicks } = firstWord(rest)
  if (nicks === '') throw usage(GROUP)
  const called = groupName(needed(word, GROUP))
  const peers = await Promise.all(wordsOf(nicks).map((nick) => peerNamed(chat, nick)))
  const members = peers.map((peer) => lsnpIdOf(peer, 'a group'))
  const id = newId()
  lan.command({ kind: 'group-create', id, name: called, members })
  const channel = [...lan.groups].find(([, group]) => group.id === id)?.[0] ?? called
  print(
    `-- the group "${sanitizeLine(called)}", with ${names(peers)}, is #${sanitizeLine(channel)} here: write there with #${sanitizeLine(channel)} text`,
  )
}

/** Throws ChatError for a name that does not fit into a datagram, or that is invisible. */
function groupName(written: string): string {
  const called = written.trim().replace(/\s+/g, ' ')
  if (Buffer.byteLength(called) > LSNP_LIMITS.groupNameBytes) {
    const detail = `the name of a group must have at most ${LSNP_LIMITS.groupNameBytes} bytes`
    throw new ChatError(422, 'invalid_field', detail, { field: 'group_name' })
  }
  return needed(sanitizeLine(called), GROUP)
}

/** Reads `#channel nick…`. Throws ChatError if the channel is no group. */
function groupIn(
  { lan }: Chat,
  rest: string,
  how: string,
): { readonly group: Group; readonly nicks: readonly string[] } {
  const [word, ...nicks] = wordsOf(rest)
  if (word === undefined || nicks.length === 0) throw usage(how)
  const channel = channelName(word)
  const group = lan.groups.get(channel)
  if (group !== undefined) return { group, nicks }
  const detail = `#${channel} is no group of LSNP programs: make one with /group`
  throw new ChatError(404, 'unknown_group', detail)
}

/** The user id of a member, by its id or its name. Throws ChatError. */
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
