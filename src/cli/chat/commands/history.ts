/** Commands that show stored messages. */
import { channelTitle } from '../../../chat/closed-label.ts'
import { labelOf, peerId } from '../../../chat/model.ts'
import { ChatError } from '../../../chat/errors.ts'
import { anyChannel } from '../../../chat/wire/closed.ts'
import { entryLines } from '../../terminal/render.ts'
import type { Renamed } from '../../../chat/renames.ts'
import type { ShownEntry } from '../../../peer/contacts/labels.ts'
import { here, needed, usage, type Chat, type Command } from './command.ts'

const MAX_FOUND = 20
const HISTORY = '/history [#channel] [n]'

export const HISTORY_COMMANDS: readonly Command[] = [
  {
    names: ['history'],
    asks: true,
    usage: HISTORY,
    help: 'the last n messages of a channel, or 20',
    most: 2,
    run: (session, rest) => {
      const { chat, days, print, style } = session
      const [, written, digits = ''] = /^(#\S+)?\s*(.*)$/.exec(rest) ?? []
      const channel = written === undefined ? here(session) : anyChannel(written)
      const count = digits === '' ? 20 : Number(digits)
      if (!Number.isInteger(count) || count < 1) throw usage(`${HISTORY}, n being a number above 0`)
      const { entries } = chat.history(channel, count)
      const isIn = chat.channels.includes(channel)
      const where = `${channelTitle(channel)}${isIn ? '' : ', which you are not in'}`
      const what = isIn ? 'the last' : 'the last that you keep,'
      const lines = entryLines(entries, style, days, authorsOf(chat, entries))
      print([`-- ${where}: ${what} ${entries.length}`, ...lines].join('\n'))
    },
  },
  {
    names: ['search'],
    asks: true,
    usage: '/search words',
    help: 'messages with all of these words, in any channel',
    run: async ({ chat, days, print, style }, rest) => {
      const found = await chat.search(needed(rest, '/search words'), MAX_FOUND)
      if (found.length === 0) throw new ChatError(404, 'not_found', `no message here has all of: ${rest}`)
      const count = found.length === 1 ? '1 message' : `${found.length} messages`
      const heading = `-- ${found.length === MAX_FOUND ? `the newest ${count}` : count} with all of: ${rest}`
      print([heading, ...entryLines(found.toReversed(), style, days)].join('\n'))
    },
  },
]

/** The people who wrote these, each once, with the names that they had. */
function authorsOf(chat: Chat, entries: readonly ShownEntry[]): Renamed[] {
  const authors = new Map(entries.map(({ message: { from } }) => [peerId(from), from]))
  return [...authors.values()].map((author) => {
    const { peer, formerNames } = chat.contact(author)
    return { name: labelOf(peer), callsItself: peer.name, formerNames }
  })
}
