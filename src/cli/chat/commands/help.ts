/** The pages of /help. Each fits into 24 rows of 80 columns. */
import type { Command } from './command.ts'

const INTRODUCTION = [
  commandLine('text', 'goes to the channel in the prompt; a paste is always text'),
  commandLine('#channel', 'go there, and leave this one unless you went or wrote here'),
  commandLine('#channel text', 'send text to a channel that you are in, and stay here'),
]

const MORE = [
  '-- Tab completes; Up, Ctrl-R: earlier lines; Alt-1 to Alt-9, Alt-A: channels',
  '-- more: /help keys, /help more, /help closed, /help lan, /help and a command',
]

const KEYS = [
  commandLine('Tab, Shift-Tab', 'complete a command, a channel or a name; again: the next'),
  commandLine('Up, Down', 'lines that you entered in this channel before'),
  commandLine('Ctrl-R', 'search them; again: the one before; Esc gives up'),
  commandLine('Alt-1 to Alt-9', 'go to a channel by its place in /list'),
  commandLine('Alt-A', 'go to a channel with something new'),
  commandLine('Alt-I', 'write the line that ignores who spoke last; Enter does it'),
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

/** A page, or the line of one command; `''` is the first page. Undefined: there is no such command. */
export function helpOn(commands: readonly Command[], wanted: string): readonly string[] | undefined {
  const page = (topic: Command['topic']): string[] =>
    commands.filter((command) => command.topic === topic).map(lineOf)
  switch (wanted) {
    case '':
      return [...INTRODUCTION, ...page(undefined), ...MORE]
    case 'keys':
      return KEYS
    case 'more':
    case 'closed':
    case 'lan':
      return page(wanted)
    default: {
      const command = commands.find(({ names }) => names.includes(wanted))
      return command === undefined ? undefined : [lineOf(command)]
    }
  }
}

function lineOf({ usage, help }: Command): string {
  return commandLine(usage, help)
}

function commandLine(usage: string, help: string): string {
  return `  ${usage.padEnd(18)} ${help}`
}
