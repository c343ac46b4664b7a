/** `parley identity`: who the people of this machine are, and how they move to another one. */
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { ChatError } from '../../chat/errors.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { KeyFileError, readSeed } from '../../identity/key-file.ts'
import { KeyPair } from '../../identity/key-pair.ts'
import { shortId } from '../../identity/short-id.ts'
import { StoreError } from '../../store/errors.ts'
import { KEY_FILE, localPeople, LocalPerson, personCalled } from '../running/local-person.ts'
import { movedMark, removeMark } from '../running/moved-mark.ts'
import { systemClock } from '../system/clock.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { exportPerson } from './export-person.ts'
import { importPerson } from './import-person.ts'
import { succeedPerson } from './succeed.ts'
import { givenPassphrase } from './passphrase.ts'

export type IdentityAction = 'show' | 'export' | 'import' | 'undo-move' | 'succeed'

export interface IdentityFlags {
  readonly action: IdentityAction
  readonly file: string | undefined
  readonly name: string | undefined
  readonly data: string | undefined
  readonly passphraseFile: string | undefined
}

/** Returns the exit status. Rejects with ExitError. */
export async function runIdentity(flags: IdentityFlags): Promise<number> {
  try {
    print(await done(flags))
    return EXIT.ok
  } catch (error) {
    if (isInUse(error)) throw new ExitError(EXIT.failure, endFirst(flags), { cause: error })
    const isKnown = error instanceof StoreError || error instanceof KeyFileError || error instanceof ChatError
    throw isKnown ? new ExitError(EXIT.failure, error.message) : error
  }
}

/** A program that runs keeps its key and its history to itself. */
function isInUse(error: unknown): boolean {
  const cause = error instanceof ExitError ? error.cause : error
  return cause instanceof StoreError && cause.code === 'in_use'
}

function endFirst(flags: IdentityFlags): string {
  const { action, file, data } = flags
  const person = theOne(flags)
  const which = data === undefined ? ['--name', calledIn(person)] : ['--data', data]
  const again = ['parley identity', action, ...(file === undefined ? [] : [file]), ...which].join(' ')
  return `${calledIn(person)} runs now: end that program first (/quit in its chat), then once more: ${again}`
}

/** Lines for the user. */
function done(flags: IdentityFlags): readonly string[] | Promise<readonly string[]> {
  switch (flags.action) {
    case 'show':
      return wanted(flags).flatMap(described)
    case 'export':
      return exported(flags)
    case 'import':
      return imported(flags)
    case 'undo-move':
      return undone(flags)
    case 'succeed':
      return succeeded(flags)
  }
}

async function exported(flags: IdentityFlags): Promise<string[]> {
  const file = needed(flags)
  const person = theOne(flags)
  const passphrase = await givenPassphrase(flags.passphraseFile, true)
  const date = new Date(systemClock.wall()).toISOString().slice(0, 10)
  const { id } = await exportPerson({ person, file, passphrase, warn, date })
  return [
    `${calledIn(person)} (${shortId(id)}) is in ${file}: its key, its messages, and what waits.`,
    'It no longer starts here. On the other machine: parley identity import FILE',
    'Who has the file and the passphrase is this person: delete the file when it has arrived.',
  ]
}

async function imported(flags: IdentityFlags): Promise<string[]> {
  const file = needed(flags)
  const { name, data, passphraseFile } = flags
  const passphrase = await givenPassphrase(passphraseFile, false)
  const { person, keys } = await importPerson({ file, passphrase, name, data, warn })
  const start = data === undefined ? `--name ${calledIn(person)}` : `--data ${data}`
  return [
    `${calledIn(person)} (${shortId(keys.id)}) is in ${person.directory} now. Start it: parley peer ${start}`,
    `Delete ${file}: who has it and the passphrase is this person.`,
  ]
}

function undone(flags: IdentityFlags): string[] {
  const person = theOne(flags)
  if (movedMark(person.directory) === undefined)
    throw new ExitError(EXIT.failure, `the person in ${person.directory} was not moved`)
  removeMark(person.directory)
  return [
    `${calledIn(person)} starts here again. If it was imported elsewhere, it must not run there any more:`,
    'one key in two places gets only a part of its messages in each.',
  ]
}

async function succeeded(flags: IdentityFlags): Promise<string[]> {
  const person = theOne(flags)
  if (keysOf(person) === undefined)
    throw new ExitError(
      EXIT.failure,
      `there is no person in ${person.directory}: "parley identity show" lists those of this machine`,
    )
  const { old, now } = await succeedPerson(person, warn)
  return [
    `${calledIn(person)} has the key ${shortId(now.id)} now instead of ${shortId(old.id)}.`,
    'Contacts learn of it from the old key when they meet you, and go on with you; who verified you compares again.',
  ]
}

function described(person: LocalPerson): string[] {
  const keys = keysOf(person)
  const moved = movedMark(person.directory)
  return [
    `${calledIn(person)}${keys === undefined ? '' : ` (${shortId(keys.id)})`}`,
    `  key        ${keys?.id ?? 'none yet: the next start makes it'}`,
    `  directory  ${person.directory}`,
    ...(moved === undefined ? [] : [`  ${moved}: it does not start here`]),
  ]
}

// --- who is meant -----------------------------------------------------------------------------------

function wanted({ name, data }: IdentityFlags): LocalPerson[] {
  if (data !== undefined) return [new LocalPerson(data)]
  if (name === undefined) return localPeople()
  const person = personCalled(name)
  if (person === undefined) throw new ExitError(EXIT.failure, `no person of this machine is called ${name}`)
  return [person]
}

function theOne(flags: IdentityFlags): LocalPerson {
  const [person, ...others] = wanted(flags)
  if (person === undefined) throw new ExitError(EXIT.failure, 'there is no person on this machine yet')
  if (others.length === 0) return person
  const all = [person, ...others].map(calledIn).join(', ')
  throw new ExitError(
    EXIT.usage,
    `there are several people on this machine (${all}): say which one with --name`,
  )
}

function calledIn(person: LocalPerson): string {
  return sanitizeLine(person.label ?? person.directory)
}

function keysOf({ directory }: LocalPerson): KeyPair | undefined {
  const path = join(directory, KEY_FILE)
  const seed = readSeed({ path, owner: 'peer', expected: undefined, random: randomBytes, warn })
  return seed && new KeyPair(seed)
}

function needed({ action, file }: IdentityFlags): string {
  if (file !== undefined) return file
  throw new ExitError(EXIT.usage, `name the file: parley identity ${action} FILE`)
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

function warn(sentence: string): void {
  process.stderr.write(`WARNING: ${sentence}\n`)
}
