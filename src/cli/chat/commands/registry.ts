/** All commands of the prompt, in the order of the help. */
import { ChatError } from '../../../chat/errors.ts'
import { didYouMean } from '../../terminal/did-you-mean.ts'
import { CHANNEL_COMMANDS } from './channels.ts'
import { CLOSED_COMMANDS } from './closed.ts'
import { helpOn } from './help.ts'
import { HISTORY_COMMANDS } from './history.ts'
import { HUSH_COMMANDS } from './hush/hush.ts'
import { LAN_FOLLOW_COMMANDS } from './lan-follow.ts'
import { LAN_GROUP_COMMANDS } from './lan-groups.ts'
import { LAN_PROFILE_COMMANDS } from './lan-profile.ts'
import { LAN_TOKEN_COMMANDS } from './lan-tokens.ts'
import { MESSAGE_COMMANDS } from './messages.ts'
import { PEOPLE_COMMANDS } from './people.ts'
import { PROGRAM_COMMANDS } from './program.ts'
import { VERIFICATION_COMMANDS } from './verification.ts'
import type { Command } from './command.ts'

const HELP: Command = {
  names: ['help'],
  asks: true,
  word: 'HELP',
  usage: '/help [command]',
  help: 'this list, or what one command does',
  most: 1,
  run: ({ print }, rest) => {
    const wanted = rest.replace(/^\//, '').toLowerCase()
    const lines = helpOn(COMMANDS, wanted)
    if (lines === undefined) throw unknownCommand(wanted)
    print(lines.join('\n'))
  },
}

export const COMMANDS: readonly Command[] = [
  HELP,
  ...CHANNEL_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...VERIFICATION_COMMANDS,
  ...HUSH_COMMANDS,
  ...CLOSED_COMMANDS,
  ...HISTORY_COMMANDS,
  ...PROGRAM_COMMANDS,
  ...LAN_PROFILE_COMMANDS,
  ...LAN_FOLLOW_COMMANDS,
  ...LAN_GROUP_COMMANDS,
  ...LAN_TOKEN_COMMANDS,
]

/** The command of this name. Throws ChatError if there is none. */
export function commandNamed(name: string): Command {
  const command = COMMANDS.find(({ names }) => names.includes(name.toLowerCase()))
  if (command === undefined) throw unknownCommand(name)
  return command
}

function unknownCommand(name: string): ChatError {
  const meant = didYouMean(
    name.toLowerCase(),
    COMMANDS.flatMap(({ names }) => names),
  )
  const hint = meant === undefined ? 'see /help' : `did you mean /${meant}? See /help`
  const detail = `there is no /${name}; ${hint}. To send it as text, write //${name}`
  return new ChatError(404, 'unknown_command', detail)
}
