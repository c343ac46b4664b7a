/** The reference of all commands for docs/cli.md, from the program itself, in Markdown. */
import { usualValue } from './option-description.ts'
import { variableName, type Subcommand } from './subcommand.ts'

/** A chapter for each command: its examples, its arguments, its flags with their variables and defaults. */
export function reference(parley: Subcommand): string {
  return parley.subcommands.map(chapter).join('\n')
}

function chapter(command: Subcommand): string {
  const { settings } = command
  const parts = [
    `### parley ${command.name()}`,
    `\`parley ${command.name()} ${command.usage()}\`: ${command.description()}.`,
    ['```sh', ...examples(command), '```'].join('\n'),
    ...command.registeredArguments.map((argument) => {
      const choices = argument.argChoices?.join(', ')
      return `\`${argument.name()}\`: ${argument.description}${choices === undefined ? '' : `: ${choices}`}`
    }),
    ...(settings.length === 0 ? [] : [flags(command)]),
  ]
  return `${parts.join('\n\n')}\n`
}

function examples({ examples: all }: Subcommand): string[] {
  return all.map(({ line, what }) => `${line}  # ${what}`)
}

function flags({ settings }: Subcommand): string {
  const rows = settings.map((option) =>
    [
      `\`${option.flags}\``,
      cell(option.description),
      cell(usualValue(option) ?? ''),
      `\`${variableName(option)}\``,
    ].join(' | '),
  )
  return [
    '| flag | | unless given | variable |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}

/** Escapes Markdown. */
function cell(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|#]/g, '\\$&')
}
