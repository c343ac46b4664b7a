/** The package as it is published: packed, looked through, installed. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const PACKAGE = 'parley-chat'

export interface Archive {
  /** The path of the .tgz. */
  readonly path: string
  /** Paths of its files, below the root of the package. */
  readonly files: readonly string[]
  /** Bytes, packed and unpacked. */
  readonly size: number
  readonly unpackedSize: number
}

/** Packs dist/ as it is: it has to be built. Throws the error of npm. */
export function pack(folder: string): Archive {
  const printed = npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: ROOT })
  const [packed] = JSON.parse(printed) as readonly {
    readonly filename: string
    readonly size: number
    readonly unpackedSize: number
    readonly files: readonly { readonly path: string }[]
  }[]
  if (packed === undefined) throw new Error(`npm pack printed ${printed}`)
  const { filename, size, unpackedSize, files } = packed
  return { path: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) }
}

const EXPECTED = [
  /^(?:package\.json|README\.md|LICENSE)$/,
  /^dist\/cli\/(?:main|parts\/[\w-]+)\.js$/,
  /^dist\/http\/(?:[a-z-]+\/)?[a-z0-9-]+\.(?:js|d\.ts)$/,
  /^dist\/web\/(?:index\.html|assets\/[\w-]+\.(?:js|css|svg))$/,
  /^packaging\/(?:man\/parley\.1|completion\/[\w.-]+)$/,
]

const REQUIRED = ['package.json', 'README.md', 'LICENSE', 'dist/cli/main.js', 'dist/web/index.html']

/** Unwanted and missing files of the package, as sentences; `read` returns the text of one of its files. */
export function problemsOf(files: readonly string[], read: (path: string) => string): string[] {
  const strange = files.filter((path) => !EXPECTED.some((expected) => expected.test(path)))
  const missing = REQUIRED.filter((path) => !files.includes(path))
  const scripts = files.filter((path) => path.endsWith('.js'))
  const mapped = scripts.filter((path) => /^\/\/# sourceMappingURL=/m.test(read(path)))
  const { man } = JSON.parse(read('package.json')) as { readonly man: unknown }
  // npm does not link a man page that is given as a string, although its documentation says so.
  const hasManual = Array.isArray(man) && man.every((path) => files.includes(String(path)))
  return [
    ...(hasManual ? [] : ['man in package.json is no list of files of the package']),
    ...strange.map((path) => `${path} does not belong into the package`),
    ...missing.map((path) => `${path} is missing`),
    ...mapped.map((path) => `${path} names a source map that is not there`),
    ...(read('dist/cli/main.js').startsWith('#!/usr/bin/env node\n') ? [] : ['the command has no #! line']),
  ]
}

/** Every file of the package that import and export statements of others name, but which is not there. */
export function brokenImports(files: readonly string[], read: (path: string) => string): string[] {
  const present = new Set(files)
  return files
    .filter((path) => path.endsWith('.js') && !path.startsWith('dist/web/'))
    .flatMap((path) => {
      const specifiers = [...read(path).matchAll(/(?:from|import)[ (]['"](\.[^'"]+)['"]/g)].map(
        ([, name = '']) => name,
      )
      return specifiers
        .filter((name) => !present.has(join(path, '..', name)))
        .map((name) => `${path} imports ${name}, which is not in the package`)
    })
}

export type Installed = 'from the registry' | 'with the packages that are here'

/**
 * Installs the archive into a folder with nothing in it, without packages for development. Throws the error of npm,
 * unless it is that the registry is out of reach: then the dependencies are linked to those of this folder.
 */
export function install(archive: Archive, folder: string, { withOptional = true } = {}): Installed {
  mkdirSync(folder, { recursive: true })
  // Without it npm takes a folder above for the project.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const omitted = withOptional ? ['--omit=dev'] : ['--omit=dev', '--omit=optional']
  try {
    npm(['install', ...omitted, ...PATIENCE, archive.path], { cwd: folder })
    return 'from the registry'
  } catch (error) {
    if (!isOutOfReach(error)) throw error
    installOffline(archive, folder)
    return 'with the packages that are here'
  }
}

/** A registry that is there answers within this time, in milliseconds. */
export const PATIENCE = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=0',
  '--fetch-timeout=10000',
]

/** Whether npm failed because there is no registry, or none that answers. */
export function isOutOfReach(error: unknown): boolean {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  return /npm (?:error|ERR!) code (?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENET\w+|EHOST\w+|ENOTCACHED|ERR_SOCKET_TIMEOUT|E5\d\d|E40[37])\b/.test(
    text,
  )
}

function installOffline(archive: Archive, folder: string): void {
  const modules = join(folder, 'node_modules')
  const home = join(modules, PACKAGE)
  mkdirSync(join(modules, '.bin'), { recursive: true })
  mkdirSync(home, { recursive: true })
  execFileSync('tar', [
    '--extract',
    '--gzip',
    '--file',
    archive.path,
    '--strip-components=1',
    '--directory',
    home,
  ])
  execFileSync('chmod', ['+x', join(home, 'dist/cli/main.js')])
  symlinkSync(`../${PACKAGE}/dist/cli/main.js`, join(modules, '.bin', 'parley'))
  for (const name of productionPackages()) {
    const from = join(ROOT, 'node_modules', name)
    if (!existsSync(from)) continue
    mkdirSync(join(modules, name, '..'), { recursive: true })
    symlinkSync(from, join(modules, name))
  }
}

/** The packages that package-lock.json installs at the top level for users. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
  }
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? []
    return name === undefined || dev === true ? [] : [name]
  })
}

interface NpmOptions {
  readonly cwd: string
}

/** Runs npm and returns what it printed. Throws with `stderr` when it failed. */
export function npm(args: readonly string[], { cwd }: NpmOptions): string {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
}
