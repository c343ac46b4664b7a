/**
 * Text from the composer -> what to do.
 *
 * Text that does not begin with a command is sent as it was written, byte for byte.
 */
import type { HushKind } from '../../chat/hush.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { isClosedLabel } from '../../chat/closed-label.ts'
import { durationIn, isDuration } from '../../chat/duration.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelIn } from './channel-name.ts'
import { COMMANDS, commandWord } from './commands.ts'
import { isDirect } from './conversations.ts'

export { COMMANDS } from './commands.ts'

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
  | { readonly kind: 'join'; readonly channel: string }
  | { readonly kind: 'part'; readonly channel: string }
  | { readonly kind: 'nick'; readonly name: string }
  | { readonly kind: 'same'; readonly was: string; readonly is: string }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'retry' }
  | { readonly kind: 'whois' | 'verify' | 'unverify' | 'accept'; readonly name: string }
  | {
      readonly kind: 'hush'
      readonly hush: HushKind
      readonly isUndo: boolean
      readonly name: string
      /** For how long; undefined: as long as usual. */
      readonly ms?: number
    }
  /** `name` is that of a channel, with its `#`, or of a person. */
  | { readonly kind: 'ignored'; readonly how: 'list' | 'share' | 'show'; readonly name: string }
  | { readonly kind: 'contacts' }
  | { readonly kind: 'create'; readonly name: string }
  | { readonly kind: 'invite' | 'remove'; readonly channel: string; readonly name: string }
  | { readonly kind: 'members'; readonly channel: string }
  | { readonly kind: 'help' }
  /** A command that cannot be done. It is never sent as a message. */
  | { readonly kind: 'refused'; readonly reason: string }

export function readInput(draft: string, open: Conversation): Input {
  if (draft.trim() === '') return { kind: 'nothing' }
  const command = commandIn(draft)
  if (command !== undefined) return readCommand(command, open)
  // A second slash escapes a command: the rest is text.
  const isEscaped = draft.startsWith('//') && commandIn(draft.slice(1)) !== undefined
  return { kind: 'say', conversation: open, text: isEscaped ? draft.slice(1) : draft, action: false }
}

interface WrittenCommand {
  /** As written, without the slash. */
  readonly word: string
  readonly is: NonNullable<ReturnType<typeof commandWord>>
  /** The arguments, trimmed. */
  readonly rest: string
}

/** Undefined for text such as a path, a comment or a slash alone. */
function commandIn(text: string): WrittenCommand | undefined {
  const [, word, rest = ''] = /^\/([a-z-]+)(?:\s([^]*))?$/i.exec(text) ?? []
  const is = word === undefined ? undefined : commandWord(word)
  return word === undefined || is === undefined ? undefined : { word, is, rest: rest.trim() }
}

function readCommand({ word, is, rest }: WrittenCommand, open: Conversation): Input {
  if (is.kind === 'near') return refused(`There is no /${word}. Did you mean /${is.meant}? ${asText(word)}`)
  if (is.kind === 'of-the-terminal')
    return refused(`/${word} is a command of the terminal, not of this page. ${asText(word)}`)
  switch (is.name) {
    case 'search':
      return { kind: 'search', words: rest }
    case 'retry':
      return { kind: 'retry' }
    case 'contacts':
      return { kind: 'contacts' }
    case 'help':
      return { kind: 'help' }
    case 'part':
      return readPart(rest, open)
    case 'ignored':
      return readIgnored(rest)
    case 'members':
      return inClosed(open, (channel) => ({ kind: 'members', channel }))
    case 'invite':
      // Without a name: the panel makes a link.
      return inClosed(open, (channel) =>
        rest === '' ? { kind: 'members', channel } : { kind: 'invite', channel, name: nameIn(rest) },
      )
  }
  if (rest === '') return missing(is.name)
  switch (is.name) {
    case 'me':
      return { kind: 'say', conversation: open, text: rest, action: true }
    case 'say':
      return { kind: 'say', conversation: open, text: rest, action: false }
    case 'post':
      return { kind: 'post', text: rest }
    case 'nick':
      return { kind: 'nick', name: rest }
    case 'whois':
    case 'verify':
    case 'unverify':
    case 'accept':
      return { kind: is.name, name: nameIn(rest) }
    case 'mute':
    case 'ignore':
    case 'block':
      return readHush(is.name, rest)
    case 'unmute':
      return { kind: 'hush', hush: 'mute', isUndo: true, name: nameIn(rest) }
    case 'unignore':
      return { kind: 'hush', hush: 'ignore', isUndo: true, name: nameIn(rest) }
    case 'unblock':
      return { kind: 'hush', hush: 'block', isUndo: true, name: nameIn(rest) }
    case 'same':
      return readSame(rest)
    case 'create':
      return readCreate(rest)
    case 'remove':
      return inClosed(open, (channel) => ({ kind: 'remove', channel, name: nameIn(rest) }))
    case 'join':
      return isLink(rest) ? { kind: 'join', channel: rest } : readChannel(rest, 'join')
    default:
      return readDirect(rest)
  }
}

