/** The configuration file: flat JSON of flag names, such as `{"name": "alice", "tracker-ip": "10.0.0.1"}`. */
import { isObject } from '../../chat/wire/fields.ts'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { baseDirectory } from '../system/paths.ts'
import type { Configuration } from './settings.ts'

/** More than all settings together need, in bytes. */
const MAX_SIZE = 64 * 1024

/**
 * Reads the named file, or the one at the usual place if it exists. Throws ExitError if a named file is missing, and if a
 * file cannot be read or is not a JSON object.
 */
export function readConfiguration(named: string | undefined): Configuration | undefined {
  const file = named ?? usualFile()
  if (file === undefined) return undefined
  const text = contentOf(file, named !== undefined)
  return text === undefined ? undefined : { file, values: objectIn(text, file) }
}

function usualFile(): string | undefined {
  const base = baseDirectory('XDG_CONFIG_HOME', '.config')
  return base === undefined ? undefined : join(base, 'parley', 'config.json')
}

function contentOf(file: string, mustExist: boolean): string | undefined {
  try {
    const facts = statSync(file)
    if (!facts.isFile()) throw wrong(`${file} is no file: give the configuration with --config FILE`)
    if (facts.size > MAX_SIZE) throw wrong(`${file} is larger than ${MAX_SIZE} bytes: it is no configuration`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof ExitError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    if (isMissing && !mustExist) return undefined
    if (isMissing) throw wrong(`there is no file ${file}: give another with --config FILE`)
    if (code === 'EACCES')
      throw wrong(
        `${file} may not be read by you: change its permissions, or give another with --config FILE`,
      )
    throw wrong(`${file} cannot be read: ${String(error)}`)
  }
}

function objectIn(text: string, file: string): Readonly<Record<string, unknown>> {
  const example = 'it must be like {"name": "alice", "tracker-ip": "10.0.0.1"}'
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch (error) {
    throw wrong(`${file} is not JSON (${error instanceof Error ? error.message : String(error)}): ${example}`)
  }
  throw wrong(`${file} holds no settings: ${example}`)
}

function wrong(sentence: string): ExitError {
  return new ExitError(EXIT.usage, sentence)
}
