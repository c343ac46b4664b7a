/** Completion scripts for shells, from the commands and flags of the program. */
import { HELP, takesValue, type Subcommand } from './subcommand.ts'
import type { Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

/** A script to be sourced. */
export function completionScript(shell: Shell, parley: Subcommand): string {
  return { bash, zsh, fish }[shell](parley.subcommands.map(describe))
}

interface Described {
  readonly name: string
  readonly what: string
  readonly flags: readonly Flag[]
  /** The values of its arguments, if they are a fixed list. */
  readonly choices: readonly string[]
}

interface Flag {
  readonly long: string
  readonly short: string | undefined
  readonly what: string
  /** The kind of its value; undefined: it takes none. */
  readonly value: 'file' | 'directory' | 'other' | undefined
}

function describe(command: Subcommand): Described {
  const help: Flag = { long: '--help', short: '-h', what: 'print this help', value: undefined }
  return {
    name: command.name(),
    what: command.description(),
    flags: [...command.settings.map(flag), help],
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }
}

function flag(option: Option): Flag {
  const { long, short, description } = option
  return {
    long: long ?? '',
    short,
    what: description,
    value: takesValue(option) ? valueOf(option) : undefined,
  }
}

function valueOf({ flags }: Option): Flag['value'] {
  if (flags.includes('<directory>')) return 'directory'
  return flags.includes('<file>') ? 'file' : 'other'
}

/** The flags of all commands, each once. */
function allFlags(commands: readonly Described[]): Flag[] {
  const byName = new Map(commands.flatMap(({ flags }) => flags.map((each) => [each.long, each])))
  return [...byName.values()]
}

function words({ long, short }: Flag): string[] {
  return short === undefined ? [long] : [short, long]
}

// --- bash -------------------------------------------------------------------------------------------

function bash(commands: readonly Described[]): string {
  const valued = (value: Flag['value']): string =>
    allFlags(commands)
      .filter((each) => each.value === value)
      .flatMap(words)
      .join('|')
  const names = commands.map(({ name }) => name)
  const cases = commands.map(
    ({ name, flags, choices }) =>
      `    ${name}) flags='${flags.map(({ long }) => long).join(' ')}' choices='${choices.join(' ')}' ;;`,
  )
  return `# Completes parley in bash. Load it with: source <(parley completion bash)
_parley() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command=peer flags= choices=
  COMPREPLY=()
  case \${COMP_WORDS[1]} in
    ${[...names, HELP].join('|')}) command=\${COMP_WORDS[1]} ;;
  esac
  case $prev in
    ${valued('directory')}) IFS=$'\\n' COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
    ${valued('file')}) IFS=$'\\n' COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
    ${valued('other')}) return ;;
  esac
  case $command in
${cases.join('\n')}
    ${HELP}) choices='${names.join(' ')}' ;;
  esac
  if [[ $cur == -* ]]; then
    if ((COMP_CWORD == 1)); then flags+=' --version'; fi
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${[...names, HELP].join(' ')}' -- "$cur"))
  elif ((COMP_CWORD == 2)); then
    COMPREPLY=($(compgen -W "$choices" -- "$cur"))
  fi
}
complete -F _parley parley
`
}

// --- zsh --------------------------------------------------------------------------------------------

/** https://zsh.sourceforge.io/Doc/Release/Completion-System.html, _describe and _arguments. */
function zsh(commands: readonly Described[]): string {
  const described = [...commands, { name: HELP, what: 'print the help of a command' }].map(
    ({ name, what }) => `    ${quoted(`${name}:${what.replaceAll(':', '\\:')}`)}`,
  )
  const cases = commands.map(({ name, flags, choices }) => {
    const rest = choices.length === 0 ? '*: :_default' : `1: :(${choices.join(' ')})`
    const lines = [...flags.map(zshFlag), quoted(rest)].map((line) => `        ${line}`)
    return `    ${name})\n      _arguments \\\n${lines.join(' \\\n')}\n      ;;`
  })
  return `#compdef parley
# Completes parley in zsh. Load it with: source <(parley completion zsh)
_parley() {
  local command=peer
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    ((CURRENT--))
  fi
  case $command in
${cases.join('\n')}
    ${HELP})
      _arguments ${quoted(`1: :(${commands.map(({ name }) => name).join(' ')})`)}
      ;;
  esac
}
compdef _parley parley
`
}

function zshFlag(each: Flag): string {
  const { long, short, what, value } = each
  const text = `[${what.replaceAll(/[[\]\\:]/g, '\\$&')}]`
  const action = { file: ': :_files', directory: ': :_directories', other: ': : ' }
  const behind = value === undefined ? '' : action[value]
  const one = (word: string): string => quoted(`*${word}${text}${behind}`)
  return short === undefined ? one(long) : `${one(short)} ${one(long)}`
}

// --- fish -------------------------------------------------------------------------------------------

/** https://fishshell.com/docs/current/cmds/complete.html */
function fish(commands: readonly Described[]): string {
  const names = commands.map(({ name }) => name)
  const lines = commands.flatMap(({ name, what, flags, choices }) => {
    const isDefault = name === 'peer' ? '; or __fish_use_subcommand' : ''
    const when = `-n '__fish_seen_subcommand_from ${name}${isDefault}'`
    return [
      `complete -c parley -n __fish_use_subcommand -a ${name} -d ${fishQuoted(what)}`,
      ...flags.map((each) => `complete -c parley ${when} ${fishFlag(each)}`),
      ...(choices.length === 0 ? [] : [`complete -c parley ${when} -a '${choices.join(' ')}'`]),
    ]
  })
  return `# Completes parley in fish. Load it with: parley completion fish | source
complete -c parley -f
${lines.join('\n')}
complete -c parley -n __fish_use_subcommand -l version -d 'print the version'
complete -c parley -n __fish_use_subcommand -a ${HELP} -d 'print the help of a command'
complete -c parley -n '__fish_seen_subcommand_from ${HELP}' -a '${names.join(' ')}'
`
}

function fishFlag({ long, short, what, value }: Flag): string {
  const action = { file: ' -r -F', directory: " -x -a '(__fish_complete_directories)'", other: ' -x' }
  const letter = short === undefined ? '' : `-s ${short.slice(1)} `
  return `${letter}-l ${long.slice(2)}${value === undefined ? '' : action[value]} -d ${fishQuoted(what)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
