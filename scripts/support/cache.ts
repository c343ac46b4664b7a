/**
 * Folders that take long to make are made once and kept in node_modules/.cache/parley, for all runs and all processes.
 *
 * A folder of the cache is complete or absent: it is filled under another name and then renamed. The lock only saves work:
 * without it two processes would both fill, and the first to rename would win.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/parley', import.meta.url))

/** The cache cannot be written; the message names the folder and the reason. */
export class CacheError extends Error {
  override readonly name = 'CacheError'
}

export interface CacheOptions {
  /** The folder that holds the folders of the cache. */
  readonly root?: string
  /** How long the lock of another process is respected, in milliseconds. */
  readonly patience?: number
}

/** Limited, because the pid in the lock may belong to another process by now. */
const PATIENCE = 120_000
const PAUSE = 50

/**
 * The folder `name` of the cache; `fill` is given an empty folder to make it in, if it is not there yet. Rejects with
 * CacheError where the cache cannot be written, and with the error of `fill`, after which nothing is left.
 */
export async function cached(
  name: string,
  fill: (folder: string) => Promise<void>,
  { root = CACHE, patience = PATIENCE }: CacheOptions = {},
): Promise<string> {
  const folder = join(root, name)
  if (existsSync(folder)) return folder
  const unlock = await locked(folder, patience)
  try {
    if (!existsSync(folder)) await make(folder, fill)
    return folder
  } finally {
    await unlock()
  }
}

async function make(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await removeAbandoned(folder)
  const unfinished = await writing(folder, () => mkdtemp(`${folder}.part-${process.pid}-`))
  try {
    await fill(unfinished)
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process was faster.
    if (!existsSync(folder)) throw error
  }
}

/** Removes what killed processes have left. */
async function removeAbandoned(folder: string): Promise<void> {
  const root = dirname(folder)
  const prefix = `${basename(folder)}.part-`
  for (const name of readdirSync(root).filter((name) => name.startsWith(prefix))) {
    const pid = parseInt(name.slice(prefix.length), 10)
    if (!isAlive(pid)) await rm(join(root, name), { recursive: true, force: true })
  }
}

// --- the lock -----------------------------------------------------------------------------------------

/** Resolves when this process has the lock or need not wait any longer; call the result to release it. */
async function locked(folder: string, patience: number): Promise<() => Promise<void>> {
  const lock = `${folder}.lock`
  const end = Date.now() + patience
  while (Date.now() < end && !existsSync(folder)) {
    if (await take(lock)) return () => rm(lock, { force: true })
    const holder = holderOf(lock)
    if (holder !== undefined && !isAlive(holder)) await rm(lock, { force: true })
    else await sleep(PAUSE)
  }
  return () => Promise.resolve()
}

/** Resolves to false when another process has the lock. */
async function take(lock: string): Promise<boolean> {
  return await writing(lock, async () => {
    await mkdir(dirname(lock), { recursive: true })
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  })
}

/** Undefined when the lock is gone, or its holder has not written its pid yet. */
function holderOf(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A process of another user.
    return codeOf(error) === 'EPERM'
  }
}

// --- errors -------------------------------------------------------------------------------------------

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CacheError(`${dirname(path)} cannot be written (${reason}): make it writable`, { cause: error })
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
