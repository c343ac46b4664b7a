/**
 * The `parley` program for commander: its commands with their examples and flags. The code of a command is loaded when the
 * command runs, so that help and short commands start fast.
 */
import { VERSION } from '../../peer/self/version.ts'
import { readConfiguration } from './config-file.ts'
import { EXIT_MEANINGS } from '../system/exit-codes.ts'
import { configOption } from './flags.ts'
import { optionDescription } from './option-description.ts'
import { addScriptCommands } from './script-commands.ts'
import { addChatCommands } from './chat-commands.ts'
import { addToolCommands } from './tool-commands.ts'
import { applySettings, checkKeys } from './settings.ts'
import { HELP, Subcommand, type OnStatus } from './subcommand.ts'

export function program(onStatus: OnStatus): Subcommand {
  const parley = new Subcommand('parley')
    .description('Chat for people on one network. Messages go straight from peer to peer.')
    .version(VERSION, '-V, --version', 'print the version')
    .withExamples(
      ['parley', 'chat under your user name'],
      ['parley peer --name alice', 'chat as alice'],
      ["parley send '#ops' 'backup done'", 'say something from a script'],
      ["parley tail '#ops'", 'follow what is said'],
      ['parley peers', 'who is here'],
      ['parley doctor', 'why you see nobody'],
      ['parley tracker --ip 192.168.1.5', 'for networks on which broadcasts do not get through'],
    )
    .addHelpText('after', AFTER)

  addChatCommands(parley, onStatus)
  addScriptCommands(parley, onStatus)
  addToolCommands(parley, onStatus, () => program(() => undefined))

  for (const command of parley.subcommands) {
    if (hasSettings(command)) command.addOption(configOption())
  }
  for (const command of [parley, ...parley.subcommands]) {
    command
      .helpOption('-h, --help', 'print this help')
      .configureHelp({ optionDescription })
      .showSuggestionAfterError()
      .showHelpAfterError(command.hint)
      .exitOverride()
  }
  parley.helpCommand(`${HELP} [command]`, 'print the help of a command')
  return parley.hook('preAction', (_parley, command) => {
    if (command instanceof Subcommand && hasSettings(command)) configure(command, parley.subcommands)
  })
}

/**
 * `parley --name x` is `parley peer --name x`, and `parley help x` is `parley x --help`. Commander's default command would
 * take misspelt commands for arguments, and its `help x` prints the help of the program.
 */
export function withCommand(args: readonly string[], { subcommands }: Subcommand): string[] {
  const [first, second] = args
  if (first === undefined || (first.startsWith('-') && !OWN_FLAGS.includes(first))) return ['peer', ...args]
  if (first !== HELP || second === undefined || second.startsWith('-')) return [...args]
  const isKnown = second === HELP || subcommands.some((command) => command.name() === second)
  return isKnown ? [second, '--help'] : [second]
}

const OWN_FLAGS = ['-h', '--help', '-V', '--version']

function hasSettings({ settings }: Subcommand): boolean {
  return settings.length > 0
}

/** Throws ExitError. */
function configure(command: Subcommand, all: readonly Subcommand[]): void {
  const { config } = command.opts<{ readonly config?: string }>()
  const configuration = readConfiguration(config ?? nonEmpty(process.env['PARLEY_CONFIG']))
  if (configuration !== undefined) checkKeys(configuration, all)
  applySettings(command, process.env, configuration)
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

const AFTER = `
Without a command it is "parley peer". "parley help COMMAND" has the flags of
one. Every flag can be given as a variable, too (--tracker-ip is
PARLEY_TRACKER_IP), or in ~/.config/parley/config.json ("tracker-ip").

Exit status:
${EXIT_MEANINGS.map(([status, meaning]) => `  ${String(status).padStart(3)}  ${meaning}\n`).join('')}
More: docs/cli.md`
