/** The flags of a benchmark: its own, and those that all have (`--quick`, `--json FILE`). */
import { basename } from 'node:path'
import { commandLine, given } from '../command-line.ts'

export interface Wanted<Count extends string, Text extends string, Flag extends string> {
  /** Numbers: as they are when nothing is said, and with `--quick`. */
  readonly numbers: Readonly<Record<Count, readonly [normally: number, quick: number]>>
  /** As they are when nothing is said. */
  readonly texts?: Readonly<Record<Text, string>>
  readonly flags?: readonly Flag[]
}

export interface Settings<Count extends string, Text extends string, Flag extends string> {
  readonly numbers: Readonly<Record<Count, number>>
  readonly texts: Readonly<Record<Text, string>>
  readonly flags: Readonly<Record<Flag, boolean>>
  /** Tiny counts: it works, but no time that it shows means anything. */
  readonly quick: boolean
  /** Where the result is to be written. */
  readonly json: string | undefined
  /** How to run the same again. */
  readonly command: string
}

/** Reads the command line as `read` does: commandLine() ends the script when something is wrong, given() throws. */
export function settings<Count extends string, Text extends string = never, Flag extends string = never>(
  wanted: Wanted<Count, Text, Flag>,
  args: readonly string[] = process.argv.slice(2),
  read: typeof given = commandLine,
): Settings<Count, Text, Flag> {
  const which = args.includes('--quick') ? 1 : 0
  const usual = Object.entries<readonly [number, number]>(wanted.numbers).map(
    ([name, counts]) => [name, counts[which]] as const,
  )
  const { numbers, texts, switches } = read<Count, Text | 'json', Flag | 'quick'>(
    {
      numbers: Object.fromEntries(usual) as Record<Count, number>,
      texts: { ...wanted.texts, json: '' } as Record<Text | 'json', string>,
      switches: [...(wanted.flags ?? []), 'quick'],
    },
    args,
  )
  const json = texts.json === '' ? undefined : texts.json
  return { numbers, texts, flags: switches, quick: switches.quick, json, command: commandOf(args) }
}

/** `npm run bench:delivery -- --rounds 5`; where the result is written is not part of it. */
function commandOf(args: readonly string[]): string {
  const name = basename(process.argv[1] ?? '').replace(/^bench-|\.[jt]s$/g, '')
  const json = args.indexOf('--json')
  const own = args.filter((_, index) => json === -1 || (index !== json && index !== json + 1))
  return ['npm run', `bench:${name}`, ...(own.length > 0 ? ['--', ...own] : [])].join(' ')
}
