/**
 * The commands of the composer.
 *
 * Only a slash at the very beginning, followed by one of these words, makes a command. Paths, comments and everything
 * else are text.
 */
import { GENERAL } from '../../chat/model.ts'

export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
}

export const COMMANDS: readonly Command[] = [
  { name: 'me', usage: '/me text', help: 'say what you do' },
  { name: 'msg', usage: '/msg @name text', help: 'a message to one person' },
  { name: 'join', usage: '/join #channel', help: 'join a channel and go there; with a link, a closed one' },
  { name: 'part', usage: '/part [#channel]', help: 'leave a channel, this one if none is named' },
  {
    name: 'create',
    usage: '/create #channel --closed',
    help: 'a channel that only people you invite can see',
  },
  {
    name: 'invite',
    usage: '/invite @name',
    help: 'into the closed channel that is open; without a name, a link',
  },
  { name: 'remove', usage: '/remove @name', help: 'from the closed channel that is open' },
  { name: 'members', usage: '/members', help: 'who is in the closed channel that is open' },
  { name: 'nick', usage: '/nick name', help: 'change your name' },
  { name: 'post', usage: '/post text', help: `a message to everybody, in #${GENERAL}` },
  { name: 'whois', usage: '/whois @name', help: 'the key, the addresses and the names before of a person' },
  { name: 'verify', usage: '/verify @name', help: 'compare keys with a person' },
  { name: 'unverify', usage: '/unverify @name', help: 'take that back' },
  { name: 'accept', usage: '/accept @name', help: 'call a contact by the name of another that it has taken' },
  { name: 'contacts', usage: '/contacts', help: 'the people with keys that you met' },
  {
    name: 'mute',
    usage: '/mute #channel or @name 10m',
    help: 'show messages without calling you; for 8 hours if you give no time',
  },
  { name: 'unmute', usage: '/unmute #channel or @name', help: 'take that back' },
  { name: 'ignore', usage: '/ignore @name 2h', help: 'drop what a person says; the person is not told' },
  { name: 'unignore', usage: '/unignore @name', help: 'take that back' },
  { name: 'block', usage: '/block @name 7d', help: 'answer and send a person nothing, as if you were away' },
  { name: 'unblock', usage: '/unblock @name', help: 'take that back' },
  { name: 'same', usage: '/same address name', help: 'a person that had no key is the person with one' },
  {
    name: 'ignored',
    usage: '/ignored [share #channel or @name, show @name]',
    help: 'who is ignored; lists that people share',
  },
  { name: 'search', usage: '/search words', help: 'find messages' },
  { name: 'retry', usage: '/retry', help: 'try again what failed' },
  { name: 'say', usage: '/say text', help: 'send text that begins with a command' },
  { name: 'help', usage: '/help', help: 'these keys and commands' },
]

/** Aliases. A private message written with the command of another chat program must not go to everybody. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['dm', 'msg'],
  ['query', 'msg'],
  ['pm', 'msg'],
  ['tell', 'msg'],
  ['whisper', 'msg'],
  ['leave', 'part'],
  ['name', 'nick'],
])

/** Commands of the terminal that the page does not have. */
const OF_THE_TERMINAL: readonly string[] = [
  ...['quit', 'exit', 'who', 'names', 'list', 'peers', 'profile', 'history', 'verbose', 'status'],
  ...[
    'avatar',
    'follow',
    'unfollow',
    'like',
    'unlike',
    'group',
    'group-add',
    'group-remove',
    'revoke',
    'ttl',
  ],
]

/** What the word after a slash is. */
export type CommandWord =
  | { readonly kind: 'known'; readonly name: string }
  /** One letter away from a command. */
  | { readonly kind: 'near'; readonly meant: string }
  | { readonly kind: 'of-the-terminal' }

/** Undefined for text that is not even nearly a command. `word`: without the slash, in any case. */
export function commandWord(word: string): CommandWord | undefined {
  const lower = word.toLowerCase()
  const name = ALIASES.get(lower) ?? COMMANDS.find((command) => command.name === lower)?.name
  if (name !== undefined) return { kind: 'known', name }
  if (OF_THE_TERMINAL.includes(lower)) return { kind: 'of-the-terminal' }
  const near = [...COMMANDS.map((command) => command.name), ...ALIASES.keys()].find((known) =>
    isNear(lower, known),
  )
  return near === undefined ? undefined : { kind: 'near', meant: ALIASES.get(near) ?? near }
}

/** Shorter words are near to too many others. */
const SHORTEST = 3

/** One letter missing, added or changed, or two neighbours swapped. */
function isNear(word: string, known: string): boolean {
  const [shorter, longer] = word.length < known.length ? [word, known] : [known, word]
  if (shorter.length < SHORTEST || longer.length - shorter.length > 1) return false
  let begin = 0
  while (begin < shorter.length && shorter[begin] === longer[begin]) begin++
  if (shorter.length < longer.length) return shorter.slice(begin) === longer.slice(begin + 1)
  const isSwapped = shorter[begin] === longer[begin + 1] && shorter[begin + 1] === longer[begin]
  return (
    shorter.slice(begin + 1) === longer.slice(begin + 1) ||
    (isSwapped && shorter.slice(begin + 2) === longer.slice(begin + 2))
  )
}
