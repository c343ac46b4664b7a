/**
 * The registry of running peers whose directories are not in the data home, so that scripts find them by name.
 *
 * Invariant: an entry is the file of one process with the path of one directory, and has nothing secret. Without a registry
 * that can be read and written such peers are not found; nothing else depends on it. It is in the data home, because the
 * runtime directory of a user is missing in cron, and because each data home has people of its own.
 */
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { dataHome } from './paths.ts'

/** The process, something random, and a mark while the file is written. */
const ENTRY = /^([0-9]+)-[0-9a-f]+(\.new)?$/

/** Returns what removes the entry. */
export function noteRunning(directory: string): () => void {
  const registry = registryDirectory()
  if (registry === undefined) return () => undefined
  // Killed peers must not fill the registry of a user who runs no scripts.
  runningDirectories()
  const path = join(registry, `${process.pid}-${randomBytes(8).toString('hex')}`)
  try {
    mkdirSync(registry, { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, realpathSync(directory), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch {
    // Scripts find this peer by --data alone.
  }
  return () => {
    remove(path)
  }
}

/** The noted directories whose processes run. Entries of other processes are removed. */
export function runningDirectories(): string[] {
  const registry = registryDirectory()
  if (registry === undefined) return []
  const found = new Set<string>()
  for (const name of entriesOf(registry)) {
    const [, pid, unfinished] = ENTRY.exec(name) ?? []
    const path = join(registry, name)
    if (pid === undefined) continue
    if (!isAlive(Number(pid))) remove(path)
    else if (unfinished === undefined) {
      const directory = contentOf(path)
      if (isAbsolute(directory)) found.add(directory)
    }
  }
  return [...found]
}

/** Whether there is a process with this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** No label gives a directory of this name. */
function registryDirectory(): string | undefined {
  const home = dataHome()
  return home === undefined ? undefined : join(home, '.running')
}

function entriesOf(registry: string): string[] {
  try {
    return readdirSync(registry).sort()
  } catch {
    return []
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The next reader tries again.
  }
}
