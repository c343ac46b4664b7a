/**
 * The program and its benchmarks as plain JavaScript, because a loader that compiles at run time would be measured, too.
 *
 * Each source is compiled as in the build, but without type checking, into a folder named after the contents of all
 * sources; nothing is compiled twice.
 */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { compilerOptionsOf, transpiled } from '../../support/transpile.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Below node_modules, so that packages are found from there. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'parley-bench')
/** Every compiled text, by hash. */
const FILES = join(CACHE, 'files')
/** Number of folders to keep, because others may be in use. */
const KEPT = 5

/** The folder that holds src/ and scripts/ as JavaScript. Throws the errors of the file system. */
export function compiled(): string {
  const files = sources()
  const hash = createHash('sha256')
    .update(ts.version)
    .update(readFileSync(join(ROOT, 'tsconfig.json')))
  for (const [path, text] of files) hash.update(path).update(text)
  const folder = join(CACHE, hash.digest('hex').slice(0, 16))
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return folder
  forgetOld()
  const unfinished = `${folder}.${process.pid}`
  const options = compilerOptionsOf(ROOT)
  for (const [path, text] of files) write(join(unfinished, path), text, options)
  writeFileSync(join(unfinished, 'package.json'), readFileSync(join(ROOT, 'package.json')))
  finish(unfinished, folder)
  return folder
}

/** Files with their texts, ordered by path. */
function sources(): (readonly [path: string, text: string])[] {
  return ['src', 'scripts']
    .flatMap((part) =>
      readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' }).map((path) => join(part, path)),
    )
    .filter((path) => path.endsWith('.ts') && !/^(?:src|scripts)\/web\//.test(path))
    .sort()
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const)
}

/** Copies a text that an earlier run has compiled. */
function write(path: string, text: string, compilerOptions: ts.CompilerOptions): void {
  const key = createHash('sha256').update(ts.version).update(JSON.stringify(compilerOptions)).update(text)
  const known = join(FILES, `${key.digest('hex')}.js`)
  if (statSync(known, { throwIfNoEntry: false }) === undefined)
    writeFileSync(known, transpiled(text, path, compilerOptions))
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(known, path.replace(/\.ts$/, '.js'))
}

/** Another run may have made the same folder meanwhile. */
function finish(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) throw error
  }
}

function forgetOld(): void {
  mkdirSync(FILES, { recursive: true })
  const age = (name: string): number => statSync(join(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const folders = readdirSync(CACHE).filter((name) => name !== 'files')
  const newestFirst = folders.sort((one, other) => age(other) - age(one))
  for (const name of newestFirst.slice(KEPT - 1)) rmSync(join(CACHE, name), { recursive: true, force: true })
}
