/** What somebody wrote into the composer -> what to do. Pure. The commands are those of the terminal. */
import type { Conversation } from '../../chat/local.ts'
import { GENERAL } from '../../chat/model.ts'
import { isDirect } from './conversations.ts'

export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
}

export const COMMANDS: readonly Command[] = [
  { name: 'me', usage: '/me text', help: 'say what you do' },
  { name: 'msg', usage: '/msg @name text', help: 'a message to one person' },
  { name: 'join', usage: '/join #channel', help: 'join a channel and go there' },
  { name: 'part', usage: '/part [#channel]', help: 'leave a channel, this one if none is named' },
  { name: 'nick', usage: '/nick name', help: 'change your name' },
  { name: 'post', usage: '/post text', help: `a message to everybody, in #${GENERAL}` },
  { name: 'search', usage: '/search words', help: 'find messages' },
  { name: 'retry', usage: '/retry', help: 'try again what failed' },
  { name: 'say', usage: '/say text', help: 'send text that begins with a slash' },
]

export type Input =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'say'
      readonly conversation: Conversation
      readonly text: string
      readonly action: boolean
    }
  | { readonly kind: 'message-to'; readonly name: string; readonly text: string }
  | { readonly kind: 'post'; readonly text: string }
  | { readonly kind: 'join'; readonly channel: string; readonly text: string }
  | { readonly kind: 'part'; readonly channel: string }
  | { readonly kind: 'nick'; readonly name: string }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'retry' }
  /** It cannot be done, and this is why. It is never sent as a message. */
  | { readonly kind: 'refused'; readonly reason: string }

export function readInput(draft: string, open: Conversation): Input {
  const text = draft.trim()
  if (text === '') return { kind: 'nothing' }
  if (text.startsWith('//')) return { kind: 'say', conversation: open, text: text.slice(1), action: false }
  if (text.startsWith('/')) return readCommand(text, open)
  return readWord(text, open) ?? { kind: 'say', conversation: open, text, action: false }
}

/** `POST text`, `DM name text`, `#channel` and `#channel text`, as in the terminal. */
function readWord(text: string, open: Conversation): Input | undefined {
  const [, word, rest = ''] = /^(POST|DM)\s+([^]+)$/.exec(text) ?? []
  if (word === 'POST') return { kind: 'post', text: rest.trim() }
  if (word === 'DM') return readCommand(`/msg ${rest}`, open)
  const [, channel, written = ''] = /^#([^\s#]+)\s*([^]*)$/.exec(text) ?? []
  return channel === undefined ? undefined : { kind: 'join', channel, text: written }
}

function readCommand(text: string, open: Conversation): Input {
  const [, written = '', more = ''] = /^\/(\S*)\s*([^]*)$/.exec(text) ?? []
  const rest = more.trim()
  const name = written.toLowerCase()
  switch (name) {
    case 'me':
      return rest === '' ? missing('me') : { kind: 'say', conversation: open, text: rest, action: true }
    case 'say':
      return rest === '' ? missing('say') : { kind: 'say', conversation: open, text: rest, action: false }
    case 'msg':
    case 'dm':
    case 'query':
      return readDirect(rest)
    case 'join':
      return rest === '' ? missing('join') : { kind: 'join', channel: withoutHash(rest), text: '' }
    case 'part':
    case 'leave':
      return readPart(rest, open)
    case 'nick':
      return rest === '' ? missing('nick') : { kind: 'nick', name: rest }
    case 'post':
      return rest === '' ? missing('post') : { kind: 'post', text: rest }
    case 'search':
      return { kind: 'search', words: rest }
    case 'retry':
      return { kind: 'retry' }
    default:
      return { kind: 'refused', reason: unknown(written) }
  }
}

/** A name with spaces stands in quotes: `/msg "Bob B" hello`. */
function readDirect(rest: string): Input {
  const [, quoted, plain, text = ''] = /^@?(?:"([^"]+)"|(\S+))\s*([^]*)$/.exec(rest) ?? []
  const name = quoted ?? plain
  return name === undefined ? missing('msg') : { kind: 'message-to', name, text: text.trim() }
}

function readPart(rest: string, open: Conversation): Input {
  if (rest !== '') return { kind: 'part', channel: withoutHash(rest) }
  if (!isDirect(open)) return { kind: 'part', channel: open }
  return { kind: 'refused', reason: 'This is no channel. Name one: /part #channel' }
}

function withoutHash(channel: string): string {
  return channel.replace(/^#/, '')
}

function missing(name: string): Input {
  const usage = COMMANDS.find((command) => command.name === name)?.usage ?? `/${name}`
  return { kind: 'refused', reason: `Something is missing: ${usage}` }
}

function unknown(word: string): string {
  const all = COMMANDS.map(({ name }) => `/${name}`).join(' ')
  return `There is no /${word} here; there are ${all}. To send it as text, write //${word}`
}
