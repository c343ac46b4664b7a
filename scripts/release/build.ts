/**
 * Version 0.1.0 of Parley, built from the history of this checkout, for tests of compatibility in both directions. It is
 * built once (support/cache.ts) with the packages that are installed here, or with its own where those differ.
 */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cached, type CacheOptions } from '../support/cache.ts'
import { ROOT, npm } from '../package/archive.ts'
import { compilerOptionsOf, transpiled } from '../support/transpile.ts'

const COMMIT = '3dbc2a3f3f395eefc643835c1163e049c5aecaf2'

/** Files that the build needs. */
const NEEDED = [
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
]

/** The commit is not available; the message says why and what to do. */
export class NoHistory extends Error {
  override readonly name = 'NoHistory'
}

const run = promisify(execFile)

/** The path of its dist/cli/main.js. Rejects with NoHistory, and with the errors of git, the compiler and npm. */
export async function release010(options: CacheOptions = {}): Promise<string> {
  const reason = await missingHistory()
  if (reason !== undefined) throw new NoHistory(reason)
  const folder = await cached(`release-0.1.0-${COMMIT.slice(0, 7)}`, build, options)
  return join(folder, 'dist', 'cli', 'main.js')
}

/** Why the commit is not available from the git checkout at `root`, in a sentence; undefined when it is. */
export async function missingHistory(root = ROOT): Promise<string | undefined> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', root, ...args])).stdout.trim()
  try {
    // The project may have come as an archive, perhaps into the checkout of another.
    const top = await git('rev-parse', '--show-toplevel')
    if (realpathSync(top) !== realpathSync(root))
      return `${root} is no checkout of git, so version 0.1.0 is not in it`
  } catch {
    return `${root} is no checkout of git, so version 0.1.0 is not in it`
  }
  try {
    await git('cat-file', '-e', `${COMMIT}^{commit}`)
    return undefined
  } catch {
    const isShallow = (await git('rev-parse', '--is-shallow-repository')) === 'true'
    return isShallow
      ? `the history of this clone is cut off before version 0.1.0: git fetch --unshallow`
      : `commit ${COMMIT.slice(0, 7)}, version 0.1.0, is not in the history of this checkout`
  }
}

/** Builds in a temporary folder: in the cache, which is below node_modules, sources would count as part of a package. */
async function build(folder: string): Promise<void> {
  const source = mkdtempSync(join(tmpdir(), 'parley-release-'))
  try {
    await exportTo(source)
    const modules = join(source, 'node_modules')
    if (hasSamePackages(source)) symlinkSync(join(ROOT, 'node_modules'), modules, 'junction')
    else npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: source })
    compile(source, join(folder, 'dist'))
    const vite = join(modules, 'vite', 'bin', 'vite.js')
    const page = join(folder, 'dist', 'web')
    await run(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', page], { cwd: source })
    cpSync(join(source, 'package.json'), join(folder, 'package.json'))
    // Without a copy the packages of this checkout are found from the cache.
    if (!hasSamePackages(source)) cpSync(modules, join(folder, 'node_modules'), { recursive: true })
  } finally {
    rmSync(source, { recursive: true, force: true })
  }
}

/** Compiles everything but the page. */
function compile(source: string, dist: string): void {
  const options = compilerOptionsOf(source)
  const files = readdirSync(join(source, 'src'), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((path) => path.endsWith('.ts') && !/^web[/\\]/.test(path))) {
    const target = join(dist, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, transpiled(readFileSync(join(source, 'src', file), 'utf8'), file, options))
  }
}

/** Uses an index of its own, so that neither the index nor the files of the checkout change. */
async function exportTo(folder: string): Promise<void> {
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, '.index') }
  await run('git', ['-C', ROOT, 'read-tree', COMMIT], { env })
  const { stdout } = await run('git', ['-C', ROOT, 'ls-files', '-z', '--', ...NEEDED], { env })
  const files = stdout.split('\0').filter((path) => path !== '')
  await run('git', ['-C', ROOT, 'checkout-index', `--prefix=${folder}/`, '--', ...files], { env })
}

/** Whether every package that it locks is locked in the same version here. */
function hasSamePackages(source: string): boolean {
  const [wanted, here] = [source, ROOT].map((folder) => {
    const text = readFileSync(join(folder, 'package-lock.json'), 'utf8')
    return (
      JSON.parse(text) as { readonly packages: Readonly<Record<string, { readonly version?: string }>> }
    ).packages
  })
  if (wanted === undefined || here === undefined || !existsSync(join(ROOT, 'node_modules'))) return false
  return Object.entries(wanted).every(([path, { version }]) => path === '' || here[path]?.version === version)
}
