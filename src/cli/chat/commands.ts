/**
 * The commands of the prompt: one entry each, with its names, its help and what it does; and how a line is read.
 * Pure: what a command may do is the Session it is given.
 */
import { GENERAL, addressKey, type Peer } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { contentFrom, type ContentKind } from '../../chat/content.ts'
import * as schema from '../../chat/wire/schema.ts'
import { needed, usage, type Command, type Session } from './command.ts'
import { LAN_COMMANDS } from './lan-commands.ts'
import { addressed, announcedIn, whom } from './lan-people.ts'
import { didYouMean } from '../terminal/did-you-mean.ts'
import { entryLines, name, names, profileLine } from '../terminal/render.ts'
import { nameIn, wordsOf } from './words.ts'

/** Messages that /search shows. */
const MOST_FOUND = 20

const TALK_COMMANDS: readonly Command[] = [
  {
    names: ['help'],
    asks: true,
    word: 'HELP',
    usage: '/help [command]',
    help: 'this list, or what one command does',
    most: 1,
    run: ({ print }, rest) => {
      print(helpOn(rest.replace(/^\//, '').toLowerCase()).join('\n'))
    },
  },
  {
    names: ['join'],
    usage: '/join #channel',
    help: 'join a channel and write there; #channel does the same',
    most: 1,
    run: (session, rest) => enter(session, schema.channelName(needed(rest, '/join #channel'))),
  },
  {
    names: ['part', 'leave'],
    usage: '/part [#channel]',
    help: 'leave a channel, this one if none is named',
    most: 1,
    run: async (session, rest) => {
      const channel = rest === '' ? here(session) : schema.channelName(rest)
      await session.chat.part(channel)
      session.print(`-- you left #${channel}`)
      if (session.current !== channel) return
      session.current = session.chat.channels[0]
      if (session.current === undefined) session.print(`-- ${NOWHERE}`)
    },
  },
  {
    names: ['msg', 'dm', 'query'],
    word: 'DM',
    usage: '/msg nick text',
    help: 'to one person; a nick with spaces in "quotes", or ip:port',
    speaks: 'elsewhere',
    people: 'first',
    run: async ({ chat }, rest) => {
      const { word, rest: written } = addressed(chat.peers, rest)
      const text = schema.messageText(needed(written, '/msg nick text'))
      chat.direct(addressKey(await whom(chat, word)), text)
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
    usage: '/post text',
    help: `a message to everybody, in #${GENERAL}`,
    topic: 'more',
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
    most: 1,
    run: (session, rest) => {
      const { chat, print } = session
      const channel = rest === '' ? here(session) : schema.channelName(rest)
      const listed = (peers: readonly Peer[]): string =>
        peers.map((peer) => `${name(peer)} (${addressKey(peer)})`).join(', ')
      if (chat.channels.includes(channel)) {
        print(`-- #${channel}: you, ${listed(chat.members(channel)) || 'nobody else'}`)
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
    names: ['nick'],
    usage: '/nick name',
    help: 'change your name',
    run: async ({ chat, print }, rest) => {
      await chat.rename(schema.personName(nameIn(needed(rest, '/nick name'))))
      print(`-- you are now ${name(chat.self)}`)
    },
  },
  {
    names: ['profile', 'whois'],
    asks: true,
    word: 'PROFILE',
    usage: '/profile [nick]',
    help: 'what is known of a person, of yourself if none is named',
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const peer = rest === '' ? chat.self : await whom(chat, nameIn(rest))
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
  {
    names: ['history'],
    asks: true,
    usage: '/history [n]',
    help: 'the last n messages of this channel, or 20',
    most: 1,
    run: (session, rest) => {
      const { chat, days, print, style } = session
      const current = here(session)
      const count = rest === '' ? 20 : Number(rest)
      if (!Number.isInteger(count) || count < 1) throw usage('/history [n], n being a number above 0')
      const { entries } = chat.history(current, count)
      print([`-- #${current}: the last ${entries.length}`, ...entryLines(entries, style, days)].join('\n'))
    },
  },
  {
    names: ['search'],
    asks: true,
    usage: '/search words',
    help: 'messages with all of these words, in any channel',
    run: async ({ chat, days, print, style }, rest) => {
      const found = await chat.search(needed(rest, '/search words'), MOST_FOUND)
      if (found.length === 0) throw new ChatError(404, 'not_found', `no message here has all of: ${rest}`)
      print(entryLines([...found].reverse(), style, days).join('\n'))
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
  {
    names: ['verbose'],
    word: 'VERBOSE',
    usage: '/verbose',
    help: 'tell when messages are delivered, and every datagram',
    topic: 'more',
    most: 0,
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
    help: 'leave; Ctrl-D on an empty line does the same',
    most: 0,
    run: (session) => {
      session.quit()
    },
  },
]

export const COMMANDS: readonly Command[] = [...TALK_COMMANDS, ...LAN_COMMANDS]

const INTRODUCTION = [
  commandLine('text', 'goes to the channel in the prompt; a paste is always text'),
  commandLine('#channel', 'go there, and leave this one unless you went or wrote here'),
  commandLine('#channel text', 'send text to a channel that you are in, and stay here'),
]

const MORE = [
  '-- Tab completes; Up, Ctrl-R: earlier lines; Alt-1 to Alt-9, Alt-A: channels',
  '-- more: /help keys, /help more, /help lan, /help and a command',
]

const KEYS = [
  commandLine('Tab, Shift-Tab', 'complete a command, a channel or a name; again: the next'),
  commandLine('Up, Down', 'lines that you entered in this channel before'),
  commandLine('Ctrl-R', 'search them; again: the one before; Esc gives up'),
  commandLine('Alt-1 to Alt-9', 'go to a channel by its place in /list'),
  commandLine('Alt-A', 'go to a channel with something new'),
  commandLine('Ctrl-A, Ctrl-E', 'to the start, to the end (Home and End do the same)'),
  commandLine('Alt-B, Alt-F', 'a word back, a word on (Ctrl-Left, Ctrl-Right)'),
  commandLine('Ctrl-W', 'delete the word before the cursor'),
  commandLine('Alt-D', 'delete the word behind it'),
  commandLine('Ctrl-U, Ctrl-K', 'delete all before the cursor, all behind it'),
  commandLine('Ctrl-Y', 'bring back what these have deleted'),
  commandLine('Ctrl-T', 'exchange two characters'),
  commandLine('Ctrl-L', 'a new page'),
  commandLine('Ctrl-C', 'clear the line; on an empty one: leave'),
  commandLine('Ctrl-D', 'on an empty line: leave'),
]

/** Pages of the help beside the first. */
const TOPICS: ReadonlyMap<string, () => readonly string[]> = new Map([
  ['keys', () => KEYS],
  ['more', () => linesOf('more')],
  ['lan', () => linesOf('lan')],
])

/** Throws Refused. */
function helpOn(wanted: string): readonly string[] {
  if (wanted === '') return [...INTRODUCTION, ...linesOf(undefined), ...MORE]
  const topic = TOPICS.get(wanted)
  if (topic !== undefined) return topic()
  const command = COMMANDS.find((candidate) => isNamed(candidate, wanted))
  if (command === undefined) throw unknownCommand(wanted)
  return [commandLine(command.usage, command.help)]
}

function linesOf(topic: Command['topic']): string[] {
  return COMMANDS.filter((command) => command.topic === topic).map(({ usage, help }) =>
    commandLine(usage, help),
  )
}

/** Of at most 80 columns. */
function commandLine(usage: string, help: string): string {
  return `  ${usage.padEnd(18)} ${help}`
}

/** What somebody typed, read but not done. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'channel'; readonly channel: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly rest: string }

/** Throws Refused for an unknown command, or one with too many words: it is never sent as a message. */
export function readInput(line: string): Input {
  const text = line.trim()
  if (text === '') return { kind: 'nothing' }
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) }
  if (text.startsWith('/')) return readCommand(text.slice(1))
  if (/^#[^\s#]/.test(text)) {
    const [, channel = '', rest = ''] = /^#(\S+)\s*([^]*)$/.exec(text) ?? []
    return { kind: 'channel', channel: schema.channelName(channel), text: rest }
  }
  return readWord(text) ?? { kind: 'text', text: withoutEmptyLines(line) }
}

/** The first line keeps its indent: it may be that of a program. */
function withoutEmptyLines(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()
}

/** Sends a text to the channel in front, whatever it begins with. Throws Refused with a sentence for the user. */
export function sayText(session: Session, text: string): void {
  const said = withoutEmptyLines(text)
  if (said !== '') say(session, here(session), said)
}

/** Does what was typed. Throws Refused with a sentence for the user. */
export async function perform(session: Session, line: string): Promise<void> {
  const input = readInput(line)
  switch (input.kind) {
    case 'nothing':
      return
    case 'text':
      say(session, here(session), input.text)
      return
    case 'channel':
      if (input.text === '') return enter(session, input.channel)
      if (!session.chat.channels.includes(input.channel)) throw notThere(input)
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
  checkWords(command, rest)
  return { kind: 'command', command, rest: rest.trim() }
}

/** Throws Refused. */
function checkWords({ names: [called = ''], most, usage: how }: Command, rest: string): void {
  const extra = most === undefined ? undefined : wordsOf(rest)[most]
  if (extra === undefined) return
  const why = how.includes('#channel') ? '; the name of a channel has no spaces' : ''
  throw usage(`${how}; "${extra}" is a word too many for /${called}${why}`)
}

/** What was meant by a channel with a word behind it that one is not in. */
function notThere({ channel, text }: { readonly channel: string; readonly text: string }): ChatError {
  const joined = `#${channel}-${text.trim().replace(/\s+/g, '-')}`
  const isName = /^[\p{L}\p{N}\p{M}_.-]{1,32}$/u.test(joined.slice(1))
  const hint = isName ? `. The name of a channel has no spaces: ${joined} is one` : ''
  return new ChatError(
    404,
    'not_joined',
    `you are not in #${channel}: go there with #${channel}, then write${hint}`,
  )
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
  const isLeft =
    current !== undefined && current !== channel && !chosen.has(current) && chat.channels.includes(current)
  if (isLeft) await chat.part(current)
  session.current = channel
  const members = chat.members(channel)
  const there = members.length === 0 ? 'nobody else is there yet' : `with ${names(members)}`
  print(`-- you are in #${channel}, ${there}${isLeft ? `; you left #${current}` : ''}`)
}

const NOWHERE = `you are in no channel: #${GENERAL} goes to one`

/** Throws Refused where we are in no channel. */
function here({ current }: Session): string {
  if (current === undefined) throw new ChatError(409, 'no_channel', NOWHERE)
  return current
}

function say(session: Session, channel: string, text: string, kind: ContentKind = 'text'): void {
  session.chosen.add(channel)
  session.chat.say(channel, contentFrom(schema.messageText(text), kind))
}

function isNamed({ names: all }: Command, word: string): boolean {
  return all.includes(word.toLowerCase())
}

function unknownCommand(word: string): ChatError {
  const meant = didYouMean(
    word.toLowerCase(),
    COMMANDS.flatMap(({ names: all }) => all),
  )
  const hint = meant === undefined ? 'see /help' : `did you mean /${meant}? See /help`
  return new ChatError(
    404,
    'unknown_command',
    `there is no /${word}; ${hint}. To send it as text, write //${word}`,
  )
}
