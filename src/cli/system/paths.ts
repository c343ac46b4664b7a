/** Directories and files of a peer on this machine. */
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** The file with the page and the token of a running peer, in the directory of the peer. */
export const WEB_FILE = 'web.json'

/** Undefined: there is none, as for an unknown user without HOME. */
export function homeDirectory(): string | undefined {
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const directory = find()
      if (isAbsolute(directory)) return directory
    } catch {
      // The system knows no home directory.
    }
  }
  return undefined
}

/**
 * The directory in an XDG variable, or the usual one below the home directory; undefined if there is neither. A path that is
 * not absolute does not count (https://specifications.freedesktop.org/basedir-spec/).
 */
export function baseDirectory(variable: string, ...usual: readonly string[]): string | undefined {
  const given = process.env[variable] ?? ''
  if (isAbsolute(given)) return given
  const home = homeDirectory()
  return home === undefined ? undefined : join(home, ...usual)
}

/** The parent of the directories of all peers. */
export function dataHome(): string | undefined {
  const base = baseDirectory('XDG_DATA_HOME', '.local', 'share')
  return base === undefined ? undefined : join(base, 'parley')
}

/** The directory of a person with this label, in the data home, whatever characters the label has. */
export function directoryName(label: string): string {
  return encodeURIComponent(label).replaceAll('.', '%2E')
}

/** The label that a directory was named for; a number after a dot tells it from an earlier one. Undefined: it was not. */
export function labelOfDirectory(directory: string): string | undefined {
  const [, encoded] = /^([^.]+)(?:\.[0-9]+)?$/.exec(directory) ?? []
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

/** Where a tracker keeps its key: no label gives a directory of this name. */
export function trackerDirectory(): string | undefined {
  const home = dataHome()
  return home === undefined ? undefined : join(home, '.tracker')
}
