/**
 * The commands of the prompt: one entry each, with its names, its help and what it does; and how a line is read.
 * Pure: what a command may do is the Session it is given.
 */
import { GENERAL, peerId } from '../chat/model.ts'
import { Refused } from '../chat/refused.ts'
import * as schema from '../chat/schema.ts'
import { needed, usage, type Command, type Session } from './command.ts'
import { LAN_COMMANDS } from './lan-commands.ts'
import { whom } from './lan-people.ts'
import { nearest } from './nearest.ts'
import { entryLines, name, names, profileLine } from './render.ts'

/** Messages that /search shows. */
const MOST_FOUND = 20

const TALK_COMMANDS: readonly Command[] = [
  {
    names: ['help'],
    asks: true,
    word: 'HELP',
    usage: '/help [command]',
    help: 'this list, or what one command does',
    run: ({ print }, rest) => {
      const wanted = rest.replace(/^\//, '')
      const found = wanted === '' ? COMMANDS : COMMANDS.filter((command) => isNamed(command, wanted))
      if (found.length === 0) throw unknownCommand(wanted)
      const lines = found.map(({ usage, help }) => `  ${usage.padEnd(28)} ${help}`)
      print(wanted === '' ? [...INTRODUCTION, ...lines].join('\n') : lines.join('\n'))
    },
  },
  {
    names: ['join'],
    usage: '/join #channel',
    help: 'join a channel and write there from now on; #channel alone does the same',
    run: (session, rest) => enter(session, schema.channelName(needed(rest, '/join #channel'))),
  },
  {
    names: ['part', 'leave'],
    usage: '/part [#channel]',
    help: 'leave a channel, this one if none is named',
    run: async (session, rest) => {
      const channel = rest === '' ? session.current : schema.channelName(rest)
      await session.chat.part(channel)
      session.print(`-- you left #${channel}`)
      if (session.current === channel) session.current = session.chat.channels[0] ?? GENERAL
    },
  },
  {
    names: ['msg', 'dm', 'query'],
    word: 'DM',
    usage: '/msg nick text',
    help: 'a message to one person; nick may be an ip:port or a name@ip when two have the same name',
    speaks: 'elsewhere',
    run: async ({ chat }, rest) => {
      const [, nick = '', written = ''] = /^(\S+)\s+([^]+)$/.exec(rest) ?? []
      const text = schema.messageText(needed(written, '/msg nick text'))
      chat.direct(peerId(await whom(chat, nick)), text)
    },
  },
  {
    names: ['me'],
    usage: '/me text',
    help: 'say what you do: "* alice waves"',
    speaks: 'here',
    run: (session, rest) => {
      say(session, session.current, needed(rest, '/me text'), { action: true })
    },
  },
  {
    names: ['say'],
    usage: '/say text',
    help: 'send text as it is, also when it begins with a slash (or write //)',
    speaks: 'here',
    run: (session, rest) => {
      say(session, session.current, needed(rest, '/say text'))
    },
  },
  {
    names: ['post'],
    word: 'POST',
    usage: '/post text',
    help: `a message to everybody, in #${GENERAL}`,
    speaks: 'elsewhere',
    run: async (session, rest) => {
      const text = schema.messageText(needed(rest, '/post text'))
      await session.chat.join(GENERAL)
      session.chat.say(GENERAL, text)
    },
  },
  {
    names: ['who', 'names'],
    asks: true,
    usage: '/who [#channel]',
    help: 'who is in a channel, this one if none is named',
    run: ({ chat, current, print }, rest) => {
      const channel = rest === '' ? current : schema.channelName(rest)
      const members = chat.members(channel)
      const others =
        members.length === 0
          ? 'nobody else'
          : members.map((peer) => `${name(peer)} (${peerId(peer)})`).join(', ')
      print(`-- #${channel}: you, ${others}`)
    },
  },
  {
    names: ['list', 'peers'],
    asks: true,
    word: 'LIST',
    usage: '/list',
    help: 'the channels you are in, and everybody you know of',
    run: ({ chat, current, print }) => {
      const channels = chat.channels.map((channel, index) => {
        const mark = channel === current ? '*' : ' '
        return ` ${mark}${index + 1}  #${channel}  ${chat.members(channel).length + 1} there`
      })
      const peers = chat.peers.map((peer) => `    ${name(peer)}  ${peerId(peer)}`)
      print(['-- channels (Alt-1 to Alt-9)', ...channels, `-- people: ${peers.length}`, ...peers].join('\n'))
    },
  },
  {
    names: ['nick'],
    usage: '/nick name',
    help: 'change your name',
    run: async ({ chat, print }, rest) => {
      await chat.rename(schema.personName(needed(rest, '/nick name')))
      print(`-- you are now ${name(chat.self)}`)
    },
  },
  {
    names: ['profile', 'whois'],
    asks: true,
    word: 'PROFILE',
    usage: '/profile [nick]',
    help: 'name, address, channels, status and picture of somebody, of yourself if nobody is named',
    run: async ({ chat, print }, rest) => {
      const peer = rest === '' ? chat.self : await whom(chat, rest)
      const channels = chat.channels.filter((channel) => rest === '' || chat.members(channel).includes(peer))
      const where = channels.map((channel) => `#${channel}`).join(' ') || 'no channel of yours'
      const profile = chat.profile(peer)
      const isShown = profile.status !== '' || profile.avatar !== undefined
      const shown = isShown ? `\n-- ${profileLine(peer, profile)}` : ''
      print(`-- ${name(peer)} at ${peerId(peer)}, in ${where}${shown}`)
    },
  },
  {
    names: ['history'],
    asks: true,
    usage: '/history [n]',
    help: 'the last messages of this channel, 20 if you do not say how many',
    run: ({ chat, current, print, style }, rest) => {
      const count = rest === '' ? 20 : Number(rest)
      if (!Number.isInteger(count) || count < 1) throw usage('/history [n], n being a number above 0')
      const { entries } = chat.history(current, count)
      print([`-- #${current}: the last ${entries.length}`, ...entryLines(entries, style)].join('\n'))
    },
  },
  {
    names: ['search'],
    asks: true,
    usage: '/search words',
    help: 'messages with all of these words, in whatever channel, as far as they are kept',
    run: ({ chat, print, style }, rest) => {
      const found = chat.search(needed(rest, '/search words'), MOST_FOUND)
      if (found.length === 0) throw new Refused(404, 'not_found', `no message here has all of: ${rest}`)
      print(entryLines([...found].reverse(), style).join('\n'))
    },
  },
  {
    names: ['retry'],
    usage: '/retry',
    help: 'send again what could not be delivered',
    run: ({ chat, print }) => {
      const count = chat.retry()
      print(
        count === 0 ? '-- nothing has failed' : `-- trying again: ${count} message${count === 1 ? '' : 's'}`,
      )
    },
  },
  {
    names: ['verbose'],
    word: 'VERBOSE',
    usage: '/verbose',
    help: 'say more or less: when messages are delivered, and on the LAN every datagram',
    run: (session) => {
      session.verbose = !session.verbose
      session.chat.traceDatagrams(session.verbose)
      session.print(`-- verbose ${session.verbose ? 'on' : 'off'}`)
    },
  },
  {
    names: ['quit', 'exit'],
    word: 'QUIT',
    usage: '/quit',
    help: 'say goodbye and leave; Ctrl-D on an empty line does the same',
    run: (session) => {
      session.quit()
    },
  },
]

export const COMMANDS: readonly Command[] = [...TALK_COMMANDS, ...LAN_COMMANDS]

const INTRODUCTION = [
  '  text                         goes to the channel in the prompt',
  '  #channel [text]              go to a channel, or only send text there',
]

/** What somebody typed, read but not done. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'channel'; readonly channel: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly rest: string }

/** Throws Refused for an unknown command: it is never sent as a message. */
export function readInput(line: string): Input {
  const text = line.trim()
  if (text === '') return { kind: 'nothing' }
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) }
  if (text.startsWith('/')) return readCommand(text.slice(1))
  if (/^#[^\s#]/.test(text)) {
    const [, channel = '', rest = ''] = /^#(\S+)\s*([^]*)$/.exec(text) ?? []
    return { kind: 'channel', channel: schema.channelName(channel), text: rest }
  }
  return readWord(text) ?? { kind: 'text', text }
}

