/**
 * Settings from environment variables and from the configuration. Flags beat PARLEY_* variables, which beat the
 * configuration, which beats the defaults.
 */
import { InvalidArgumentError, type Option } from 'commander'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { NUMBERS } from './flag-values.ts'
import { didYouMean } from '../terminal/did-you-mean.ts'
import { flagName, otherVariableName, takesValue, variableName, type Subcommand } from './subcommand.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The content of a configuration file. */
export interface Configuration {
  readonly file: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Settings that a configuration file cannot have. */
const NOT_IN_FILES = ['config']

/** Completes a parsed command with the settings that its flags left open. Throws ExitError for wrong settings. */
export function applySettings(
  command: Subcommand,
  environment: Environment,
  configuration: Configuration | undefined,
): void {
  for (const option of command.settings) {
    const attribute = option.attributeName()
    if (isOpen(command, attribute)) {
      const value = fromEnvironment(option, environment)
      if (value !== undefined) command.setOptionValueWithSource(attribute, value, 'env')
    }
    if (isOpen(command, attribute)) {
      const value = fromConfiguration(option, configuration)
      if (value !== undefined) command.setOptionValueWithSource(attribute, value, 'config')
    }
  }
  for (const [flag, other, why] of CONTRADICTIONS) settle(command, flag, other, why)
  for (const [flag, other] of NEEDS) {
    const given = chosen(command, flag)
    // A configuration file is for all commands, so it may have more than one needs.
    if (given?.source === 'cli' && chosen(command, other) === undefined)
      throw wrong(`${given.called} needs --${other}`)
  }
}

/** Flags that contradict each other, and why. Of two variables, which may be set in different places, the first counts. */
const CONTRADICTIONS: readonly (readonly [flag: string, other: string, why: string])[] = [
  ['no-tracker', 'tracker-ip', 'without a tracker it has no address'],
  ['no-tracker', 'tracker-port', 'without a tracker it has no port'],
  ['no-lan', 'interface', 'without the LAN no interface is used'],
  ['ephemeral', 'data', 'what is not written to disk has no directory'],
  ['no-web', 'web-port', 'without a page it has no port'],
  ['no-web', 'web-host', 'without a page it has no address'],
  ['no-web', 'qr', 'without a page it has no QR code'],
  ['quiet', 'verbose', 'one says less and the other more'],
  ['json', 'plain', 'the output has one form'],
]

/** Flags that need another flag when they are typed. */
const NEEDS: readonly (readonly [flag: string, other: string])[] = [
  ['exec-backlog', 'exec'],
  ['ip-fallback', 'ip'],
]

/** From the strongest to the weakest. */
const SOURCES = ['cli', 'env', 'config']

/** The stronger of two contradicting settings counts; two flags, or two keys of the file, are an error. */
function settle(command: Subcommand, flag: string, other: string, why: string): void {
  const [one, two] = [chosen(command, flag), chosen(command, other)]
  if (one === undefined || two === undefined) return
  if (one.source === two.source && one.source !== 'env')
    throw wrong(`${one.called} and ${two.called} contradict each other: ${why}`)
  const isFirst = SOURCES.indexOf(one.source) <= SOURCES.indexOf(two.source)
  const { option } = isFirst ? two : one
  const usual: unknown = option.negate ? true : option.defaultValue
  command.setOptionValueWithSource(option.attributeName(), usual, 'default')
}

/** Throws ExitError for a key that is not a flag of any command. */
export function checkKeys({ file, values }: Configuration, commands: readonly Subcommand[]): void {
  const known = commands.flatMap(({ settings }) => settings.map(flagName))
  const keys = new Set(known.filter((key) => !NOT_IN_FILES.includes(key)))
  for (const key of Object.keys(values)) {
    if (keys.has(key)) continue
    const negated = keys.has(`no-${key}`) ? `no-${key}` : undefined
    const meant = negated ?? didYouMean(key, [...keys])
    const hint = meant === undefined ? 'it takes the names of flags' : `did you mean "${meant}"?`
    throw wrong(`${file}: there is no setting "${key}"; ${hint}`)
  }
}

interface Chosen {
  readonly option: Option
  readonly source: string
  /** As the user wrote it: a flag, a variable, or a key of the configuration. */
  readonly called: string
}

/** Undefined: the command has no such flag, or it was not given, or it was given as false. */
function chosen(command: Subcommand, flag: string): Chosen | undefined {
  const option = command.settings.find((each) => flagName(each) === flag)
  if (option === undefined) return undefined
  const source = command.getOptionValueSource(option.attributeName())
  if (source === undefined || !SOURCES.includes(source)) return undefined
  const value: unknown = command.getOptionValue(option.attributeName())
  const isSaid = takesValue(option) || value === !option.negate
  if (!isSaid) return undefined
  const called = source === 'config' ? `"${flag}"` : `--${flag}`
  return { option, source, called }
}

function isOpen(command: Subcommand, attribute: string): boolean {
  const source = command.getOptionValueSource(attribute)
  return source === undefined || source === 'default'
}

const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off', '']

/** Undefined: the variables are not set, or empty. */
function fromEnvironment(option: Option, environment: Environment): unknown {
  const other = otherVariableName(option)
  const found = fromVariable(option, variableName(option), environment)
  return found ?? (other === undefined ? undefined : fromVariable(option, other, environment))
}

function fromVariable(option: Option, name: string, environment: Environment): unknown {
  const text = environment[name]
  if (text === undefined) return undefined
  if (takesValue(option)) return text === '' ? undefined : parsed(option, [text], name)
  const word = text.toLowerCase()
  if (ON.includes(word)) return !option.negate
  if (OFF.includes(word)) return undefined
  throw wrong(`${name} is "${text}"; it must be 1 or 0`)
}

function fromConfiguration(option: Option, configuration: Configuration | undefined): unknown {
  const key = flagName(option)
  if (configuration === undefined || NOT_IN_FILES.includes(key)) return undefined
  if (!Object.hasOwn(configuration.values, key)) return undefined
  const value = configuration.values[key]
  const place = `${configuration.file}: "${key}"`
  if (!takesValue(option)) {
    if (typeof value !== 'boolean') throw wrong(`${place} must be true or false, not ${typeName(value)}`)
    return value ? !option.negate : undefined
  }
  const isNumber = NUMBERS.has(option.parseArg)
  if (option.variadic && Array.isArray(value)) {
    if (!value.every((each) => typeof each === 'string'))
      throw wrong(
        `${place} must be a list of texts, and has ${typeName(value.find((each) => typeof each !== 'string'))} in it`,
      )
    return parsed(option, value, place)
  }
  if (typeof value !== (isNumber ? 'number' : 'string')) {
    const type = isNumber ? 'a number' : option.variadic ? 'a list of texts' : 'text'
    throw wrong(`${place} must be ${type}, not ${typeName(value)}`)
  }
  return parsed(option, [String(value)], place)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'text'
    case 'number':
      return 'a number'
    case 'boolean':
      return String(value)
    default:
      return 'an object'
  }
}

/** Parses the words as commander does with those of a flag. */
function parsed(option: Option, words: readonly string[], place: string): unknown {
  const parse = option.parseArg
  if (parse === undefined) return words[0]
  try {
    return words.reduce<unknown>((before, word) => parse(word, before), option.variadic ? [] : undefined)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw wrong(`${place} is ${words.map((word) => `"${word}"`).join(', ')}: ${error.message}`)
  }
}

function wrong(sentence: string): ExitError {
  return new ExitError(EXIT.usage, sentence)
}
