/** Where things of a peer are on this machine. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** With the page of a running peer and the token for its local API, in the directory of the peer. */
export const WEB_FILE = 'web.json'

/** In which the peers have a directory for each name. https://specifications.freedesktop.org/basedir-spec/ */
export function dataHome(): string {
  const base = process.env['XDG_DATA_HOME'] ?? ''
  const home = base.startsWith('/') ? base : join(homedir(), '.local', 'share')
  return join(home, 'parley')
}

/** Every name is one directory, whatever is in it. */
export function directoryOf(name: string): string {
  return join(dataHome(), encodeURIComponent(name).replaceAll('.', '%2E'))
}
