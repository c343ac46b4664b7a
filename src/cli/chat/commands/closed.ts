/** Commands of closed channels: creating one, and who is in it. */
import { channelTitle, closedLabel, isClosedLabel } from '../../../chat/closed-label.ts'
import { ChatError } from '../../../chat/errors.ts'
import { peerId, type Peer } from '../../../chat/model.ts'
import { anyChannel, looksLikeLink } from '../../../chat/wire/closed.ts'
import { channelName } from '../../../chat/wire/fields.ts'
import { qrCode } from '../../terminal/qr-code.ts'
import { name } from '../../terminal/render.ts'
import type { ClosedMember, ClosedView } from '../../../peer/peer-view.ts'
import { enter } from './channels.ts'
import { here, usage, type Chat, type Command, type Session } from './command.ts'
import { peerNamed } from './recipients.ts'
import { markedName } from './verification.ts'
import { asWord, nameIn } from './words.ts'

const CREATE = '/create #channel --closed'
const INVITE = '/invite [nick] [#!channel]'
const REMOVE = '/remove nick [#!channel]'

export const CLOSED_COMMANDS: readonly Command[] = [
  {
    names: ['create'],
    usage: CREATE,
    help: 'a channel that only people you invite can see',
    topic: 'closed',
    most: 2,
    run: async (session, rest) => {
      const [, written = ''] = /^(\S+)\s+--closed$/.exec(rest) ?? []
      if (written === '')
        throw usage(`${CREATE}; a channel that is not closed needs no creation: /join #channel`)
      const channel = session.chat.createClosed(channelName(written.replace(/^#?!/, '')))
      await enter(session, channel)
      session.print(`-- nobody else sees ${channelTitle(channel)}: /invite nick, or /invite for a link`)
    },
  },
  {
    names: ['invite'],
    asks: true,
    usage: INVITE,
    help: 'without a nick: a link, which lets one person in',
    topic: 'closed',
    people: 'first',
    run: async (session, rest) => {
      const { chat, print } = session
      const { word, channel } = wordAndChannel(session, rest)
      if (word === '') {
        showLink(session, channel)
        return
      }
      const peer = await peerNamed(chat, nameIn(word))
      chat.invite(channel, peer)
      print(
        `-- ${name(peer)} is invited to ${channelTitle(channel)}, and reads what is said from now on; ${removing(peer, channel)} takes that back`,
      )
    },
  },
  {
    names: ['remove'],
    usage: REMOVE,
    help: 'a link instead of a nick: withdraw the link',
    topic: 'closed',
    people: 'first',
    run: async (session, rest) => {
      const { chat, print } = session
      const { word, channel } = wordAndChannel(session, rest)
      if (word === '') throw usage(REMOVE)
      if (looksLikeLink(word)) {
        const wasOpen = chat.withdrawLink(channel, word)
        print(
          wasOpen ? '-- the link lets nobody in from now on' : '-- this link was used or withdrawn before',
        )
        return
      }
      const peer = await memberNamed(chat, channel, word)
      chat.remove(channel, peer)
      const again = `/invite ${asWord(name(peer))} #${channel}`
      print(
        [
          `-- ${name(peer)} reads nothing that is said in ${channelTitle(channel)} from now on; ${again} undoes it`,
          ...stillOpen(name(peer), chat.closed(channel)),
        ].join('\n'),
      )
    },
  },
  {
    names: ['members'],
    asks: true,
    usage: '/members [#!channel]',
    help: 'who is in a closed channel, and its open links',
    topic: 'closed',
    most: 1,
    run: (session, rest) => {
      const { chat, print } = session
      const { channel } = wordAndChannel(session, rest)
      const { people, links } = chat.closed(channel)
      const lines = people.map(({ peer, isCreator, ...member }) => {
        const who = peerId(peer) === peerId(chat.self) ? 'you' : markedName(chat, peer)
        return `    ${[who, presenceOf(member), ...(isCreator ? ['made it'] : [])].join('  ')}`
      })
      const open = links.map((link) => `    ${link}`)
      const heading =
        links.length === 0 ? [] : ['-- links that nobody has used; /remove and the link withdraws it']
      print([`-- ${channelTitle(channel)}: ${countsOf(people)}`, ...lines, ...heading, ...open].join('\n'))
    },
  },
]

function presenceOf({ isHere, isInvited }: Pick<ClosedMember, 'isHere' | 'isInvited'>): string {
  if (isInvited) return 'invited'
  return isHere ? 'here' : 'away'
}

/** `2 people, 1 invited`. */
function countsOf(people: readonly ClosedMember[]): string {
  const invited = people.filter(({ isInvited }) => isInvited).length
  const inside = people.length - invited
  return `${inside} ${inside === 1 ? 'person' : 'people'}${invited === 0 ? '' : `, ${invited} invited`}`
}

/** Lines about the open links of a channel that a member was just removed from; none if there are no links. */
function stillOpen(who: string, { label, links }: ClosedView): string[] {
  if (links.length === 0) return []
  const are = links.length === 1 ? '1 open link still lets' : `${links.length} open links still let`
  return [
    `-- ${are} people in, also ${who}: /members #${label} shows ${links.length === 1 ? 'it' : 'them'}, /remove link #${label} withdraws one`,
  ]
}

function showLink({ chat, print, style }: Session, channel: string): void {
  const link = chat.inviteByLink(channel)
  print(
    [
      `-- lets one person into ${channelTitle(channel)}, within 7 days, while you are there: /join and this link`,
      qrCode(link, style),
      link,
    ].join('\n'),
  )
}

/** `bob #!ops`: the channel in front if none is named. Throws ChatError if that is none. */
function wordAndChannel(session: Session, rest: string): { readonly word: string; readonly channel: string } {
  const [, word = '', written] = /^((?:[^]*\S)?)(?:(?:^|\s+)(#\S+))$/.exec(rest) ?? [rest, rest]
  if (written === undefined) return { word, channel: closedOne(here(session)) }
  const channel = anyChannel(written)
  // Nobody can mean the open one of this name here.
  return { word, channel: isClosedLabel(channel) ? channel : closedLabel(channel) }
}

/** Throws ChatError. */
function closedOne(channel: string): string {
  if (isClosedLabel(channel)) return channel
  throw new ChatError(
    409,
    'not_closed',
    `#${channel} is open to everybody: name a closed channel, such as #!${channel}`,
  )
}

/** Also one who was never met here. Rejects with ChatError. */
async function memberNamed(chat: Chat, channel: string, word: string): Promise<Peer> {
  const wanted = nameIn(word).replace(/^@/, '')
  const member = chat.closed(channel).people.find(({ peer }) => name(peer) === wanted)
  return member?.peer ?? peerNamed(chat, wanted)
}

function removing(peer: Peer, channel: string): string {
  return `/remove ${asWord(name(peer))} #${channel}`
}
