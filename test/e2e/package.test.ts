/**
 * The package as users get it, with the Node that runs the tests; other versions: `npm run check:package`. No registry is
 * asked: the dependencies are those installed here.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  PACKAGE,
  brokenImports,
  install,
  pack,
  problemsOf,
  type Archive,
} from '../../scripts/package/archive.ts'
import { STEPS, tryOut } from '../../scripts/package/trial.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-package-'))
const home = join(folder, 'home')
let archive: Archive

beforeAll(() => {
  archive = pack(folder)
  install(archive, home)
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function read(path: string): string {
  return readFileSync(join(home, 'node_modules', PACKAGE, path), 'utf8')
}

/** The file and all that its import statements load with it, which is what each start reads. */
function staticallyLoaded(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  for (const [, name = ''] of read(path).matchAll(/^(?:import|export) [^;]*?"(\.[^"]+)";$/gm))
    staticallyLoaded(join(path, '..', name), loaded)
  return loaded
}

test('contains what it needs and nothing else: no sources, no tests, no source maps', () => {
  expect(problemsOf(archive.files, read)).toEqual([])
  expect(brokenImports(archive.files, read)).toEqual([])
  expect(archive.size).toBeLessThan(530 * 1024)
})

test.each([
  ['a test', 'test/chat/presence.test.ts'],
  ['a source', 'src/chat/presence.ts'],
  ['a map', 'dist/http/router.js.map'],
])('%s in the package would be noticed', (_, path) => {
  expect(problemsOf([...archive.files, path], read)).toEqual([`${path} does not belong into the package`])
})

test.each([
  [
    'dist/http/transport/ipaddr.js',
    'dist/http/ip.js imports ./transport/ipaddr.js, which is not in the package',
  ],
  [
    'dist/cli/parts/doctor-command.js',
    'dist/cli/main.js imports ./parts/doctor-command.js, which is not in the package',
  ],
])('%s would be missed', (missing, problem) => {
  const without = archive.files.filter((path) => path !== missing)
  expect(brokenImports(without, read)).toEqual([problem])
})

test('a start loads neither the peer nor the other commands, until one of them runs', () => {
  const loaded = [...staticallyLoaded('dist/cli/main.js')].map(read).join('\n')
  const sources = [...loaded.matchAll(/^\/\/ src\/(.+)$/gm)].map(([, source]) => source)
  expect(sources).toContain('cli/program/program.ts')
  const later = /^(?:cli\/(?:bench|chat|demo|doctor|scripts)|peer\/(?!self)|store|tracker)\//
  expect(sources.filter((source) => later.test(source ?? ''))).toEqual([])
})

test('once installed, it chats, serves its page, keeps messages and exits', async () => {
  const seen: string[] = []
  await tryOut({ folder: home, node: dirname(process.execPath) }, (step) => seen.push(step))
  expect(seen).toEqual(STEPS)
}, 60_000)
