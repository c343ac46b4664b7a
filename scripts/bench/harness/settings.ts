/** The flags of a benchmark: its own, and those that all have (`--quick`, `--json FILE`). */
import { commandLine, given } from '../../support/command-line.ts'

export interface Wanted<Count extends string, Text extends string, Flag extends string> {
  /** Numbers: their defaults, and those of `--quick`. */
  readonly numbers: Readonly<Record<Count, readonly [normally: number, quick: number]>>
  /** Texts with their defaults. */
  readonly texts?: Readonly<Record<Text, string>>
  readonly flags?: readonly Flag[]
}

export interface Settings<Count extends string, Text extends string, Flag extends string> {
  readonly numbers: Readonly<Record<Count, number>>
  readonly texts: Readonly<Record<Text, string>>
  readonly flags: Readonly<Record<Flag, boolean>>
  /** Tiny counts: the benchmark works, but its times mean nothing. */
  readonly quick: boolean
  /** The file for the result. */
  readonly json: string | undefined
  /** The command that runs the same again. */
  readonly command: string
}

/** Reads the command line as `read` does: commandLine() ends the script when something is wrong, given() throws. */
export function settings<Count extends string, Text extends string = never, Flag extends string = never>(
  wanted: Wanted<Count, Text, Flag>,
  name: string,
  args: readonly string[],
  read: typeof given = commandLine,
): Settings<Count, Text, Flag> {
  const which = args.includes('--quick') ? 1 : 0
  const defaults = Object.entries<readonly [number, number]>(wanted.numbers).map(
    ([number, counts]) => [number, counts[which]] as const,
  )
  const { numbers, texts, switches } = read<Count, Text | 'json', Flag | 'quick'>(
    {
      numbers: Object.fromEntries(defaults) as Record<Count, number>,
      texts: { ...wanted.texts, json: '' } as Record<Text | 'json', string>,
      switches: [...(wanted.flags ?? []), 'quick'],
    },
    args,
  )
  const json = texts.json === '' ? undefined : texts.json
  return { numbers, texts, flags: switches, quick: switches.quick, json, command: commandOf(name, args) }
}

/** `npm run bench:delivery -- --rounds 5`, without the file for the result. */
function commandOf(name: string, args: readonly string[]): string {
  const json = args.indexOf('--json')
  const own = args.filter((_, index) => json === -1 || (index !== json && index !== json + 1))
  return ['npm run', `bench:${name}`, ...(own.length > 0 ? ['--', ...own] : [])].join(' ')
}