/** Quotes allow a name with spaces: `/msg "Bob B" hello`. */
function readDirect(rest: string): Input {
  const [, quoted, plain, text = ''] = /^@?(?:"([^"]+)"|(\S+))\s*([^]*)$/.exec(rest) ?? []
  const name = quoted ?? plain
  return name === undefined ? missing('msg') : { kind: 'message-to', name, text: text.trim() }
}

/** The rest of a line, which is one name: `@bob`, `"Bob B"`. */
function nameIn(rest: string): string {
  return rest.replace(/^@/, '').replace(/^"([^"]+)"$/, '$1')
}

/** A name, and for how long: `bob 10m`, `"Bob B" 2h`. */
function readHush(hush: HushKind, rest: string): Input {
  const [, name = rest, time] = /^(.*\S)\s+(\S+)$/.exec(rest) ?? []
  if (time === undefined || !isDuration(time))
    return { kind: 'hush', hush, isUndo: false, name: nameIn(rest) }
  try {
    return { kind: 'hush', hush, isUndo: false, name: nameIn(name), ms: durationIn(time) }
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    return refused(`A${error.message.slice(1)}.`)
  }
}

function readSame(rest: string): Input {
  const [was, is, ...more] = [...rest.matchAll(/"([^"]+)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain,
  )
  return was === undefined || is === undefined || more.length > 0
    ? missing('same')
    : { kind: 'same', was, is }
}

/** As in the terminal. Taking over, and its undo, are buttons of the list. */
function readIgnored(rest: string): Input {
  if (rest === '') return { kind: 'ignored', how: 'list', name: '' }
  const [, how = '', name = ''] = /^(share|show|take|undo)\s+(\S[^]*)$/i.exec(rest) ?? []
  if (name === '') return missing('ignored')
  return { kind: 'ignored', how: how.toLowerCase() === 'share' ? 'share' : 'show', name: nameIn(name) }
}

function readCreate(rest: string): Input {
  const [, written = ''] = /^(\S+)\s+--closed$/.exec(rest) ?? []
  if (written === '')
    return refused(
      'Write /create #channel --closed. A channel that is not closed needs no creation: /join #channel',
    )
  const channel = channelIn(written.replace(/^#?!/, ''))
  return 'problem' in channel ? refused(channel.problem) : { kind: 'create', name: channel.name }
}

function inClosed(open: Conversation, input: (channel: string) => Input): Input {
  return isClosedLabel(open)
    ? input(open)
    : refused('Open a closed channel first: it has a lock in the list.')
}

/** What a link into a closed channel begins with. */
export function isLink(written: string): boolean {
  return written.trim().startsWith('parley:')
}

function readPart(rest: string, open: Conversation): Input {
  if (rest !== '') return readChannel(rest, 'part')
  if (!isDirect(open)) return { kind: 'part', channel: open }
  return refused('This is not a channel. Name the channel: /part #channel')
}

function readChannel(written: string, kind: 'join' | 'part'): Input {
  const channel = channelIn(written)
  return 'problem' in channel ? refused(channel.problem) : { kind, channel: channel.name }
}

function missing(name: string): Input {
  const usage = COMMANDS.find((command) => command.name === name)?.usage ?? `/${name}`
  return refused(`Something is missing: ${usage}`)
}

function refused(reason: string): Input {
  return { kind: 'refused', reason }
}

function asText(word: string): string {
  return `To send it as text, write //${word}`
}
