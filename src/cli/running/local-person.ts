/**
 * The people of this machine: each is a directory with a key and a history, found by a label, which is also the name that
 * others see. Invariant: no two directories of the data home get the same label.
 *
 * The label is in a file of the directory. Without that file it is the name of the directory, as in version 0.1.0.
 */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ChatError, systemCode } from '../../chat/errors.ts'
import { personName } from '../../chat/wire/fields.ts'
import { dataHome, directoryName, labelOfDirectory, WEB_FILE } from '../system/paths.ts'

export const DATABASE_FILE = 'parley.db'
export const KEY_FILE = 'key'
const LABEL_FILE = 'name'

export class LocalPerson {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** Undefined: none was given yet, in a directory that is not in the data home. */
  get label(): string | undefined {
    return this.#written() ?? (this.isInDataHome ? labelOfDirectory(basename(this.directory)) : undefined)
  }

  /** Lasts. Throws ChatError 409 if another person of this machine has this label, and the error of the file system. */
  rename(label: string): void {
    if (label === this.label) return
    this.#refuseTaken(label)
    const before = this.#written()
    this.#write(label)
    try {
      // Another process may have chosen it at the same moment.
      this.#refuseTaken(label)
    } catch (error) {
      this.#write(before)
      throw error
    }
  }

  get isInDataHome(): boolean {
    const home = dataHome()
    return home !== undefined && dirname(resolve(this.directory)) === resolve(home)
  }

  #refuseTaken(label: string): void {
    const isTaken = (other: LocalPerson): boolean =>
      resolve(other.directory) !== resolve(this.directory) && other.label === label
    if (this.isInDataHome && localPeople().some(isTaken))
      throw new ChatError(
        409,
        'name_taken',
        `${label} is another person of this machine: choose another name, or start that person with --name`,
        { field: 'name' },
      )
  }

  /** Undefined if there is no file, or none with a name. */
  #written(): string | undefined {
    try {
      return personName(readFileSync(join(this.directory, LABEL_FILE), 'utf8').replace(/\n$/, ''))
    } catch {
      return undefined
    }
  }

  #write(label: string | undefined): void {
    const path = join(this.directory, LABEL_FILE)
    if (label === undefined) {
      rmSync(path, { force: true })
      return
    }
    writeFileSync(`${path}.new`, `${label}\n`, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }
}

/**
 * The person that a start under this name is: the one with that label; otherwise, if the user chose the name, a new one,
 * and if not, the one in the directory of that name, whatever the label. Undefined: there is no home directory.
 */
export function localPerson(name: string, isChosen: boolean): LocalPerson | undefined {
  const home = dataHome()
  if (home === undefined) return undefined
  const usual = join(home, directoryName(name))
  return personCalled(name) ?? new LocalPerson(isChosen ? freeDirectory(usual) : usual)
}

/** How the person is called now in whose directory a person of this name would be; undefined: none was renamed. */
export function renamedFrom(name: string): string | undefined {
  const home = dataHome()
  if (home === undefined || personCalled(name) !== undefined) return undefined
  const usual = join(home, directoryName(name))
  return hasPerson(usual) ? new LocalPerson(usual).label : undefined
}

/** The person has this name from now on, also after a restart where that can be written. Throws ChatError 409. */
export function keepName(
  person: LocalPerson | undefined,
  name: string,
  onProblem: (sentence: string) => void,
): void {
  try {
    person?.rename(name)
  } catch (error) {
    if (error instanceof ChatError) throw error
    onProblem(`the name is ${name} until this chat ends, and is not kept (${systemCode(error)})`)
  }
}

/** The person with this label. A copy may have it, too: the directory of that name comes first. */
export function personCalled(label: string): LocalPerson | undefined {
  const all = localPeople().filter((person) => person.label === label)
  return all.find(({ directory }) => basename(directory) === directoryName(label)) ?? all[0]
}

/** All people of the data home, in the order of their directories. */
export function localPeople(): LocalPerson[] {
  const home = dataHome()
  if (home === undefined) return []
  return directoriesIn(home)
    .map((directory) => join(home, directory))
    .filter(hasPerson)
    .map((directory) => new LocalPerson(directory))
}

/** A person may have been renamed since the directory got its name. */
function freeDirectory(usual: string): string {
  for (let count = 1; ; count++) {
    const directory = count === 1 ? usual : `${usual}.${count}`
    if (!hasPerson(directory)) return directory
  }
}

function hasPerson(directory: string): boolean {
  return [DATABASE_FILE, KEY_FILE, WEB_FILE].some((file) => existsSync(join(directory, file)))
}

function directoriesIn(home: string): string[] {
  try {
    return readdirSync(home).sort()
  } catch {
    return []
  }
}