/** Does what was typed. Throws Refused with a sentence for whoever typed it. */
export async function perform(session: Session, line: string): Promise<void> {
  const input = readInput(line)
  switch (input.kind) {
    case 'nothing':
      return
    case 'text':
      say(session, session.current, input.text)
      return
    case 'channel':
      if (input.text === '') return enter(session, input.channel)
      await session.chat.join(input.channel)
      say(session, input.channel, input.text)
      return
    case 'command':
      return input.command.run(session, input.rest)
  }
}

function readCommand(text: string): Input {
  const [, word = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(text) ?? []
  const command = COMMANDS.find((candidate) => isNamed(candidate, word))
  if (command === undefined) throw unknownCommand(word)
  return { kind: 'command', command, rest: rest.trim() }
}

/** `LIST` is the command, `LIST of things` is text; POST and DM need something behind them. */
function readWord(text: string): Input | undefined {
  const [, word = '', rest = ''] = /^([A-Z]+)(?:\s+([^]+))?$/.exec(text) ?? []
  const command = COMMANDS.find((candidate) => candidate.word === word)
  if (command === undefined) return undefined
  const takesText = command.word === 'POST' || command.word === 'DM'
  const isShort = !rest.includes(' ') && command.word === 'PROFILE'
  if (rest !== '' && !takesText && !isShort) return undefined
  return { kind: 'command', command, rest: rest.trim() }
}

async function enter(session: Session, channel: string): Promise<void> {
  const { chat, chosen, current, print } = session
  await chat.join(channel)
  chosen.add(channel)
  if (current !== channel && !chosen.has(current) && chat.channels.includes(current)) await chat.part(current)
  session.current = channel
  const members = chat.members(channel)
  print(
    `-- you are in #${channel}, ${members.length === 0 ? 'nobody else is there yet' : `with ${names(members)}`}`,
  )
}

function say(
  session: Session,
  channel: string,
  text: string,
  options: { readonly action?: boolean } = {},
): void {
  session.chosen.add(channel)
  session.chat.say(channel, schema.messageText(text), options)
}

function isNamed({ names: all }: Command, word: string): boolean {
  return all.includes(word.toLowerCase())
}

function unknownCommand(word: string): Refused {
  const meant = nearest(
    word.toLowerCase(),
    COMMANDS.flatMap(({ names: all }) => all),
  )
  const hint = meant === undefined ? 'see /help' : `did you mean /${meant}? See /help`
  return new Refused(
    404,
    'unknown_command',
    `there is no /${word}; ${hint}. To send it as text, write //${word}`,
  )
}
