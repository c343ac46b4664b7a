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

test('contains what it needs and nothing else: no sources, no tests, no source maps', () => {
  expect(problemsOf(archive.files, read)).toEqual([])
  expect(brokenImports(archive.files, read)).toEqual([])
  expect(archive.size).toBeLessThan(700 * 1024)
})

test.each([
  ['a test', 'test/chat/presence.test.ts'],
  ['a source', 'src/chat/presence.ts'],
  ['a map', 'dist/chat/roster.js.map'],
])('%s in the package would be noticed', (_, path) => {
  expect(problemsOf([...archive.files, path], read)).toEqual([`${path} does not belong into the package`])
})

test('a missing file would be noticed', () => {
  const without = archive.files.filter((path) => path !== 'dist/metrics/prometheus.js')
  expect(brokenImports(without, read)).toEqual([
    'dist/metrics/stats.js imports ./prometheus.js, which is not in the package',
  ])
})

test('once installed, it chats, serves its page, keeps messages and exits', async () => {
  const seen: string[] = []
  await tryOut({ folder: home, node: dirname(process.execPath) }, (step) => seen.push(step))
  expect(seen).toEqual(STEPS)
}, 60_000)
