/** A command of `parley` with examples, which come first in its help, its manual and its reference. */
import { Command, type Option } from 'commander'

/** Gets the exit status of the command that ran. */
export type OnStatus = (status: number) => void

export interface Example {
  readonly line: string
  readonly what: string
}

export class Subcommand extends Command {
  #examples: readonly Example[] = []
  #hint: string | undefined

  override createCommand(name?: string): Subcommand {
    return new Subcommand(name)
  }

  /** The line after an error message. */
  get hint(): string {
    return (
      this.#hint ??
      `(${[this.parent?.name(), this.name()].filter(Boolean).join(' ')} --help lists what there is)`
    )
  }

  withHint(hint: string): this {
    this.#hint = hint
    return this
  }

  get examples(): readonly Example[] {
    return this.#examples
  }

  /** Lines to type, and what each does. */
  withExamples(...examples: readonly (readonly [line: string, what: string])[]): this {
    this.#examples = examples.map(([line, what]) => ({ line, what }))
    const width = Math.max(...examples.map(([line]) => line.length))
    const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}\n`)
    return this.addHelpText('before', `Examples:\n${lines.join('')}`)
  }

  /** Without `help`, which commander makes. */
  get subcommands(): readonly Subcommand[] {
    return this.commands.filter((command) => command instanceof Subcommand)
  }

  /** All options but --version. */
  get settings(): readonly Option[] {
    return this.options.filter(({ long }) => long !== '--version')
  }
}

/** The command that prints the help of another. */
export const HELP = 'help'

/** `tracker-ip`: the name of a flag, as the configuration has it. */
export function flagName({ long }: Option): string {
  return (long ?? '').replace(/^--/, '')
}

/**
 * Exceptions: the address of the page is one setting with two flags, PARLEY_TEXT is the message for a hook, and
 * PARLEY_NETWORK_KEY is the key itself.
 */
const NAMED: Readonly<Record<string, string>> = {
  text: 'PARLEY_TEXT_LINES',
  'network-key': 'PARLEY_NETWORK_KEY_FILE',
  'server-ip': 'PARLEY_WEB_HOST',
  'server-port': 'PARLEY_WEB_PORT',
}

/** `PARLEY_TRACKER_IP`: the environment variable of a flag. */
export function variableName(option: Option): string {
  const name = flagName(option)
  return NAMED[name] ?? `PARLEY_${name.replaceAll('-', '_').toUpperCase()}`
}

/** Another variable of a flag, which counts where the first is not set. */
export function otherVariableName(option: Option): string | undefined {
  return flagName(option) === 'network-key' ? 'PARLEY_NETWORK_KEY' : undefined
}

/** Whether a flag takes a value. */
export function takesValue({ required, optional }: Option): boolean {
  return required || optional
}
