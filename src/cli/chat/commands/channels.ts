/** Commands that join and leave channels. */
import { channelTitle, isClosedLabel } from '../../../chat/closed-label.ts'
import { anyChannel, looksLikeLink } from '../../../chat/wire/closed.ts'
import { names } from '../../terminal/render.ts'
import { NOWHERE, here, needed, type Command, type Session } from './command.ts'

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
  const members = chat.members(channel)
  const there = members.length === 0 ? 'no one else is there yet' : `with ${names(members)}`
  print(`-- you are in ${channelTitle(channel)}, ${there}${isLeft ? `; you left #${current}` : ''}`)
}
