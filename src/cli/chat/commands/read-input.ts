/** Lines of the user -> what they mean. */
import { ChatError } from '../../../chat/errors.ts'
import { anyChannel } from '../../../chat/wire/closed.ts'
import { usage, type Command } from './command.ts'
import { COMMANDS, commandNamed } from './registry.ts'
import { wordsOf } from './words.ts'

/** A line that was read but not done. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'channel'; readonly channel: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly rest: string }

/** Throws ChatError for an unknown command, or one with too many words: such a line is never sent as a message. */
export function readInput(line: string): Input {
  const text = line.trim()
  if (text === '') return { kind: 'nothing' }
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) }
  if (text.startsWith('/')) return readCommand(text.slice(1))
  if (/^#[^\s#]/.test(text)) {
    const [, channel = '', rest = ''] = /^#(\S+)\s*([^]*)$/.exec(text) ?? []
    return { kind: 'channel', channel: anyChannel(channel), text: rest }
  }
  return readWord(text) ?? { kind: 'text', text: withoutEmptyLines(line) }
}

/** The first line keeps its indent: it may be code. */
export function withoutEmptyLines(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()
}

function readCommand(text: string): Input {
  const [, word = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(text) ?? []
  const command = commandNamed(word)
  checkWords(command, rest)
  return { kind: 'command', command, rest: rest.trim() }
}

/** Throws ChatError. */
function checkWords({ names: [called = ''], most, usage: how }: Command, rest: string): void {
  const extra = most === undefined ? undefined : wordsOf(rest)[most]
  if (extra === undefined) return
  const why = how.includes('#channel') ? '; the name of a channel has no spaces' : ''
  throw usage(`${how}; "${extra}" is a word too many for /${called}${why}`)
}

/** `LIST` is the command, `LIST of things` is text; POST and DM take text. */
function readWord(text: string): Input | undefined {
  const [, word = '', rest = ''] = /^([A-Z]+)(?:\s+([^]+))?$/.exec(text) ?? []
  const command = COMMANDS.find((candidate) => candidate.word === word)
  if (command === undefined || !mayFollow(command, rest)) return undefined
  return { kind: 'command', command, rest: rest.trim() }
}

function mayFollow({ afterWord }: Command, rest: string): boolean {
  return rest === '' || afterWord === 'text' || (afterWord === 'word' && !rest.includes(' '))
}

/** Why a text cannot go to a channel that the peer is not in, and what the user may have meant. */
export function notJoined(channel: string, text: string): ChatError {
  const joined = `#${channel}-${text.trim().replace(/\s+/g, '-')}`
  const isName = /^[\p{L}\p{N}\p{M}_.-]{1,32}$/u.test(joined.slice(1))
  const hint = isName ? `. The name of a channel has no spaces: ${joined} is one` : ''
  const detail = `you are not in #${channel}: go there with #${channel}, then write${hint}`
  return new ChatError(404, 'not_joined', detail)
}
