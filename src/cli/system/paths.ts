/** Where things of a peer are on this machine. */
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** With the page of a running peer and the token for its local API, in the directory of the peer. */
export const WEB_FILE = 'web.json'

/** Undefined: there is none, as for a user that is not in the list of users when HOME is not set or empty. */
export function homeDirectory(): string | undefined {
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const directory = find()
      if (isAbsolute(directory)) return directory
    } catch {
      // The system knows none.
    }
  }
  return undefined
}

/**
 * The directory of an XDG variable, or the usual one below the home directory; undefined when there is neither.
 * https://specifications.freedesktop.org/basedir-spec/: a path that is not absolute does not count.
 */
export function baseDirectory(variable: string, ...usual: readonly string[]): string | undefined {
  const given = process.env[variable] ?? ''
  if (isAbsolute(given)) return given
  const home = homeDirectory()
  return home === undefined ? undefined : join(home, ...usual)
}

/** In which the peers have a directory for each name. */
export function dataHome(): string | undefined {
  const base = baseDirectory('XDG_DATA_HOME', '.local', 'share')
  return base === undefined ? undefined : join(base, 'parley')
}

/** Every name is one directory, whatever is in it. */
export function directoryOf(name: string): string | undefined {
  const home = dataHome()
  return home === undefined ? undefined : join(home, encodeURIComponent(name).replaceAll('.', '%2E'))
}
