/**
 * The command line of a script: numbers, texts and switches. A wrong flag ends the script with status 2, a sentence and the
 * list of flags; `--help` prints the list.
 */
import { parseArgs } from 'node:util'

export interface Wanted<Count extends string, Text extends string, Switch extends string> {
  /** Numbers with their defaults. */
  readonly numbers: Readonly<Record<Count, number>>
  /** Texts with their defaults. */
  readonly texts?: Readonly<Record<Text, string>>
  readonly switches?: readonly Switch[]
  /** Describes words without a flag; there may be none unless it is given. */
  readonly words?: string
}

export interface Given<Count extends string, Text extends string, Switch extends string> {
  /** 0 or more. */
  readonly numbers: Readonly<Record<Count, number>>
  readonly texts: Readonly<Record<Text, string>>
  readonly switches: Readonly<Record<Switch, boolean>>
  readonly words: readonly string[]
}

/** The exit code for a mistake on the command line. */
const MISUSED = 2

/** Reads the command line of the script; does not return when it is wrong. */
export function commandLine<Count extends string, Text extends string = never, Switch extends string = never>(
  wanted: Wanted<Count, Text, Switch>,
  args: readonly string[] = process.argv.slice(2),
): Given<Count, Text, Switch> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage(wanted))
    process.exit(0)
  }
  try {
    return given(wanted, args)
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage(wanted)}`)
  }
}

/** Ends the script because of its command line. */
export function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(MISUSED)
}

/** Throws TypeError for an unknown flag, an unexpected word, or a wrong number. */
export function given<Count extends string, Text extends string = never, Switch extends string = never>(
  wanted: Wanted<Count, Text, Switch>,
  args: readonly string[],
): Given<Count, Text, Switch> {
  const numbers = Object.entries<number>(wanted.numbers)
  const texts = Object.entries<string>(wanted.texts ?? {})
  const switches = wanted.switches ?? []
  const options: Record<string, { readonly type: 'string' | 'boolean' }> = {}
  for (const [name] of [...numbers, ...texts]) options[name] = { type: 'string' }
  for (const name of switches) options[name] = { type: 'boolean' }
  const { values, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: wanted.words !== undefined,
  })
  const chosen = values as Readonly<Record<string, string | boolean | undefined>>
  return {
    numbers: Object.fromEntries(
      numbers.map(([name, usual]) => [name, numberOf(name, chosen[name]) ?? usual]),
    ) as Record<Count, number>,
    texts: Object.fromEntries(texts.map(([name, usual]) => [name, chosen[name] ?? usual])) as Record<
      Text,
      string
    >,
    switches: Object.fromEntries(switches.map((name) => [name, chosen[name] === true])) as Record<
      Switch,
      boolean
    >,
    words: positionals,
  }
}

function numberOf(name: string, text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text !== '' && Number.isFinite(value) && value >= 0) return value
  throw new TypeError(`--${name} ${text}: must be a number, 0 or more`)
}

function usage({ numbers, texts, switches = [], words }: Wanted<string, string, string>): string {
  return [
    'flags and their defaults:',
    ...Object.entries(numbers).map(([name, usual]) => `  --${name} NUMBER   ${usual}`),
    ...Object.entries(texts ?? {}).map(([name, usual]) => `  --${name} TEXT   ${usual}`.trimEnd()),
    ...switches.map((name) => `  --${name}`),
    ...(words === undefined ? [] : [`  ${words}`]),
  ].join('\n')
}
