/** The manual page of `parley`, from the commands and flags of the program: roff with the man macros. */
import { EXIT_MEANINGS } from '../system/exit-codes.ts'
import { optionDescription } from './option-description.ts'
import { variableName, type Subcommand } from './subcommand.ts'
import type { Option } from 'commander'

/** For groff_man(7) and mandoc(1). */
export function manualPage(parley: Subcommand, version: string): string {
  const lines = [
    '.\\" Made of the program by "npm run man".',
    `.TH PARLEY 1 "" "Parley ${version}" "User Commands"`,
    ...section('NAME', `parley \\- ${escaped('chat for people on one network')}`),
    ...section('SYNOPSIS', '.B parley', '.RI [ command ]', '.RI [ options ]'),
    ...section('DESCRIPTION', ...paragraphs(DESCRIPTION)),
    ...section('EXAMPLES', ...examples(parley)),
    ...section('COMMANDS', ...parley.subcommands.flatMap(subsection)),
    ...section('ENVIRONMENT', ...paragraphs(ENVIRONMENT)),
    ...section('FILES', ...FILES.flatMap(([file, what]) => term(`\\fI${escaped(file)}\\fR`, what))),
    ...section(
      'EXIT STATUS',
      ...EXIT_MEANINGS.flatMap(([status, meaning]) => term(`\\fB${status}\\fR`, meaning)),
    ),
  ]
  return `${lines.join('\n')}\n`
}

const DESCRIPTION = [
  'Messages go straight from peer to peer, over HTTP/1.1. Peers find each other by UDP broadcast, or through a tracker where broadcasts do not get through; both at once where both are there.',
  'Without a command it is parley peer. In a terminal that is a chat with a prompt, where /help lists what can be typed; between pipes one line is one message.',
]

const ENVIRONMENT = [
  'Every flag has a variable: --tracker-ip is PARLEY_TRACKER_IP, and --no-lan is PARLEY_NO_LAN, which is 1 or 0. What can be given several times is separated by commas. Flags beat variables, which beat the configuration.',
  'NO_COLOR and FORCE_COLOR are obeyed; XDG_CONFIG_HOME and XDG_DATA_HOME say where the files below are.',
]

const FILES: readonly (readonly [file: string, what: string])[] = [
  [
    '~/.config/parley/config.json',
    'The configuration: JSON with the names of flags, such as {"name": "alice", "tracker-ip": "10.0.0.1"}.',
  ],
  [
    '~/.local/share/parley/NAME/key',
    'The secret key of the person of this name. It is the person: keep a backup, and show it to no other user.',
  ],
  ['~/.local/share/parley/NAME/parley.db', 'The messages of this person.'],
  ['~/.local/share/parley/NAME/name', 'The name, if it is not that of the directory since /nick.'],
  [
    '~/.local/share/parley/NAME/web.json',
    'While it runs: the address of its page, and the token for its local API.',
  ],
  [
    '~/.local/share/parley/.running',
    'While they run: the directories of peers with --data, by which scripts find them.',
  ],
  ['~/.local/share/parley/.tracker/tracker-key', 'The secret key of the tracker.'],
]

function section(title: string, ...lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines]
}

function subsection(command: Subcommand): string[] {
  const { settings } = command
  return [
    `.SS "parley ${escaped(command.name())} ${escaped(command.usage())}"`,
    ...sentence(command.description()),
    '.PP',
    ...examples(command),
    ...command.registeredArguments.flatMap((argument) => {
      const choices = argument.argChoices?.join(', ')
      const what = choices === undefined ? argument.description : `${argument.description}: ${choices}`
      return term(`\\fI${escaped(argument.name())}\\fR`, what)
    }),
    ...settings.flatMap(setting),
  ]
}

function setting(option: Option): string[] {
  const [, names = '', value = ''] = /^([^<[]*)(.*)$/.exec(option.flags) ?? []
  const shown = value === '' ? '' : ` \\fI${escaped(value.replaceAll(/[<>[\]]/g, ''))}\\fR`
  const what = `${optionDescription(option)}. Variable: ${variableName(option)}`
  return term(`\\fB${escaped(names.trim())}\\fR${shown}`, what)
}

function examples({ examples: all }: Subcommand): string[] {
  if (all.length === 0) return []
  const lines = all.flatMap(({ line, what }) => [`# ${what}`, line])
  return ['.EX', ...lines.map(escaped), '.EE']
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text) => ['.PP', escaped(text)]).slice(1)
}

function sentence(text: string): string[] {
  return [`${escaped(text.charAt(0).toUpperCase() + text.slice(1))}.`]
}

function term(title: string, what: string): string[] {
  return ['.TP', title, `${escaped(what).replace(/\.$/, '')}.`]
}

/** Escapes backslashes, requests at the beginning of a line, and hyphens, which could not be copied otherwise. */
function escaped(text: string): string {
  const safe = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
  return /^[.']/.test(safe) ? `\\&${safe}` : safe
}
