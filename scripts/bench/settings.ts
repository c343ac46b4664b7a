/** The flags of a benchmark: its own, and those that all have (`--quick`, `--json FILE`). */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'

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

/** Reads the command line. Throws TypeError for a flag that is not known, or a number that is none. */
export function settings<Count extends string, Text extends string = never, Flag extends string = never>(
  wanted: Wanted<Count, Text, Flag>,
  args: readonly string[] = process.argv.slice(2),
): Settings<Count, Text, Flag> {
  const flags = wanted.flags ?? []
  const texts = Object.entries<string>(wanted.texts ?? {})
  const given = parse([...Object.keys(wanted.numbers), ...texts.map(([name]) => name)], flags, args)
  const text = (name: string): string | undefined => {
    const value = given[name]
    return typeof value === 'string' ? value : undefined
  }
  const quick = given['quick'] === true
  const numbers = Object.entries<readonly [number, number]>(wanted.numbers).map(
    ([name, [normally, fast]]) => [name, numberOf(name, text(name)) ?? (quick ? fast : normally)],
  )
  return {
    numbers: Object.fromEntries(numbers) as Record<Count, number>,
    texts: Object.fromEntries(texts.map(([name, usual]) => [name, text(name) ?? usual])) as Record<
      Text,
      string
    >,
    flags: Object.fromEntries(flags.map((name) => [name, given[name] === true])) as Record<Flag, boolean>,
    quick,
    json: text('json'),
    command: commandOf(args),
  }
}

function parse(
  withValue: readonly string[],
  flags: readonly string[],
  args: readonly string[],
): Readonly<Record<string, string | boolean>> {
  const options: Record<string, { readonly type: 'string' | 'boolean' }> = {}
  for (const name of [...withValue, 'json']) options[name] = { type: 'string' }
  for (const name of [...flags, 'quick']) options[name] = { type: 'boolean' }
  return parseArgs({ args: [...args], options }).values as Record<string, string | boolean>
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text === '' || !Number.isFinite(value)) throw new TypeError(`--${name} ${text}: not a number`)
  return value
}

/** `npm run bench:delivery -- --rounds 5`; where the result is written is not part of it. */
function commandOf(args: readonly string[]): string {
  const name = basename(process.argv[1] ?? '').replace(/^bench-|\.[jt]s$/g, '')
  const json = args.indexOf('--json')
  const own = args.filter((_, index) => json === -1 || (index !== json && index !== json + 1))
  return ['npm run', `bench:${name}`, ...(own.length > 0 ? ['--', ...own] : [])].join(' ')
}
