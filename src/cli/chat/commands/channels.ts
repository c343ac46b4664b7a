/** Commands that join and leave channels. */
import { channelTitle, isClosedLabel } from '../../../chat/closed-label.ts'
import { anyChannel, looksLikeLink } from '../../../chat/wire/closed.ts'
import { peerId } from '../../../chat/model.ts'
import type { ClosedMember } from '../../../peer/peer-view.ts'
import { names } from '../../terminal/render.ts'
import { NOWHERE, here, needed, type Chat, type Command, type Session } from './command.ts'

export const CHANNEL_COMMANDS: readonly Command[] = [
  {
    names: ['join'],
    usage: '/join #channel',
    help: 'join a channel, also when invited; #channel does the same',
    most: 1,
    run: async (session, rest) => {
      const word = needed(rest, '/join #channel')
      await enter(session, looksLikeLink(word) ? await session.chat.follow(word) : anyChannel(word))
    },
  },
  {
    names: ['part', 'leave'],
    usage: '/part [#channel]',
    help: 'leave this channel or another, or decline an invitation',
    most: 1,
    run: async (session, rest) => {
      const channel = rest === '' ? here(session) : anyChannel(rest)
      await session.chat.part(channel)
      session.print(`-- you left ${channelTitle(channel)}`)
      if (session.current !== channel) return
      session.current = session.chat.channels[0]
      if (session.current === undefined) session.print(`-- ${NOWHERE}`)
    },
  },
]

/** Goes to a channel, and leaves the one in front unless the user chose it. */
export async function enter(session: Session, channel: string): Promise<void> {
  const { chat, chosen, current, print } = session
  await chat.join(channel)
  chosen.add(channel)
  // Who leaves a closed channel has to be invited again.
  const isLeft =
    current !== undefined &&
    !isClosedLabel(current) &&
    current !== channel &&
    !chosen.has(current) &&
    chat.channels.includes(current)
  if (isLeft) await chat.part(current)
  session.current = channel
  const left = isLeft ? `; you left ${channelTitle(current)}` : ''
  print(`-- you are in ${channelTitle(channel)}, ${thereWords(chat, channel)}${left}`)
}

/** Who is known to be there; that nobody is known does not say that nobody is there. */
function thereWords(chat: Chat, channel: string): string {
  const members = chat.members(channel)
  const isOtherMember = ({ peer, isInvited }: ClosedMember): boolean =>
    !isInvited && peerId(peer) !== peerId(chat.self)
  if (members.length > 0) return `with ${names(members)}`
  const hasOthers = isClosedLabel(channel) && chat.closed(channel).people.some(isOtherMember)
  return hasOthers ? 'its members are asked who is here' : 'no one else is known there yet'
}
