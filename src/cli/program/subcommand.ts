/** A command of `parley` that knows its examples, which come first in its help, its manual and its reference. Pure. */
import { Command, type Option } from 'commander'

/** Called with the exit status of the command that was done. */
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

  /** What is said after a mistake. */
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

  /** Lines to type, each with what it does. */
  withExamples(...examples: readonly (readonly [line: string, what: string])[]): this {
    this.#examples = examples.map(([line, what]) => ({ line, what }))
    const width = Math.max(...examples.map(([line]) => line.length))
    const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}\n`)
    return this.addHelpText('before', `Examples:\n${lines.join('')}`)
  }

  /** Those of people: `help` is made by commander. */
  get subcommands(): readonly Subcommand[] {
    return this.commands.filter((command) => command instanceof Subcommand)
  }

  /** Those that have a value: not --help. */
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

/** The address of the page is one setting, whatever the flags for it are called; PARLEY_TEXT is what a hook is told. */
const NAMED: Readonly<Record<string, string>> = {
  text: 'PARLEY_TEXT_LINES',
  'server-ip': 'PARLEY_WEB_HOST',
  'server-port': 'PARLEY_WEB_PORT',
}

/** `PARLEY_TRACKER_IP`: the environment variable of a flag. */
export function variableName(option: Option): string {
  const name = flagName(option)
  return NAMED[name] ?? `PARLEY_${name.replaceAll('-', '_').toUpperCase()}`
}

/** Whether a flag takes a value; the others are there or not. */
export function takesValue({ required, optional }: Option): boolean {
  return required || optional
}
