/**
 * What a command is told besides its flags: by environment variables, and by the configuration. Flags beat PARLEY_*,
 * which beats the configuration, which beats what is built in. Pure.
 */
import { InvalidArgumentError, type Option } from 'commander'
import { EXIT, ExitError } from './exit-codes.ts'
import { nearest } from './nearest.ts'
import { flagName, takesValue, variableName, type Subcommand } from './subcommand.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration, and the file it is from. */
export interface Configuration {
  readonly file: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Which settings the configuration itself cannot hold. */
const NOT_IN_FILES = ['config']

/** Gives a command that was parsed all that its flags left open. Throws ExitError for what is wrong there. */
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
}

/** Throws ExitError for a key that is the name of no flag of any command. */
export function checkKeys({ file, values }: Configuration, commands: readonly Subcommand[]): void {
  const known = commands.flatMap(({ settings }) => settings.map(flagName))
  const keys = new Set(known.filter((key) => !NOT_IN_FILES.includes(key)))
  for (const key of Object.keys(values)) {
    if (keys.has(key)) continue
    const negated = keys.has(`no-${key}`) ? `no-${key}` : undefined
    const meant = negated ?? nearest(key, [...keys])
    const hint = meant === undefined ? 'it takes the names of flags' : `did you mean "${meant}"?`
    throw wrong(`${file}: there is no setting "${key}"; ${hint}`)
  }
}

function isOpen(command: Subcommand, attribute: string): boolean {
  const source = command.getOptionValueSource(attribute)
  return source === undefined || source === 'default'
}

const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off', '']

/** Undefined: it says nothing. An empty one says nothing either. */
function fromEnvironment(option: Option, environment: Environment): unknown {
  const name = variableName(option)
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
    if (typeof value !== 'boolean') throw wrong(`${place} must be true or false`)
    return value ? !option.negate : undefined
  }
  if (option.variadic && Array.isArray(value)) {
    if (!value.every(isText)) throw wrong(`${place} must be a list of texts`)
    return parsed(option, value.map(String), place)
  }
  if (!isText(value))
    throw wrong(`${place} must be ${option.variadic ? 'a list of texts' : 'text or a number'}`)
  return parsed(option, [String(value)], place)
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** As commander does it with the words behind the flag. */
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
